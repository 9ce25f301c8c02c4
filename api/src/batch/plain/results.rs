//! The results of a plain run as they are written, with a journal beside them: a run that was interrupted
//! judges its first lines again, which takes seconds a million, and goes on writing where they end. Not what
//! stands in the rows.

use super::super::journal::{Beside, Journal, Run};
use super::super::run::{CHECKPOINT, Job, this_run};
use crate::failure::Failure;
use crate::whole_file::{WholeFile, failed};
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A file of results.
pub(super) struct Results<'a> {
    path: PathBuf,
    file: WholeFile,
    /// What stands beside until it is whole; nothing of a device or pipe.
    beside: Option<&'a Beside>,
    /// What stands there already, and how much of it is still to be met again.
    there: Option<(BufReader<File>, u64)>,
    bytes: u64,
    run: Option<Run>,
    looked: Instant,
}

impl<'a> Results<'a> {
    /// Begins the file with this header, or goes on behind what a journal says is safe.
    pub fn open(
        path: &Path,
        header: &[u8],
        beside: Option<&'a Beside>,
        found: Option<&Journal>,
    ) -> Result<Results<'a>, Failure> {
        let (file, there) = match (found, beside) {
            (Some(found), Some(beside)) => {
                let (file, _) = beside.go_on(path, found, true)?;
                let there = File::open(&beside.partial).map_err(|e| failed(&beside.partial, &e))?;
                (file, Some((BufReader::new(there), found.bytes)))
            }
            _ => {
                let file = WholeFile::hold(path)?;
                // What an earlier run into it could have gone on with goes.
                beside.map_or(Ok(()), Beside::remove)?;
                file.cut()?;
                (file, None)
            }
        };
        let run = found.map(|journal| journal.run.clone());
        let (path, looked) = (path.to_owned(), Instant::now());
        let mut out = Results { path, file, beside, there, bytes: 0, run, looked };
        out.put(header)?;
        Ok(out)
    }

    /// Puts rows behind the others; those that stand there must be the same.
    ///
    /// Errors: the disk; results so far that are not those of these lines.
    pub fn put(&mut self, mut rows: &[u8]) -> Result<(), Failure> {
        let failed = |e: io::Error| failed(&self.path, &e);
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
        // Until then the journal that was found is the better one. What is no file has none.
        let Some(beside) = self.beside.filter(|_| self.there.is_none()) else { return Ok(()) };
        if !now && self.looked.elapsed() < CHECKPOINT {
            return Ok(());
        }
        self.file.settle().map_err(|e| failed(&self.path, &e))?;
        let run = match &self.run {
            Some(run) => run.clone(),
            None => self.run.insert(this_run(job)?).clone(),
        };
        // The rows are held to those a run that goes on makes again: no digest.
        let digest = String::new();
        beside.write(&Journal {
            run,
            lines,
            bytes: self.bytes,
            facts: None,
            facts_digest: digest.clone(),
            digest,
        })?;
        // Without a journal nobody could go on with it.
        self.file.keep();
        self.looked = Instant::now();
        Ok(())
    }

    /// All rows are there: the file gets its name.
    ///
    /// What took no longer than [`CHECKPOINT`] is not worth the wait for the disk, which is longer than the run.
    pub fn finish(self) -> Result<(), Failure> {
        match self.run {
            Some(_) => self.file.finish()?,
            None => self.file.finish_unforced()?,
        }
        // Last: with it gone the run counts as finished.
        self.beside.map_or(Ok(()), Beside::finished)
    }
}
