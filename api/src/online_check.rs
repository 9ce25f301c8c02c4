//! The contract of a source held against the site as it is now: what robots.txt allows, whether the
//! first start address gives offers, whether the sample's own address still gives what the sample
//! expects. Asked as a crawl asks, through the engine, and archived like any other page; nothing goes
//! into the database. A price may have changed since the sample was saved: that is told, not held
//! against the source.

use crate::failure::Failure;
use crate::settings::Settings;
use crate::sources::{self, Difference};
use crate::visitor;
use crawler::archive::Archive;
use crawler::robots::RobotsFile;
use crawler::{Engine, LeaseClock, Outcome, SourceRead, Target, read_source};
use model::{Clock, Page, Sample, Source, SourceKind};
use serde::Serialize;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Problems of one feed or answer that are told.
const PROBLEMS: usize = 20;

/// What the site said.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OnlineReport {
    /// The robots.txt files that were asked for.
    pub robots: Vec<RobotsReport>,
    /// The addresses that were asked for: the first start address, the sample's.
    pub addresses: Vec<AddressReport>,
}

/// One robots.txt.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RobotsReport {
    /// Scheme, host and port.
    pub origin: String,
    /// `read`, `none` (everything is allowed) or why it could not be had (nothing is allowed).
    pub found: String,
    /// Seconds between two requests that it asks for.
    pub crawl_delay: Option<f64>,
    /// Seconds between two requests that hold: the longer of that and the source's pace.
    pub delay: f64,
}

/// One address.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AddressReport {
    /// The address, after redirects.
    pub url: String,
    /// Whether it is the sample's.
    pub sample: bool,
    /// Whether robots.txt allows it; `None` where robots.txt could not be asked for.
    pub allowed: Option<bool>,
    /// Why there is no page, where there is none.
    pub miss: Option<String>,
    /// Offers read.
    pub listings: usize,
    /// Links found; of a JSON interface, the address of the next answer.
    pub links: usize,
    /// What of a feed or an answer could not be read, the first of it.
    pub problems: Vec<String>,
    /// What the sample expects and is not so: the contract is broken.
    pub differences: Vec<Difference>,
    /// A price that is another than when the sample was saved.
    pub price: Option<Difference>,
}

impl OnlineReport {
    /// Whether every address gave offers, and the sample what it expects.
    pub fn well(&self) -> bool {
        self.addresses.iter().all(AddressReport::well)
    }
}

impl AddressReport {
    fn well(&self) -> bool {
        // A start address may be a list without offers of its own; the sample's must have some.
        self.miss.is_none() && self.differences.is_empty() && (self.listings + self.links > 0)
    }
}

/// Asks the site, as a crawl under these settings would, with the key of an interface from the
/// environment. `file` is the source file, for messages.
///
/// # Errors
/// The archive cannot be written, or the engine not be set up, as without the key. What the site answers is in the report.
pub async fn check(
    settings: &Settings,
    source: &Source,
    file: &Path,
    clock: Arc<dyn Clock>,
) -> Result<OnlineReport, Failure> {
    let mut report = OnlineReport { robots: Vec::new(), addresses: Vec::new() };
    if source.kind == SourceKind::Warc {
        return Ok(report);
    }
    let folder = settings.archive_dir();
    std::fs::create_dir_all(&folder)
        .map_err(|e| Failure::from_io(&format!("folder {}", folder.display()), &e))?;
    let archive = Arc::new(Mutex::new(Archive::open(&folder, &source.id, clock.now())?));
    let options = visitor::options(settings, source, &archive, &clock)?;
    let token = settings.user_agent_token().to_owned();
    let mut site = Site { engine: Engine::new(source.clone(), options)?, source, token, robots: Vec::new() };
    let sample = source.sample.as_ref();
    let start = source.start.first().filter(|start| sample.is_none_or(|sample| sample.url != **start));
    if let Some(start) = start {
        report.addresses.push(site.address(start, None, file).await?);
    }
    if let Some(sample) = sample {
        report.addresses.push(site.address(&sample.url, Some(sample), file).await?);
    }
    report.robots = site.robots.into_iter().map(|(report, _)| report).collect();
    if let Ok(mut archive) = archive.lock() {
        archive.sync()?;
    }
    Ok(report)
}

struct Site<'a> {
    engine: Engine,
    source: &'a Source,
    token: String,
    /// As read, with what they say.
    robots: Vec<(RobotsReport, RobotsFile)>,
}

impl Site<'_> {
    async fn address(
        &mut self,
        url: &str,
        sample: Option<&Sample>,
        file: &Path,
    ) -> Result<AddressReport, Failure> {
        let mut report = AddressReport {
            url: url.to_owned(),
            sample: sample.is_some(),
            allowed: None,
            miss: None,
            listings: 0,
            links: 0,
            problems: Vec::new(),
            differences: Vec::new(),
            price: None,
        };
        match self.page(&mut report).await? {
            Ok(page) => self.read(&page, sample, file, &mut report)?,
            Err(miss) => report.miss = Some(miss),
        }
        Ok(report)
    }

    /// The page behind an address, through redirects within the source, or why there is none.
    async fn page(&mut self, report: &mut AddressReport) -> Result<Result<Page, String>, Failure> {
        let lease = LeaseClock::unlimited();
        for _ in 0..=self.source.budget.redirects {
            let miss = self.engine.ask_robots(&report.url, &lease).await?;
            self.news(&report.url);
            report.allowed = match miss {
                None => self.allowed(&report.url),
                Some(_) => None,
            };
            let target = Target { url: report.url.clone(), ..Target::default() };
            let outcome = match miss {
                Some(outcome) => outcome,
                None => self.engine.visit(&target, &lease).await?.outcome,
            };
            match outcome {
                Outcome::Page(page, _) => return Ok(Ok(page)),
                Outcome::Redirect { to, .. } if self.engine.in_scope(&to) => report.url = to,
                other => return Ok(Err(why(other))),
            }
        }
        Ok(Err(format!("it is redirected more than {} times", self.source.budget.redirects)))
    }

    /// Takes down the robots.txt files that were fetched for an address.
    fn news(&mut self, url: &str) {
        let Some(group) = self.engine.group_of(url) else { return };
        for known in self.engine.robots_news(&group).files {
            let (found, file) = match (&known.unreachable, &known.body) {
                (Some(reason), _) => (format!("could not be had: {reason}"), RobotsFile::disallow_all()),
                (None, Some(body)) => ("read".to_owned(), RobotsFile::parse(body)),
                (None, None) => ("none".to_owned(), RobotsFile::default()),
            };
            let crawl_delay = file.rules_for(&self.token).crawl_delay();
            let delay = self.source.pace.delay_seconds.max(crawl_delay.unwrap_or(0.0));
            self.robots.push((RobotsReport { origin: known.origin, found, crawl_delay, delay }, file));
        }
    }

    fn allowed(&self, url: &str) -> Option<bool> {
        // Longest origin first would be over-careful: an origin ends before the path's slash.
        let of = |origin: &str| url.strip_prefix(origin).is_some_and(|rest| rest.starts_with(['/', '?']));
        let (_, file) = self.robots.iter().rev().find(|(report, _)| of(&report.origin))?;
        Some(file.rules_for(&self.token).allowed(url))
    }

    fn read(
        &self,
        page: &Page,
        sample: Option<&Sample>,
        file: &Path,
        report: &mut AddressReport,
    ) -> Result<(), Failure> {
        let SourceRead { page: mut extraction, problems, .. } = match read_source(self.source, page) {
            Ok(read) => read,
            Err(error) => {
                report.miss = Some(error.to_string());
                return Ok(());
            }
        };
        report.listings = extraction.listings.len();
        report.links = extraction.links.len();
        report.problems = problems.iter().take(PROBLEMS).map(ToString::to_string).collect();
        if let Some(sample) = sample {
            // A feed or a list may have another order by now: the sample's own offer is looked for.
            let own = extraction.listings.iter().position(|listing| is_of(listing, sample));
            if let Some(own) = own.filter(|_| self.source.kind != SourceKind::Pages) {
                extraction.listings.swap(0, own);
            }
            let differences = sources::differences(self.source, sample, file, &extraction)?;
            // Another price is news; none at all is a broken rule.
            let (price, broken): (Vec<_>, Vec<_>) =
                differences.into_iter().partition(|d| d.field == "price" && d.found.is_some());
            report.differences = broken;
            report.price = price.into_iter().next();
        }
        Ok(())
    }
}

/// Whether a listing is the sample's article: by the first of its numbers or its name that the sample
/// states.
fn is_of(listing: &model::Listing, sample: &Sample) -> bool {
    [("sku", &listing.sku), ("gtin", &listing.gtin), ("name", &listing.name)]
        .into_iter()
        .find_map(|(field, stated)| Some((sample.expect.get(field)?, stated)))
        .is_some_and(|(wanted, stated)| stated.as_ref().is_some_and(|s| s.text.trim() == wanted.trim()))
}

/// Why there is no page, in a sentence.
fn why(outcome: Outcome) -> String {
    match outcome {
        Outcome::Page(..) | Outcome::Unchanged { .. } => "unchanged".to_owned(),
        Outcome::Redirect { to, status } => {
            format!("redirects to {to} (status {status}), outside the scope of the source")
        }
        Outcome::Disallowed { reason, .. } => reason,
        Outcome::Refused { reason } | Outcome::Failed { reason, .. } => reason,
        Outcome::HttpError { status } => format!("the server answered {status}"),
        Outcome::Resting { wait } => format!("the host is left alone for {} s more", wait.as_secs()),
        Outcome::LeaseOver => "its turn did not come".to_owned(),
        Outcome::Wall { sign } => format!("the site does not want to be read by machines: {sign}"),
    }
}

/// The report in lines for a terminal, each beginning with the source's id.
pub fn text(id: &str, kind: SourceKind, report: &OnlineReport) -> String {
    let mut lines = Vec::new();
    if kind == SourceKind::Warc {
        lines.push("nothing to ask for: archives are imported, never fetched".to_owned());
    }
    for robots in &report.robots {
        let delay = match robots.crawl_delay {
            Some(asked) => format!("; it asks for {asked} s between requests, {} s hold", robots.delay),
            None => format!("; it asks for no delay, {} s hold", robots.delay),
        };
        lines.push(format!("{}/robots.txt: {}{delay}", robots.origin, robots.found));
    }
    for address in &report.addresses {
        let what = if address.sample { "sample" } else { "start" };
        let told = match (&address.miss, address.allowed) {
            (Some(miss), Some(true)) => format!("no page, though robots.txt allows it: {miss}"),
            (Some(miss), _) => format!("no page: {miss}"),
            (None, _) => {
                format!("robots.txt allows it; {} offer(s), {} link(s) read", address.listings, address.links)
            }
        };
        lines.push(format!("{what} {}: {told}", address.url));
        lines.extend(address.problems.iter().map(|problem| format!("{what}: {problem}")));
        for d in &address.differences {
            let found = d.found.as_deref().map_or("nothing".to_owned(), |f| format!("'{f}'"));
            lines.push(format!("{what} {}: expected '{}', now {found}", d.field, d.expected));
        }
        if let Some(price) = &address.price {
            let found = price.found.as_deref().unwrap_or_default();
            lines.push(format!("{what} price: {} when it was saved, {found} now", price.expected));
        }
    }
    lines.iter().map(|line| format!("{id}: {line}\n")).collect()
}

#[cfg(test)]
#[path = "online_check_tests.rs"]
mod tests;
