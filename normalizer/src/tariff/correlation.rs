//! Correlations: which codes of one edition of the nomenclature became which of another. Described in
//! docs/IMPORT.md.

use super::{BadLine, bad_table, quoted};
use crate::NormalizeError;
use model::HsCode;
use std::collections::HashSet;

/// The columns; `note` may be missing.
const COLUMNS: [&str; 4] = ["from_edition", "from_code", "to_edition", "to_code"];
/// Characters of a note that are kept.
const MOST_NOTE: usize = 500;

/// One code that became another, wholly or in part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Move {
    /// The earlier edition: `HS 2017`.
    pub from_edition: String,
    /// Its code, six digits or more.
    pub from_code: HsCode,
    /// The later edition: `HS 2022`.
    pub to_edition: String,
    /// Its code; `None` where nothing took the earlier code's place.
    pub to_code: Option<HsCode>,
    /// Which part moved, or why, in the author's words.
    pub note: Option<String>,
}

/// A table of moves, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correlation {
    /// The moves, in the table's order.
    pub moves: Vec<Move>,
    /// Lines that could not be read.
    pub bad: Vec<BadLine>,
}

/// Reads `from_edition,from_code,to_edition,to_code[,note]`, the columns in any order, separated by
/// commas, semicolons or tabs; lines that begin with `#` are remarks. An empty `to_code` says that
/// nothing took the code's place.
///
/// # Errors
/// A missing column, or no line that can be read.
pub fn parse_correlation(text: &str) -> Result<Correlation, NormalizeError> {
    let text = text.trim_start_matches('\u{feff}');
    let header = text.lines().find(|line| !line.starts_with('#')).unwrap_or_default();
    let delimiter = [b';', b'\t'].into_iter().find(|d| header.as_bytes().contains(d)).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .comment(Some(b'#'))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let names: Vec<String> = reader
        .headers()
        .map_err(|error| bad_table(error.to_string()))?
        .iter()
        .map(str::to_lowercase)
        .collect();
    let at = |column: &str| names.iter().position(|name| name == column);
    let mut columns = [0; 4];
    for (place, column) in columns.iter_mut().zip(COLUMNS) {
        *place = at(column).ok_or_else(|| {
            bad_table(format!("no column '{column}'; the columns are {}[,note]", COLUMNS.join(",")))
        })?;
    }
    let note_at = at("note");
    let (mut moves, mut bad, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                bad.push(BadLine { line, reason: error.to_string() });
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |at: usize| record.get(at).unwrap_or_default();
        let note = note_at.map(cell).filter(|note| !note.is_empty());
        match moved(columns.map(cell), note) {
            Ok(read) => {
                let key = (read.from_edition.clone(), read.from_code, read.to_edition.clone(), read.to_code);
                match seen.insert(key) {
                    true => moves.push(read),
                    false => bad.push(BadLine { line, reason: "the same move twice".to_owned() }),
                }
            }
            Err(reason) => bad.push(BadLine { line, reason }),
        }
    }
    if moves.is_empty() {
        let first = bad.first().map(|bad| format!(": line {}: {}", bad.line, bad.reason));
        return Err(bad_table(format!("no move that can be read{}", first.unwrap_or_default())));
    }
    Ok(Correlation { moves, bad })
}

fn moved(cells: [&str; 4], note: Option<&str>) -> Result<Move, String> {
    let [from_edition, from_code, to_edition, to_code] = cells;
    let code = |column: &str, text: &str| -> Result<HsCode, String> {
        let code = HsCode::parse(text).map_err(|error| format!("{column}: {error}"))?;
        match code.level() >= 6 {
            true => Ok(code),
            false => Err(format!("{column}: '{code}' is too short: at least six digits are needed")),
        }
    };
    let edition =
        |column: &str, text: &str| super::edition(text).map_err(|error| format!("{column}: {error}"));
    let read = Move {
        from_edition: edition("from_edition", from_edition)?,
        from_code: code("from_code", from_code)?,
        to_edition: edition("to_edition", to_edition)?,
        to_code: if to_code.is_empty() { None } else { Some(code("to_code", to_code)?) },
        note: note.map(|note| note.chars().take(MOST_NOTE).collect()),
    };
    match read.from_edition == read.to_edition {
        true => Err(format!("both editions are '{}'", quoted(&read.from_edition))),
        false => Ok(read),
    }
}
