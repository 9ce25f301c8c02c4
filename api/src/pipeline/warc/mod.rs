//! Archives taken in: Common Crawl's, other people's, one's own of another machine. Pages of WARC files
//! go the way of crawled ones, at the moment they were captured.
//!
//! A page that gave an offer is copied into the archive of this installation, so that what proves an
//! observation never depends on a file that somebody else keeps; beside the copy a metadata record says
//! where it came from. A page that gave none is not copied: its rejection names file and place. A file
//! that lies in the archive folder already, and begins with the circumstances it is imported under, is
//! referred to in place.
//!
//! Not here: reading WARC (`crawler::archive`), what a page offers (`read_page`).

mod take;

use super::Pipeline;
use super::circumstances::Circumstances;
use super::offers::PageContext;
use super::pages::Effect;
use crate::failure::Failure;
use crawler::archive::{ArchiveFile, Reader};
use model::{Country, Currency, Facts, Source};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use take::Import;

/// Under what the pages are filed and read.
#[derive(Debug, Clone)]
pub enum WarcSource {
    /// A source's file and its text: scope and rules as in a crawl.
    File(Box<Source>, String),
    /// What the command line says: every page of the files.
    Told(WarcDefaults),
    /// What each file itself says: archives of this program, brought back.
    OfTheFile,
}

/// What all pages have in common, where no source's file says it.
#[derive(Debug, Clone, Default)]
pub struct WarcDefaults {
    /// Source the pages are filed under.
    pub source_id: String,
    /// Market of all pages; without it, the country domain of each address.
    pub market: Option<Country>,
    /// Currency of bare numbers and ambiguous symbols.
    pub currency: Option<Currency>,
    /// Condition, level and other facts of all offers.
    pub facts: Facts,
}

/// How far an import is.
#[derive(Debug, Clone, Copy)]
pub struct WarcProgress<'a> {
    /// Bytes of all files read so far.
    pub bytes: u64,
    /// Pages taken so far.
    pub pages: u64,
    /// A damaged place that was just met, as `FILE: byte N: what`.
    pub damage: Option<&'a str>,
}

/// What an import did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct WarcReport {
    /// Files read.
    pub files: u64,
    /// Records in them, of any kind.
    pub records: u64,
    /// Pages read.
    pub pages: u64,
    /// Of these, pages that gave an offer and were copied into the archive.
    pub copied: u64,
    /// Pages seen again unchanged.
    pub unchanged: u64,
    /// Captures that an earlier import brought: passed over.
    pub known: u64,
    /// Rows.
    #[serde(flatten)]
    pub effect: Effect,
    /// Records passed over, by why.
    pub passed_over: BTreeMap<&'static str, u64>,
    /// Pages that could not be used, each a rejection.
    pub unusable: u64,
    /// Damaged places, each a rejection.
    pub damaged: u64,
    /// Whether it was interrupted; the next import goes on from there.
    pub interrupted: bool,
}

impl Pipeline {
    /// Takes in WARC files. What cannot be used becomes a rejection; only a file that cannot be
    /// opened, or the machine's refusal, is a failure.
    pub async fn import_warc(
        &self,
        files: &[PathBuf],
        source: &WarcSource,
        stop: &AtomicBool,
        progress: &(dyn Fn(WarcProgress<'_>) + Sync),
    ) -> Result<WarcReport, Failure> {
        let mut report = WarcReport::default();
        if let WarcSource::File(source, text) = source {
            if source.scope.hosts.is_empty() && source.start.is_empty() {
                return Err(Failure::input(format!("source '{}' names no hosts", source.id))
                    .hint("say in scope.hosts which hosts' pages are to be taken from the archives"));
            }
            self.remember_source(source, text).await?;
        }
        let mut before = 0;
        let mut import: Option<Import<'_>> = None;
        for path in files {
            let what = path.display().to_string();
            let input = File::open(path).map_err(|e| Failure::from_io(&what, &e))?;
            let reader = Reader::new(input).map_err(|e| Failure::from_io(&what, &e))?;
            let own = self.own_file(path)?;
            let circumstances = self.circumstances(source, path)?;
            // One archive for as many files as are read with the same circumstances.
            let same = import.as_ref().is_some_and(|i| i.circumstances.same_as(&circumstances));
            if !same {
                if let Some(mut done) = import.take() {
                    done.store_batch(&mut report).await?;
                }
                import = Some(Import::new(self, circumstances)?);
            }
            let Some(import) = &mut import else { continue };
            import.in_place =
                own.filter(|(_, begins_with)| begins_with.same_as(&import.circumstances)).map(|o| o.0);
            import.file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            report.files += 1;
            let length = reader.length();
            import.walk(reader, before, stop, progress, &mut report).await?;
            before += length;
            if report.interrupted {
                break;
            }
        }
        if let Some(mut import) = import {
            import.store_batch(&mut report).await?;
        }
        Ok(report)
    }

    fn circumstances(&self, source: &WarcSource, path: &Path) -> Result<Circumstances, Failure> {
        match source {
            WarcSource::File(source, text) => Ok(Circumstances::of_source(source, text)),
            WarcSource::Told(told) => Circumstances::told(
                &told.source_id,
                PageContext {
                    market: told.market,
                    currency: told.currency,
                    facts: told.facts.clone(),
                    ..PageContext::default()
                },
            ),
            WarcSource::OfTheFile => {
                let none = |why: String| {
                    Failure::input(format!("{}: {why}", path.display()))
                        .hint("say under what its pages are filed: --source SOURCE.toml, or --source-id ID")
                };
                let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
                    return Err(none("not a file".to_owned()));
                };
                let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
                let name = name.to_string_lossy();
                let found = ArchiveFile::open(folder, &name)
                    .map_err(|e| e.to_string())
                    .and_then(|mut file| Circumstances::of_file(&mut file));
                match found {
                    Ok(Some(circumstances)) => Ok(circumstances),
                    _ => Err(none("it does not say itself what its pages are read with".to_owned())),
                }
            }
        }
    }

    /// The name of a file that lies in the archive folder, and the circumstances it begins with.
    fn own_file(&self, path: &Path) -> Result<Option<(String, Circumstances)>, Failure> {
        let dir = self.settings.archive_dir();
        let inside = match (path.canonicalize(), dir.canonicalize()) {
            (Ok(path), Ok(dir)) => path.parent() == Some(&dir),
            _ => false,
        };
        let Some(name) = path.file_name().filter(|_| inside).map(|n| n.to_string_lossy().into_owned()) else {
            return Ok(None);
        };
        let circumstances = ArchiveFile::open(&dir, &name)
            .map_err(|e| e.to_string())
            .and_then(|mut file| Circumstances::of_file(&mut file));
        Ok(circumstances.ok().flatten().map(|circumstances| (name, circumstances)))
    }
}
