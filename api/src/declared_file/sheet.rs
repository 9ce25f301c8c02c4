//! Declared lines out of a worksheet: its numbers and days are no texts that could be read wrongly, but a code
//! that stands as a number may have lost zeros, and is not guessed at. Messages name the cell.

use super::{Cut, DeclaredLines, DeclaredMap, FIELDS, SLOTS, Source, Unread, arranged};
use crate::declared::{LineErrors, LineInput};
use crate::import::{ImportError, cut};
use crate::worksheet::{SheetCell, SheetRow, SheetRows, letters};
use std::io::BufRead;
use std::sync::Arc;

/// Columns of a worksheet that hold fields, by their letters; of other files nothing: their lines are
/// named by number and field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldPlaces(Option<Arc<Vec<(&'static str, String)>>>);

impl FieldPlaces {
    /// "hs (cell B12)", or "hs".
    fn named(&self, field: &str, row: u64) -> String {
        let at = self.0.iter().flat_map(|places| places.iter()).find(|(name, _)| *name == field);
        at.map_or_else(|| field.to_owned(), |(_, column)| format!("{field} (cell {column}{row})"))
    }
    /// What is wrong with the line of that number, each field with its cell.
    pub fn told(&self, row: u64, errors: &LineErrors) -> String {
        let all: Vec<String> =
            errors.0.iter().map(|e| format!("{}: {}", self.named(&e.field, row), e.message)).collect();
        all.join("; ")
    }
}

/// Opens the lines of a worksheet as [`super::read`] does; a map's `delimiter` and `encoding` do not count.
pub fn read_sheet<R: BufRead>(
    rows: SheetRows,
    file_name: &str,
    map: Option<&DeclaredMap>,
) -> Result<DeclaredLines<R>, ImportError> {
    let headers = rows.headers().to_vec();
    let source = Source::Sheet { rows, places: FieldPlaces::default(), last: 0 };
    let mut lines = arranged(source, headers, file_name, map.cloned().unwrap_or_default())?;
    if let Source::Sheet { places, .. } = &mut lines.rows {
        let columns = lines.places.iter().map(|place| (FIELDS[place.slot], letters(place.at))).collect();
        *places = FieldPlaces(Some(Arc::new(columns)));
    }
    Ok(lines)
}

impl<R: BufRead> DeclaredLines<R> {
    /// The line of a row, and its echoed cells.
    pub(super) fn sheet_cells(&self, row: &SheetRow, named: &FieldPlaces) -> Result<Cut, String> {
        if let Some((at, cell)) = row.cells.iter().find(|(at, _)| *at >= self.width) {
            let quoted = match self.quoting {
                true => format!(": '{}'", cut(cell.text(), 40)),
                false => String::new(),
            };
            return Err(format!(
                "cell {}{}{quoted} stands beyond the columns that the header names",
                letters(*at),
                row.number,
            ));
        }
        let extra = self
            .extra
            .iter()
            .map(|(at, _)| cell_at(row, *at).map_or("", SheetCell::text).to_owned())
            .collect();
        Ok((self.sheet_line(row, named), extra))
    }

    fn sheet_line(&self, row: &SheetRow, named: &FieldPlaces) -> Result<LineInput, Unread> {
        let (mut line, mut wrong) = (LineInput::default(), Vec::new());
        for place in &self.places {
            let Some(cell) = cell_at(row, place.at) else { continue };
            let field = FIELDS[place.slot];
            let Some(text) = self.part(place, cell.text()) else { continue };
            let written = match cell {
                SheetCell::Error(error) => Err(format!("the cell holds {error}")),
                SheetCell::Number(number) if field == "hs" && !is_whole_code(number) => Err(format!(
                    "the code stands as the number {number}: a spreadsheet drops zeros before it and behind a point; format the column as text and enter the code anew"
                )),
                SheetCell::Day(_) if field == "export_date" => Ok(text.get(..10).unwrap_or(text).to_owned()),
                SheetCell::Text(_) => self.written(place.slot, text),
                SheetCell::Number(_) | SheetCell::Day(_) => Ok(text.to_owned()),
            };
            let text = written.unwrap_or_else(|problem| {
                wrong.push(format!("{}: {problem}", named.named(field, row.number)));
                text.to_owned()
            });
            *SLOTS[place.slot](&mut line) = Some(text);
        }
        self.silent(&mut line);
        Unread::unless(line, &wrong)
    }
}

fn cell_at(row: &SheetRow, at: usize) -> Option<&SheetCell> {
    row.cells.iter().rev().find(|(column, _)| *column == at).map(|(_, cell)| cell)
}

/// Whether a number can be a code that lost no zero: codes have an even number of digits, six or more, so
/// one that begins with a zero comes out odd.
fn is_whole_code(number: &str) -> bool {
    number.len() >= 6 && number.len().is_multiple_of(2) && number.bytes().all(|b| b.is_ascii_digit())
}
