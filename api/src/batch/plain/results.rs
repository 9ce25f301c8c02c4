//! The results of a plain run as they are written, with a journal beside them: a run that was interrupted
//! judges its first lines again, which takes seconds a million, and goes on writing where they end. Not what
//! stands in the rows.

use super::super::journal::{Journal, Run};
use super::super::run::{CHECKPOINT, Job, this_run};
use crate::failure::Failure;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A file of results.
pub(super) struct Results {
    path: PathBuf,
    file: File,
    /// What stands there already, and how much of it is still to be met again.
    there: Option<(BufReader<File>, u64)>,
    bytes: u64,
    run: Option<Run>,
    looked: Instant,
}

impl Results {
    /// Begins the file with this header, or goes on behind what a journal says is safe.
    pub fn open(path: &Path, header: &[u8], found: Option<&Journal>) -> Result<Results, Failure> {
        let failed = |e: io::Error| Failure::from_io(&path.display().to_string(), &e);
        let (file, there) = match found {
            None => {
                let file = OpenOptions::new().write(true).create(true).truncate(false).open(path);
                (file.map_err(failed)?, None)
            }
            Some(journal) => {
                let mut file = OpenOptions::new().write(true).open(path).map_err(failed)?;
                file.set_len(journal.bytes).map_err(failed)?;
                file.seek(SeekFrom::End(0)).map_err(failed)?;
                let there = BufReader::new(File::open(path).map_err(failed)?);
                (file, Some((there, journal.bytes)))
            }
        };
        let run = found.map(|journal| journal.run.clone());
        let mut out = Results { path: path.to_owned(), file, there, bytes: 0, run, looked: Instant::now() };
        out.put(header)?;
        // What an earlier run wrote goes, but for what the header has covered: a file cut to nothing and
        // written again is held back by some file systems, when it is closed, until it is on its way to
        // the disk.
        if found.is_none() && out.file.metadata().map_err(failed)?.is_file() {
            out.file.set_len(header.len() as u64).map_err(failed)?;
        }
        Ok(out)
    }

    /// Puts rows behind the others; those that stand there must be the same.
    ///
    /// Errors: the disk; results so far that are not those of these lines.
    pub fn put(&mut self, mut rows: &[u8]) -> Result<(), Failure> {
        let failed = |e: io::Error| Failure::from_io(&self.path.display().to_string(), &e);
        if let Some((there, left)) = &mut self.there {
            let again = usize::try_from(*left).unwrap_or(usize::MAX).min(rows.len());
            let mut known = vec![0; again];
            there.read_exact(&mut known).map_err(failed)?;
            if known != rows[..again] {
                return Err(Failure::input(format!(
                    "{}: the results so far are not those of these lines",
                    self.path.display()
                ))
                .hint("without --resume the run begins anew"));
            }
            *left -= again as u64;
            rows = &rows[again..];
            if *left == 0 {
                self.there = None;
            }
            self.bytes += again as u64;
        }
        self.file.write_all(rows).map_err(failed)?;
        self.bytes += rows.len() as u64;
        Ok(())
    }

    /// Writes down how far the run is, where that is worth it: every few seconds, or `now`.
    pub fn settle(&mut self, job: &Job<'_>, lines: u64, now: bool) -> Result<(), Failure> {
        // Until then the journal that was found is the better one.
        if self.there.is_some() || !(now || self.looked.elapsed() >= CHECKPOINT) {
            return Ok(());
        }
        self.file.sync_data().map_err(|e| Failure::from_io(&self.path.display().to_string(), &e))?;
        let run = match &self.run {
            Some(run) => run.clone(),
            None => self.run.insert(this_run(job)?).clone(),
        };
        Journal { run, lines, bytes: self.bytes, facts: None }.write(&self.path)?;
        self.looked = Instant::now();
        Ok(())
    }
}
