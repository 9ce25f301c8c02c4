//! Crawls one source into an archive folder, without a database: the crawler's own walk, for
//! measuring it and for looking at what it does to a server. Hosts are visited side by side.
//!
//! `cargo run -p crawler --example crawl_site -- SOURCE.toml ARCHIVE_DIR [WORKERS [PRODUCT]]`
//!
//! WORKERS visits are under way at most, and no more of one host than `pace.concurrency`. With the
//! variable `CRAWL_SITE_LINKS=1` pages are not read for offers, only searched for `href="…"`: what a
//! page costs without extraction.

use crawler::archive::Archive;
use crawler::{CrawlError, Engine, EngineOptions, LeaseClock, Outcome, Target, TargetKind, Visit};
use model::SystemClock;
use std::collections::{HashMap, HashSet, VecDeque};
use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinSet;

/// How often a page is tried again when its host fails.
const TRIES: u32 = 4;
/// A host that wants to be left alone for longer than this is given up: a real crawl gives it back.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where to go: by host, since each has its own turn.
#[derive(Default)]
struct Queue {
    hosts: HashMap<String, VecDeque<(Target, u32)>>,
    /// Hosts with something to visit, in turn.
    turns: VecDeque<String>,
    under_way: HashMap<String, u32>,
    seen: HashSet<String>,
}

impl Queue {
    fn push(&mut self, engine: &Engine, target: Target, tries: u32) {
        let Some(host) = engine.group_of(&target.url) else { return };
        let waiting = self.hosts.entry(host.clone()).or_default();
        if waiting.is_empty() {
            self.turns.push_back(host);
        }
        waiting.push_back((target, tries));
    }

    /// An address, unless it was seen before or is out of scope.
    fn add(&mut self, engine: &Engine, base: &str, href: &str, depth: u32, kind: TargetKind) {
        let Some(url) = Engine::canonical_url(base, href) else { return };
        if !self.seen.contains(&url) && engine.admits(&url, kind) {
            self.seen.insert(url.clone());
            self.push(engine, Target { url, kind, depth, ..Target::default() }, 0);
        }
    }

    /// The next target of a host that has room for one more visit.
    fn pop(&mut self, concurrency: u32) -> Option<(String, Target, u32)> {
        for _ in 0..self.turns.len() {
            let host = self.turns.pop_front()?;
            let Some(waiting) = self.hosts.get_mut(&host).filter(|waiting| !waiting.is_empty()) else {
                continue;
            };
            let under_way = self.under_way.entry(host.clone()).or_default();
            if *under_way < concurrency
                && let Some((target, tries)) = waiting.pop_front()
            {
                *under_way += 1;
                if !waiting.is_empty() {
                    self.turns.push_back(host.clone());
                }
                return Some((host, target, tries));
            }
            self.turns.push_back(host);
        }
        None
    }
}

type Done = (Result<Visit, CrawlError>, String, Target, u32);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [file, dir, rest @ ..] = args.as_slice() else {
        return Err("usage: crawl_site SOURCE.toml ARCHIVE_DIR [WORKERS [PRODUCT]]".into());
    };
    let workers: usize = rest.first().map_or(Ok(8), |text| text.parse())?;
    let links_only = std::env::var_os("CRAWL_SITE_LINKS").is_some();
    let source = crawler::source_file::parse(&std::fs::read_to_string(file)?, file)?;
    let archive = Archive::open(Path::new(dir), &source.id, chrono::Utc::now())?;
    let archive = Arc::new(Mutex::new(archive));
    let rules = source.rules.clone();
    let (start, concurrency) = (source.start.clone(), source.pace.concurrency.max(1));
    let mut options = EngineOptions::new(archive.clone(), Arc::new(SystemClock));
    if let Some(product) = rest.get(1) {
        options.user_agent_product = product.clone();
    }
    let engine = Arc::new(Engine::new(source, options)?);
    let lease = LeaseClock::unlimited();
    let mut queue = Queue::default();
    for start in &start {
        queue.add(&engine, start, start, 0, TargetKind::Page);
    }

    let started = std::time::Instant::now();
    let (mut pages, mut bytes, mut listings) = (0u64, 0u64, 0u64);
    let mut running: JoinSet<Done> = JoinSet::new();
    let mut named = 0;
    loop {
        while running.len() < workers
            && let Some((host, target, tries)) = queue.pop(concurrency)
        {
            let (engine, lease) = (engine.clone(), lease.clone());
            running.spawn(async move {
                let visit = engine.visit(&target, &lease).await;
                if let Ok(Visit { outcome: Outcome::Resting { wait }, .. }) = &visit
                    && *wait <= PATIENCE
                {
                    tokio::time::sleep(*wait).await;
                }
                (visit, host, target, tries)
            });
        }
        let Some(done) = running.join_next().await else {
            break;
        };
        let (visit, host, target, tries) = done?;
        if let Some(under_way) = queue.under_way.get_mut(&host) {
            *under_way -= 1;
        }
        // Only a host's first visit can have brought its robots.txt.
        if pages == named {
            for sitemap in engine.robots_sitemaps() {
                queue.add(&engine, &sitemap, &sitemap, 0, TargetKind::Sitemap);
            }
            named = pages + 1;
        }
        match visit?.outcome {
            Outcome::Page(page, _) if target.kind == TargetKind::Sitemap => {
                let found = crawler::sitemap::read(&page.body);
                for entry in found.sitemaps {
                    queue.add(&engine, &page.url, &entry.url, 0, TargetKind::Sitemap);
                }
                for entry in found.pages {
                    queue.add(&engine, &page.url, &entry.url, 1, TargetKind::Page);
                }
            }
            Outcome::Page(page, _) => {
                pages += 1;
                bytes += page.body.len() as u64;
                if links_only {
                    for href in hrefs(&page.body) {
                        queue.add(&engine, &page.url, href, target.depth + 1, TargetKind::Page);
                    }
                    continue;
                }
                let Ok(text) = crawler::decode::to_text(&page.body, page.content_type.as_deref()) else {
                    continue;
                };
                let found = crawler::extract::extract(&text.text, Some(&page.url), &rules);
                listings += found.listings.len() as u64;
                for link in found.links {
                    queue.add(&engine, &page.url, &link.url, target.depth + 1, TargetKind::Page);
                }
            }
            Outcome::Redirect { to, .. } => {
                queue.add(&engine, &target.url, &to, target.depth, target.kind);
            }
            Outcome::Resting { wait } if wait <= PATIENCE => queue.push(&engine, target, tries),
            Outcome::Failed { retry: true, reason, .. } if tries < TRIES => {
                eprintln!("{}: {reason}", target.url);
                queue.push(&engine, target, tries + 1);
            }
            other => eprintln!("{}: {other:?}", target.url),
        }
    }
    archive.lock().map_err(|_| "the archive is gone")?.sync()?;
    println!("{pages} pages, {bytes} bytes, {listings} listings, {:.2} s", started.elapsed().as_secs_f64());
    Ok(())
}

/// What stands between `href="` and the next quotation mark.
fn hrefs(body: &[u8]) -> impl Iterator<Item = &str> {
    memchr::memmem::find_iter(body, b"href=\"").filter_map(|at| {
        let rest = &body[at + 6..];
        let end = memchr::memchr(b'"', rest)?;
        std::str::from_utf8(&rest[..end]).ok()
    })
}
