//! The summary: one page, upright, for the file of the case. What was done, what came out, whom to ask first,
//! and what it rests on. Everything here stands in full on the other sheets.

use super::findings::{goods, left_out, printed};
use super::layout::{self, AMOUNT, P, PRICE, Paper, Styles, across, number, page, put};
use super::{BatchNote, Lines};
use crate::batch::patterns;
use crate::batch::rollups::By;
use crate::batch::tally::Tested;
use crate::commands::output::count;
use crate::words;
use model::{CAVEAT, Verdict, VerdictCode};
use rust_xlsxwriter::{
    Chart, ChartAxisCrossing, ChartDataLabel, ChartFont, ChartFormat, ChartSolidFill, ChartType, Color,
    Format, FormatAlign, Url, Worksheet, XlsxError,
};

/// Findings on the summary, and importers: what fits one page.
const TOP: usize = 10;
const IMPORTERS: usize = 5;

/// Headings of the first to ask, with the widths of the page's columns.
const COLUMNS: [(&str, f64); 9] = [
    ("File line", 8.0),
    ("Importer", 26.0),
    ("HS code", 9.0),
    ("Goods", 38.0),
    ("Declared price", 10.0),
    ("Median of offers", 10.0),
    ("Ratio", 7.0),
    ("p", 8.5),
    ("At stake", 13.5),
];
const LAST: u16 = COLUMNS.len() as u16 - 1;
/// Columns of the labels on the left; the rest is for what they say.
const LABEL: u16 = 1;

/// The page as it is filled from above.
struct Sheet<'a> {
    sheet: &'a mut Worksheet,
    styles: &'a Styles,
    row: u32,
}

impl Sheet<'_> {
    /// Width of columns in digits.
    fn width(first: u16, last: u16) -> f64 {
        COLUMNS[usize::from(first)..=usize::from(last)].iter().map(|(_, width)| width).sum()
    }

    fn wide(&mut self, text: &str, format: &Format, bold: bool) -> Result<(), XlsxError> {
        let room = Self::width(0, LAST) * if bold { 0.92 } else { 0.98 };
        across(self.sheet, self.row, (0, LAST), text, format)?;
        self.sheet.set_row_height(self.row, layout::height([(text, room)], 6))?;
        self.row += 1;
        Ok(())
    }

    fn section(&mut self, title: &str) -> Result<(), XlsxError> {
        self.row += 1;
        across(self.sheet, self.row, (0, LAST), title, &self.styles.section)?;
        self.sheet.set_row_height(self.row, 18.0)?;
        self.row += 1;
        Ok(())
    }

    fn fact(&mut self, label: &str, text: &str) -> Result<(), XlsxError> {
        across(self.sheet, self.row, (0, LABEL), label, &self.styles.bold)?;
        across(self.sheet, self.row, (LABEL + 1, LAST), text, &self.styles.wrap)?;
        let texts = [(label, 0.88 * Self::width(0, LABEL)), (text, 0.95 * Self::width(LABEL + 1, LAST))];
        self.sheet.set_row_height(self.row, layout::height(texts, 6))?;
        self.row += 1;
        Ok(())
    }
}

pub(super) fn sheet(
    sheet: &mut Worksheet,
    lines: &Lines,
    note: &BatchNote,
    styles: &Styles,
) -> Result<(), XlsxError> {
    sheet.set_name("Summary")?;
    layout::widths(sheet, &COLUMNS.map(|(_, width)| width))?;
    sheet.set_screen_gridlines(false);
    let mut page_of = Sheet { sheet, styles, row: 0 };
    page_of.wide("Price check of declared lines", &styles.title, true)?;
    page_of.sheet.set_row_height(0, 24.0)?;
    let when = note.assessed_at.format("%Y-%m-%d %H:%M");
    let all = lines.readable() + lines.unreadable();
    page_of.wide(
        &format!("{}: {} lines, assessed {when} UTC", note.file, count(all)),
        &styles.wrap,
        false,
    )?;
    page_of.wide(CAVEAT, &styles.boxed, true)?;
    page_of.wide(&note.calibration, &styles.wrap, false)?;

    page_of.section("What came out")?;
    verdicts(&mut page_of, lines)?;
    page_of.fact("The batch as a whole", note.discovery.trim().trim_start_matches("As a batch: "))?;
    let levels = patterns::told(&note.patterns).replace('\n', " ");
    page_of.fact("Importers' price levels", levels.trim().trim_start_matches("Importers' price levels: "))?;
    let at_stake: f64 = note.rollups.of(By::Hs).iter().map(|(_, row)| row.at_stake).sum();
    page_of.fact(
        "Value at stake",
        &format!(
            "{} {} in the lines with a reason to ask: what they lie below the median of the low ends, times their quantity, before any duty rate. It orders the work; it is neither revenue nor an assessment.",
            count(at_stake.round() as u64),
            note.currency
        ),
    )?;

    let asking = match lines.asking() {
        1 => "1 line has a reason to ask".to_owned(),
        n => format!("{} lines have a reason to ask", count(n)),
    };
    page_of.section(&format!("First to ask: {asking}"))?;
    first_to_ask(&mut page_of, lines, note)?;
    page_of.section("Importers with most at stake")?;
    importers(&mut page_of, note)?;

    page_of.section("What it rests on")?;
    let (snapshot, holds) = &note.snapshot;
    page_of.fact("Reference snapshot", &format!("SHA-256 {snapshot}: {holds}"))?;
    page_of.fact("File of declared lines", &format!("SHA-256 {}", note.input_hash))?;
    page_of.fact("Parameters of the rules", &format!("SHA-256 {}", note.parameters.hash()))?;
    let hashed = if note.importers_hashed { "hashed with a key of this installation" } else { "as declared" };
    page_of.fact("Importers", hashed)?;
    if let Some(left_out) = left_out(lines) {
        page_of.fact("Not on the sheets", &left_out)?;
    }
    let first = page_of.row;
    for (name, what) in [
        (
            "Findings",
            format!(
                "every line in the order of work; the first {} rows are set to print",
                count(printed(lines) as u64)
            ),
        ),
        (
            "Schedules",
            "the offers behind the first findings, with addresses and hashes, on pages of their own"
                .to_owned(),
        ),
        ("Charts", "prices against the reference; where the reasons to ask are".to_owned()),
        ("Roll-ups", "by importer, HS code, origin and office".to_owned()),
        ("Importers", "who declares a product systematically lower than others do".to_owned()),
        ("Method", "rules, formulas, parameters, permissions, and how to do it again".to_owned()),
        ("Bad lines", "lines that could not be read".to_owned()),
    ] {
        page_of.fact("", &what)?;
        let link = Url::new(format!("internal:'{name}'!A1")).set_text(name);
        page_of.sheet.write_url_with_format(page_of.row - 1, 0, link, &styles.link)?;
    }
    let last = page_of.row.max(first) - 1;
    page(sheet, Paper::OnePage, note);
    sheet.set_print_area(0, 0, last, LAST)?;
    Ok(())
}

/// Lines by verdict, in a table and as bars.
fn verdicts(page: &mut Sheet<'_>, lines: &Lines) -> Result<(), XlsxError> {
    let styles = page.styles;
    across(page.sheet, page.row, (0, 2), "Verdict, in the order of work", &styles.head)?;
    page.sheet.write_with_format(page.row, 3, "Lines", &styles.head)?;
    page.row += 1;
    let first = page.row;
    let left = styles.count.clone().set_align(FormatAlign::Left);
    for (code, n) in lines.counts() {
        across(page.sheet, page.row, (0, 2), words::verdict(code), &styles.wrap)?;
        page.sheet.write_with_format(page.row, 3, n as f64, &left)?;
        page.row += 1;
    }
    let last = page.row - 1;
    let rest = [
        ("Lines that could not be read", lines.unreadable(), &styles.wrap),
        ("All lines", lines.readable() + lines.unreadable(), &styles.bold),
    ];
    for (label, n, format) in rest {
        across(page.sheet, page.row, (0, 2), label, format)?;
        page.sheet.write_with_format(page.row, 3, n as f64, &left)?;
        page.row += 1;
    }
    let mut chart = Chart::new(ChartType::Bar);
    let mut bar = ChartFormat::new();
    bar.set_solid_fill(ChartSolidFill::new().set_color(Color::RGB(0x001F_4E79)));
    chart
        .add_series()
        .set_name("lines")
        .set_categories(("Summary", first, 0, last, 0))
        .set_values(("Summary", first, 3, last, 3))
        .set_format(&mut bar)
        .set_gap(40)
        .set_data_label(ChartDataLabel::new().show_value().set_num_format("#,##0"));
    chart.title().set_hidden();
    chart.legend().set_hidden();
    let small = ChartFont::new().set_size(8).unset_bold().clone();
    chart
        .x_axis()
        .set_name("lines")
        .set_name_font(&small)
        .set_font(&small)
        .set_num_format("#,##0")
        .set_min(0);
    chart.x_axis().set_major_gridlines(false);
    chart.y_axis().set_reverse().set_font(&small).set_major_gridlines(false);
    // Reversed, the lengths would be counted above the bars.
    chart.y_axis().set_crossing(ChartAxisCrossing::Max);
    chart.set_alt_text("Lines by verdict; the figures stand in the table beside it");
    chart.set_width(460).set_height(238);
    page.sheet.insert_chart_with_offset(first - 1, 3, &chart, 70, 2)?;
    Ok(())
}

fn first_to_ask(page: &mut Sheet<'_>, lines: &Lines, note: &BatchNote) -> Result<(), XlsxError> {
    let styles = page.styles;
    let asking: Vec<_> = lines.findings().iter().filter(|kept| super::asks(&kept.line)).take(TOP).collect();
    if asking.is_empty() {
        return page.wide(nothing_to_ask(lines), &styles.wrap, false);
    }
    for (at, (name, _)) in COLUMNS.iter().enumerate() {
        let format = if (1..=3).contains(&at) { &styles.head_text } else { &styles.head_right };
        let name = if at == 8 { format!("{name}, {}", note.currency) } else { (*name).to_owned() };
        page.sheet.write_with_format(page.row, at as u16, name, format)?;
    }
    page.sheet.set_row_height(page.row, 30.0)?;
    page.row += 1;
    for kept in asking {
        let Ok(v) = &kept.line.result else { continue };
        let importer = kept.line.input.importer.as_deref().unwrap_or_default();
        let importer = layout::cut_to(importer, COLUMNS[1].1 - 1.5, 2);
        let importer = importer.as_str();
        let goods = layout::cut_to(&goods(v), COLUMNS[3].1 - 1.5, 1);
        let per = v.reference.as_ref().map(|r| format!("\n{} {}", r.currency, r.unit.per()));
        let goods = format!("{goods}{}", per.unwrap_or_default());
        page.sheet.write_number_with_format(page.row, 0, kept.line.number as f64, &number("0"))?;
        for (at, text) in [(1, importer), (2, v.declaration.hs.dotted().as_str()), (3, goods.as_str())] {
            put(page.sheet, page.row, at, text, &styles.text)?;
        }
        for (at, value, shown) in figures(v, kept.at_stake) {
            if let Some(value) = value.filter(|value| value.is_finite()) {
                page.sheet.write_number_with_format(page.row, at, value, &number(shown))?;
            }
        }
        let texts = [(importer, COLUMNS[1].1 - 1.5), (goods.as_str(), COLUMNS[3].1 - 1.5)];
        page.sheet.set_row_height(page.row, layout::height(texts, 2))?;
        page.row += 1;
    }
    let discoveries = lines.findings().iter().take(TOP).filter(|k| matches!(k.tested, Tested::Discovery(_)));
    let told = format!(
        "Prices per unit as beside the goods. {} of these {} are discoveries of the batch; reasons and questions stand in Findings and Schedules.",
        discoveries.count(),
        lines.asking().min(TOP as u64)
    );
    page.wide(&told, &styles.small, false)
}

fn figures(v: &Verdict, at_stake: Option<f64>) -> [(u16, Option<f64>, &'static str); 5] {
    use rust_decimal::prelude::ToPrimitive;
    [
        (4, v.declared.as_ref().and_then(|d| d.amount.to_f64()), PRICE),
        (5, v.reference.as_ref().map(|r| r.median), PRICE),
        (6, v.ratio, "0.00"),
        (7, v.p_low(), P),
        (8, at_stake, AMOUNT),
    ]
}

/// Why there is nobody to ask.
fn nothing_to_ask(lines: &Lines) -> &'static str {
    let readable = lines.readable();
    let compared =
        readable - lines.count(VerdictCode::InsufficientEvidence) - lines.count(VerdictCode::NotApplicable);
    if readable + lines.unreadable() == 0 {
        "The file holds no lines."
    } else if readable == 0 {
        "No line could be read: Bad lines says why."
    } else if compared == 0 {
        "No line could be compared: the reference has too little evidence for any of them. That is no sign that the prices are right; the column cures of Findings says what evidence is missing."
    } else {
        "No line has a reason to ask. That is no finding that the values are right."
    }
}

fn importers(page: &mut Sheet<'_>, note: &BatchNote) -> Result<(), XlsxError> {
    let styles = page.styles;
    let mut rows = note.rollups.of(By::Importer);
    rows.retain(|(_, row)| row.at_stake > 0.0);
    // Equals stay in the order of the roll-ups: most reasons to ask first.
    rows.sort_by(|a, b| b.1.at_stake.total_cmp(&a.1.at_stake));
    if rows.is_empty() {
        return page.wide("None.", &styles.wrap, false);
    }
    let heads = ["Lines", "Reasons to ask", "Share", "Mean ratio", "At stake"];
    across(page.sheet, page.row, (0, 3), "Importer", &styles.head_text)?;
    for (at, name) in heads.iter().enumerate() {
        page.sheet.write_with_format(page.row, at as u16 + 4, *name, &styles.head_right)?;
    }
    page.sheet.set_row_height(page.row, 30.0)?;
    page.row += 1;
    for (key, row) in rows.into_iter().take(IMPORTERS) {
        let key = layout::cut_to(key, 0.9 * Sheet::width(0, 3), 2);
        let key = key.as_str();
        across(page.sheet, page.row, (0, 3), key, &styles.text)?;
        let share = (row.compared > 0).then(|| row.flagged() as f64 / row.compared as f64);
        for (at, value, shown) in [
            (4, Some(row.lines as f64), "#,##0"),
            (5, Some(row.flagged() as f64), "#,##0"),
            (6, share, "0%"),
            (7, row.mean_ratio(), "0.000"),
            (8, Some(row.at_stake), AMOUNT),
        ] {
            if let Some(value) = value.filter(|value| value.is_finite()) {
                page.sheet.write_number_with_format(page.row, at, value, &number(shown))?;
            }
        }
        page.sheet.set_row_height(page.row, layout::height([(key, Sheet::width(0, 3))], 2))?;
        page.row += 1;
    }
    Ok(())
}
