//! Saved pages replayed through the archive, extraction, normalization and storage of a crawl.

use super::Pipeline;
use super::circumstances::Circumstances;
use super::offers::PageContext;
use crate::failure::Failure;
use crate::reading;
use chrono::{DateTime, NaiveDate, Utc};
use crawler::Engine;
use crawler::archive::Archive;
use model::{
    ArchiveRef, ContentHash, Country, Currency, Facts, FixedClock, Page, Rejection, RejectionReason,
    Validators,
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io::BufRead;
use std::path::Path;
use store::{InsertEffect, PageRecord, VisitOutcome, VisitRecord};

/// Pages whose rows go to the database in one transaction.
const BATCH: usize = 50;

/// One line of an index of saved pages. Other keys are passed over.
#[derive(Debug, Clone, Deserialize)]
pub struct PageEntry {
    /// HTML file, relative to the index, plain or gzip.
    pub file: String,
    /// Its address, if known.
    #[serde(default)]
    pub url: Option<String>,
    /// When it was saved: a day or a moment (RFC 3339).
    #[serde(default)]
    pub captured: Option<String>,
}

/// What all saved pages of an index have in common.
#[derive(Debug, Clone, Default)]
pub struct PagesDefaults {
    /// Source the pages are filed under.
    pub source_id: String,
    /// When pages were saved that do not say.
    pub captured: Option<NaiveDate>,
    /// Market of all pages; without it, the country domain of each address.
    pub market: Option<Country>,
    /// Currency of bare numbers and ambiguous symbols.
    pub currency: Option<Currency>,
    /// Condition, level and other facts of all offers.
    pub facts: Facts,
}

/// What a replay did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PagesReport {
    /// Lines of the index.
    pub pages: u64,
    /// Pages archived.
    pub archived: u64,
    /// Pages whose content was archived by an earlier import: read again, not archived again.
    pub known: u64,
    /// Rows.
    #[serde(flatten)]
    pub effect: Effect,
    /// Lines of the index that could not be used.
    pub bad_lines: u64,
}

/// Rows written.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Effect {
    /// Observations not known before.
    pub observations_new: u64,
    /// Observations known already.
    pub observations_known: u64,
    /// Rejections not known before.
    pub rejections_new: u64,
    /// Rejections known already.
    pub rejections_known: u64,
}

impl Effect {
    pub(super) fn add(&mut self, effect: InsertEffect) {
        self.observations_new += effect.new;
        self.observations_known += effect.known;
        self.rejections_new += effect.rejected_new;
        self.rejections_known += effect.rejected_known;
    }
}

impl Pipeline {
    /// Replays the pages of an index. A line or file that cannot be used becomes a rejection.
    pub async fn import_pages(
        &self,
        index: &Path,
        defaults: &PagesDefaults,
        progress: &dyn Fn(),
    ) -> Result<PagesReport, Failure> {
        let folder = index.parent().unwrap_or(Path::new("."));
        let archive = Archive::open(&self.settings.archive_dir(), &defaults.source_id, self.clock.now())?;
        let context = PageContext {
            facts: defaults.facts.clone(),
            market: defaults.market,
            currency: defaults.currency,
            ..PageContext::default()
        };
        let mut archive = Circumstances::told(&defaults.source_id, context)?.open(archive);
        let mut report = PagesReport::default();
        let mut batch = Batch::default();
        for (number, line) in reading::open(index)?.lines().enumerate() {
            let line = line.map_err(|e| Failure::from_io(&index.display().to_string(), &e))?;
            if line.trim().is_empty() {
                continue;
            }
            report.pages += 1;
            let place = format!("{}:{}", index.file_name().unwrap_or_default().to_string_lossy(), number + 1);
            match self.saved_page(&line, folder, defaults) {
                Ok((page, target)) => {
                    let visit = self
                        .replay(page, target, &place, defaults, &mut archive, &mut batch, &mut report)
                        .await?;
                    batch.visits.push(visit);
                }
                Err((reason, detail)) => {
                    report.bad_lines += 1;
                    batch.rejections.push(Rejection {
                        reason,
                        detail,
                        source_id: defaults.source_id.clone(),
                        place,
                        page_hash: None,
                        seen_at: self.clock.now(),
                    });
                }
            }
            progress();
            if batch.visits.len() + batch.rejections.len() >= BATCH {
                self.store_batch(&mut archive, &mut batch, &mut report).await?;
            }
        }
        self.store_batch(&mut archive, &mut batch, &mut report).await?;
        Ok(report)
    }

    /// Archives a page unless its content is there already, and reads it. Read again it is in any
    /// case: the rules may have become better since.
    #[allow(clippy::too_many_arguments)]
    async fn replay(
        &self,
        mut page: Page,
        target: String,
        place: &str,
        defaults: &PagesDefaults,
        archive: &mut Archive,
        batch: &mut Batch,
        report: &mut PagesReport,
    ) -> Result<VisitRecord, Failure> {
        let key = (target, page.payload_hash);
        let known = match batch.archived.get(&key) {
            Some(place) => Some(place.clone()),
            None => self
                .store
                .page_place(&defaults.source_id, &key.0, &key.1)
                .await?
                // A record whose file was taken away proves nothing.
                .filter(|place| self.settings.archive_dir().join(&place.file).is_file()),
        };
        let reference = match known {
            Some(reference) => {
                report.known += 1;
                reference
            }
            None => {
                report.archived += 1;
                archive.write_resource(&key.0, &page.body, Some("text/html"), page.fetched_at)?
            }
        };
        page.archive = Some(reference.clone());
        let context = PageContext {
            facts: defaults.facts.clone(),
            market: defaults.market.or_else(|| reading::market_of_url(&page.url)),
            currency: defaults.currency,
            ..PageContext::default()
        };
        let (_, observations, mut rejections) =
            self.read_page(&page, &context, true, None, crawler::extract::Links::Left);
        for rejection in rejections.iter_mut().filter(|r| r.place.is_empty()) {
            rejection.place = place.to_owned();
        }
        batch.archived.insert(key.clone(), reference);
        Ok(VisitRecord {
            crawl: None,
            source_id: page.source_id,
            host: Engine::host_of(&key.0).unwrap_or_default(),
            url: key.0,
            lease: None,
            visited_at: page.fetched_at,
            outcome: VisitOutcome::Fetched(PageRecord {
                payload_hash: page.payload_hash,
                content_type: page.content_type,
                validators: page.validators,
            }),
            status: None,
            archive: page.archive,
            observations,
            rejections,
            links: Vec::new(),
            own: None,
            requests: 0,
            bytes: page.body.len() as u64,
            offers: None,
            interval: None,
        })
    }

    async fn store_batch(
        &self,
        archive: &mut Archive,
        batch: &mut Batch,
        report: &mut PagesReport,
    ) -> Result<(), Failure> {
        archive.sync()?;
        let effects = self.store.finish_visits(&batch.visits, &[]).await?;
        for (visit, effect) in batch.visits.iter().zip(effects.into_iter().flatten()) {
            report.effect.add(InsertEffect {
                new: effect.observations_new,
                known: effect.observations_known,
                rejected_new: effect.rejections_new,
                rejected_known: (visit.rejections.len() as u64).saturating_sub(effect.rejections_new),
            });
        }
        report.effect.add(self.store.insert_observations(&[], &batch.rejections).await?);
        *batch = Batch::default();
        Ok(())
    }

    /// The page of one line of the index, and the address it is archived under.
    fn saved_page(
        &self,
        line: &str,
        folder: &Path,
        defaults: &PagesDefaults,
    ) -> Result<(Page, String), (RejectionReason, String)> {
        let entry: PageEntry = serde_json::from_str(line).map_err(|e| {
            (
                RejectionReason::BadLine,
                format!("not a line of a page index ({{\"file\", \"url\", \"captured\"}}): {e}"),
            )
        })?;
        let fetched_at = match &entry.captured {
            Some(text) => moment(text).ok_or_else(|| {
                (
                    RejectionReason::BadField,
                    format!("captured: '{text}' is not a day or moment like 2026-09-15"),
                )
            })?,
            None => defaults.captured.map(|day| FixedClock::noon(day).0).ok_or_else(|| {
                (
                    RejectionReason::NoCaptureDate,
                    "the index does not say when the page was saved, and no --captured was given".to_owned(),
                )
            })?,
        };
        let body = reading::file(&folder.join(&entry.file))
            .map_err(|failure| (RejectionReason::UnreadablePage, failure.message))?;
        let url = entry.url.unwrap_or_default();
        // A page without an address is filed under its file name, so that the record has a target.
        let target = if url.is_empty() { format!("file:///{}", entry.file) } else { url.clone() };
        let page = Page {
            source_id: defaults.source_id.clone(),
            url,
            status: 200,
            content_type: None,
            validators: Validators::default(),
            payload_hash: ContentHash::of(&body),
            body,
            fetched_at,
            archive: None,
        };
        Ok((page, target))
    }
}

/// What waits to be written in one transaction.
#[derive(Default)]
struct Batch {
    visits: Vec<VisitRecord>,
    /// Of lines that gave no page.
    rejections: Vec<Rejection>,
    /// An index may name a page twice.
    archived: HashMap<(String, ContentHash), ArchiveRef>,
}

/// A day (taken at noon UTC) or a moment of RFC 3339.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .map(|day| FixedClock::noon(day).0)
        .or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&Utc)))
}
