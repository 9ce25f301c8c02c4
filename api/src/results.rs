//! The results of a batch as CSV, one line at a time: the columns of [`crate::assessed`], then the
//! columns of the input file that are not fields of a line, echoed. Text that a spreadsheet would
//! run as a formula is disarmed in both. Not the workbook, and no assessment.

use crate::assessed::{AssessedLine, Cell, header};
use std::io::Write;

/// The columns of results: the own ones, then those of the input that are echoed, each called once.
pub fn column_names(extra_columns: &[String]) -> Vec<String> {
    named_beside(header().iter().map(|&name| name.to_owned()).collect(), extra_columns)
}

/// The same behind a selection of the own columns, by their places.
pub fn selected_names(selected: &[usize], extra_columns: &[String]) -> Vec<String> {
    let header = header();
    named_beside(
        selected.iter().filter_map(|&at| header.get(at)).map(|&n| n.to_owned()).collect(),
        extra_columns,
    )
}

fn named_beside(mut names: Vec<String>, extra_columns: &[String]) -> Vec<String> {
    for column in extra_columns {
        let mut name = column.trim().to_owned();
        while names.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
            name.insert_str(0, "input_");
        }
        names.push(name);
    }
    names
}

/// Writes results, line by line, in the order they are given.
pub struct ResultsWriter<W: Write> {
    csv: csv::Writer<W>,
    extra: usize,
}

impl<W: Write> ResultsWriter<W> {
    /// Begins with the header line. An echoed column that is called as a column of the results
    /// stands as `input_…`, so that each header names one column.
    pub fn new(writer: W, extra_columns: &[String]) -> csv::Result<Self> {
        ResultsWriter::with(writer, column_names(extra_columns), extra_columns)
    }

    /// As [`ResultsWriter::new`], of some of the columns only; records have no others.
    pub fn of_columns(writer: W, selected: &[usize], extra_columns: &[String]) -> csv::Result<Self> {
        ResultsWriter::with(writer, selected_names(selected, extra_columns), extra_columns)
    }

    fn with(writer: W, names: Vec<String>, extra_columns: &[String]) -> csv::Result<Self> {
        let mut csv = csv::Writer::from_writer(writer);
        let names = (names.into_iter()).map(|name| Cell::Text(name).csv());
        csv.write_record(names)?;
        Ok(ResultsWriter { csv, extra: extra_columns.len() })
    }

    /// Goes on behind results that have their header.
    pub fn behind(writer: W, extra_columns: &[String]) -> Self {
        ResultsWriter { csv: csv::Writer::from_writer(writer), extra: extra_columns.len() }
    }

    /// Hands everything on to the target.
    pub fn flush(&mut self) -> std::io::Result<()> {
        self.csv.flush()
    }

    /// The target, to which not everything may have been handed on.
    pub fn target(&self) -> &W {
        self.csv.get_ref()
    }

    /// Writes one line; `extra` are the cells of the echoed columns (missing ones stay empty).
    pub fn write(&mut self, line: &AssessedLine, extra: &[String]) -> csv::Result<()> {
        self.write_record(&line.record(), extra)
    }

    /// Writes a line whose cells are made already.
    pub fn write_record(&mut self, record: &[String], extra: &[String]) -> csv::Result<()> {
        let echoed = (0..self.extra)
            .map(|at| extra.get(at).map_or_else(String::new, |text| Cell::Text(text.clone()).csv()));
        self.csv.write_record(record.iter().cloned().chain(echoed))
    }

    /// Writes out what is still held back, and gives the target.
    pub fn finish(mut self) -> std::io::Result<W> {
        self.csv.flush()?;
        self.csv.into_inner().map_err(|e| e.into_error())
    }
}

/// Header and lines as CSV, in the given order, without columns of an input file.
pub fn write_csv<'a>(
    writer: impl Write,
    lines: impl IntoIterator<Item = &'a AssessedLine>,
) -> csv::Result<()> {
    let mut out = ResultsWriter::new(writer, &[])?;
    for line in lines {
        out.write(line, &[])?;
    }
    out.finish()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assessed::COLUMNS;
    use crate::declared::LineInput;

    fn unreadable(description: &str) -> AssessedLine {
        AssessedLine {
            number: 7,
            input: LineInput {
                line: Some("-12.5".into()),
                hs: Some("070320".into()),
                description: Some(description.into()),
                ..LineInput::default()
            },
            result: Err("currency: a currency code is needed, like EUR".into()),
            cleared_flag_rate: None,
        }
    }

    fn cells(bytes: Vec<u8>) -> Vec<Vec<String>> {
        csv::Reader::from_reader(&bytes[..])
            .records()
            .map(|record| record.unwrap().iter().map(str::to_owned).collect())
            .collect()
    }

    #[test]
    fn text_that_a_spreadsheet_would_run_is_disarmed() {
        let extra = ["expected", "note"].map(str::to_owned);
        let mut writer = ResultsWriter::new(Vec::new(), &extra).unwrap();
        for text in ["=1+1", "+49 30", "-cmd", "@SUM(A1)", "\t=1", "garlic = fresh"] {
            writer.write(&unreadable(text), &["-3.50".into(), format!("{text}\n\"q\"")]).unwrap();
        }
        let rows = cells(writer.finish().unwrap());
        let at = COLUMNS.iter().position(|c| c.name == "description").unwrap();
        let got: Vec<String> = rows
            .iter()
            .map(|row| format!("{:?} {:?} {:?}", row[at], row[row.len() - 2], row[row.len() - 1]))
            .collect();
        insta::assert_snapshot!(got.join("\n"), @r#"
        "'=1+1" "-3.50" "'=1+1\n\"q\""
        "'+49 30" "-3.50" "'+49 30\n\"q\""
        "'-cmd" "-3.50" "'-cmd\n\"q\""
        "'@SUM(A1)" "-3.50" "'@SUM(A1)\n\"q\""
        "'=1" "-3.50" "'\t=1\n\"q\""
        "garlic = fresh" "-3.50" "garlic = fresh\n\"q\""
        "#);
        // A number stays a number.
        let line = COLUMNS.iter().position(|c| c.name == "line").unwrap();
        assert_eq!(rows[0][line], "-12.5");
    }

    #[test]
    fn headers_stay_unique_and_missing_cells_stay_empty() {
        let extra = ["note", "Verdict", "=evil"].map(str::to_owned);
        let mut writer = ResultsWriter::new(Vec::new(), &extra).unwrap();
        writer.write(&unreadable("x"), &["a".into()]).unwrap();
        let bytes = writer.finish().unwrap();
        let header = String::from_utf8(bytes.clone()).unwrap().lines().next().unwrap().to_owned();
        assert!(header.ends_with(",listings_found,cleared_flag_rate,note,input_Verdict,'=evil"), "{header}");
        let rows = cells(bytes);
        assert_eq!(rows[0].len(), COLUMNS.len() + 3);
        assert_eq!(rows[0][COLUMNS.len()..], ["a", "", ""]);
    }
}
