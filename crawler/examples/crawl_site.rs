//! Crawls one source into an archive folder, without a database: the crawler's own walk, for
//! measuring it and for looking at what it does to a server.
//!
//! `cargo run -p crawler --example crawl_site -- SOURCE.toml ARCHIVE_DIR [WORKERS [PRODUCT]]`

use crawler::archive::Archive;
use crawler::{Engine, EngineOptions, Outcome, Target};
use model::SystemClock;
use std::collections::{HashSet, VecDeque};
use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio::task::JoinSet;

/// How often a page is tried again when its host asks for patience.
const TRIES: u32 = 4;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [file, dir, rest @ ..] = args.as_slice() else {
        return Err("usage: crawl_site SOURCE.toml ARCHIVE_DIR [WORKERS [PRODUCT]]".into());
    };
    let workers: usize = rest.first().map_or(Ok(8), |text| text.parse())?;
    let source = crawler::source_file::parse(&std::fs::read_to_string(file)?, file)?;
    let archive = Archive::open(Path::new(dir), &source.id, chrono::Utc::now())?;
    let archive = Arc::new(Mutex::new(archive));
    let mut queue: VecDeque<(Target, u32)> = VecDeque::new();
    let mut seen = HashSet::new();
    for start in &source.start {
        queue.extend(address(start, start, 0, &mut seen));
    }
    let rules = source.rules.clone();
    let mut options = EngineOptions::new(archive.clone(), Arc::new(SystemClock));
    if let Some(product) = rest.get(1) {
        options.user_agent_product = product.clone();
    }
    let engine = Arc::new(Engine::new(source, options)?);
    for entry in engine.sitemap_urls().await? {
        queue.extend(address(&entry.url, &entry.url, 1, &mut seen));
    }

    let started = std::time::Instant::now();
    let (mut pages, mut bytes, mut listings) = (0u64, 0u64, 0u64);
    let mut running = JoinSet::new();
    loop {
        while running.len() < workers
            && let Some((target, tries)) = queue.pop_front()
        {
            let engine = engine.clone();
            running.spawn(async move { (engine.visit(&target).await, target, tries) });
        }
        let Some(done) = running.join_next().await else {
            break;
        };
        let (outcome, target, tries) = done?;
        match outcome? {
            Outcome::Page(page, _) => {
                pages += 1;
                bytes += page.body.len() as u64;
                let Ok(text) = crawler::decode::to_text(&page.body, page.content_type.as_deref()) else {
                    continue;
                };
                let found = crawler::extract::extract(&text.text, Some(&page.url), &rules);
                listings += found.listings.len() as u64;
                for link in found.links {
                    let next = address(&page.url, &link.url, target.depth + 1, &mut seen);
                    queue.extend(next.filter(|(next, _)| engine.in_scope(&next.url)));
                }
            }
            Outcome::Redirect { to, .. } => {
                queue.extend(address(&target.url, &to, target.depth, &mut seen));
            }
            Outcome::Failed { retry: true, retry_after, reason } if tries < TRIES => {
                eprintln!("{}: {reason}", target.url);
                // A real crawl gives the page back to its frontier; here it waits in line.
                if queue.is_empty() && running.is_empty() {
                    tokio::time::sleep(retry_after.unwrap_or_default()).await;
                }
                queue.push_back((target, tries + 1));
            }
            other => eprintln!("{}: {other:?}", target.url),
        }
    }
    archive.lock().map_err(|_| "the archive is gone")?.sync()?;
    println!("{pages} pages, {bytes} bytes, {listings} listings, {:.2} s", started.elapsed().as_secs_f64());
    Ok(())
}

/// An address not seen yet, as a target.
fn address(base: &str, href: &str, depth: u32, seen: &mut HashSet<String>) -> Option<(Target, u32)> {
    let url = Engine::canonical_url(base, href)?;
    seen.insert(url.clone()).then(|| {
        let target = Target { url, depth, ..Target::default() };
        (target, 0)
    })
}
