//! The sheet of findings, a row a line in the order of work, and the sheet of lines that could not be read.
//! First what is printed, in plain words; to the right the further columns of the results.

use super::collect::{Kept, Lines};
use super::layout::{self, AMOUNT, P, PRICE, Paper, Styles, number, put};
use super::schedules::Places;
use super::{BatchNote, layout::page};
use crate::assessed::{self, AssessedLine, COLUMNS, Cell, Column};
use crate::batch::tally::Tested;
use crate::commands::output::count;
use crate::words;
use model::{Reference, Verdict};
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, IgnoreError, Url, Worksheet, XlsxError};

/// Columns of the results that say the same on each row, or nothing.
pub(super) const SAME: [&str; 5] = ["caveat", "error", "snapshot", "parameters", "cleared_flag_rate"];
/// Columns that hold days.
const DAYS: [&str; 3] = ["window_from", "window_to", "export_date"];
/// Further columns that stand among the first ones in another form.
const SHOWN: [&str; 12] = [
    "number",
    "line",
    "description",
    "sentence",
    "ratio",
    "declared_unit_price",
    "median",
    "q1",
    "q3",
    "rung",
    "n_sellers",
    "ask",
];
/// Rows that are printed at most.
pub(super) const PRINTED_ROWS: usize = 2_000;
/// Rows that are printed where no line asks for a look.
const PRINTED_OTHERWISE: usize = 200;
/// Lines of text of a row: longer texts are in the cell, but not all to be seen.
const LINES_OF_ROW: u32 = 9;
/// Place in the order of work up to which a line wants a look.
const WANTS_A_LOOK: u8 = 4;

/// A column that is printed, or that belongs to those.
pub(super) struct First {
    pub name: &'static str,
    /// What it holds, for the method sheet.
    pub meaning: &'static str,
    width: f64,
    shown: &'static str,
    cell: fn(&Kept) -> Cell,
}

fn verdict(kept: &Kept) -> Option<&Verdict> {
    kept.line.result.as_ref().ok()
}
fn price(kept: &Kept, get: fn(&Reference) -> f64) -> Cell {
    verdict(kept).and_then(|v| v.reference.as_ref()).map_or(Cell::Empty, |r| Cell::Number(get(r)))
}
fn given(text: Option<&str>) -> Cell {
    text.map(str::trim).filter(|t| !t.is_empty()).map_or(Cell::Empty, |t| Cell::Text(t.to_owned()))
}

/// "power bank, brand X, model Y": the goods as far as the line names them.
pub(super) fn goods(v: &Verdict) -> String {
    let d = &v.declaration;
    let mut parts: Vec<&str> = Vec::new();
    for part in [d.description.as_deref(), d.brand.as_deref(), d.model.as_deref()].into_iter().flatten() {
        let part = part.trim();
        // What the description says already is not said again.
        if !part.is_empty() && !parts.iter().any(|p| p.to_lowercase().contains(&part.to_lowercase())) {
            parts.push(part);
        }
    }
    parts.join(", ")
}

/// The columns that come first.
pub(super) const FIRST: &[First] = &[
    First {
        name: "File line",
        meaning: "line number in the file; its header is line 1",
        width: 7.5,
        shown: "0",
        cell: |k| Cell::Number(k.line.number as f64),
    },
    First {
        name: "Line",
        meaning: "the line's own name, as declared",
        width: 12.0,
        shown: "@",
        cell: |k| given(k.line.input.line.as_deref()),
    },
    First {
        name: "Importer",
        meaning: "as declared, or hashed",
        width: 18.0,
        shown: "@",
        cell: |k| given(k.line.input.importer.as_deref()),
    },
    First {
        name: "HS code",
        meaning: "declared code",
        width: 10.0,
        shown: "@",
        cell: |k| verdict(k).map_or(Cell::Empty, |v| Cell::Text(v.declaration.hs.dotted())),
    },
    First {
        name: "Goods",
        meaning: "description, brand and model, as declared",
        width: 28.0,
        shown: "@",
        cell: |k| given(verdict(k).map(goods).as_deref()),
    },
    First {
        name: "Verdict",
        meaning: "in words; the code stands to the right",
        width: 14.0,
        shown: "@",
        cell: |k| verdict(k).map_or(Cell::Empty, |v| Cell::Text(words::verdict(v.verdict).to_owned())),
    },
    First {
        name: "Declared price",
        meaning: "declared price per unit, in the reference's currency, at the rate of the line's own date",
        width: 10.5,
        shown: PRICE,
        cell: |k| {
            verdict(k).and_then(|v| v.declared.as_ref()).map_or(Cell::Empty, |d| Cell::Amount(d.amount))
        },
    },
    First {
        name: "Median of offers",
        meaning: "median of the offers' unit prices, low ends: the side that favours the trader",
        width: 10.5,
        shown: PRICE,
        cell: |k| price(k, |r| r.median),
    },
    First {
        name: "Middle half from",
        meaning: "lower quartile of these prices",
        width: 9.5,
        shown: PRICE,
        cell: |k| price(k, |r| r.q1),
    },
    First {
        name: "to",
        meaning: "upper quartile: half of the offers lie between the two",
        width: 9.5,
        shown: PRICE,
        cell: |k| price(k, |r| r.q3),
    },
    First {
        name: "Prices in",
        meaning: "currency and unit of the four prices before",
        width: 9.0,
        shown: "@",
        cell: |k| {
            verdict(k)
                .and_then(|v| v.reference.as_ref())
                .map_or(Cell::Empty, |r| Cell::Text(format!("{} {}", r.currency, r.unit.per())))
        },
    },
    First {
        name: "Declared ÷ median",
        meaning: "the ratio, on the low ends",
        width: 8.5,
        shown: "0.000",
        cell: |k| verdict(k).and_then(|v| v.ratio).map_or(Cell::Empty, Cell::Number),
    },
    First {
        name: "p, low side",
        meaning: "the p the verdict rests on: how often a price drawn like these offers is as low; calibrated where there are enough sibling groups, else the group's own rank p",
        width: 8.0,
        shown: P,
        cell: |k| verdict(k).and_then(Verdict::p_low).map_or(Cell::Empty, Cell::Number),
    },
    First {
        name: "q, as a batch",
        meaning: "adjusted p (Benjamini and Hochberg) of a discovery: the false discovery rate at which it is one; 'no' where the line is none, '–' where it could not be tested; repeats of one importer's goods are one test and share it",
        width: 7.5,
        shown: P,
        cell: |k| match k.tested {
            Tested::Discovery(q) => Cell::Number(q),
            Tested::Above => Cell::Text("no".to_owned()),
            Tested::No => Cell::Text("–".to_owned()),
        },
    },
    First {
        name: "Rung",
        meaning: "of the reference ladder: 1 identical goods, 2 similar goods, 3 and 4 the subheading",
        width: 5.5,
        shown: "0",
        cell: |k| price(k, |r| f64::from(r.rung.number())),
    },
    First {
        name: "Sellers",
        meaning: "sellers behind the offers; each has one vote",
        width: 7.5,
        shown: "#,##0",
        cell: |k| price(k, |r| f64::from(r.n_sellers)),
    },
    First {
        name: "At stake",
        meaning: "(median − declared price) × quantity, in the reference's currency and before any duty rate, of lines that are low by their verdict; it orders the work and is no assessment",
        width: 12.5,
        shown: AMOUNT,
        cell: |k| k.at_stake.map_or(Cell::Empty, Cell::Number),
    },
    First {
        name: "Reason",
        meaning: "the verdict in one sentence",
        width: 47.5,
        shown: "@",
        cell: |k| verdict(k).map_or(Cell::Empty, |v| Cell::Text(v.sentence.clone())),
    },
    First {
        name: "What to ask the importer",
        meaning: "questions, one a line; on paper they stand in Schedules",
        width: 110.0,
        shown: "@",
        cell: |k| given(verdict(k).map(|v| v.ask.join("\n")).as_deref()),
    },
    First {
        name: "Offers",
        meaning: "link to the line's schedule, of the first findings that ask",
        width: 9.0,
        shown: "@",
        cell: |_| Cell::Empty,
    },
    First {
        name: "Origin",
        meaning: "country of origin, as declared",
        width: 8.0,
        shown: "@",
        cell: |k| {
            verdict(k).and_then(|v| v.declaration.origin).map_or(Cell::Empty, |c| Cell::Text(c.to_string()))
        },
    },
    First {
        name: "Office",
        meaning: "customs office, where the file has such a column",
        width: 14.0,
        shown: "@",
        cell: |k| given(k.office.as_deref()),
    },
];

/// How many of the first columns are printed.
const PRINTED: usize = 18;
/// Place of the link to a schedule.
const LINK: usize = 19;

/// The columns of the results that follow.
pub(super) fn further() -> Vec<&'static Column> {
    COLUMNS.iter().filter(|c| !SAME.contains(&c.name) && !SHOWN.contains(&c.name)).collect()
}

/// The sum of the printed columns' widths, in digits.
#[cfg(test)]
pub(super) fn printed_width() -> f64 {
    FIRST[..PRINTED].iter().map(|column| column.width).sum()
}

/// How a further column's numbers are shown. The cell holds the whole number; the CSV has amounts exactly.
fn number_format(column: &str) -> &'static str {
    match column {
        "ratio_high" | "detectable_ratio" => "0.000",
        "p_lower" | "p_upper" | "smallest_p" | "p_calibrated_lower" | "p_calibrated_upper" => P,
        "z" | "z_high" => "0.00",
        "percentile" | "percentile_from" | "percentile_to" | "n_eff" => "0.0",
        "lowest" => PRICE,
        "value" => "#,##0.00",
        "quantity" => "#,##0.###",
        "calibration_ranks" => "#,##0",
        _ => "0",
    }
}

fn width_of(column: &str) -> f64 {
    match column {
        "cures" => 70.0,
        "reference" | "signals" | "legal_uses" | "failed_gates" => 32.0,
        "verdict" => 22.0,
        _ => 12.0,
    }
}

pub(super) fn sheet(
    sheet: &mut Worksheet,
    lines: &Lines,
    places: &Places,
    note: &BatchNote,
    styles: &Styles,
) -> Result<(), XlsxError> {
    sheet.set_name("Findings")?;
    let further = further();
    let mut formats = Vec::new();
    for (at, column) in FIRST.iter().enumerate() {
        let text = column.shown == "@";
        let head = if text { &styles.head_text } else { &styles.head_right };
        sheet.write_with_format(0, at as u16, column.name, head)?;
        sheet.set_column_width(at as u16, column.width)?;
        formats.push(if text { styles.text.clone() } else { number(column.shown) });
    }
    // "no" beside numbers.
    formats[13] = formats[13].clone().set_align(FormatAlign::Right);
    for (at, column) in further.iter().enumerate() {
        let at = (FIRST.len() + at) as u16;
        sheet.write_with_format(0, at, column.name.replace('_', " "), &styles.head)?;
        sheet.set_column_width(at, width_of(column.name))?;
        formats.push(match column.name {
            day if DAYS.contains(&day) => number("yyyy-mm-dd").set_align(FormatAlign::Left),
            name => number(number_format(name)),
        });
    }
    sheet.set_row_height(0, 45.0)?;
    let mut row = 0;
    for kept in lines.findings() {
        row += 1;
        for (at, column) in FIRST.iter().enumerate() {
            let format = match verdict(kept).filter(|_| column.name == "Verdict") {
                Some(v) => tone(v, styles).unwrap_or(&styles.text),
                None => &formats[at],
            };
            put_cell(sheet, row, at as u16, (column.cell)(kept), format, false)?;
        }
        if let Some(to) = places.get(&kept.line.number) {
            let link = Url::new(format!("internal:'Schedules'!A{}", to + 1)).set_text("schedule");
            sheet.write_url_with_format(row, LINK as u16, link, &styles.link)?;
        }
        for (at, column) in further.iter().enumerate() {
            let at = FIRST.len() + at;
            let cell = (column.cell)(&kept.line);
            put_cell(sheet, row, at as u16, cell, &formats[at], DAYS.contains(&column.name))?;
        }
        sheet.set_row_height(row, row_height(kept))?;
    }
    if row == 0 {
        let none =
            if lines.unreadable() == 0 { "The file holds no lines." } else { "No line could be read." };
        put(sheet, 1, 0, none, &Format::new())?;
        row = 1;
    }
    let last = (FIRST.len() + further.len() - 1) as u16;
    sheet.ignore_error_range(1, 0, row, last, IgnoreError::NumberStoredAsText)?;
    sheet.set_freeze_panes(1, 2)?;
    sheet.autofilter(0, 0, row, last)?;
    page(sheet, Paper::Across, note);
    sheet.set_print_area(0, 0, printed(lines).max(1) as u32, PRINTED as u16 - 1)?;
    sheet.set_repeat_rows(0, 0)?;
    Ok(())
}

/// Rows that are printed: lines that want a look, or where there are none the first of all.
pub(super) fn printed(lines: &Lines) -> usize {
    let wants = |kept: &&Kept| verdict(kept).is_some_and(|v| assessed::work_rank(v.verdict) <= WANTS_A_LOOK);
    match lines.findings().iter().take(PRINTED_ROWS).take_while(wants).count() {
        0 => lines.findings().len().min(PRINTED_OTHERWISE),
        n => n,
    }
}

/// The colour of a verdict.
fn tone<'s>(v: &Verdict, styles: &'s Styles) -> Option<&'s Format> {
    match assessed::work_rank(v.verdict) {
        0 => Some(&styles.strong),
        1 => Some(&styles.ask),
        2 | 3 => Some(&styles.look),
        _ => None,
    }
}

fn row_height(kept: &Kept) -> f64 {
    let Some(v) = verdict(kept) else { return 15.0 };
    let width = |name: &str| FIRST.iter().find(|c| c.name == name).map_or(12.0, |c| c.width - 1.5);
    // What to ask is not printed here, and may be longer than what is seen of it.
    let goods = goods(v);
    layout::height(
        [
            (kept.line.input.line.as_deref().unwrap_or_default(), width("Line")),
            (kept.line.input.importer.as_deref().unwrap_or_default(), width("Importer")),
            (goods.as_str(), width("Goods")),
            // Bold letters are wider.
            (words::verdict(v.verdict), width("Verdict") * 0.95),
            (v.sentence.as_str(), width("Reason")),
        ],
        LINES_OF_ROW,
    )
}

fn put_cell(
    sheet: &mut Worksheet,
    row: u32,
    at: u16,
    cell: Cell,
    format: &Format,
    day: bool,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Number(value) if value.is_finite() => {
            sheet.write_number_with_format(row, at, value, format)?;
        }
        Cell::Empty | Cell::Number(_) => {}
        // A spreadsheet has binary numbers only; the exact amount stands in the CSV.
        Cell::Amount(amount) => match amount.to_f64() {
            Some(value) => {
                sheet.write_number_with_format(row, at, value, format)?;
            }
            None => put(sheet, row, at, &amount.to_string(), format)?,
        },
        Cell::Text(text) if day && text.len() == 10 => {
            sheet.write_datetime_with_format(row, at, &ExcelDateTime::parse_from_str(&text)?, format)?;
        }
        Cell::Text(text) => put(sheet, row, at, &text, format)?,
    }
    Ok(())
}

/// Columns of Bad lines with their widths.
const BAD: [(&str, f64); 4] =
    [("File line", 9.0), ("Line", 18.0), ("What is wrong", 60.0), ("As given (importer left out)", 80.0)];

pub(super) fn bad_lines(
    sheet: &mut Worksheet,
    lines: &Lines,
    note: &BatchNote,
    styles: &Styles,
) -> Result<(), XlsxError> {
    sheet.set_name("Bad lines")?;
    let told = match (lines.unreadable(), lines.bad().len()) {
        (0, _) => "Every line could be read.".to_owned(),
        (n, shown) if n > shown as u64 => format!(
            "The first {} of {} lines that could not be read, in the order of the file; the results CSV has all.",
            count(shown as u64),
            count(n)
        ),
        (n, _) => format!(
            "{n} lines could not be read; they count in no figure. Mended, they can be assessed in a file of their own."
        ),
    };
    put(sheet, 0, 0, &told, &Format::new())?;
    for (at, (name, width)) in BAD.iter().enumerate() {
        sheet.write_with_format(1, at as u16, *name, &styles.head_text)?;
        sheet.set_column_width(at as u16, *width)?;
    }
    let mut row = 1;
    for line in lines.bad() {
        row += 1;
        sheet.write_number_with_format(row, 0, line.number as f64, &number("0"))?;
        let name = line.input.line.as_deref().unwrap_or_default();
        let why = line.result.as_ref().err().map_or("", String::as_str);
        let given = as_given(line);
        for (at, text) in [(1, name), (2, why), (3, given.as_str())] {
            put(sheet, row, at, text, &styles.text)?;
        }
        let texts = [(name, BAD[1].1), (why, BAD[2].1), (given.as_str(), BAD[3].1)];
        sheet.set_row_height(row, layout::height(texts, LINES_OF_ROW))?;
    }
    sheet.autofilter(1, 0, row.max(2), BAD.len() as u16 - 1)?;
    sheet.set_freeze_panes(2, 0)?;
    page(sheet, Paper::Across, note);
    sheet.set_repeat_rows(1, 1)?;
    Ok(())
}

fn as_given(line: &AssessedLine) -> String {
    let given: Vec<String> = crate::pages::given_fields(&line.input)
        .into_iter()
        .filter(|(name, _)| name != "importer")
        .map(|(name, text)| format!("{name}={text}"))
        .collect();
    given.join("; ")
}

/// What the reader is told where not every line stands on the sheet.
pub(super) fn left_out(lines: &Lines) -> Option<String> {
    let all = lines.readable();
    (all > lines.findings().len() as u64).then(|| {
        format!(
            "Findings holds the first {} of {} lines in the order of work; counts, roll-ups and tests are of all, and the results CSV has all.",
            count(lines.findings().len() as u64),
            count(all)
        )
    })
}
