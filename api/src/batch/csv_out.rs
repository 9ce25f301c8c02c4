//! Results as CSV, row by row, and those of an interrupted run, read again. Not what stands in the rows.

use super::journal::{Beside, stated};
use crate::assessed::COLUMNS;
use crate::failure::Failure;
use crate::results::ResultsWriter;
use crate::whole_file::{WholeFile, failed};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// A file whose bytes can be put on the disk before it is finished.
pub(super) trait Settle: Write {
    /// Puts them there; gives their number.
    fn settle(&self) -> io::Result<u64>;
}

impl Settle for File {
    fn settle(&self) -> io::Result<u64> {
        self.sync_data()?;
        Ok(self.metadata()?.len())
    }
}

impl Settle for WholeFile {
    fn settle(&self) -> io::Result<u64> {
        WholeFile::settle(self)
    }
}

/// A CSV being written.
pub(super) struct CsvOut<'a, F: Settle> {
    path: &'a Path,
    writer: ResultsWriter<BufWriter<Digested<F>>>,
}

/// A file, and the digest of what stands in it where a journal states that.
struct Digested<F> {
    file: F,
    digest: Option<Sha256>,
}

impl<F: Write> Write for Digested<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        if let Some(digest) = &mut self.digest {
            digest.update(&bytes[..written]);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Which columns rows have.
#[derive(Clone, Copy)]
pub(super) struct Columns<'a> {
    /// The own ones, by their places; `None`: all.
    pub own: Option<&'a [usize]>,
    /// Those echoed.
    pub extra: &'a [String],
}

impl<'a> CsvOut<'a, WholeFile> {
    /// Begins results with their header, or goes on behind what stands in the file; `digest`: that of what
    /// stands there, where a journal shall state it.
    pub fn results(
        path: &'a Path,
        file: WholeFile,
        digest: Option<Sha256>,
        columns: Columns<'_>,
        header: bool,
    ) -> Result<CsvOut<'a, WholeFile>, Failure> {
        CsvOut::of(path, Digested { file, digest }, columns, header)
    }

    /// What is written stays for a later run to go on with.
    pub fn keep(&self) {
        self.writer.target().get_ref().file.keep();
    }

    /// Hands everything on and gives the file, which is then whole but not finished.
    pub fn whole(self) -> Result<WholeFile, Failure> {
        let path = self.path;
        (self.writer.finish())
            .and_then(|buffer| buffer.into_inner().map_err(|e| e.into_error()))
            .map(|out| out.file)
            .map_err(|e| failed(path, &e))
    }
}

impl<'a> CsvOut<'a, File> {
    /// A file that is only kept as long as a run is not finished.
    pub fn passing(
        beside: &'a Beside,
        columns: Columns<'_>,
        safe: Option<(u64, Sha256)>,
    ) -> Result<CsvOut<'a, File>, Failure> {
        let path = beside.facts.as_path();
        let opened = || match &safe {
            None => beside.create(path),
            Some((bytes, _)) => {
                let mut file = OpenOptions::new().write(true).open(path)?;
                file.set_len(*bytes)?;
                file.seek(SeekFrom::End(0))?;
                Ok(file)
            }
        };
        let file = opened().map_err(|e| Failure::from_io(&path.display().to_string(), &e))?;
        let header = safe.is_none();
        let digest = Some(safe.map_or_else(Sha256::new, |(_, digest)| digest));
        CsvOut::of(path, Digested { file, digest }, columns, header)
    }
}

impl<'a, F: Settle> CsvOut<'a, F> {
    fn of(
        path: &'a Path,
        file: Digested<F>,
        columns: Columns<'_>,
        header: bool,
    ) -> Result<CsvOut<'a, F>, Failure> {
        let buffer = BufWriter::with_capacity(1 << 16, file);
        let writer = match (header, columns.own) {
            (false, _) => Ok(ResultsWriter::behind(buffer, columns.extra)),
            (true, None) => ResultsWriter::new(buffer, columns.extra),
            (true, Some(places)) => ResultsWriter::of_columns(buffer, places, columns.extra),
        };
        Ok(CsvOut { path, writer: writer.map_err(|e| from_csv(path, e))? })
    }

    /// Writes a row: the own cells, and those echoed.
    pub fn write(&mut self, own: &[String], extra: &[String]) -> Result<(), Failure> {
        self.writer.write_record(own, extra).map_err(|e| from_csv(self.path, e))
    }

    /// Everything written so far safe on the disk; gives its length and, where it is kept, its digest.
    pub fn settle(&mut self) -> Result<(u64, String), Failure> {
        (self.writer.flush())
            .and_then(|()| self.writer.target().get_ref().file.settle())
            .map(|bytes| {
                let digest = self.writer.target().get_ref().digest.as_ref();
                (bytes, digest.map_or_else(String::new, stated))
            })
            .map_err(|e| failed(self.path, &e))
    }
}

/// Results of an earlier run, row by row.
pub(super) struct Done<'a> {
    rows: csv::Reader<io::Take<File>>,
    /// Places of the columns that are there; `None`: all.
    places: Option<&'a [usize]>,
}

impl<'a> Done<'a> {
    /// Of the rows in the first bytes of a file.
    pub fn open(path: &Path, bytes: u64, places: Option<&'a [usize]>) -> Result<Done<'a>, Failure> {
        let file = File::open(path).map_err(|e| Failure::from_io(&path.display().to_string(), &e))?;
        Ok(Done { rows: csv::Reader::from_reader(file.take(bytes)), places })
    }

    /// The row of a line, which must be the one of that number.
    pub fn next(&mut self, number: u64) -> Result<Vec<String>, Failure> {
        let mut record = csv::StringRecord::new();
        let there = self.rows.read_record(&mut record).unwrap_or(false);
        if !there || record.get(0) != Some(number.to_string().as_str()) {
            return Err(Failure::input(format!(
                "the results so far have no row for line {number} where it is due"
            ))
            .hint("without --resume the run begins anew"));
        }
        Ok(match self.places {
            None => record.iter().map(str::to_owned).collect(),
            Some(places) => {
                let mut all = vec![String::new(); COLUMNS.len()];
                places.iter().zip(&record).for_each(|(&at, cell)| cell.clone_into(&mut all[at]));
                all
            }
        })
    }
}

/// An error of a CSV being written.
pub(super) fn from_csv(path: &Path, error: csv::Error) -> Failure {
    match error.into_kind() {
        csv::ErrorKind::Io(e) => failed(path, &e),
        other => Failure::bug(format!("{}: {other:?}", path.display())),
    }
}
