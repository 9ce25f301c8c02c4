//! A price list, row by row, through the normalizer into the database.

use super::Pipeline;
use super::pages::Effect;
use crate::failure::{Exit, Failure};
use crate::import::{self, ColumnMap, ImportError, Marks};
use crate::reading;
use model::{Rejection, RejectionReason};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, Seek};
use std::path::Path;

/// Rows written in one transaction.
const BATCH: usize = 1_000;

/// What an import did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ListReport {
    /// Rows read.
    pub rows: u64,
    /// Rows written.
    #[serde(flatten)]
    pub effect: Effect,
    /// Rejected rows of this file, by reason.
    pub reasons: BTreeMap<RejectionReason, u64>,
    /// The first few rejections, as `PLACE: detail`.
    pub examples: Vec<String>,
    /// Things to look at that stopped nothing: unknown columns.
    pub warnings: Vec<String>,
}

/// Rejections quoted in the report; all of them are rows in the database.
const EXAMPLES: usize = 5;

impl Pipeline {
    /// Imports a price list. Bad rows become rejections; only a file that cannot be read at all,
    /// or the machine's refusal, is a failure.
    pub async fn import_list(
        &self,
        path: &Path,
        map: &ColumnMap,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<ListReport, Failure> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (reader, marks) = self.looked_through(path, &name, map)?;
        let mut rows = import::read(reader, &name, map, self.clock.now())?.settled(marks);
        let mut report = ListReport { warnings: rows.warnings().to_vec(), ..ListReport::default() };
        // A keyword file of the map classifies its own list only.
        let knowledge = match &map.keywords {
            None => None,
            Some(path) => {
                let mut knowledge = normalizer::Knowledge::clone(&self.knowledge);
                knowledge.keywords.extend(super::read_keywords(path)?);
                Some(knowledge)
            }
        };
        let knowledge = knowledge.as_ref().unwrap_or(&self.knowledge);
        let (mut observations, mut rejections) = (Vec::new(), Vec::new());
        loop {
            let row = rows.next();
            let ended = row.is_none();
            if let Some(row) = row {
                report.rows += 1;
                let outcome = row.outcome.and_then(|(listing, capture, facts)| {
                    normalizer::normalize(&listing, &capture, &facts, knowledge).map_err(|rejection| {
                        // An administration looks for the row in its own file, not for an address.
                        match capture.page_url {
                            Some(place) => Rejection { place, ..rejection },
                            None => rejection,
                        }
                    })
                });
                match outcome {
                    Ok(observation) => observations.push(observation),
                    Err(mut rejection) => {
                        if rejection.detail.len() > import::DETAIL {
                            rejection.detail = import::cut(&rejection.detail, import::DETAIL).into_owned();
                        }
                        *report.reasons.entry(rejection.reason).or_default() += 1;
                        if report.examples.len() < EXAMPLES {
                            report.examples.push(format!("{}: {}", rejection.place, rejection.detail));
                        }
                        rejections.push(rejection);
                    }
                }
            }
            if ended || observations.len() + rejections.len() >= BATCH {
                report.effect.add(self.store.insert_observations(&observations, &rejections).await?);
                observations.clear();
                rejections.clear();
                progress(report.rows);
            }
            if ended {
                return Ok(report);
            }
        }
    }

    /// A list from its beginning, and the decimal marks its prices show. Where the map names the mark
    /// nobody asks, and the list is read once; a pipe is kept beside the database meanwhile, or it
    /// would give other prices than the file it comes from.
    fn looked_through(
        &self,
        path: &Path,
        name: &str,
        map: &ColumnMap,
    ) -> Result<(Box<dyn BufRead + Send>, Marks), Failure> {
        if map.defaults.decimal_separator.is_some() {
            return Ok((reading::open(path)?, Marks::default()));
        }
        let io = |e: io::Error| Failure::from_io(&path.display().to_string(), &e);
        let mut list = File::open(path).map_err(io)?;
        if reading::is_stream(path) {
            let folder = &self.settings.data;
            let keep = |e: io::Error| {
                Failure::from_io(&format!("{}, kept in {}", path.display(), folder.display()), &e)
            };
            // Without a name: nothing of it stays, however the import ends.
            let mut kept = tempfile::tempfile_in(folder).map_err(keep)?;
            io::copy(&mut list, &mut kept).map_err(keep)?;
            kept.rewind().map_err(keep)?;
            list = kept;
        }
        let first = list.try_clone().and_then(reading::unpacked).map_err(io)?;
        let marks = import::read(first, name, map, self.clock.now())?.look_through();
        // The clone stands where this one stands.
        list.rewind().map_err(io)?;
        Ok((reading::unpacked(list).map_err(io)?, marks))
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        match &error {
            ImportError::Read { file, source } => {
                let failure = Failure::from_io(file, source);
                match failure.exit {
                    // Bytes that cannot be unpacked; a file that is not there says enough itself.
                    Exit::Input if source.kind() != std::io::ErrorKind::NotFound => {
                        failure.hint("the file is damaged or was not copied whole: fetch it again")
                    }
                    _ => failure,
                }
            }
            ImportError::TooLarge { hint, .. } => Failure::input(error.to_string()).hint(*hint),
            ImportError::Fault { .. } => Failure::bug(error.to_string()).hint(
                "please report it, with this message, the program's version and what the list looks like",
            ),
            _ => Failure::input(error.to_string()).hint("docs/IMPORT.md describes columns and column maps"),
        }
    }
}
