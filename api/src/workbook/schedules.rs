//! The sheet of schedules: behind each finding that asks, the offers it was held to and those that were left
//! out, each with its place, its moment, its page and the way from the page's text to a unit price. A finding's
//! pages can be handed on by themselves. Not the choice of the findings.

use super::findings::goods;
use super::layout::{self, PRICE, Paper, Styles, across, number, page, put, put_link};
use super::{BatchNote, Lines};
use crate::pages::format;
use crate::words;
use model::{ArchiveRef, CAVEAT, Comparator, Verdict};
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{ExcelDateTime, Format, Worksheet, XlsxError};
use std::collections::BTreeMap;

/// Findings whose schedules are written: the first in the order of work that ask.
pub const FINDINGS: usize = 50;
/// Offers used that are listed of each, the nearest to the declared price.
pub const OFFERS: u32 = 25;
/// Offers left out that are listed of each.
const LEFT_OUT: usize = 10;
/// Lines of text of an offer's row.
const LINES_OF_ROW: u32 = 8;

/// A finding with its schedule.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// Line number in the file.
    pub number: u64,
    /// The verdict, its nearest offers listed.
    pub verdict: Verdict,
}

/// Rows of the schedules by the number of their line in the file.
pub(super) type Places = BTreeMap<u64, u32>;

/// Headers with their widths.
const COLUMNS: [(&str, f64); 14] = [
    ("File line", 8.0),
    ("Counts", 8.0),
    ("Unit price", 10.0),
    ("to (high end)", 10.0),
    ("Vote", 6.5),
    ("Offered", 15.0),
    ("Name", 26.0),
    ("Seller, site", 20.0),
    ("Seen (UTC)", 16.0),
    ("Address", 32.0),
    ("Page (SHA-256) and place in the archive", 34.0),
    ("What it shares with the goods, the way to the unit price, use in law; or why it does not count", 44.0),
    ("Address", 9.0),
    ("Every step from the page's text", 120.0),
];
/// How many of them are printed: the rest is for the screen.
const PRINTED: usize = 12;

/// The sum of the columns' widths, in digits.
#[cfg(test)]
pub(super) fn printed_width() -> f64 {
    COLUMNS[..PRINTED].iter().map(|(_, width)| width).sum()
}

struct Row<'r> {
    counts: &'static str,
    price: Option<(f64, f64)>,
    weight: Option<f64>,
    offered: &'r str,
    name: &'r str,
    seller: String,
    seen: chrono::DateTime<chrono::Utc>,
    url: Option<&'r str>,
    page: String,
    why: String,
    steps: String,
}

/// Writes the sheet; gives the row at which each schedule begins.
pub(super) fn sheet(
    sheet: &mut Worksheet,
    note: &BatchNote,
    lines: &Lines,
    styles: &Styles,
) -> Result<Places, XlsxError> {
    sheet.set_name("Schedules")?;
    layout::widths(sheet, &COLUMNS.map(|(_, width)| width))?;
    let told = if note.schedules.is_empty() {
        "No line has a reason to ask.".to_owned()
    } else {
        format!(
            "The first {} of {} lines with a reason to ask, each on pages of its own: up to {OFFERS} offers used, the nearest to the declared price, and up to {LEFT_OUT} that were left out. Whole schedules: touchstone check … --comparators all --json. Offers are asking prices, not sales.",
            note.schedules.len(),
            lines.asking()
        )
    };
    put(sheet, 0, 0, &told, &Format::new())?;
    for (at, (name, _)) in COLUMNS.iter().enumerate() {
        let text = !matches!(at, 0 | 2 | 3 | 4);
        let head = if text { &styles.head_text } else { &styles.head_right };
        sheet.write_with_format(1, at as u16, *name, head)?;
    }
    sheet.set_row_height(1, 30.0)?;
    let (mut places, mut breaks, mut links, mut row) = (Places::new(), Vec::new(), 0, 2);
    for schedule in &note.schedules {
        if row > 2 {
            breaks.push(row);
        }
        places.insert(schedule.number, row);
        heading(sheet, &mut row, schedule, styles)?;
        for offer in rows(&schedule.verdict) {
            write(sheet, row, schedule.number, &offer, &mut links, styles)?;
            row += 1;
        }
    }
    sheet.set_page_breaks(&breaks)?;
    sheet.autofilter(1, 0, row.max(3) - 1, COLUMNS.len() as u16 - 1)?;
    sheet.set_freeze_panes(2, 2)?;
    page(sheet, Paper::Across, note);
    sheet.set_print_area(0, 0, row.max(3) - 1, PRINTED as u16 - 1)?;
    sheet.set_repeat_rows(1, 1)?;
    Ok(places)
}

/// What a finding's pages begin with: the line, the verdict in its sentence, what to ask, the caveat.
fn heading(
    sheet: &mut Worksheet,
    row: &mut u32,
    schedule: &Schedule,
    styles: &Styles,
) -> Result<(), XlsxError> {
    let v = &schedule.verdict;
    let d = &v.declaration;
    let named = d.line.as_deref().map(|name| format!(" ({name})")).unwrap_or_default();
    let value = format!("{} {}", format::amount(d.value.amount), d.value.currency);
    let quantity = d.quantity.map(|q| format!(" for {} {}", format::quantity(q.value()), q.unit().symbol()));
    let title = format!(
        "Line {}{named}: HS {}, {}; declared {value}{}, exported {}",
        schedule.number,
        d.hs.dotted(),
        goods(v),
        quantity.unwrap_or_default(),
        d.export_date
    );
    let mut said = vec![(title, &styles.boxed)];
    let per =
        v.reference.as_ref().map(|r| format!(" Unit prices below are in {} {}.", r.currency, r.unit.per()));
    said.push((
        format!("{}: {}{}", words::verdict(v.verdict), v.sentence, per.unwrap_or_default()),
        &styles.wrap,
    ));
    if !v.ask.is_empty() {
        let asked: Vec<String> = v.ask.iter().enumerate().map(|(i, q)| format!("({}) {q}", i + 1)).collect();
        said.push((format!("To ask the importer: {}.", asked.join("; ")), &styles.wrap));
    }
    said.push((
        format!(
            "{} of {} offers used are listed, and {} of {} left out. {CAVEAT}",
            v.comparators.len(),
            v.comparators_total,
            v.excluded.len().min(LEFT_OUT),
            v.excluded_total
        ),
        &styles.small,
    ));
    let last = PRINTED as u16 - 1;
    let width: f64 = COLUMNS[1..PRINTED].iter().map(|(_, width)| width).sum();
    for (text, format) in said {
        sheet.write_number_with_format(*row, 0, schedule.number as f64, &number("0"))?;
        across(sheet, *row, (1, last), &text, format)?;
        sheet.set_row_height(*row, layout::height([(text.as_str(), 0.95 * width)], 12))?;
        *row += 1;
    }
    Ok(())
}

fn rows(v: &Verdict) -> Vec<Row<'_>> {
    let used = v.comparators.iter().map(|c| Row {
        counts: "used",
        price: c.unit_price.low.to_f64().zip(c.unit_price.high.to_f64()),
        weight: Some(c.weight),
        offered: &c.offered,
        name: &c.name,
        seller: seller(&c.seller, &c.site),
        seen: c.captured_at,
        url: c.url.as_deref(),
        page: evidence(c.page_hash.map(|hash| hash.to_string()), c.archive.as_ref()),
        why: in_short(c),
        steps: c.steps.join("; "),
    });
    let left_out = v.excluded.iter().take(LEFT_OUT).map(|e| Row {
        counts: "left out",
        price: None,
        weight: None,
        offered: &e.offered,
        name: &e.name,
        seller: seller(&e.seller, &e.site),
        seen: e.captured_at,
        url: e.url.as_deref(),
        page: evidence(e.page_hash.map(|hash| hash.to_string()), None),
        why: format!("{}: {}", words::exclusion(e.reason), e.detail),
        steps: String::new(),
    });
    used.chain(left_out).collect()
}

/// What an offer shares with the declared goods, its conversions, and its use in law. How its fields were
/// read out of the page stands among the steps.
fn in_short(c: &Comparator) -> String {
    let alike = c.similarity.map(|similarity| {
        let matched = words::matched(&c.matched);
        let matched = if matched.is_empty() { "as the code says".to_owned() } else { matched };
        format!("alike {}: {matched}", words::similarity(similarity))
    });
    let converted = c.steps.iter().filter(|step| !step.contains(" read as ")).cloned();
    let law = words::legal_use_short(c.legal_use).to_owned();
    alike.into_iter().chain(converted).chain([law]).collect::<Vec<_>>().join("; ")
}

fn seller(seller: &str, site: &str) -> String {
    if seller == site { site.to_owned() } else { format!("{seller}, {site}") }
}

fn evidence(hash: Option<String>, archive: Option<&ArchiveRef>) -> String {
    let place = archive.map(|at| format!("{} at {}", at.file, at.offset));
    hash.into_iter().chain(place).collect::<Vec<_>>().join("\n")
}

fn write(
    sheet: &mut Worksheet,
    row: u32,
    line: u64,
    offer: &Row<'_>,
    links: &mut usize,
    styles: &Styles,
) -> Result<(), XlsxError> {
    sheet.write_number_with_format(row, 0, line as f64, &number("0"))?;
    if let Some((low, high)) = offer.price {
        sheet.write_number_with_format(row, 2, low, &number(PRICE))?;
        // An interval only where it is one.
        if high > low {
            sheet.write_number_with_format(row, 3, high, &number(PRICE))?;
        }
    }
    if let Some(weight) = offer.weight {
        sheet.write_number_with_format(row, 4, weight, &number("0.000"))?;
    }
    let address = offer.url.unwrap_or_default();
    let texts = [
        (1, offer.counts),
        (5, offer.offered),
        (6, offer.name),
        (7, offer.seller.as_str()),
        (10, offer.page.as_str()),
        (9, address),
        (11, offer.why.as_str()),
    ];
    for (at, text) in texts {
        put(sheet, row, at, text, &styles.text)?;
    }
    let seen = ExcelDateTime::from_timestamp(offer.seen.timestamp())?;
    let moment = styles.text.clone().set_num_format("yyyy-mm-dd hh:mm");
    sheet.write_datetime_with_format(row, 8, &seen, &moment)?;
    put_link(sheet, row, 12, address, links, styles)?;
    put(sheet, row, 13, &offer.steps, &styles.text)?;
    let shown = texts.map(|(at, text)| (text, COLUMNS[usize::from(at)].1 - 1.5));
    sheet.set_row_height(row, layout::height(shown, LINES_OF_ROW))?;
    Ok(())
}
