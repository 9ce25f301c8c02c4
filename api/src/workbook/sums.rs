//! The sheets of sums: lines by importer, subheading, origin and office, and the test of importers' price
//! levels. Every sheet says on what its flag rates were measured.

use super::layout::{self, AMOUNT, P, Paper, Styles, across, number, page, put};
use super::{BatchNote, MOST_ROWS};
use crate::assessed::Cell;
use crate::batch::patterns;
use crate::batch::rollups::{self, By};
use model::HsCode;
use normalizer::nomenclature::Nomenclature;
use rust_xlsxwriter::{Format, FormatAlign, Worksheet, XlsxError};

/// Writes a cell; texts as strings, so that none runs as a formula.
fn put_cell(sheet: &mut Worksheet, row: u32, at: u16, cell: &Cell, format: &Format) -> Result<(), XlsxError> {
    match cell {
        Cell::Number(value) if value.is_finite() => {
            sheet.write_number_with_format(row, at, *value, format)?;
        }
        Cell::Text(text) => put(sheet, row, at, text, format)?,
        Cell::Amount(amount) => put(sheet, row, at, &amount.to_string(), format)?,
        _ => {}
    }
    Ok(())
}

/// Sentences above a table, each over its whole width; gives the row below them.
fn said(
    sheet: &mut Worksheet,
    texts: &[String],
    last: u16,
    width: f64,
    styles: &Styles,
) -> Result<u32, XlsxError> {
    for (row, text) in texts.iter().enumerate() {
        across(sheet, row as u32, (0, last), text, &styles.wrap)?;
        sheet.set_row_height(row as u32, layout::height([(text.as_str(), 0.95 * width)], 10))?;
    }
    Ok(texts.len() as u32)
}

/// The headings of the roll-ups, after the key.
const HEADS: [&str; 15] = [
    "Lines",
    "Not readable",
    "Compared",
    "Reasons to ask",
    "Share of the compared",
    "Mean of declared ÷ median",
    "Strong reason to ask",
    "Reason to ask",
    "Low: review",
    "High: review",
    "Segment first",
    "Not detectable",
    "Consistent",
    "Not enough evidence",
    "At stake",
];

pub(super) fn rollups(sheet: &mut Worksheet, note: &BatchNote, styles: &Styles) -> Result<(), XlsxError> {
    sheet.set_name("Roll-ups")?;
    let mut wide = vec![9.0, 26.0, 30.0];
    wide.extend(HEADS.iter().map(|name| if *name == "At stake" { 13.5 } else { 9.5 }));
    layout::widths(sheet, &wide)?;
    let last = wide.len() as u16 - 1;
    let told = [
        format!(
            "The lines of the file added up, most reasons to ask first. Compared: held to a distribution of their own. At stake: (median of the low ends − declared price) × quantity of the lines with a reason to ask, in {}, before any duty rate; it orders the work and is no assessment.",
            note.currency
        ),
        note.calibration.clone(),
    ];
    let head = said(sheet, &told, last, wide.iter().sum(), styles)?;
    for (at, name) in ["By", "Key", "In words"].into_iter().enumerate() {
        sheet.write_with_format(head, at as u16, name, &styles.head_text)?;
    }
    for (at, name) in HEADS.iter().enumerate() {
        sheet.write_with_format(head, at as u16 + 3, *name, &styles.head_right)?;
    }
    sheet.set_row_height(head, 45.0)?;
    let formats: Vec<Format> = rollups::COLUMNS
        .iter()
        .map(|(name, _)| match *name {
            "flagged_share" => number("0.0%"),
            "mean_ratio" => number("0.000"),
            "at_stake" => number(AMOUNT),
            _ => number("#,##0"),
        })
        .collect();
    let all =
        By::ALL.iter().flat_map(|by| note.rollups.of(*by).into_iter().map(|(key, row)| (*by, key, row)));
    let mut row = head;
    for (by, key, sums) in all.take(MOST_ROWS - head as usize) {
        row += 1;
        put(sheet, row, 0, kind(by), &styles.text)?;
        put(sheet, row, 1, key, &styles.text)?;
        let words = in_words(by, key);
        put(sheet, row, 2, &words, &styles.text)?;
        sheet.set_row_height(
            row,
            layout::height([(key, wide[1] - 1.5), (words.as_str(), wide[2] - 1.5)], 4),
        )?;
        for (at, cell) in rollups::cells(sums).iter().enumerate() {
            put_cell(sheet, row, at as u16 + 3, cell, &formats[at])?;
        }
    }
    if row == head {
        row += 1;
        put(sheet, row, 0, "The file holds no lines.", &Format::new())?;
    }
    sheet.autofilter(head, 0, row, last)?;
    sheet.set_freeze_panes(head + 1, 2)?;
    page(sheet, Paper::Across, note);
    sheet.set_repeat_rows(head, head)?;
    Ok(())
}

fn kind(by: By) -> &'static str {
    match by {
        By::Importer => "importer",
        By::Hs => "HS code",
        By::Origin => "origin",
        By::Office => "office",
    }
}

/// What a code means, where it is one.
fn in_words(by: By, key: &str) -> String {
    let name = (by == By::Hs).then(|| HsCode::parse(key).ok()).flatten();
    name.and_then(|code| Nomenclature::builtin().subheading(&code))
        .map(|entry| entry.description.to_owned())
        .unwrap_or_default()
}

/// The headings of the test of importers' price levels with widths and number formats.
const PAIRS: [(&str, f64, &str); 12] = [
    ("Rank", 6.0, "#,##0"),
    ("Importer", 28.0, "@"),
    ("HS code", 9.0, "@"),
    ("Product, as declared", 52.0, "@"),
    ("Lines", 8.0, "#,##0"),
    ("Other importers", 10.0, "#,##0"),
    ("Level: own ÷ others'", 10.0, "0.0%"),
    ("Own mean of declared ÷ median", 11.0, "0.000"),
    ("Others' mean", 9.0, "0.000"),
    ("t", 8.0, "0.00"),
    ("p, one-sided", 9.0, P),
    ("Discovery", 10.0, "@"),
];

pub(super) fn patterns(sheet: &mut Worksheet, note: &BatchNote, styles: &Styles) -> Result<(), XlsxError> {
    sheet.set_name("Importers")?;
    layout::widths(sheet, &PAIRS.map(|(_, width, _)| width))?;
    let told = [
        patterns::told(&note.patterns).replace('\n', " ").trim().to_owned(),
        format!(
            "Each importer × product of at least {} lines is held to the median of at least {} other importers' mean ratios for the same goods, with the variance between importers as the error; one-sided t test. A discovery is a lead to an audit, never a value.",
            note.patterns.enough.lines, note.patterns.enough.others
        ),
        note.calibration.clone(),
    ];
    let last = PAIRS.len() as u16 - 1;
    let head = said(sheet, &told, last, PAIRS.iter().map(|(_, width, _)| width).sum(), styles)?;
    for (at, (name, _, shown)) in PAIRS.iter().enumerate() {
        let format = if *shown == "@" { &styles.head_text } else { &styles.head_right };
        sheet.write_with_format(head, at as u16, *name, format)?;
    }
    sheet.set_row_height(head, 45.0)?;
    let formats = PAIRS.map(|(_, _, shown)| match shown {
        "@" => styles.text.clone(),
        shown => number(shown),
    });
    let mut row = head;
    for (at, pair) in note.patterns.pairs.iter().take(MOST_ROWS - head as usize).enumerate() {
        row += 1;
        for (column, cell) in patterns::cells(at + 1, pair).iter().enumerate() {
            let found = pair.discovery && column == PAIRS.len() - 1;
            let format = if found { &styles.ask } else { &formats[column] };
            put_cell(sheet, row, column as u16, cell, format)?;
        }
        let texts = [(pair.importer.as_str(), PAIRS[1].1 - 1.5), (pair.product.as_str(), PAIRS[3].1 - 1.5)];
        sheet.set_row_height(row, layout::height(texts, 6))?;
    }
    if row == head {
        row += 1;
        let none = Format::new().set_align(FormatAlign::Top);
        put(sheet, row, 0, "No importer and product could be tested.", &none)?;
    }
    sheet.autofilter(head, 0, row, last)?;
    sheet.set_freeze_panes(head + 1, 2)?;
    page(sheet, Paper::Across, note);
    sheet.set_repeat_rows(head, head)?;
    Ok(())
}
