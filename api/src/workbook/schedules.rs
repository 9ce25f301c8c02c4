//! The sheet of schedules: behind each finding that asks, the offers it was held to and those that were left
//! out, each with its place, its moment, its page and the way from the page's text to a unit price. Not the
//! choice of the findings.

use super::{MOST_ROWS, Styles, fitting};
use crate::words;
use model::{ArchiveRef, Verdict};
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, Worksheet, XlsxError};

/// Findings whose schedules are written: the first in the order of work that ask.
pub const FINDINGS: usize = 50;
/// Offers used that are listed of each, the nearest to the declared price.
pub const OFFERS: u32 = 25;
/// Offers left out that are listed of each.
const LEFT_OUT: usize = 10;

/// A finding with its schedule.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// Line number in the file.
    pub number: u64,
    /// The verdict, its nearest offers listed.
    pub verdict: Verdict,
}

/// Headers with their widths.
const COLUMNS: [(&str, f64); 16] = [
    ("number", 9.0),
    ("line", 14.0),
    ("declared", 12.0),
    ("counts", 10.0),
    ("unit price", 12.0),
    ("unit price, high end", 12.0),
    ("currency, unit", 16.0),
    ("weight", 9.0),
    ("offered", 24.0),
    ("name", 34.0),
    ("seller", 22.0),
    ("site", 22.0),
    ("seen (UTC)", 17.0),
    ("address", 40.0),
    ("page (SHA-256) and place in the archive", 40.0),
    ("steps, use in law, or why it does not count", 90.0),
];

struct Formats {
    price: Format,
    share: Format,
    moment: Format,
    text: Format,
    wrap: Format,
}

struct Row<'r> {
    counts: &'static str,
    price: Option<(f64, f64)>,
    weight: Option<f64>,
    offered: &'r str,
    name: &'r str,
    seller: &'r str,
    site: &'r str,
    seen: chrono::DateTime<chrono::Utc>,
    url: Option<&'r str>,
    page: String,
    why: String,
}

pub(super) fn sheet(
    sheet: &mut Worksheet,
    schedules: &[Schedule],
    asking: usize,
    styles: &Styles,
) -> Result<(), XlsxError> {
    sheet.set_name("Schedules")?;
    let told = if schedules.is_empty() {
        "No line has a reason to ask.".to_owned()
    } else {
        format!(
            "The first {} of {asking} lines with a reason to ask, each with up to {OFFERS} offers used, the nearest to the declared price, and up to {LEFT_OUT} that were left out. Whole schedules: touchstone check … --comparators all --json. Offers are asking prices, not sales.",
            schedules.len()
        )
    };
    sheet.write(0, 0, told)?;
    for (at, (name, width)) in COLUMNS.iter().enumerate() {
        sheet.write_with_format(1, at as u16, *name, &styles.head)?;
        sheet.set_column_width(at as u16, *width)?;
    }
    let top = || Format::new().set_align(FormatAlign::Top);
    let formats = Formats {
        price: top().set_num_format("#,##0.00##"),
        share: top().set_num_format("0.000"),
        moment: top().set_num_format("yyyy-mm-dd hh:mm").set_align(FormatAlign::Left),
        text: top(),
        wrap: top().set_text_wrap(),
    };
    let mut row = 2;
    for schedule in schedules {
        for offer in rows(&schedule.verdict) {
            if row as usize > MOST_ROWS {
                break;
            }
            write(sheet, row, schedule, &offer, &formats)?;
            row += 1;
        }
    }
    sheet.autofilter(1, 0, row.max(3) - 1, COLUMNS.len() as u16 - 1)?;
    sheet.set_freeze_panes(2, 4)?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_repeat_rows(1, 1)?;
    Ok(())
}

fn rows(v: &Verdict) -> Vec<Row<'_>> {
    let used = v.comparators.iter().map(|c| Row {
        counts: "used",
        price: c.unit_price.low.to_f64().zip(c.unit_price.high.to_f64()),
        weight: Some(c.weight),
        offered: &c.offered,
        name: &c.name,
        seller: &c.seller,
        site: &c.site,
        seen: c.captured_at,
        url: c.url.as_deref(),
        page: page(c.page_hash.map(|hash| hash.to_string()), c.archive.as_ref()),
        why: format!("{}; {}", c.steps.join("; "), words::legal_use_short(c.legal_use)),
    });
    let left_out = v.excluded.iter().take(LEFT_OUT).map(|e| Row {
        counts: "left out",
        price: None,
        weight: None,
        offered: &e.offered,
        name: &e.name,
        seller: &e.seller,
        site: &e.site,
        seen: e.captured_at,
        url: e.url.as_deref(),
        page: page(e.page_hash.map(|hash| hash.to_string()), None),
        why: format!("{}: {}", words::exclusion(e.reason), e.detail),
    });
    used.chain(left_out).collect()
}

fn page(hash: Option<String>, archive: Option<&ArchiveRef>) -> String {
    let place = archive.map(|at| format!("{} at {}", at.file, at.offset));
    hash.into_iter().chain(place).collect::<Vec<_>>().join(", ")
}

fn write(
    sheet: &mut Worksheet,
    row: u32,
    schedule: &Schedule,
    offer: &Row<'_>,
    formats: &Formats,
) -> Result<(), XlsxError> {
    let v = &schedule.verdict;
    // Every text as a string: none of another's runs as a formula or a link.
    let mut text = |at: u16, text: &str, format: &Format| -> Result<(), XlsxError> {
        sheet.write_string_with_format(row, at, fitting(text), format).map(drop)
    };
    text(1, v.declaration.line.as_deref().unwrap_or_default(), &formats.text)?;
    text(3, offer.counts, &formats.text)?;
    if let Some(reference) = &v.reference {
        text(6, &format!("{} {}", reference.currency, reference.unit.per()), &formats.text)?;
    }
    for (at, content, format) in [
        (8, offer.offered, &formats.text),
        (9, offer.name, &formats.wrap),
        (10, offer.seller, &formats.text),
        (11, offer.site, &formats.text),
        (13, offer.url.unwrap_or_default(), &formats.text),
        (14, offer.page.as_str(), &formats.text),
        (15, offer.why.as_str(), &formats.wrap),
    ] {
        text(at, content, format)?;
    }
    sheet.write_number_with_format(row, 0, schedule.number as f64, &formats.text)?;
    if let Some(declared) = v.declared.as_ref().and_then(|d| d.amount.to_f64()) {
        sheet.write_number_with_format(row, 2, declared, &formats.price)?;
    }
    if let Some((low, high)) = offer.price {
        sheet.write_number_with_format(row, 4, low, &formats.price)?;
        sheet.write_number_with_format(row, 5, high, &formats.price)?;
    }
    if let Some(weight) = offer.weight {
        sheet.write_number_with_format(row, 7, weight, &formats.share)?;
    }
    let seen = ExcelDateTime::from_timestamp(offer.seen.timestamp())?;
    sheet.write_datetime_with_format(row, 12, &seen, &formats.moment)?;
    Ok(())
}
