//! Published tables of the nomenclature as they can be had: the Harmonized System by edition, the
//! European Union's Combined Nomenclature, the tariff of the United States. A table is read into lines
//! with code, what lies over it, text and units; a line that cannot be read is listed, the rest goes on.
//! Not here: our own wording (`crate::nomenclature`), duty rates, and keeping lines (`store`).

mod correlation;
#[cfg(test)]
mod tests;
mod units;

pub use correlation::{Correlation, Move, parse_correlation};

use crate::NormalizeError;
use csv::StringRecord;
use model::HsCode;
use std::collections::HashMap;
use std::str::FromStr;

/// Characters of a line's text that are kept.
pub const MOST_TEXT: usize = 2_000;
/// Characters of a bad line that its reason quotes.
const QUOTED: usize = 40;

/// The layout of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TariffFormat {
    /// `section,hscode,description,parent,level`: the Harmonized System with its sections.
    HsSections,
    /// `Classification,Code,Description,Code Parent,Level,isLeaf`: the Harmonized System as trade
    /// statistics publish it.
    HsClassification,
    /// `code;description;unit_id`: the Combined Nomenclature in self-explanatory texts.
    CombinedNomenclature,
    /// `HTS Number,Indent,Description,Unit of Quantity,…`: the tariff of the United States.
    HarmonizedTariffSchedule,
}

impl TariffFormat {
    /// Every layout with the name it has on the command line.
    pub const ALL: &'static [(&'static str, TariffFormat)] = &[
        ("hs-sections", TariffFormat::HsSections),
        ("hs-classification", TariffFormat::HsClassification),
        ("cn", TariffFormat::CombinedNomenclature),
        ("hts", TariffFormat::HarmonizedTariffSchedule),
    ];
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        TariffFormat::ALL.iter().find(|(_, format)| *format == self).map_or("", |(name, _)| name)
    }
    /// Columns that a table of this layout has; they may be in any order.
    fn columns(self) -> &'static [&'static str] {
        match self {
            TariffFormat::HsSections => &["section", "hscode", "description", "parent"],
            TariffFormat::HsClassification => &["classification", "code", "description", "code parent"],
            TariffFormat::CombinedNomenclature => &["code", "description", "unit_id"],
            TariffFormat::HarmonizedTariffSchedule => {
                &["hts number", "indent", "description", "unit of quantity"]
            }
        }
    }
    /// Whether the layout says nothing of the language its texts are in.
    pub fn comes_in_several_languages(self) -> bool {
        self == TariffFormat::CombinedNomenclature
    }
}

impl FromStr for TariffFormat {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        TariffFormat::ALL.iter().find(|(name, _)| *name == text).map(|(_, format)| *format).ok_or_else(|| {
            let names: Vec<&str> = TariffFormat::ALL.iter().map(|(name, _)| *name).collect();
            format!("no such layout; use one of {}", names.join(", "))
        })
    }
}

/// A line of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TariffLine {
    /// Two to twelve digits.
    pub code: HsCode,
    /// What it lies under, where it lies under anything.
    pub parent: Option<HsCode>,
    /// Headlines without a code that stand between it and its parent, outermost first.
    pub headlines: Vec<String>,
    /// The text, in the publisher's words.
    pub text: String,
    /// Units of quantity: codes of UN/CEFACT Recommendation 20 where the publisher's unit is one, else
    /// the publisher's words.
    pub units: Vec<String>,
}

/// A line that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct BadLine {
    /// Line of the file, from 1.
    pub line: u64,
    /// What is wrong.
    pub reason: String,
}

/// A table, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TariffTable {
    /// The layout it was read by.
    pub format: TariffFormat,
    /// Its lines, in the table's order.
    pub lines: Vec<TariffLine>,
    /// Lines that could not be read, in order.
    pub bad: Vec<BadLine>,
}

/// Reads a table. Its layout is known by the header unless it is told.
///
/// # Errors
/// A header that is of no known layout, or lacks a column of the layout told; a table without a line
/// that can be read.
pub fn parse(text: &str, told: Option<TariffFormat>) -> Result<TariffTable, NormalizeError> {
    let text = text.trim_start_matches('\u{feff}');
    let header = text.lines().next().unwrap_or_default();
    let delimiter = [b';', b'\t'].into_iter().find(|d| header.as_bytes().contains(d)).unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let names: Vec<String> = reader
        .headers()
        .map_err(|error| bad_table(error.to_string()))?
        .iter()
        .map(|name| name.trim().to_lowercase())
        .collect();
    let lacking = |format: TariffFormat| {
        format.columns().iter().find(|column| !names.iter().any(|name| name == *column))
    };
    let format = match told {
        Some(format) => format,
        None => TariffFormat::ALL
            .iter()
            .map(|(_, format)| *format)
            .find(|format| lacking(*format).is_none())
            .ok_or_else(|| {
                let known: Vec<String> = TariffFormat::ALL
                    .iter()
                    .map(|(name, f)| format!("{name} ({})", f.columns().join(", ")))
                    .collect();
                bad_table(format!(
                    "the header '{}' is of no known layout: {}",
                    crate::text::quoted(header, 80),
                    known.join("; ")
                ))
            })?,
    };
    if let Some(column) = lacking(format) {
        return Err(bad_table(format!("no column '{column}', which the layout {} has", format.name())));
    }
    let at = |column: &str| names.iter().position(|name| name == column).unwrap_or(usize::MAX);
    let mut taken = Taken::new(format, names.len());
    let columns: Vec<usize> = format.columns().iter().map(|column| at(column)).collect();
    for record in reader.records() {
        match record {
            Ok(record) => taken.take(&record, &columns),
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                taken.bad.push(BadLine { line, reason: error.to_string() });
            }
        }
    }
    if taken.lines.is_empty() {
        let first = taken.bad.first().map(|bad| format!(": line {}: {}", bad.line, bad.reason));
        return Err(bad_table(format!(
            "the table has no line that can be read{}",
            first.unwrap_or_default()
        )));
    }
    taken.bad.sort_by_key(|bad| bad.line);
    Ok(TariffTable { format, lines: taken.lines, bad: taken.bad })
}

/// The name of an edition: letters, a space, its year, and what tells several of a year apart.
///
/// ```
/// use normalizer::tariff::edition;
/// assert_eq!(edition(" HS  2022 ").as_deref(), Ok("HS 2022"));
/// assert!(edition("2022?").is_err());
/// ```
///
/// # Errors
/// A text that is empty, longer than 40 characters, or has other characters than letters, digits,
/// spaces, points, hyphens and slashes; or does not begin with a letter.
pub fn edition(text: &str) -> Result<String, String> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let good = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '.' | '-' | '/');
    match (1..=40).contains(&name.chars().count())
        && name.starts_with(char::is_alphabetic)
        && name.chars().all(good)
    {
        true => Ok(name),
        false => Err(format!("'{}' is not the name of an edition: write it like 'HS 2022'", quoted(text))),
    }
}

fn bad_table(problem: String) -> NormalizeError {
    NormalizeError::Tariff { problem }
}

/// What was taken of a table so far.
struct Taken {
    format: TariffFormat,
    width: usize,
    lines: Vec<TariffLine>,
    bad: Vec<BadLine>,
    /// The line where each code stands.
    seen: HashMap<HsCode, u64>,
    /// The lines that the next one may lie under: indent, code, text.
    over: Vec<(u32, Option<HsCode>, String)>,
}

/// A line as its layout writes it.
struct Written<'r> {
    code: &'r str,
    text: &'r str,
    parent: Option<&'r str>,
    indent: Option<&'r str>,
    unit: &'r str,
}

impl Taken {
    fn new(format: TariffFormat, width: usize) -> Taken {
        Taken { format, width, lines: Vec::new(), bad: Vec::new(), seen: HashMap::new(), over: Vec::new() }
    }

    fn take(&mut self, record: &StringRecord, columns: &[usize]) {
        let line = record.position().map_or(0, csv::Position::line);
        let result = match record.len() == self.width {
            true => self.read(record, columns, line),
            false => Err(format!("{} cells, the header has {}", record.len(), self.width)),
        };
        match result {
            Ok(Some(read)) => self.lines.push(read),
            Ok(None) => {}
            Err(reason) => self.bad.push(BadLine { line, reason }),
        }
    }

    fn read(
        &mut self,
        record: &StringRecord,
        columns: &[usize],
        line: u64,
    ) -> Result<Option<TariffLine>, String> {
        let cell = |at: usize| columns.get(at).and_then(|at| record.get(*at)).unwrap_or_default().trim();
        let written = match self.format {
            TariffFormat::HsSections | TariffFormat::HsClassification => {
                Written { code: cell(1), text: cell(2), parent: Some(cell(3)), indent: None, unit: "" }
            }
            TariffFormat::CombinedNomenclature => {
                Written { code: cell(0), text: cell(1), parent: None, indent: None, unit: cell(2) }
            }
            TariffFormat::HarmonizedTariffSchedule => {
                Written { code: cell(0), text: cell(2), parent: None, indent: Some(cell(1)), unit: cell(3) }
            }
        };
        // The sum of all goods is a row of statistics, not of the nomenclature.
        if written.code == "TOTAL" {
            return Ok(None);
        }
        let text = plain(written.text);
        let indent = match written.indent {
            None => None,
            Some(digits) => Some(
                digits.parse::<u32>().map_err(|_| format!("the indent '{}' is no number", quoted(digits)))?,
            ),
        };
        if let Some(indent) = indent {
            while self.over.last().is_some_and(|(over, _, _)| *over >= indent) {
                self.over.pop();
            }
            if written.code.is_empty() {
                if text.is_empty() {
                    return Err("neither a code nor a text".to_owned());
                }
                self.over.push((indent, None, text));
                return Ok(None);
            }
        }
        let code = HsCode::parse(written.code).map_err(|error| error.to_string())?;
        if text.is_empty() {
            return Err(format!("{code} has no text"));
        }
        if let Some(first) = self.seen.get(&code) {
            return Err(format!("{code} stands in line {first} already"));
        }
        let (parent, headlines) = match (indent, written.parent) {
            (Some(indent), _) => self.under(indent, code, &text),
            (None, Some(parent)) => (stated(code, parent)?, Vec::new()),
            (None, None) => (code.subheading().filter(|subheading| *subheading != code), Vec::new()),
        };
        self.seen.insert(code, line);
        Ok(Some(TariffLine { code, parent, headlines, text, units: units::read(self.format, written.unit) }))
    }

    /// What an indented line lies under, and the headlines without a code in between.
    fn under(&mut self, indent: u32, code: HsCode, text: &str) -> (Option<HsCode>, Vec<String>) {
        let coded = self.over.iter().rposition(|(_, over, _)| over.is_some_and(|over| code.is_within(&over)));
        let headlines = self.over[coded.map_or(0, |at| at + 1)..]
            .iter()
            .filter(|(_, over, _)| over.is_none())
            .map(|(_, _, text)| text.clone())
            .collect();
        let parent = coded.and_then(|at| self.over.get(at)).and_then(|(_, over, _)| *over);
        self.over.push((indent, Some(code), text.to_owned()));
        (parent, headlines)
    }
}

/// The parent a line states; a code that is none of its beginnings is a mistake.
fn stated(code: HsCode, parent: &str) -> Result<Option<HsCode>, String> {
    if matches!(parent, "" | "TOTAL") {
        return Ok(None);
    }
    let parent = HsCode::parse(parent).map_err(|error| format!("parent: {error}"))?;
    match code.is_within(&parent) && parent != code {
        true => Ok(Some(parent)),
        false => Err(format!("{code} cannot lie under {parent}")),
    }
}

fn quoted(text: &str) -> String {
    crate::text::quoted(text, QUOTED)
}

/// A text on one line, without markup; control characters that stand for Windows' quotation marks as
/// these.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        let c = match c {
            '<' if rest.split_once('>').is_some_and(|(tag, _)| is_tag(tag)) => {
                rest = rest.split_once('>').map_or("", |(_, after)| after);
                continue;
            }
            '\u{91}' | '\u{92}' => '’',
            '\u{93}' => '“',
            '\u{94}' => '”',
            '\u{96}' => '–',
            c if c.is_whitespace() => ' ',
            c if c.is_control() => continue,
            c => c,
        };
        if c != ' ' || !(out.is_empty() || out.ends_with(' ')) {
            out.push(c);
        }
    }
    let end = out.char_indices().nth(MOST_TEXT).map_or(out.len(), |(end, _)| end);
    out[..end].trim_end().to_owned()
}

/// Markup of typesetters: `<i>`, `</sup>`.
fn is_tag(tag: &str) -> bool {
    tag.len() <= 12 && !tag.is_empty() && tag.bytes().all(|b| b.is_ascii_alphabetic() || b == b'/')
}
