//! Saved pages replayed through the archive, extraction, normalization and storage of a crawl.

use super::Pipeline;
use super::crawl::PageContext;
use crate::failure::Failure;
use crate::reading;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use crawler::archive::Archive;
use model::{ContentHash, Country, Currency, Facts, Page, Rejection, RejectionReason, Validators};
use serde::{Deserialize, Serialize};
use std::io::BufRead;
use std::path::Path;
use store::InsertEffect;

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
        let mut archive = Archive::open(&self.settings.archive_dir(), &defaults.source_id, self.clock.now())?;
        let mut report = PagesReport::default();
        let (mut observations, mut rejections) = (Vec::new(), Vec::new());
        let mut waiting = 0;
        for (number, line) in reading::open(index)?.lines().enumerate() {
            let line = line.map_err(|e| Failure::from_io(&index.display().to_string(), &e))?;
            if line.trim().is_empty() {
                continue;
            }
            report.pages += 1;
            let place = format!("{}:{}", index.file_name().unwrap_or_default().to_string_lossy(), number + 1);
            match self.saved_page(&line, folder, defaults, &mut archive) {
                Ok(page) => {
                    report.archived += 1;
                    let context = PageContext {
                        facts: defaults.facts.clone(),
                        market: defaults.market.or_else(|| reading::market_of_url(&page.url)),
                        currency: defaults.currency,
                        ..PageContext::default()
                    };
                    let (_, mut read, mut refused) = self.read_page(&page, &context, true);
                    for rejection in refused.iter_mut().filter(|r| r.place.is_empty()) {
                        rejection.place.clone_from(&place);
                    }
                    observations.append(&mut read);
                    rejections.append(&mut refused);
                }
                Err(SavedPageError::Fatal(failure)) => return Err(failure),
                Err(SavedPageError::Bad(reason, detail)) => {
                    report.bad_lines += 1;
                    rejections.push(Rejection {
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
            waiting += 1;
            if waiting >= BATCH {
                self.store_batch(&mut archive, &mut observations, &mut rejections, &mut report).await?;
                waiting = 0;
            }
        }
        self.store_batch(&mut archive, &mut observations, &mut rejections, &mut report).await?;
        Ok(report)
    }

    async fn store_batch(
        &self,
        archive: &mut Archive,
        observations: &mut Vec<model::Observation>,
        rejections: &mut Vec<Rejection>,
        report: &mut PagesReport,
    ) -> Result<(), Failure> {
        archive.sync()?;
        report.effect.add(self.store.insert_observations(observations, rejections).await?);
        observations.clear();
        rejections.clear();
        Ok(())
    }

    fn saved_page(
        &self,
        line: &str,
        folder: &Path,
        defaults: &PagesDefaults,
        archive: &mut Archive,
    ) -> Result<Page, SavedPageError> {
        let bad = |reason, detail: String| SavedPageError::Bad(reason, detail);
        let entry: PageEntry = serde_json::from_str(line).map_err(|e| {
            bad(
                RejectionReason::BadLine,
                format!("not a line of a page index ({{\"file\", \"url\", \"captured\"}}): {e}"),
            )
        })?;
        let fetched_at = match &entry.captured {
            Some(text) => moment(text).ok_or_else(|| {
                bad(
                    RejectionReason::BadField,
                    format!("captured: '{text}' is not a day or moment like 2026-09-15"),
                )
            })?,
            None => defaults.captured.map(noon).ok_or_else(|| {
                bad(
                    RejectionReason::NoCaptureDate,
                    "the index does not say when the page was saved, and no --captured was given".into(),
                )
            })?,
        };
        let body = reading::file(&folder.join(&entry.file))
            .map_err(|failure| bad(RejectionReason::UnreadablePage, failure.message))?;
        let url = entry.url.unwrap_or_default();
        // A page without an address is filed under its file name, so that the record has a target.
        let target = if url.is_empty() { format!("file:///{}", entry.file) } else { url.clone() };
        let reference = archive
            .write_resource(&target, &body, Some("text/html"), fetched_at)
            .map_err(|e| SavedPageError::Fatal(e.into()))?;
        Ok(Page {
            source_id: defaults.source_id.clone(),
            url,
            status: 200,
            content_type: None,
            validators: Validators::default(),
            payload_hash: ContentHash::of(&body),
            body,
            fetched_at,
            archive: Some(reference),
        })
    }
}

enum SavedPageError {
    Bad(RejectionReason, String),
    Fatal(Failure),
}

fn noon(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc() + chrono::TimeDelta::hours(12)
}

/// A day (taken at noon UTC) or a moment of RFC 3339.
pub(crate) fn moment(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .map(noon)
        .or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&Utc)))
}
