//! Record after record of one file: which are pages of the source, what they offer, what of it is kept.

use super::{WarcProgress, WarcReport};
use crate::failure::Failure;
use crate::pipeline::Pipeline;
use crate::pipeline::circumstances::Circumstances;
use crate::reading;
use crate::visitor;
use chrono::{DateTime, Utc};
use crawler::archive::{
    Archive, Damage, Digest, Exchange, Head, HttpResponse, Note, Reader, Record, free_of_encodings, header,
    read_payload,
};
use crawler::paths::LinkRules;
use crawler::{Directives, Engine};
use model::{ArchiveRef, ContentHash, Page, Rejection, RejectionReason, Source, Validators};
use std::collections::HashSet;
use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use store::{InsertEffect, PageContent, PageRecord, VisitOutcome, VisitRecord};

/// Pages whose rows go to the database in one transaction.
const BATCH: usize = 50;
/// What a record may hold beside its payload: HTTP headers, chunks.
const OVERHEAD: u64 = 1 << 20;
/// Media types of pages.
const PAGES: &[&str] = &["text/html", "application/xhtml+xml"];

/// One import in progress, under one set of circumstances.
pub(super) struct Import<'a> {
    pipeline: &'a Pipeline,
    pub circumstances: Circumstances,
    link_rules: LinkRules,
    archive: Arc<Mutex<Archive>>,
    /// Says what is in scope, where a source's file does.
    engine: Option<Engine>,
    page_bytes: u64,
    /// Name of the file being read, for places.
    pub file: String,
    /// The same, where its records are referred to in place.
    pub in_place: Option<String>,
    visits: Vec<VisitRecord>,
    rejections: Vec<Rejection>,
    /// Addresses in the batch.
    urls: HashSet<String>,
}

/// A record that is a page.
struct Capture<'a> {
    record: &'a Record,
    url: String,
    at: DateTime<Utc>,
    status: u16,
    reason: String,
    headers: Vec<(String, String)>,
    /// Whether there was a server (a response), or the page was saved (a resource).
    served: bool,
}

/// Why a record gave no page: passed over as not wanted, or not usable.
enum Not {
    Wanted(&'static str),
    Usable(String),
}

impl<'a> Import<'a> {
    pub fn new(pipeline: &'a Pipeline, circumstances: Circumstances) -> Result<Import<'a>, Failure> {
        let now = pipeline.clock.now();
        let archive = Archive::open(&pipeline.settings.archive_dir(), &circumstances.source_id, now)?;
        let archive = Arc::new(Mutex::new(circumstances.open(archive)));
        let engine = match &circumstances.source {
            None => None,
            Some(source) => {
                let options = visitor::options_to_read(&pipeline.settings, &archive, &pipeline.clock);
                Some(Engine::new(Source::clone(source), options)?)
            }
        };
        let budget = circumstances.source.as_ref().map(|s| s.budget.clone()).unwrap_or_default();
        Ok(Import {
            pipeline,
            link_rules: LinkRules::new(&circumstances.context.rules),
            circumstances,
            archive,
            engine,
            page_bytes: budget.page_bytes,
            file: String::new(),
            in_place: None,
            visits: Vec::new(),
            rejections: Vec::new(),
            urls: HashSet::new(),
        })
    }

    pub async fn walk(
        &mut self,
        mut reader: Reader<File>,
        before: u64,
        stop: &AtomicBool,
        progress: &(dyn Fn(WarcProgress<'_>) + Sync),
        report: &mut WarcReport,
    ) -> Result<(), Failure> {
        while let Some(next) = reader.next() {
            if stop.load(Ordering::Relaxed) {
                report.interrupted = true;
                return Ok(());
            }
            let outcome = match next {
                Ok(record) => {
                    report.records += 1;
                    self.take(&record, &mut reader, report).await?
                }
                Err(damage) => Err(damage),
            };
            let damage = outcome.err().map(|damage| {
                report.damaged += 1;
                self.reject(damage.offset, &format!("damaged record: {}", damage.reason), None);
                format!("{}: {damage}", self.file)
            });
            let bytes = before + reader.position();
            progress(WarcProgress { bytes, pages: report.pages, damage: damage.as_deref() });
            if self.visits.len() + self.rejections.len() >= BATCH {
                self.store_batch(report).await?;
            }
        }
        Ok(())
    }

    /// Takes a record, if it is wanted.
    async fn take(
        &mut self,
        record: &Record,
        reader: &mut Reader<File>,
        report: &mut WarcReport,
    ) -> Result<Result<(), Damage>, Failure> {
        let (url, at) = match self.wanted(&record.head) {
            Ok(wanted) => wanted,
            Err(not) => {
                self.leave(record, not, report);
                return Ok(Ok(()));
            }
        };
        // What came before of this page has to be in the database before it is asked.
        if self.urls.contains(&url) {
            self.store_batch(report).await?;
        }
        let source_id = self.circumstances.source_id.clone();
        if self.pipeline.store.visited_at(&source_id, &url, at).await? {
            report.known += 1;
            return Ok(Ok(()));
        }
        let block = match reader.block(self.page_bytes + OVERHEAD) {
            Ok(block) => block,
            Err(damage) => return Ok(Err(damage)),
        };
        let known = self.pipeline.store.page_content(&source_id, &url).await?;
        let taken = match record.head.kind().as_str() {
            "revisit" => self.take_revisit(record, url, at, &block, known, report)?,
            _ => self.take_page(record, url, at, &block, known, report)?,
        };
        if let Err(not) = taken {
            self.leave(record, not, report);
        }
        Ok(Ok(()))
    }

    /// Address and moment of a record, if it may be a page of the source.
    fn wanted(&self, head: &Head) -> Result<(String, DateTime<Utc>), Not> {
        let http = head.field("Content-Type").is_none_or(|t| t.trim().starts_with("application/http"));
        match head.kind().as_str() {
            "response" | "revisit" if http => {}
            "response" | "revisit" => return Err(Not::Wanted("not of HTTP")),
            "resource" => {
                let media = head.field("Content-Type").unwrap_or_default().to_ascii_lowercase();
                if !PAGES.contains(&media.split(';').next().unwrap_or_default().trim()) {
                    return Err(Not::Wanted("not HTML"));
                }
            }
            "request" => return Err(Not::Wanted("requests")),
            "metadata" | "warcinfo" => return Err(Not::Wanted("metadata")),
            "conversion" => return Err(Not::Wanted("conversions")),
            _ => return Err(Not::Wanted("records of other types")),
        }
        let target = head.target().ok_or_else(|| Not::Usable("it names no address".to_owned()))?;
        // A saved page may have no address but a file's name.
        let saved = head.kind() == "resource" && target.starts_with("file:");
        let url = match Engine::canonical_url(target, target) {
            Some(url) => url,
            None if saved && self.engine.is_none() => target.to_owned(),
            None => return Err(Not::Wanted("addresses that are not of pages")),
        };
        if self.engine.as_ref().is_some_and(|engine| !engine.in_scope(&url)) {
            return Err(Not::Wanted("out of the source's scope"));
        }
        if !url::Url::parse(&url).is_ok_and(|url| self.link_rules.may_hold_products(&url)) {
            return Err(Not::Wanted("not product pages by the source's rules"));
        }
        let at = head.date().ok_or_else(|| Not::Usable("it does not say when it was captured".to_owned()))?;
        if let Some(cut) = head.field("WARC-Truncated") {
            return Err(Not::Usable(format!("whoever archived it cut it short ({cut})")));
        }
        Ok((url, at))
    }

    fn take_page(
        &mut self,
        record: &Record,
        url: String,
        at: DateTime<Utc>,
        block: &[u8],
        known: Option<PageContent>,
        report: &mut WarcReport,
    ) -> Result<Result<(), Not>, Failure> {
        let (capture, body) = match capture(record, url, at, block) {
            Ok(found) => found,
            Err(not) => return Ok(Err(not)),
        };
        let limit = usize::try_from(self.page_bytes).unwrap_or(usize::MAX);
        let payload = match free_of_encodings(&capture.headers, body, limit) {
            Ok(payload) => payload.into_owned(),
            Err(why) => return Ok(Err(Not::Usable(why))),
        };
        // Programs differ in whether the digest is of the payload as sent or freed from encodings.
        let digest = record.head.field("WARC-Payload-Digest").map(Digest::parse);
        let holds = |bytes: &[u8]| digest.as_ref().and_then(|digest| digest.holds(bytes));
        let chunks: Vec<_> = capture
            .headers
            .iter()
            .filter(|h| h.0.eq_ignore_ascii_case("transfer-encoding"))
            .cloned()
            .collect();
        if holds(body) == Some(false)
            && holds(&payload) == Some(false)
            && !free_of_encodings(&chunks, body, limit).is_ok_and(|bytes| holds(&bytes) == Some(true))
        {
            return Ok(Err(Not::Usable("its payload is not what its digest says".to_owned())));
        }
        let payload_hash = ContentHash::of(&payload);
        if let Some(known) = known.filter(|k| k.payload_hash == payload_hash && k.fetched_at <= at) {
            return self.seen_again(&capture, &known, report).map(Ok);
        }
        let page = self.page(&capture, payload, payload_hash);
        let asks = capture.served.then(|| {
            let lines = capture.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case("x-robots-tag"));
            let token = self.pipeline.settings.user_agent_token();
            Directives::read(lines.map(|(_, value)| value.as_str()), token)
        });
        let mut context = self.circumstances.context.clone();
        context.market = context.market.or_else(|| reading::market_of_url(&page.url));
        let (_, mut observations, rejections) =
            self.pipeline.read_page(&page, &context, true, asks, crawler::extract::Links::Left);
        let archive = match observations.is_empty() {
            true => None,
            false => Some(self.keep(&capture, &page, report)?),
        };
        observations.iter_mut().for_each(|o| o.capture.archive.clone_from(&archive));
        let outcome = VisitOutcome::Fetched(PageRecord {
            payload_hash,
            content_type: page.content_type.clone(),
            validators: page.validators.clone(),
        });
        let mut visit = self.visit(&capture, outcome, archive);
        visit.observations = observations;
        visit.rejections = rejections;
        // A page that has no address of its own is found again by the file it came in.
        for rejection in visit.rejections.iter_mut().filter(|r| r.place.is_empty()) {
            rejection.place = format!("{}:{}", self.file, record.offset);
        }
        self.add(visit);
        report.pages += 1;
        Ok(Ok(()))
    }

    /// A record that says that the page is as it was.
    fn take_revisit(
        &mut self,
        record: &Record,
        url: String,
        at: DateTime<Utc>,
        block: &[u8],
        known: Option<PageContent>,
        report: &mut WarcReport,
    ) -> Result<Result<(), Not>, Failure> {
        let not = |why| Ok(Err(Not::Wanted(why)));
        let head = &record.head;
        let refers_to = head.uri("WARC-Refers-To-Target-URI").and_then(|u| Engine::canonical_url(u, u));
        if refers_to.is_some_and(|other| other != url) {
            return not("revisits that repeat another address");
        }
        let Some(known) = known.filter(|known| known.fetched_at <= at) else {
            return not("revisits of pages that are not known");
        };
        let payload = || match &known.archive {
            Some(place) => read_payload(&self.pipeline.settings.archive_dir(), place).ok().map(|p| p.1),
            None => None,
        };
        let same = match head.field("WARC-Payload-Digest").map(Digest::parse) {
            Some(Digest::Sha256(sum)) => ContentHash::from_bytes(sum) == known.payload_hash,
            Some(digest @ Digest::Sha1(_)) => {
                payload().is_some_and(|payload| digest.holds(&payload) == Some(true))
                    || head.refers_to_date() == Some(known.fetched_at)
            }
            _ => head.refers_to_date().is_none_or(|date| date == known.fetched_at),
        };
        if !same {
            return not("revisits of content that is not known");
        }
        let http = HttpResponse::parse(block).unwrap_or_default();
        let capture = Capture {
            record,
            url,
            at,
            status: http.status,
            reason: http.reason,
            headers: http.headers,
            served: true,
        };
        self.seen_again(&capture, &known, report).map(Ok)
    }

    /// A known page, seen again unchanged.
    fn seen_again(
        &mut self,
        capture: &Capture<'_>,
        known: &PageContent,
        report: &mut WarcReport,
    ) -> Result<(), Failure> {
        report.unchanged += 1;
        // Without a place the page gave no offer, and there is nothing to cite.
        let archive = match (&known.archive, self.in_place(capture)) {
            (None, _) => None,
            (Some(_), Some(place)) => Some(place),
            (Some(_), None) => {
                let note = self.note(capture);
                let exchange = Exchange {
                    note: Some(&note),
                    original: Some(known.fetched_at),
                    payload_hash: known.payload_hash,
                    ..exchange(capture, &[])
                };
                Some(self.archive().write_revisit(&exchange, Some(known.payload_hash))?)
            }
        };
        let visit = self.visit(capture, VisitOutcome::Unchanged, archive);
        self.add(visit);
        Ok(())
    }

    /// Sees to a page's record in the archive of this installation.
    fn keep(
        &self,
        capture: &Capture<'_>,
        page: &Page,
        report: &mut WarcReport,
    ) -> Result<ArchiveRef, Failure> {
        if let Some(place) = self.in_place(capture) {
            return Ok(place);
        }
        report.copied += 1;
        let note = self.note(capture);
        let place = if capture.served {
            let exchange = Exchange {
                note: Some(&note),
                payload_hash: page.payload_hash,
                ..exchange(capture, &page.body)
            };
            self.archive().write_exchange(&exchange)?
        } else {
            let (media, at) = (page.content_type.as_deref(), capture.at);
            self.archive().write_copied_resource(&capture.url, &page.body, media, at, Some(&note))?
        };
        Ok(place)
    }

    fn in_place(&self, capture: &Capture<'_>) -> Option<ArchiveRef> {
        let file = self.in_place.clone().filter(|_| capture.record.inside == 0)?;
        Some(ArchiveRef { file, offset: capture.record.offset })
    }

    fn note(&self, capture: &Capture<'_>) -> Note {
        Note {
            source_id: Some(self.circumstances.source_id.clone()),
            copied_file: Some(self.file.clone()),
            copied_offset: Some(capture.record.offset),
            copied_record: capture.record.head.id().map(str::to_owned),
            ..Note::default()
        }
    }

    fn page(&self, capture: &Capture<'_>, body: Vec<u8>, payload_hash: ContentHash) -> Page {
        let header = |name| header(&capture.headers, name).map(str::to_owned);
        let saved = || capture.record.head.field("Content-Type").map(str::to_owned);
        Page {
            source_id: self.circumstances.source_id.clone(),
            url: if capture.url.starts_with("file:") { String::new() } else { capture.url.clone() },
            status: capture.status,
            content_type: if capture.served { header("Content-Type") } else { saved() },
            validators: Validators { etag: header("ETag"), last_modified: header("Last-Modified") },
            body,
            payload_hash,
            fetched_at: capture.at,
            archive: None,
        }
    }

    /// The one place where a visit is made.
    fn visit(
        &self,
        capture: &Capture<'_>,
        outcome: VisitOutcome,
        archive: Option<ArchiveRef>,
    ) -> VisitRecord {
        VisitRecord {
            crawl: None,
            source_id: self.circumstances.source_id.clone(),
            host: Engine::host_of(&capture.url).unwrap_or_default(),
            url: capture.url.clone(),
            lease: None,
            visited_at: capture.at,
            outcome,
            status: capture.served.then_some(capture.status),
            archive,
            observations: Vec::new(),
            rejections: Vec::new(),
            links: Vec::new(),
            own: None,
            requests: 0,
            bytes: 0,
            offers: None,
            interval: None,
        }
    }

    fn add(&mut self, visit: VisitRecord) {
        self.urls.insert(visit.url.clone());
        self.visits.push(visit);
    }

    /// A record that gave no page.
    fn leave(&mut self, record: &Record, not: Not, report: &mut WarcReport) {
        match not {
            Not::Wanted(why) => *report.passed_over.entry(why).or_default() += 1,
            Not::Usable(why) => {
                report.unusable += 1;
                let target = record.head.target().unwrap_or_default();
                self.reject(record.offset, &format!("{target}: {why}"), record.head.date());
            }
        }
    }

    fn reject(&mut self, offset: u64, detail: &str, at: Option<DateTime<Utc>>) {
        self.rejections.push(Rejection {
            reason: RejectionReason::UnreadablePage,
            detail: detail.to_owned(),
            source_id: self.circumstances.source_id.clone(),
            place: format!("{}:{offset}", self.file),
            page_hash: None,
            seen_at: at.unwrap_or_else(|| self.pipeline.clock.now()),
        });
    }

    /// Writes what waits: the archive is on the disk before the database speaks of it.
    pub async fn store_batch(&mut self, report: &mut WarcReport) -> Result<(), Failure> {
        self.archive().sync()?;
        let effects = self.pipeline.store.finish_visits(&self.visits, &[]).await?;
        for (visit, effect) in self.visits.iter().zip(effects.into_iter().flatten()) {
            report.effect.add(InsertEffect {
                new: effect.observations_new,
                known: effect.observations_known,
                rejected_new: effect.rejections_new,
                rejected_known: (visit.rejections.len() as u64).saturating_sub(effect.rejections_new),
            });
        }
        report.effect.add(self.pipeline.store.insert_observations(&[], &self.rejections).await?);
        self.visits.clear();
        self.rejections.clear();
        self.urls.clear();
        Ok(())
    }

    fn archive(&self) -> std::sync::MutexGuard<'_, Archive> {
        // A panic elsewhere leaves no half record, so the archive stays usable.
        self.archive.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The page of a response or resource record: what was captured, and its body as archived.
fn capture<'a, 'b>(
    record: &'a Record,
    url: String,
    at: DateTime<Utc>,
    block: &'b [u8],
) -> Result<(Capture<'a>, &'b [u8]), Not> {
    let saved =
        Capture { record, url, at, status: 200, reason: String::new(), headers: Vec::new(), served: false };
    if record.head.kind() == "resource" {
        return Ok((saved, block));
    }
    let http = HttpResponse::parse(block).map_err(Not::Usable)?;
    if http.status != 200 {
        return Err(Not::Wanted("answers other than 200"));
    }
    let body = &block[http.body_at..];
    let media = http.media_type();
    let unlabelled = media.is_empty() && body.trim_ascii_start().starts_with(b"<");
    if !unlabelled && !PAGES.contains(&media.as_str()) {
        return Err(Not::Wanted("not HTML"));
    }
    let served =
        Capture { status: http.status, reason: http.reason, headers: http.headers, served: true, ..saved };
    Ok((served, body))
}

/// A capture as it is written into the archive of this installation.
fn exchange<'a>(capture: &'a Capture<'_>, payload: &'a [u8]) -> Exchange<'a> {
    Exchange {
        url: &capture.url,
        fetched_at: capture.at,
        remote: capture.record.head.field("WARC-IP-Address").and_then(|ip| ip.parse().ok()),
        request: &[],
        status: capture.status,
        reason: &capture.reason,
        response: &capture.headers,
        payload,
        payload_hash: ContentHash::of(payload),
        note: None,
        original: None,
    }
}
