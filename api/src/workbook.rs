//! The auditor's workbook: Summary, Findings, Schedules, Charts, Roll-ups, Importers, Method, Bad lines. Drawn from
//! assessed lines; no figure is calculated here but counts.

mod charts;
mod method;
pub mod schedules;
mod sums;

use crate::assessed::{self, AssessedLine, COLUMNS, Cell};
use crate::batch::patterns::{self, Patterns};
use crate::batch::rollups::Rollups;
use crate::http::SourceNote;
use crate::words;
use chrono::{DateTime, Utc};
use model::{CAVEAT, Verdict, VerdictCode};
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{
    Chart, ChartType, Color, DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet,
    XlsxError,
};
use schedules::Schedule;
use statistics::Parameters;
use std::io::{Seek, Write};

/// What the workbook says of the batch as a whole.
#[derive(Debug, Clone)]
pub struct BatchNote {
    /// Name of the file that was assessed.
    pub file: String,
    /// When; also the creation time written into the file, so that equal input gives equal bytes.
    pub assessed_at: DateTime<Utc>,
    /// Where the prices come from.
    pub sources: Vec<SourceNote>,
    /// The snapshot lines were held to: SHA-256, and what it holds in words.
    pub snapshot: (String, String),
    /// The rules' numbers, by value.
    pub parameters: Parameters,
    /// The batch as a whole, in sentences: its false discovery rate.
    pub discovery: String,
    /// On what flag rates were measured, in a sentence.
    pub calibration: String,
    /// Whether importers are hashed.
    pub importers_hashed: bool,
    /// The lines added up.
    pub rollups: Rollups,
    /// The test of importers' price levels.
    pub patterns: Patterns,
    /// Schedules of the first findings that ask, in the order of work.
    pub schedules: Vec<Schedule>,
}

/// Rows of a sheet below its header: the limit of the format.
const MOST_ROWS: usize = 1_048_575;
/// Longest text of a cell in characters: the limit of the format.
const LONGEST_TEXT: usize = 32_767;

struct Styles {
    title: Format,
    head: Format,
    bold: Format,
    wrap: Format,
    strong: Format,
    ask: Format,
    look: Format,
    count: Format,
}

impl Styles {
    fn new() -> Self {
        let fill = |rgb| Format::new().set_background_color(Color::RGB(rgb)).set_bold();
        Styles {
            title: Format::new().set_bold().set_font_size(14),
            head: Format::new()
                .set_bold()
                .set_background_color(Color::RGB(0x00E8_EDF3))
                .set_text_wrap()
                .set_align(FormatAlign::Top),
            bold: Format::new().set_bold().set_align(FormatAlign::Top),
            wrap: Format::new().set_text_wrap().set_align(FormatAlign::Top),
            strong: fill(0x00F8_D0CE),
            ask: fill(0x00FB_E3C9),
            look: fill(0x00FA_F0C2),
            count: Format::new().set_num_format("#,##0").set_align(FormatAlign::Left),
        }
    }
    fn of(&self, verdict: &Verdict) -> Option<&Format> {
        match assessed::work_rank(verdict.verdict) {
            0 => Some(&self.strong),
            1 => Some(&self.ask),
            2 | 3 => Some(&self.look),
            _ => None,
        }
    }
}

/// Writes the workbook. Lines may come in any order: findings are ranked here, bad lines keep the
/// order of the file.
pub fn write<W: Write + Seek + Send>(
    writer: W,
    lines: &[AssessedLine],
    note: &BatchNote,
) -> Result<(), XlsxError> {
    let mut findings: Vec<&AssessedLine> = lines.iter().filter(|l| l.result.is_ok()).collect();
    findings.sort_by(|a, b| assessed::by_work_rank(a, b));
    let mut bad: Vec<&AssessedLine> = lines.iter().filter(|l| l.result.is_err()).collect();
    bad.sort_by_key(|l| l.number);

    let styles = Styles::new();
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_timestamp(note.assessed_at.timestamp())?;
    workbook.set_properties(
        &DocProperties::new()
            .set_title("Price check of declared lines")
            .set_comment(CAVEAT)
            .set_creation_datetime(&created),
    );
    summary(workbook.add_worksheet(), lines, note, &styles)?;
    table(workbook.add_worksheet(), "Findings", &findings, &styles)?;
    let asking = lines.iter().filter(|line| asks(line)).count();
    schedules::sheet(workbook.add_worksheet(), &note.schedules, asking, &styles)?;
    charts::sheet(workbook.add_worksheet(), lines, note, &styles)?;
    sums::rollups(workbook.add_worksheet(), note, &styles)?;
    sums::patterns(workbook.add_worksheet(), note, &styles)?;
    method::sheet(workbook.add_worksheet(), note, &styles)?;
    bad_lines(workbook.add_worksheet(), &bad, &styles)?;
    for sheet in workbook.worksheets_mut().iter_mut() {
        // Printed with every page; a footer holds 255 characters.
        let footer: String =
            format!("&L{}", note.calibration.as_str().replace('&', "&&")).chars().take(240).collect();
        sheet.set_footer(format!("{footer}&R&P/&N"));
    }
    workbook.save_to_writer(writer)
}

/// What is too long for a cell is cut, visibly.
fn fitting(text: &str) -> String {
    if text.chars().count() <= LONGEST_TEXT {
        return text.to_owned();
    }
    text.chars().take(LONGEST_TEXT - 1).chain(['…']).collect()
}

fn summary(
    sheet: &mut Worksheet,
    lines: &[AssessedLine],
    note: &BatchNote,
    styles: &Styles,
) -> Result<(), XlsxError> {
    sheet.set_name("Summary")?;
    sheet.set_column_width(0, 46)?.set_column_width(1, 70)?;
    sheet.write_with_format(0, 0, "Price check of declared lines", &styles.title)?;
    let mut row = 1;
    for (label, text) in [("Caveat", CAVEAT), ("Validation", note.calibration.as_str())] {
        sheet.write_with_format(row, 0, label, &styles.bold)?;
        sheet.write_with_format(row, 1, fitting(text), &styles.wrap)?;
        row += 1;
    }
    let facts = [
        ("File", note.file.clone()),
        ("Assessed at (UTC)", note.assessed_at.format("%Y-%m-%d %H:%M").to_string()),
        ("Reference snapshot (SHA-256)", note.snapshot.0.clone()),
        ("It holds", note.snapshot.1.clone()),
        ("Parameters of the rules (SHA-256)", note.parameters.hash().to_string()),
        ("The batch as a whole", note.discovery.trim().to_owned()),
        (
            "Importers' price levels",
            patterns::told(&note.patterns)
                .trim_start_matches("Importers' price levels: ")
                .replace('\n', " ")
                .trim()
                .to_owned(),
        ),
        (
            "Importers",
            if note.importers_hashed { "hashed with a key of this installation" } else { "as declared" }
                .to_owned(),
        ),
    ];
    for (label, value) in facts {
        sheet.write_with_format(row, 0, label, &styles.bold)?;
        sheet.write_with_format(row, 1, fitting(&value), &styles.wrap)?;
        row += 1;
    }
    row += 1;
    sheet.write_with_format(row, 0, "Verdict, in the order of work", &styles.head)?;
    sheet.write_with_format(row, 1, "Lines", &styles.head)?;
    row += 1;
    let (counts, unreadable) = assessed::counts(lines);
    let first = row;
    for (code, count) in counts {
        sheet.write(row, 0, format!("{} ({code})", words::verdict(code)))?;
        sheet.write_with_format(row, 1, count as f64, &styles.count)?;
        row += 1;
    }
    let mut chart = Chart::new(ChartType::Bar);
    chart.add_series().set_categories(("Summary", first, 0, row - 1, 0)).set_values((
        "Summary",
        first,
        1,
        row - 1,
        1,
    ));
    chart.title().set_name("Lines by verdict");
    chart.legend().set_hidden();
    chart.y_axis().set_reverse();
    chart.set_width(620).set_height(260);
    sheet.write(row, 0, "Lines that could not be read (see Bad lines)")?;
    sheet.write_with_format(row, 1, unreadable as f64, &styles.count)?;
    row += 1;
    sheet.write_with_format(row, 0, "All lines", &styles.bold)?;
    sheet.write_with_format(row, 1, lines.len() as f64, &styles.count)?;
    let readable = lines.len() as u64 - unreadable;
    if readable > MOST_ROWS as u64 {
        row += 1;
        sheet.write(
            row,
            0,
            format!(
                "The sheet Findings holds the first {MOST_ROWS} of {readable} lines in the order of work: more do not fit a sheet. The results CSV has all."
            ),
        )?;
    }
    row += 2;
    let mut ranked: Vec<&AssessedLine> = lines.iter().filter(|line| asks(line)).collect();
    ranked.sort_by(|a, b| assessed::by_work_rank(a, b));
    sheet.write_with_format(row, 0, "First to ask", &styles.head)?;
    sheet.write_with_format(
        row,
        1,
        format!("{} lines have a reason to ask; all stand in Findings", ranked.len()),
        &styles.head,
    )?;
    row += 1;
    for line in ranked.into_iter().take(TOP) {
        let Ok(v) = &line.result else { continue };
        let d = &v.declaration;
        let goods = d.description.as_deref().or(d.model.as_deref()).unwrap_or("");
        let label = format!("line {}: {} {}", line.number, d.hs.dotted(), goods);
        sheet.write_with_format(row, 0, fitting(&label), &styles.wrap)?;
        sheet.write_with_format(row, 1, fitting(&v.sentence), &styles.wrap)?;
        row += 1;
    }
    row += 1;
    sheet.insert_chart(row, 0, &chart)?;
    // One page, for the file of the case.
    sheet.set_portrait().set_paper_size(9).set_print_fit_to_pages(1, 1);
    Ok(())
}

/// Findings on the summary: what fits one page.
const TOP: usize = 10;

/// Whether a line has a reason to ask, strong or not.
pub fn asks(line: &AssessedLine) -> bool {
    line.result
        .as_ref()
        .is_ok_and(|v| matches!(v.verdict, VerdictCode::StrongReasonToAsk | VerdictCode::ReasonToAsk))
}

/// How a column's numbers are shown. The cell holds the whole number; the CSV has amounts exactly.
fn number_format(column: &str) -> &'static str {
    match column {
        "ratio" | "ratio_high" | "detectable_ratio" | "p_lower" | "p_upper" | "smallest_p"
        | "p_calibrated_lower" | "p_calibrated_upper" => "0.000",
        "z" | "z_high" => "0.00",
        "percentile" | "percentile_from" | "percentile_to" | "n_eff" => "0.0",
        "declared_unit_price" | "lowest" | "q1" | "median" | "q3" => "#,##0.00##",
        "value" => "#,##0.00",
        "quantity" => "General",
        _ => "0",
    }
}

fn table(
    sheet: &mut Worksheet,
    name: &str,
    lines: &[&AssessedLine],
    styles: &Styles,
) -> Result<(), XlsxError> {
    sheet.set_name(name)?;
    // Every column of the results CSV but those that say the same on each row: they stand on the other sheets.
    let columns: Vec<_> = COLUMNS.iter().filter(|c| !SAME.contains(&c.name)).collect();
    for (at, column) in columns.iter().enumerate() {
        let at = at as u16;
        sheet.write_with_format(0, at, column.name, &styles.head)?;
        let width = match column.name {
            "sentence" | "ask" | "cures" => 60,
            "description" | "reference" | "signals" => 32,
            "verdict" | "line" => 22,
            _ => 12,
        };
        sheet.set_column_width(at, width)?;
    }
    let top = || Format::new().set_align(FormatAlign::Top);
    let formats: Vec<Format> = columns
        .iter()
        .map(|c| match c.name {
            "sentence" => top().set_text_wrap(),
            _ if DAYS.contains(&c.name) => top().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Left),
            name => top().set_num_format(number_format(name)),
        })
        .collect();
    for (index, line) in lines.iter().take(MOST_ROWS).enumerate() {
        let row = index as u32 + 1;
        for (at, column) in columns.iter().enumerate() {
            let format = &formats[at];
            let at = at as u16;
            match (column.cell)(line) {
                Cell::Empty => {}
                Cell::Number(number) if number.is_finite() => {
                    sheet.write_number_with_format(row, at, number, format)?;
                }
                Cell::Number(_) => {}
                // A spreadsheet has binary numbers only; the exact amount stands in the CSV.
                Cell::Amount(amount) => match amount.to_f64() {
                    Some(number) => {
                        sheet.write_number_with_format(row, at, number, format)?;
                    }
                    None => {
                        sheet.write_string(row, at, amount.to_string())?;
                    }
                },
                Cell::Text(text) if DAYS.contains(&column.name) && text.len() == 10 => {
                    sheet.write_datetime_with_format(
                        row,
                        at,
                        &ExcelDateTime::parse_from_str(&text)?,
                        format,
                    )?;
                }
                // As a string, so that no text of a declaration runs as a formula or link.
                Cell::Text(text) => {
                    let tone = line.result.as_ref().ok().and_then(|v| styles.of(v));
                    match tone.filter(|_| column.name == "verdict") {
                        Some(tone) => sheet.write_string_with_format(row, at, fitting(&text), tone)?,
                        None => sheet.write_string_with_format(row, at, fitting(&text), format)?,
                    };
                }
            }
        }
    }
    sheet.set_freeze_panes(1, 2)?;
    let last = lines.len().min(MOST_ROWS) as u32;
    sheet.autofilter(0, 0, last, columns.len() as u16 - 1)?;
    // Printed as far as the p: the rest is for the screen.
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.set_print_area(0, 0, last, PRINTED - 1)?;
    sheet.set_repeat_rows(0, 0)?;
    Ok(())
}

/// Columns of the results that say the same on each row, or nothing.
const SAME: [&str; 5] = ["caveat", "error", "snapshot", "parameters", "cleared_flag_rate"];
/// Columns that hold days.
const DAYS: [&str; 3] = ["window_from", "window_to", "export_date"];
/// Columns of Findings that are printed: number to p_lower.
const PRINTED: u16 = 8;

fn bad_lines(sheet: &mut Worksheet, lines: &[&AssessedLine], styles: &Styles) -> Result<(), XlsxError> {
    sheet.set_name("Bad lines")?;
    for (at, (name, width)) in
        [("number", 10), ("line", 22), ("error", 90), ("as given", 90)].into_iter().enumerate()
    {
        sheet.write_with_format(0, at as u16, name, &styles.head)?;
        sheet.set_column_width(at as u16, width)?;
    }
    for (index, line) in lines.iter().take(MOST_ROWS).enumerate() {
        let row = index as u32 + 1;
        sheet.write_number(row, 0, line.number as f64)?;
        sheet.write_string(row, 1, fitting(line.input.line.as_deref().unwrap_or_default()))?;
        if let Err(why) = &line.result {
            sheet.write_string_with_format(row, 2, fitting(why), &styles.wrap)?;
        }
        let given: Vec<String> = crate::pages::given_fields(&line.input)
            .into_iter()
            .filter(|(name, _)| name != "importer")
            .map(|(name, text)| format!("{name}={text}"))
            .collect();
        sheet.write_string_with_format(row, 3, fitting(&given.join("; ")), &styles.wrap)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declared::LineInput;
    use crate::pages::samples;
    use chrono::TimeZone;
    use std::io::{Cursor, Read};

    fn lines() -> Vec<AssessedLine> {
        let input = LineInput {
            line: Some("=HYPERLINK(\"http://x\")".to_owned()),
            hs: Some("070320".to_owned()),
            importer: Some("Secret Ltd".to_owned()),
            ..LineInput::default()
        };
        let mut lines: Vec<AssessedLine> = samples::all()
            .into_iter()
            .rev()
            .enumerate()
            .map(|(i, (_, verdict))| AssessedLine {
                number: i as u64 + 2,
                input: input.clone(),
                result: Ok(verdict),
                cleared_flag_rate: None,
            })
            .collect();
        lines.push(AssessedLine {
            number: 40,
            input,
            result: Err("hs: 'garlic' is not an HS code".to_owned()),
            cleared_flag_rate: None,
        });
        lines
    }

    fn book(lines: &[AssessedLine]) -> Vec<u8> {
        let note = BatchNote {
            file: "lines.csv".to_owned(),
            assessed_at: Utc.with_ymd_and_hms(2026, 9, 30, 12, 0, 0).unwrap(),
            sources: samples::sources(),
            snapshot: ("ab".repeat(32), "1,234 offers in 56 groups, prices in EUR".to_owned()),
            parameters: Parameters::default(),
            discovery: "As a batch: none of 12 tests are discoveries.".to_owned(),
            calibration: crate::validation::UNVALIDATED.to_owned(),
            importers_hashed: false,
            rollups: Rollups::default(),
            patterns: Patterns::default(),
            schedules: vec![Schedule { number: 3, verdict: samples::strong() }],
        };
        let mut bytes = Cursor::new(Vec::new());
        write(&mut bytes, lines, &note).unwrap();
        bytes.into_inner()
    }

    /// A part of the workbook, unpacked by an independent reader of the ZIP format.
    fn part(bytes: &[u8], name: &str) -> String {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut text = String::new();
        archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn the_sheets_hold_every_line_once_and_no_importer() {
        let bytes = book(&lines());
        let sheets = part(&bytes, "xl/workbook.xml");
        for name in
            ["Summary", "Findings", "Schedules", "Charts", "Roll-ups", "Importers", "Method", "Bad lines"]
        {
            assert!(sheets.contains(&format!("name=\"{name}\"")), "{name}");
        }
        let strings = part(&bytes, "xl/sharedStrings.xml");
        assert!(strings.contains("Strong reason to ask (strong_reason_to_ask)"));
        assert!(strings.contains("is not an HS code"));
        assert!(strings.contains("Risk indicator only, not a customs value."));
        assert!(!strings.contains("Secret Ltd"));
        // Enough to do it again: the snapshot, every parameter by value, the formulas, the window,
        // the false discovery rate.
        let method = part(&bytes, "xl/worksheets/sheet7.xml");
        for words in [
            &"ab".repeat(32) as &str,
            &Parameters::default().hash().to_string(),
            "window_days",
            "90 days to each side",
            "(w₀ + Σ w·1{x ≤ d}) / (w₀ + Σ w)",
            "1.4826",
            "As a batch: none of 12 tests are discoveries.",
        ] {
            assert!(strings.contains(words), "{words}");
        }
        for (name, value) in serde_json::to_value(Parameters::default()).unwrap().as_object().unwrap() {
            assert!(strings.contains(name.as_str()), "{name}");
            let stated = match value.as_f64() {
                Some(number) => method.contains(&format!("<v>{number}</v>")),
                None => strings.contains(value.to_string().trim_matches('"')),
            };
            assert!(stated, "{name} = {value}");
        }
        let findings = part(&bytes, "xl/worksheets/sheet2.xml");
        assert_eq!(findings.matches("<row ").count(), 1 + samples::all().len());
        assert!(!findings.contains("<f>"), "no text runs as a formula");
        // A schedule: two rows above, the offers used and those left out, none of them a link.
        let verdict = samples::strong();
        let schedules = part(&bytes, "xl/worksheets/sheet3.xml");
        let offers = verdict.comparators.len() + verdict.excluded.len();
        assert_eq!(schedules.matches("<row ").count(), 2 + offers);
        assert!(!schedules.contains("<hyperlink") && !schedules.contains("<f>"));
        for words in [
            verdict.comparators[0].url.as_deref().unwrap(),
            &verdict.comparators[0].page_hash.unwrap().to_string(),
            "gruenmarkt-20260901.warc.gz at 0",
            "11.80 EUR ÷ 10 kg = 1.18 EUR per kg",
            "captured 2026-04-02, 166 days before the export date",
        ] {
            assert!(strings.contains(words), "{words}");
        }
        // One chart of the ratios; sums are drawn where there are any.
        let charts = part(&bytes, "xl/worksheets/sheet4.xml");
        assert!(strings.contains("0.5 to below 0.7") && charts.contains("<drawing "));
        assert_eq!(part(&bytes, "xl/worksheets/sheet8.xml").matches("<row ").count(), 2);
    }

    #[test]
    fn equal_input_gives_equal_bytes() {
        assert_eq!(book(&lines()), book(&lines()));
    }

    #[test]
    fn findings_stand_in_the_order_of_work() {
        let mut lines = lines();
        lines.sort_by(assessed::by_work_rank);
        let codes: Vec<String> = lines
            .iter()
            .map(|l| match &l.result {
                Ok(v) => v.verdict.to_string(),
                Err(_) => "bad".to_owned(),
            })
            .collect();
        insta::assert_snapshot!(codes.join(" "), @"strong_reason_to_ask reason_to_ask low_review high_review segment_first not_detectable insufficient_evidence consistent not_applicable bad");
    }

    #[test]
    fn no_lines_make_a_workbook_too() {
        assert!(book(&[]).starts_with(b"PK"));
    }

    #[test]
    fn a_row_of_the_csv_disarms_formulas_and_keeps_amounts_exact() {
        let mut csv = Vec::new();
        crate::results::write_csv(&mut csv, &lines()[8..9]).unwrap();
        let text = String::from_utf8(csv).unwrap();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().unwrap().clone();
        let record = reader.records().next().unwrap().unwrap();
        let get = |name: &str| record.get(header.iter().position(|h| h == name).unwrap()).unwrap().to_owned();
        assert_eq!(get("line"), "'=HYPERLINK(\"http://x\")");
        assert_eq!(get("verdict"), "strong_reason_to_ask");
        assert_eq!(get("declared_unit_price"), "0.55");
        assert_eq!(get("value"), "22000");
        assert_eq!(get("p_lower"), "0.027027");
        assert_eq!(get("signals"), "half_of_cleaned_offer_average backed_off");
        assert_eq!(get("error"), "");
    }
}
