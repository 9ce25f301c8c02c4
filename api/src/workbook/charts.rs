//! The sheet of charts: how the declared prices lie to their references, and where the reasons to ask are.
//! The counts they are drawn from stand beside them.

use super::{BatchNote, Styles, fitting};
use crate::assessed::AssessedLine;
use crate::batch::rollups::By;
use rust_xlsxwriter::{Chart, ChartType, Color, Worksheet, XlsxError};

/// Upper ends of the classes of the ratio; those of the rules among them.
const CLASSES: [f64; 9] = [0.3, 0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0, f64::INFINITY];
/// Bars of a chart of sums.
const BARS: usize = 12;
/// Rows between the tops of two charts.
const APART: u32 = 18;

pub(super) fn sheet(
    sheet: &mut Worksheet,
    lines: &[AssessedLine],
    note: &BatchNote,
    styles: &Styles,
) -> Result<(), XlsxError> {
    sheet.set_name("Charts")?;
    sheet.set_column_width(0, 34)?.set_column_width(1, 12)?.set_column_width(2, 12)?;
    let mut top = 0;
    ratios(sheet, &mut top, lines, styles)?;
    sums(sheet, &mut top, By::Hs, "Reasons to ask by subheading", note, styles)?;
    sums(sheet, &mut top, By::Importer, "Reasons to ask by importer", note, styles)?;
    sheet.set_portrait().set_paper_size(9).set_print_fit_to_pages(1, 1);
    Ok(())
}

/// Lines by the ratio of the declared price to the median of the low ends.
fn ratios(
    sheet: &mut Worksheet,
    top: &mut u32,
    lines: &[AssessedLine],
    styles: &Styles,
) -> Result<(), XlsxError> {
    let mut counts = [0u64; CLASSES.len()];
    for ratio in lines.iter().filter_map(|line| line.result.as_ref().ok().and_then(|v| v.ratio)) {
        counts[CLASSES.partition_point(|end| *end <= ratio).min(CLASSES.len() - 1)] += 1;
    }
    let first = head(sheet, *top, "Declared price over median", &["lines"], styles)?;
    let mut below = None;
    for (at, (end, count)) in CLASSES.iter().zip(counts).enumerate() {
        let label = match below {
            None => format!("below {end}"),
            Some(from) if end.is_infinite() => format!("{from} and more"),
            Some(from) => format!("{from} to below {end}"),
        };
        below = Some(*end);
        sheet.write_string(first + at as u32, 0, label)?;
        sheet.write_with_format(first + at as u32, 1, count as f64, &styles.count)?;
    }
    let last = first + CLASSES.len() as u32 - 1;
    draw(sheet, *top, ChartType::Column, "Lines by declared price over median", (first, last), &["lines"])?;
    *top += APART;
    Ok(())
}

/// The keys with most reasons to ask, beside how many of their lines were compared.
fn sums(
    sheet: &mut Worksheet,
    top: &mut u32,
    by: By,
    title: &str,
    note: &BatchNote,
    styles: &Styles,
) -> Result<(), XlsxError> {
    let all = note.rollups.of(by);
    let shown: Vec<_> = all.into_iter().filter(|(_, row)| row.flagged() > 0).take(BARS).collect();
    let first = head(sheet, *top, title, &["reasons to ask", "compared"], styles)?;
    if shown.is_empty() {
        sheet.write_string(first, 0, "none")?;
        *top += 4;
        return Ok(());
    }
    for (at, (key, row)) in shown.iter().enumerate() {
        let at = first + at as u32;
        sheet.write_string(at, 0, fitting(key))?;
        sheet.write_with_format(at, 1, row.flagged() as f64, &styles.count)?;
        sheet.write_with_format(at, 2, row.compared as f64, &styles.count)?;
    }
    let last = first + shown.len() as u32 - 1;
    draw(sheet, *top, ChartType::Bar, title, (first, last), &["reasons to ask", "compared"])?;
    *top += APART;
    Ok(())
}

/// A table's heading; gives the row below it.
fn head(
    sheet: &mut Worksheet,
    top: u32,
    title: &str,
    columns: &[&str],
    styles: &Styles,
) -> Result<u32, XlsxError> {
    sheet.write_with_format(top, 0, title, &styles.head)?;
    for (at, name) in columns.iter().enumerate() {
        sheet.write_with_format(top, at as u16 + 1, *name, &styles.head)?;
    }
    Ok(top + 1)
}

fn draw(
    sheet: &mut Worksheet,
    top: u32,
    kind: ChartType,
    title: &str,
    (first, last): (u32, u32),
    series: &[&str],
) -> Result<(), XlsxError> {
    let mut chart = Chart::new(kind);
    for (at, (name, rgb)) in series.iter().zip([0x003B_6EA5, 0x00B8_C4D0]).enumerate() {
        let column = at as u16 + 1;
        chart
            .add_series()
            .set_name(*name)
            .set_categories(("Charts", first, 0, last, 0))
            .set_values(("Charts", first, column, last, column))
            .set_format(
                rust_xlsxwriter::ChartFormat::new()
                    .set_solid_fill(rust_xlsxwriter::ChartSolidFill::new().set_color(Color::RGB(rgb))),
            );
    }
    chart.title().set_name(title);
    if series.len() == 1 {
        chart.legend().set_hidden();
    }
    if matches!(kind, ChartType::Bar) {
        // The first bar stands on top, as in the table; of bars this axis holds the names.
        chart.y_axis().set_reverse();
    }
    chart.set_width(560).set_height(330);
    sheet.insert_chart(top, 4, &chart)?;
    Ok(())
}
