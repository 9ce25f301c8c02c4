//! The sheet of charts: how the declared prices lie to their references, and where the reasons to ask are.
//! The counts they are drawn from stand beside them.

use super::layout::{Paper, Styles, cut_to, page, put, widths};
use super::{BatchNote, Lines};
use crate::batch::rollups::{By, Row};
use rust_xlsxwriter::{
    Chart, ChartAxisCrossing, ChartDataLabel, ChartFont, ChartFormat, ChartLegendPosition, ChartLine,
    ChartPatternFill, ChartPatternFillType, ChartSolidFill, ChartType, Color, Format, FormatAlign, Worksheet,
    XlsxError,
};

/// Upper ends of the classes of the ratio; those of the rules among them.
const CLASSES: [f64; 9] = [0.3, 0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0, f64::INFINITY];
/// Bars of a chart of sums.
const BARS: usize = 12;
/// Rows between the tops of two charts, and of two tables that hold nothing.
const APART: u32 = 18;
const APART_EMPTY: u32 = 4;
/// Rows of a page.
const PAGE: u32 = 3 * APART;

/// Lines counted by the ratio of the declared price to the median.
#[derive(Debug, Clone, Default)]
pub struct Classes([u64; CLASSES.len()]);

impl Classes {
    /// Counts a line.
    pub fn add(&mut self, ratio: f64) {
        self.0[CLASSES.partition_point(|end| *end <= ratio).min(CLASSES.len() - 1)] += 1;
    }
}

/// A table with its chart.
struct Drawn<'a> {
    kind: ChartType,
    title: &'a str,
    /// What the bars stand for, and what their length counts.
    axes: (&'a str, &'a str),
    /// Names of the series; their values stand in the columns behind the names of the bars.
    series: &'a [&'a str],
}

pub(super) fn sheet(
    sheet: &mut Worksheet,
    lines: &Lines,
    note: &BatchNote,
    styles: &Styles,
) -> Result<(), XlsxError> {
    sheet.set_name("Charts")?;
    widths(sheet, &[34.0, 12.0, 12.0, 2.0])?;
    let mut top = 0;
    let mut breaks = Vec::new();
    let told = "Counts of all lines of the file. Where most reasons to ask are is where to look first; it says nothing of any one line.";
    put(sheet, top, 0, told, &Format::new())?;
    top += 2;
    ratios(sheet, &mut top, lines, styles)?;
    let mut begun = 0;
    let both = |row: &Row| vec![row.flagged() as f64, row.compared as f64];
    let series: &[&str] = &["reasons to ask", "compared"];
    for (by, title, keys) in [
        (By::Hs, "Reasons to ask by subheading", "HS subheading"),
        (By::Importer, "Reasons to ask by importer", "importer"),
        (By::Origin, "Reasons to ask by country of origin", "country of origin"),
        (By::Office, "Reasons to ask by customs office", "customs office"),
    ] {
        let drawn = Drawn { kind: ChartType::Bar, title, axes: (keys, "lines"), series };
        turn(&mut begun, top, &mut breaks);
        sums(sheet, &mut top, by, drawn, &both, note, styles)?;
    }
    let title = format!("Value at stake by importer, {}", note.currency);
    let axis = format!("{}, before any duty rate", note.currency);
    let drawn =
        Drawn { kind: ChartType::Bar, title: &title, axes: ("importer", &axis), series: &["value at stake"] };
    turn(&mut begun, top, &mut breaks);
    sums(sheet, &mut top, By::Importer, drawn, &|row: &Row| vec![row.at_stake], note, styles)?;
    page(sheet, Paper::Upright, note);
    sheet.set_page_breaks(&breaks)?;
    Ok(())
}

/// Begins a page where the next chart would not fit this one: none is cut.
fn turn(begun: &mut u32, top: u32, breaks: &mut Vec<u32>) {
    if top + APART > *begun + PAGE + 2 {
        breaks.push(top);
        *begun = top;
    }
}

/// Lines by the ratio of the declared price to the median of the low ends.
fn ratios(sheet: &mut Worksheet, top: &mut u32, lines: &Lines, styles: &Styles) -> Result<(), XlsxError> {
    let mut below = None;
    let mut rows = Vec::new();
    for (end, count) in CLASSES.iter().zip(lines.ratios.0) {
        let label = match below {
            None => format!("below {end}"),
            Some(from) if end.is_infinite() => format!("{from} and more"),
            Some(from) => format!("{from} to below {end}"),
        };
        below = Some(*end);
        rows.push((label, vec![count as f64]));
    }
    if lines.ratios.0.iter().all(|count| *count == 0) {
        rows.clear();
    }
    let drawn = Drawn {
        kind: ChartType::Column,
        title: "Lines by declared price over median",
        axes: ("declared price ÷ median of the offers", "lines"),
        series: &["lines"],
    };
    table(sheet, top, drawn, &rows, styles)
}

/// The keys with the longest first bars.
fn sums(
    sheet: &mut Worksheet,
    top: &mut u32,
    by: By,
    drawn: Drawn<'_>,
    values: &dyn Fn(&Row) -> Vec<f64>,
    note: &BatchNote,
    styles: &Styles,
) -> Result<(), XlsxError> {
    let mut rows: Vec<(String, Vec<f64>)> = note
        .rollups
        .of(by)
        .into_iter()
        .map(|(key, row)| (key.to_owned(), values(row)))
        .filter(|(_, values)| values.first().is_some_and(|first| *first > 0.0))
        .collect();
    // Equals stay in the order of the roll-ups.
    rows.sort_by(|a, b| b.1[0].total_cmp(&a.1[0]));
    rows.truncate(BARS);
    table(sheet, top, drawn, &rows, styles)
}

fn table(
    sheet: &mut Worksheet,
    top: &mut u32,
    drawn: Drawn<'_>,
    rows: &[(String, Vec<f64>)],
    styles: &Styles,
) -> Result<(), XlsxError> {
    put(sheet, *top, 0, drawn.title, &styles.head)?;
    for (at, name) in drawn.series.iter().enumerate() {
        sheet.write_with_format(*top, at as u16 + 1, *name, &styles.head_right)?;
    }
    sheet.set_row_height(*top, 30.0)?;
    let first = *top + 1;
    let left = Format::new().set_align(FormatAlign::Left);
    for (at, (key, values)) in rows.iter().enumerate() {
        let at = first + at as u32;
        put(sheet, at, 0, &cut_to(key, 33.0, 1), &left)?;
        for (column, value) in values.iter().enumerate() {
            sheet.write_with_format(at, column as u16 + 1, *value, &styles.count)?;
        }
    }
    if rows.is_empty() {
        put(sheet, first, 0, "none", &Format::new())?;
        *top += APART_EMPTY;
    } else {
        draw(sheet, *top, &drawn, (first, first + rows.len() as u32 - 1))?;
        *top += APART;
    }
    Ok(())
}

fn draw(
    sheet: &mut Worksheet,
    top: u32,
    drawn: &Drawn<'_>,
    (first, last): (u32, u32),
) -> Result<(), XlsxError> {
    let mut chart = Chart::new(drawn.kind);
    for at in 0..drawn.series.len() {
        let column = at as u16 + 1;
        // Dark and full, light and hatched: told apart without colours too.
        let mut format = ChartFormat::new();
        if at == 0 {
            format.set_solid_fill(ChartSolidFill::new().set_color(Color::RGB(0x001F_4E79)));
        } else {
            format.set_pattern_fill(
                ChartPatternFill::new()
                    .set_pattern(ChartPatternFillType::DiagonalStripesWideUpwards)
                    .set_foreground_color(Color::RGB(0x0080_8080))
                    .set_background_color(Color::White),
            );
        }
        format.set_border(ChartLine::new().set_color(Color::RGB(0x0040_4040)).set_width(0.5));
        chart
            .add_series()
            .set_name(("Charts", top, column))
            .set_categories(("Charts", first, 0, last, 0))
            .set_values(("Charts", first, column, last, column))
            .set_format(&mut format)
            .set_gap(40)
            .set_data_label(ChartDataLabel::new().show_value().set_num_format("#,##0"));
    }
    chart.title().set_name(drawn.title).set_font(ChartFont::new().set_size(12));
    if drawn.series.len() == 1 {
        chart.legend().set_hidden();
    } else {
        chart.legend().set_position(ChartLegendPosition::Bottom);
    }
    let font = || ChartFont::new().set_size(9).unset_bold().clone();
    let grey = ChartLine::new().set_color(Color::RGB(0x00D0_D0D0)).clone();
    // Of bars the upright axis holds the names.
    let bars = matches!(drawn.kind, ChartType::Bar);
    let (across, upright) = if bars { (drawn.axes.1, drawn.axes.0) } else { drawn.axes };
    chart.x_axis().set_name(across).set_name_font(&font());
    chart.y_axis().set_name(upright).set_name_font(&font());
    let lengths = if bars { chart.x_axis() } else { chart.y_axis() };
    lengths.set_num_format("#,##0").set_min(0).set_major_gridlines(true).set_major_gridlines_line(&grey);
    if bars {
        // The first bar stands on top, as in the table.
        // Every bar has its name.
        chart.y_axis().set_label_interval(1).set_font(ChartFont::new().set_size(8).unset_bold());
        chart.y_axis().set_reverse().set_major_gridlines(false).set_crossing(ChartAxisCrossing::Max);
    }
    chart.set_alt_text(format!("{}; the figures stand in the table beside it", drawn.title));
    chart.set_width(560).set_height(330);
    sheet.insert_chart(top, 4, &chart)?;
    Ok(())
}
