//! The sheets of sums: lines by importer, subheading, origin and office, and the test of importers' price
//! levels. Every sheet says on what its flag rates were measured.

use super::{BatchNote, MOST_ROWS, Styles, fitting};
use crate::assessed::Cell;
use crate::batch::patterns;
use crate::batch::rollups::{self, By};
use rust_xlsxwriter::{Format, Worksheet, XlsxError};

/// Writes a cell; texts as strings, so that none runs as a formula.
fn put(sheet: &mut Worksheet, row: u32, at: u16, cell: &Cell, format: &Format) -> Result<(), XlsxError> {
    match cell {
        Cell::Number(number) if number.is_finite() => {
            sheet.write_number_with_format(row, at, *number, format)?;
        }
        Cell::Text(text) => {
            sheet.write_string(row, at, fitting(text))?;
        }
        Cell::Amount(amount) => {
            sheet.write_string(row, at, amount.to_string())?;
        }
        _ => {}
    }
    Ok(())
}

pub(super) fn rollups(sheet: &mut Worksheet, note: &BatchNote, styles: &Styles) -> Result<(), XlsxError> {
    sheet.set_name("Roll-ups")?;
    sheet.set_column_width(0, 10)?.set_column_width(1, 30)?;
    sheet.write(0, 0, note.calibration.as_str())?;
    let mut names = vec!["by", "key"];
    names.extend(rollups::COLUMNS.iter().map(|column| column.0));
    for (at, name) in names.iter().enumerate() {
        // In words, so that long names break.
        sheet.write_with_format(1, at as u16, name.replace('_', " "), &styles.head)?;
        if at > 1 {
            sheet.set_column_width(at as u16, 12)?;
        }
    }
    let format = |name: &str| {
        Format::new().set_num_format(match name {
            "flagged_share" => "0.0%",
            "mean_ratio" => "0.000",
            _ => "#,##0",
        })
    };
    let formats: Vec<Format> = names.iter().map(|name| format(name)).collect();
    let all =
        By::ALL.iter().flat_map(|by| note.rollups.of(*by).into_iter().map(|(key, row)| (*by, key, row)));
    let mut row = 2;
    for (by, key, sums) in all.take(MOST_ROWS - 2) {
        sheet.write_string(row, 0, by.code())?;
        sheet.write_string(row, 1, fitting(key))?;
        for (at, cell) in rollups::cells(sums).iter().enumerate() {
            put(sheet, row, at as u16 + 2, cell, &formats[at + 2])?;
        }
        row += 1;
    }
    sheet.autofilter(1, 0, row.max(2) - 1, names.len() as u16 - 1)?;
    sheet.set_freeze_panes(2, 2)?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_repeat_rows(1, 1)?;
    Ok(())
}

pub(super) fn patterns(sheet: &mut Worksheet, note: &BatchNote, styles: &Styles) -> Result<(), XlsxError> {
    sheet.set_name("Importers")?;
    let told = [
        patterns::told(&note.patterns).replace('\n', " "),
        format!(
            "Each importer × product of at least {} lines is held to the median of at least {} other importers' mean ratios for the same goods, with the variance between importers as the error; one-sided t test. A discovery is a lead to an audit, never a value.",
            note.patterns.enough.lines, note.patterns.enough.others
        ),
        note.calibration.clone(),
    ];
    for (row, text) in told.iter().enumerate() {
        sheet.write(row as u32, 0, fitting(text.trim()))?;
    }
    let head = told.len() as u32;
    for (at, name) in patterns::COLUMNS.iter().enumerate() {
        sheet.write_with_format(head, at as u16, name.replace('_', " "), &styles.head)?;
        let width = match *name {
            "importer" => 26,
            "product" => 44,
            _ => 11,
        };
        sheet.set_column_width(at as u16, width)?;
    }
    let format = |name: &str| {
        Format::new().set_num_format(match name {
            "rank" | "lines" | "others" => "#,##0",
            "p" => "0.0000",
            "t" => "0.00",
            _ => "0.000",
        })
    };
    let formats: Vec<Format> = patterns::COLUMNS.iter().map(|name| format(name)).collect();
    let mut row = head + 1;
    for (at, pair) in note.patterns.pairs.iter().take(MOST_ROWS - head as usize - 1).enumerate() {
        for (column, cell) in patterns::cells(at + 1, pair).iter().enumerate() {
            put(sheet, row, column as u16, cell, &formats[column])?;
        }
        row += 1;
    }
    sheet.autofilter(head, 0, row - 1, patterns::COLUMNS.len() as u16 - 1)?;
    sheet.set_freeze_panes(head + 1, 2)?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_repeat_rows(head, head)?;
    Ok(())
}
