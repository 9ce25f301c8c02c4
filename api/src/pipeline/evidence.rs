//! What stands behind an observation: the rows stored, the archived record they were read from, and
//! where on the page each field of the listing stood. Not here: proving that it still comes out so
//! (`verify.rs`).

use super::Pipeline;
use super::circumstances::Circumstances;
use crate::failure::Failure;
use crate::reading;
use chrono::{DateTime, Utc};
use crawler::archive::{ArchiveFile, Archived, Headers};
use crawler::extract::Extraction;
use model::{ArchiveRef, ContentHash, Facts, Listing, Observation, Page, Rejection, Syntax, Validators};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;
use store::EvidenceRow;

/// Fewest digits of a hash that are looked up: any fewer name too many by chance.
const FEWEST_DIGITS: usize = 8;
/// Observations shown of one page.
const MOST: u32 = 1_000;

/// Everything behind a hash.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    /// The full hash that was meant: of an observation or of a page.
    pub hash: ContentHash,
    /// `observation` or `page`.
    pub what: &'static str,
    /// Pages and the observations read from them.
    pub pages: Vec<EvidencePage>,
}

/// An archived record and the observations that refer to it.
#[derive(Debug, Clone, Serialize)]
pub struct EvidencePage {
    /// The record; `None` for observations of price lists.
    pub record: Option<EvidenceRecord>,
    /// The observations.
    pub observations: Vec<ShownObservation>,
}

/// An archived record.
#[derive(Debug, Clone, Serialize)]
pub struct EvidenceRecord {
    /// Its place.
    pub place: ArchiveRef,
    /// The file.
    pub path: PathBuf,
    /// Why it cannot be read; what follows is empty then.
    pub error: Option<String>,
    /// `response`, `resource` or `revisit`.
    pub kind: String,
    /// `WARC-Record-ID`.
    pub record_id: String,
    /// When it was captured.
    pub date: Option<DateTime<Utc>>,
    /// Address captured.
    pub target: String,
    /// SHA-256 of the payload; of a revisit, of the payload it repeats.
    pub payload_hash: Option<ContentHash>,
    /// Bytes of the payload.
    pub payload_bytes: u64,
    /// HTTP status, where there was a server.
    pub status: Option<u16>,
    /// HTTP headers.
    pub headers: Headers,
}

/// An observation with the words it was read from.
#[derive(Debug, Clone, Serialize)]
pub struct ShownObservation {
    /// The observation, as stored.
    pub observation: Observation,
    /// The first reading, where this one says that the page was seen again unchanged.
    pub original: Option<ContentHash>,
    /// Where each field stood on the page, as it is read today; empty where the page cannot be read,
    /// or gives no such offer.
    pub fields: Vec<StatedField>,
}

/// A field of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatedField {
    /// Name of the field.
    pub field: String,
    /// The text on the page.
    pub text: String,
    /// How the page states it.
    pub syntax: String,
    /// Where.
    pub place: String,
}

impl Pipeline {
    /// What stands behind a hash, or behind the one hash that begins with these digits.
    pub async fn evidence(&self, digits: &str) -> Result<Shown, Failure> {
        let (hash, what, rows) = self.find(digits).await?;
        let mut pages: Vec<EvidencePage> = Vec::new();
        let mut rows = rows.into_iter().peekable();
        while let Some(first) = rows.next() {
            let place = first.observation.capture.archive.clone();
            let mut group = vec![first];
            while let Some(row) = rows.next_if(|row| row.observation.capture.archive == place) {
                group.push(row);
            }
            pages.push(match place {
                Some(place) => self.shown_page(place, group),
                None => EvidencePage { record: None, observations: group.into_iter().map(bare).collect() },
            });
        }
        Ok(Shown { hash, what, pages })
    }

    /// The page behind a hash, byte for byte: of an observation that says a page was seen again, the
    /// page as it was first read.
    pub async fn evidence_payload(&self, digits: &str) -> Result<Vec<u8>, Failure> {
        let (hash, _, rows) = self.find(digits).await?;
        let row = rows.into_iter().next().ok_or_else(|| nothing(digits))?;
        let observation = match row.original {
            None => row.observation,
            Some(original) => self.store.observation(&original).await?.ok_or_else(|| {
                Failure::input(format!("the first reading {original} of observation {hash} is not stored"))
            })?,
        };
        let place = observation.capture.archive.ok_or_else(|| {
            Failure::input(format!("observation {hash} is of a price list: no page was archived"))
        })?;
        Ok(crawler::archive::read_payload(&self.settings.archive_dir(), &place)?.1)
    }

    /// The rows behind digits: the full hash, what it is of, and the observations.
    pub(super) async fn find(
        &self,
        digits: &str,
    ) -> Result<(ContentHash, &'static str, Vec<EvidenceRow>), Failure> {
        let digits = digits.trim().trim_start_matches("sha256:").to_ascii_lowercase();
        let well_formed = (FEWEST_DIGITS..=64).contains(&digits.len());
        if !well_formed || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Failure::input(format!("'{digits}' is not a hash")).hint(
                "give the hash of an observation or page: 64 hexadecimal digits, or its first 8 or more",
            ));
        }
        let rows = self.store.find_evidence(&digits, MOST).await?;
        let meant = |hash: &ContentHash| hash.to_string().starts_with(&digits);
        let ids = rows.iter().map(|row| (row.observation.id, "observation"));
        let pages = rows.iter().filter_map(|row| Some((row.observation.capture.page_hash?, "page")));
        let found: BTreeSet<_> = ids.chain(pages).filter(|(hash, _)| meant(hash)).collect();
        let mut found = found.into_iter();
        match (found.next(), found.next()) {
            (None, _) => Err(nothing(&digits)),
            (Some((hash, what)), None) => Ok((hash, what, rows)),
            (Some(a), Some(b)) => Err(Failure::input(format!(
                "'{digits}' is the beginning of several hashes: {} {}, {} {}{}",
                a.1,
                a.0,
                b.1,
                b.0,
                if found.next().is_some() { ", …" } else { "" }
            ))
            .hint("give more digits")),
        }
    }

    fn shown_page(&self, place: ArchiveRef, rows: Vec<EvidenceRow>) -> EvidencePage {
        let dir = self.settings.archive_dir();
        let opened = ArchiveFile::open(&dir, &place.file);
        let read = opened.and_then(|mut file| Ok((file.record(place.offset)?, file)));
        let path = dir.join(&place.file);
        let (record, mut file) = match read {
            Ok(read) => read,
            Err(error) => {
                let record = EvidenceRecord { error: Some(error.to_string()), ..unread(place, path) };
                return EvidencePage {
                    record: Some(record),
                    observations: rows.into_iter().map(bare).collect(),
                };
            }
        };
        let circumstances = Circumstances::of_file(&mut file).ok().flatten();
        let mut observations = Vec::new();
        for row in rows {
            let stored = &row.observation;
            let (extraction, read, _) = match record.is_revisit() {
                true => (None, Vec::new(), Vec::new()),
                false => self.reread(stored, &record, circumstances.as_ref()),
            };
            let at = read.iter().position(|new| new.id == stored.id);
            let listing = at.and_then(|at| listing_of(extraction.as_ref()?, &read, at));
            observations
                .push(ShownObservation { fields: listing.map(fields).unwrap_or_default(), ..bare(row) });
        }
        let record = EvidenceRecord {
            kind: record.head.kind(),
            record_id: record.head.id().unwrap_or_default().to_owned(),
            date: record.date(),
            target: record.head.target().unwrap_or_default().to_owned(),
            payload_hash: record.payload_hash,
            payload_bytes: record.payload.len() as u64,
            status: record.status,
            headers: record.headers,
            ..unread(place, path)
        };
        EvidencePage { record: Some(record), observations }
    }

    /// Reads an archived page again as it was read when an observation came of it: with the
    /// circumstances its archive file begins with, else with what is stored with the observation.
    pub(super) fn reread(
        &self,
        stored: &Observation,
        record: &Archived,
        circumstances: Option<&Circumstances>,
    ) -> (Option<Extraction>, Vec<Observation>, Vec<Rejection>) {
        let capture = &stored.capture;
        let url = capture.page_url.clone().unwrap_or_default();
        let mut context = match circumstances {
            Some(circumstances) => circumstances.context.clone(),
            None => super::offers::PageContext {
                market: capture.market,
                currency: capture.default_currency,
                language: capture.language.clone(),
                facts: Facts {
                    condition: stored.condition,
                    level: Some(stored.level),
                    ships_to: stored.ships_to.clone(),
                    ..Facts::default()
                },
                ..Default::default()
            },
        };
        // As the import of saved pages does it.
        context.market = context.market.or_else(|| reading::market_of_url(&url));
        let page = Page {
            source_id: capture.source_id.clone(),
            url,
            status: record.status.unwrap_or(200),
            content_type: record.content_type().map(str::to_owned),
            validators: Validators::default(),
            payload_hash: ContentHash::of(&record.payload),
            body: record.payload.clone(),
            fetched_at: capture.captured_at,
            archive: capture.archive.clone(),
        };
        self.read_page(&page, &context, true, None, crawler::extract::Links::Left)
    }
}

fn nothing(digits: &str) -> Failure {
    Failure::input(format!("no observation and no page with observations has the hash '{digits}'"))
        .hint("check --json and the workbook of assess quote hashes of observations and pages")
}

fn bare(row: EvidenceRow) -> ShownObservation {
    ShownObservation { observation: row.observation, original: row.original, fields: Vec::new() }
}

fn unread(place: ArchiveRef, path: PathBuf) -> EvidenceRecord {
    EvidenceRecord {
        place,
        path,
        error: None,
        kind: String::new(),
        record_id: String::new(),
        date: None,
        target: String::new(),
        payload_hash: None,
        payload_bytes: 0,
        status: None,
        headers: Headers::new(),
    }
}

/// The listing an observation of a page came of: observations come in the order of listings, less
/// those that were rejected.
fn listing_of<'a>(extraction: &'a Extraction, read: &[Observation], at: usize) -> Option<&'a Listing> {
    let mut listings = extraction.listings.iter();
    let mut found = None;
    for observation in &read[..=at] {
        let price = observation.explain.iter().find(|step| step.what == "price");
        found = listings.find(|listing| {
            let stated = listing.price.as_ref().map(|stated| &stated.text);
            listing.url == observation.url && price.is_none_or(|step| stated.is_none_or(|t| *t == step.from))
        });
    }
    found
}

/// Every text of a listing with its place on the page.
fn fields(listing: &Listing) -> Vec<StatedField> {
    let mut found = Vec::new();
    if let Ok(Value::Object(listing)) = serde_json::to_value(listing) {
        for (name, value) in &listing {
            collect(name, value, &mut found);
        }
    }
    found
}

fn collect(name: &str, value: &Value, found: &mut Vec<StatedField>) {
    match value {
        Value::Object(object) => {
            let text = object.get("text").and_then(Value::as_str);
            let witness = object.get("witness").and_then(|w| {
                let syntax: Syntax = serde_json::from_value(w.get("syntax")?.clone()).ok()?;
                Some((syntax.code().to_owned(), w.get("place")?.as_str()?.to_owned()))
            });
            if let (Some(text), Some((syntax, place))) = (text, witness) {
                found.push(StatedField { field: name.to_owned(), text: text.to_owned(), syntax, place });
                return;
            }
            for (key, value) in object {
                collect(&format!("{name}.{key}"), value, found);
            }
        }
        // Attributes are pairs of name and text; breaks are objects.
        Value::Array(parts) => {
            if let [Value::String(key), value @ Value::Object(_)] = parts.as_slice() {
                return collect(&format!("{name}.{key}"), value, found);
            }
            for part in parts {
                collect(name, part, found);
            }
        }
        _ => {}
    }
}
