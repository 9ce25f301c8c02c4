//! Proving observations: each is read again out of its archived record and held to what is stored,
//! field by field. What cannot be proved is named, never passed over. Archive files are read once,
//! from their beginning to their end, and memory does not grow with the number of observations.
//!
//! The words of an explanation are not compared: they may become better without the price changing.

use super::Pipeline;
use super::circumstances::Circumstances;
use crate::failure::Failure;
use chrono::{DateTime, SubsecRound, Utc};
use crawler::CrawlError;
use crawler::archive::{ArchiveFile, Archived};
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use model::{ArchiveRef, ContentHash, Observation, Rejection};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use store::{EvidenceRow, StoreError, observation_of_day};

/// Longest quotation of a value that differs.
const QUOTED: usize = 200;

/// What is to be proved.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// Every observation that names an archived record, of one source or of all.
    All(Option<String>),
    /// Those behind these hashes, or beginnings of hashes.
    Hashes(Vec<String>),
}

/// How the proof of an observation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// It comes out of its record as it is stored.
    Ok,
    /// Something else comes out.
    Differs,
    /// The archive file is not there, or the record is none that can be read as a page.
    Missing,
    /// The record is damaged, or has changed since it was archived.
    Damaged,
    /// It is of a price list: there is no page to prove it by.
    Unarchived,
}

/// A field that comes out otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldDifference {
    /// The field of the observation, or of what is known of its page.
    pub field: String,
    /// As stored.
    pub stored: String,
    /// As read now.
    pub now: String,
}

/// The proof of one observation, or what is wrong with it.
#[derive(Debug, Clone, Serialize)]
pub struct Proof {
    /// The observation.
    pub observation: ContentHash,
    /// The first reading, where this one says that the page was seen again unchanged.
    pub original: Option<ContentHash>,
    /// Its title.
    pub name: String,
    /// The page.
    pub page_url: Option<String>,
    /// Where the record lies.
    pub place: Option<ArchiveRef>,
    /// How it ended.
    pub finding: Finding,
    /// What is wrong, in a sentence.
    pub detail: Option<String>,
    /// Fields that differ.
    pub fields: Vec<FieldDifference>,
}

/// What a verification came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// Observations looked at.
    pub checked: u64,
    /// Proved.
    pub ok: u64,
    /// Of these, seen again unchanged: proved through the first reading and their own record.
    pub ok_seen_again: u64,
    /// Something else comes out.
    pub differs: u64,
    /// No archive file or record.
    pub missing: u64,
    /// Damaged or changed records.
    pub damaged: u64,
    /// Records read.
    pub records: u64,
    /// Observations of archive files that do not say what their pages were read with: held to the
    /// facts stored with the observation.
    pub by_stored_facts: u64,
    /// Observations of price lists, which no page can prove.
    pub unarchived: u64,
}

impl VerifyReport {
    /// Whether everything that was asked for is proved.
    pub fn holds(&self) -> bool {
        self.differs + self.missing + self.damaged == 0
    }
}

/// The archive file at hand.
struct Open {
    name: String,
    /// The file and what its pages were read with, or why it cannot be used.
    file: Result<(ArchiveFile, Option<Circumstances>), (Finding, String)>,
}

/// A verification in progress.
struct Run<'a> {
    pipeline: &'a Pipeline,
    /// Given by source file, before what archive files say.
    given: BTreeMap<String, Circumstances>,
    open: Option<Open>,
    report: VerifyReport,
    tell: &'a mut dyn FnMut(&Proof),
}

impl Pipeline {
    /// Proves observations. `tell` is called with every proof, in the order of the archive.
    /// `sources` are source files that prevail over what archive files say of their sources.
    pub async fn verify(
        &self,
        wanted: &Wanted,
        sources: &[(model::Source, String)],
        tell: &mut dyn FnMut(&Proof),
    ) -> Result<VerifyReport, Failure> {
        let given = sources.iter().map(|(s, text)| (s.id.clone(), Circumstances::of_source(s, text)));
        let mut run =
            Run { pipeline: self, given: given.collect(), open: None, report: VerifyReport::default(), tell };
        let mut rows: BoxStream<'_, Result<EvidenceRow, StoreError>> = match wanted {
            Wanted::All(source) => {
                run.report.unarchived = self.store.unarchived(source.as_deref()).await?;
                self.store.evidence(source.clone())
            }
            Wanted::Hashes(hashes) => stream::iter(self.rows_of(hashes).await?.into_iter().map(Ok)).boxed(),
        };
        let mut group: Vec<EvidenceRow> = Vec::new();
        while let Some(row) = rows.next().await {
            let row = row?;
            let other =
                |last: &EvidenceRow| last.observation.capture.archive != row.observation.capture.archive;
            if group.last().is_some_and(other) {
                run.prove(&group).await?;
                group.clear();
            }
            group.push(row);
        }
        run.prove(&group).await?;
        Ok(run.report)
    }

    /// The observations behind hashes and their first readings, each once, in archive order.
    async fn rows_of(&self, hashes: &[String]) -> Result<Vec<EvidenceRow>, Failure> {
        let mut rows = BTreeMap::new();
        for digits in hashes {
            for row in self.find(digits).await?.2 {
                if let Some(original) = row.original
                    && let Some(observation) = self.store.observation(&original).await?
                {
                    rows.insert(original, EvidenceRow { observation, original: None });
                }
                rows.insert(row.observation.id, row);
            }
        }
        let mut rows: Vec<EvidenceRow> = rows.into_values().collect();
        rows.sort_by(|a, b| {
            let place = |row: &EvidenceRow| {
                row.observation.capture.archive.clone().map(|place| (place.file, place.offset))
            };
            place(a).cmp(&place(b))
        });
        Ok(rows)
    }
}

/// What is wrong with an observation: how it ended, a sentence, the fields.
type Objection = (Finding, Option<String>, Vec<FieldDifference>);

impl Run<'_> {
    /// Proves the observations of one record.
    async fn prove(&mut self, group: &[EvidenceRow]) -> Result<(), Failure> {
        let Some(first) = group.first() else { return Ok(()) };
        let record = match &first.observation.capture.archive {
            None => Err((Finding::Unarchived, "it is of a price list: no page was archived".to_owned())),
            Some(place) => self.record(place),
        };
        // Observations of one record are of one page, which is read once.
        let mut read: Option<(Observation, Reading)> = None;
        for row in group {
            let stored = &row.observation;
            let objection = match (&record, row.original) {
                (Err((finding, why)), _) => Err((*finding, Some(why.clone()), Vec::new())),
                (Ok(record), Some(original)) => self.prove_again(stored, &original, record).await?,
                (Ok(record), None) if record.is_revisit() => {
                    let why = "the record there repeats another one and holds no page".to_owned();
                    Err((Finding::Missing, Some(why), Vec::new()))
                }
                (Ok(record), None) => {
                    let same = |(of, _): &(Observation, Reading)| of.capture == stored.capture;
                    if !read.as_ref().is_some_and(same) {
                        read = Some((stored.clone(), self.read(stored, record)));
                    }
                    match &read {
                        Some((_, reading)) => hold(stored, record, reading),
                        None => Ok(()),
                    }
                }
            };
            self.note(row, objection);
        }
        Ok(())
    }

    /// An observation that says that a page was seen again: its own record says so, and it is what
    /// follows from the first reading, which is proved by itself.
    async fn prove_again(
        &self,
        stored: &Observation,
        original: &ContentHash,
        record: &Archived,
    ) -> Result<Result<(), Objection>, Failure> {
        let Some(first) = self.pipeline.store.observation(original).await? else {
            let why = format!("its first reading {original} is not stored");
            return Ok(Err((Finding::Missing, Some(why), Vec::new())));
        };
        let own_record = first.capture.archive != stored.capture.archive;
        let mut fields = if own_record { differences_of_record(stored, record) } else { Vec::new() };
        let archive = stored.capture.archive.as_ref().filter(|_| own_record);
        let capture = &stored.capture;
        let again = observation_of_day(&first, capture.captured_at, capture.page_hash, archive);
        fields.extend(differences(stored, &again));
        Ok(if fields.is_empty() { Ok(()) } else { Err((Finding::Differs, None, fields)) })
    }

    /// The page of an observation, read as it was read then.
    fn read(&mut self, stored: &Observation, record: &Archived) -> Reading {
        let given = self.given.get(&stored.capture.source_id);
        let of_file = self.open.as_ref().and_then(|open| open.file.as_ref().ok()?.1.as_ref());
        let circumstances = given.or(of_file);
        let by_stored_facts = circumstances.is_none();
        let (_, observations, rejections) = self.pipeline.reread(stored, record, circumstances);
        Reading { observations, rejections, by_stored_facts }
    }

    /// The record at a place, its digests verified.
    fn record(&mut self, place: &ArchiveRef) -> Result<Archived, (Finding, String)> {
        if self.open.as_ref().is_none_or(|open| open.name != place.file) {
            let dir = self.pipeline.settings.archive_dir();
            let file = ArchiveFile::open(&dir, &place.file).map_err(wrong).and_then(|mut file| {
                let circumstances = Circumstances::of_file(&mut file).map_err(|e| (Finding::Damaged, e))?;
                Ok((file, circumstances))
            });
            self.open = Some(Open { name: place.file.clone(), file });
        }
        self.report.records += 1;
        match self.open.as_mut().map(|open| &mut open.file) {
            Some(Ok((file, _))) => file.record(place.offset).map_err(wrong),
            Some(Err(wrong)) => Err(wrong.clone()),
            None => Err((Finding::Missing, "no archive file is open".to_owned())),
        }
    }

    /// Counts and tells.
    fn note(&mut self, row: &EvidenceRow, objection: Result<(), Objection>) {
        let stored = &row.observation;
        let (finding, detail, fields) = match objection {
            Ok(()) => (Finding::Ok, None, Vec::new()),
            Err(objection) => objection,
        };
        let report = &mut self.report;
        report.checked += 1;
        match finding {
            Finding::Ok => report.ok += 1,
            Finding::Differs => report.differs += 1,
            Finding::Missing => report.missing += 1,
            Finding::Damaged => report.damaged += 1,
            Finding::Unarchived => report.unarchived += 1,
        }
        if finding == Finding::Ok && row.original.is_some() {
            report.ok_seen_again += 1;
        }
        let known = self.given.contains_key(&stored.capture.source_id)
            || self.open.as_ref().is_none_or(|open| !matches!(&open.file, Ok((_, None))));
        if row.original.is_none() && !known && finding != Finding::Unarchived {
            report.by_stored_facts += 1;
        }
        (self.tell)(&Proof {
            observation: stored.id,
            original: row.original,
            name: stored.name.clone(),
            page_url: stored.capture.page_url.clone(),
            place: stored.capture.archive.clone(),
            finding,
            detail,
            fields,
        });
    }
}

/// What a page gives today.
struct Reading {
    observations: Vec<Observation>,
    rejections: Vec<Rejection>,
    by_stored_facts: bool,
}

/// Why an archived record cannot be used.
fn wrong(error: CrawlError) -> (Finding, String) {
    let finding = match &error {
        CrawlError::ArchiveMissing { .. } => Finding::Missing,
        _ => Finding::Damaged,
    };
    (finding, error.to_string())
}

/// Holds a stored observation to its record and to what its page gives today.
fn hold(stored: &Observation, record: &Archived, reading: &Reading) -> Result<(), Objection> {
    let mut fields = differences_of_record(stored, record);
    let Some(now) = counterpart(stored, &reading.observations) else {
        let why = match reading.rejections.first() {
            Some(rejection) => format!("; {}: {}", rejection.reason.code(), rejection.detail),
            None => String::new(),
        };
        let with =
            if reading.by_stored_facts { " (rules and facts of the source are not known)" } else { "" };
        let count = reading.observations.len();
        let detail = format!("the page gives no such offer; it gives {count} others{why}{with}");
        return Err((Finding::Differs, Some(detail), fields));
    };
    fields.extend(differences(stored, now));
    if fields.is_empty() { Ok(()) } else { Err((Finding::Differs, None, fields)) }
}

/// The observation of a page that is most likely the stored one: the same, else the same goods.
fn counterpart<'a>(stored: &Observation, read: &'a [Observation]) -> Option<&'a Observation> {
    let same = |by: &dyn Fn(&Observation) -> bool| read.iter().find(|o| by(o));
    same(&|o| o.id == stored.id)
        .or_else(|| same(&|o| o.url == stored.url && o.name == stored.name))
        .or_else(|| same(&|o| o.name == stored.name))
        .or_else(|| same(&|o| o.url.is_some() && o.url == stored.url))
}

/// What a record says of a capture, held to what is stored of it.
fn differences_of_record(stored: &Observation, record: &Archived) -> Vec<FieldDifference> {
    let capture = &stored.capture;
    let mut fields = Vec::new();
    let mut field = |name: &str, stored: String, now: String| {
        if stored != now {
            fields.push(FieldDifference { field: name.to_owned(), stored, now });
        }
    };
    // Databases keep moments to the microsecond.
    let moment = |at: DateTime<Utc>| at.trunc_subsecs(6).to_rfc3339();
    let date = record.date().map_or_else(|| "no date".to_owned(), moment);
    field("captured_at", moment(capture.captured_at), date);
    if let (Some(stored), Some(target)) = (&capture.page_url, record.head.target()) {
        let spelt = |url: &str| url::Url::parse(url).map_or_else(|_| url.to_owned(), String::from);
        field("page_url", spelt(stored), spelt(target));
    }
    if let (Some(stored), Some(now)) = (capture.page_hash, record.payload_hash) {
        field("page_hash", stored.to_string(), now.to_string());
    }
    fields
}

/// Fields of two observations that differ, without the words of the explanation.
fn differences(stored: &Observation, now: &Observation) -> Vec<FieldDifference> {
    let mut fields = Vec::new();
    if let (Ok(stored), Ok(now)) = (serde_json::to_value(stored), serde_json::to_value(now)) {
        compare("", &stored, &now, &mut fields);
    }
    fields
}

fn compare(path: &str, stored: &Value, now: &Value, fields: &mut Vec<FieldDifference>) {
    match (stored, now) {
        (Value::Object(a), Value::Object(b)) if path.is_empty() || path == "capture" => {
            for (key, value) in a {
                if path.is_empty() && key == "explain" {
                    continue;
                }
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                compare(&path, value, b.get(key).unwrap_or(&Value::Null), fields);
            }
        }
        _ if stored == now => {}
        _ => {
            let quote = |value: &Value| {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                crate::import::cut(&text, QUOTED).into_owned()
            };
            fields.push(FieldDifference { field: path.to_owned(), stored: quote(stored), now: quote(now) });
        }
    }
}
