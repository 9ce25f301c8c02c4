//! How fast hosts are leased and visits written, and how much memory that takes:
//! `cargo run --release -p store --example leases -- LOCATION [HOSTS] [URLS] [CLIENTS] [SECONDS] [LINKS]
//! [OFFERS] [LEASED]`.
//!
//! LOCATION is a new SQLite file or an empty PostgreSQL database. HOSTS hosts with URLS URLs each are put
//! in; then CLIENTS clients, each with a store of its own, lease hosts for LEASED URLs each, write their
//! visits with LINKS links (to URLs that are known) and OFFERS observations each and give the host back. A
//! host held twice ends it.

use chrono::{TimeDelta, Utc};
use model::{
    ArchiveRef, Basis, BasisStep, Capture, CommercialLevel, Condition, ContentHash, ExplainStep, GoodsKind,
    Interval, Money, Observation, Syntax, Validators,
};
use std::collections::HashSet;
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use store::{
    Claim, ClaimRequest, Due, HostClaim, HostReturn, HostState, NewUrl, Open, PageRecord, VisitOutcome,
    VisitRecord,
};

const SOURCE: &str = "wide-source";
/// URLs put in by one call, about a sitemap's.
const PORTION: usize = 50_000;

fn url(host: usize, n: usize) -> NewUrl {
    let name = format!("shop-{host}.example");
    NewUrl { url: format!("https://{name}/products/article-{n}.html"), host: name, ..NewUrl::default() }
}

/// What is said on every page, besides names.
fn offer() -> Result<Observation, Box<dyn Error + Send + Sync>> {
    let amount = "24.90".parse()?;
    let exact = Interval { low: amount, high: amount };
    let said = |what: &str| ExplainStep {
        what: what.to_owned(),
        from: "24.90".to_owned(),
        result: "24.90 EUR".to_owned(),
        syntax: Some(Syntax::JsonLd),
        place: Some("script[1]/offers/price".to_owned()),
    };
    Ok(Observation {
        id: ContentHash::of(b""),
        capture: Capture {
            source_id: SOURCE.to_owned(),
            site: String::new(),
            page_url: None,
            captured_at: Utc::now(),
            page_hash: None,
            archive: None,
            market: Some("DE".parse()?),
            default_currency: Some("EUR".parse()?),
            language: Some("de".to_owned()),
        },
        url: None,
        name: String::new(),
        seller: "Example".to_owned(),
        brand: Some("Halden".to_owned()),
        model: None,
        gtin: Some("4006381333931".parse()?),
        hs: None,
        hs_witness: None,
        condition: Some(Condition::New),
        level: CommercialLevel::Retail,
        kind: GoodsKind::Article,
        price: Money::new(amount, "EUR".parse()?),
        price_high: None,
        quantities: Vec::new(),
        min_order: None,
        breaks: Vec::new(),
        basis_price: exact,
        basis: Basis {
            name: "price".to_owned(),
            recipe: None,
            steps: vec![BasisStep {
                what: "VAT".to_owned(),
                input: exact,
                rate: exact,
                source: "illustration".to_owned(),
                illustrative: true,
                operation: Some(model::BasisOperation::Divide),
                output: exact,
            }],
        },
        origin: None,
        ships_to: Vec::new(),
        availability: Some("InStock".to_owned()),
        confidence: None,
        explain: ["name", "price", "currency", "condition"].map(said).to_vec(),
    })
}

/// What each visit brings.
#[derive(Clone)]
struct Brought {
    urls: usize,
    links: usize,
    offers: Vec<Observation>,
}

fn visits(claimed: &HostClaim, crawl: i64, brought: &Brought) -> Vec<VisitRecord> {
    let at = Utc::now();
    let archive = ArchiveRef { file: "wide-source-000001.warc.gz".to_owned(), offset: 1_000_000 };
    let (urls, links) = (brought.urls, brought.links);
    let read = |(n, offer): (usize, &Observation), url: &str| {
        let mut offer = offer.clone();
        offer.id = ContentHash::of_fields([url, &n.to_string()]);
        offer.name = format!("Lamp {n} of {url}");
        offer.url = Some(url.to_owned());
        offer.capture.site.clone_from(&claimed.lease.host);
        offer.capture.page_url = Some(url.to_owned());
        offer.capture.page_hash = Some(ContentHash::of(url.as_bytes()));
        offer.capture.captured_at = at;
        offer.capture.archive = Some(archive.clone());
        offer
    };
    let host = claimed.lease.host.trim_start_matches("shop-").trim_end_matches(".example");
    let host = host.parse().unwrap_or(0);
    let visit = |due: &store::DueUrl| VisitRecord {
        crawl: Some(crawl),
        source_id: SOURCE.to_owned(),
        url: due.url.clone(),
        host: claimed.lease.host.clone(),
        lease: Some(claimed.lease.clone()),
        visited_at: at,
        outcome: VisitOutcome::Fetched(PageRecord {
            payload_hash: ContentHash::of(due.url.as_bytes()),
            content_type: Some("text/html".to_owned()),
            validators: Validators { etag: Some("\"1\"".to_owned()), last_modified: None },
        }),
        status: Some(200),
        archive: Some(archive.clone()),
        observations: brought.offers.iter().enumerate().map(|offer| read(offer, &due.url)).collect(),
        rejections: Vec::new(),
        links: (0..links).map(|n| url(host, (due.id as usize + 7 * n) % urls)).collect(),
        own: None,
        requests: 1,
        bytes: 15_000,
        offers: Some(brought.offers.len() as u32),
        interval: None,
    };
    claimed.urls.iter().map(visit).collect()
}

/// What one client did, and how long each claim and each write took.
#[derive(Default)]
struct Done {
    pages: usize,
    claims: Vec<Duration>,
    writes: Vec<Duration>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut words = std::env::args().skip(1);
    let location = words.next().ok_or("give the location of an empty database")?;
    let numbers: Vec<usize> = words.map(|word| word.parse()).collect::<Result<_, _>>()?;
    let number = |at: usize, usual: usize| numbers.get(at).copied().unwrap_or(usual);
    let (hosts, urls, clients) = (number(0, 5_000), number(1, 200), number(2, 8));
    let (seconds, links, leased) = (number(3, 20), number(4, 10), number(6, 10));
    let brought = Brought { urls, links, offers: vec![offer()?; number(5, 1)] };

    let store = store::open(&location, Open::Create).await?;
    store.migrate().await?;
    let begun = Instant::now();
    let mut portion = Vec::with_capacity(PORTION);
    for n in 0..urls {
        for host in 0..hosts {
            portion.push(url(host, n));
            if portion.len() == PORTION || (n + 1 == urls && host + 1 == hosts) {
                store.enqueue(SOURCE, &portion, Utc::now()).await?;
                portion.clear();
            }
        }
    }
    drop(portion);
    println!("{} URLs put in in {:.1} s; {}", hosts * urls, begun.elapsed().as_secs_f64(), memory());
    let begun = Instant::now();
    let crawl = store.begin_crawl(SOURCE, Due::All, Utc::now()).await?;
    println!("crawl begun in {:.2} s; {}", begun.elapsed().as_secs_f64(), memory());

    let held: Arc<Mutex<HashSet<String>>> = Arc::default();
    let until = Instant::now() + Duration::from_secs(seconds as u64);
    let begun = Instant::now();
    let cpu = cpu_seconds();
    let mut running = Vec::new();
    for client in 0..clients {
        let store = store::open(&location, Open::Existing).await?;
        let (held, brought) = (held.clone(), brought.clone());
        running.push(tokio::spawn(async move {
            let worker = format!("client-{client}");
            let mut done = Done::default();
            while Instant::now() < until {
                let asked = ClaimRequest {
                    source_id: SOURCE,
                    crawl,
                    worker: &worker,
                    now: Utc::now(),
                    lease: TimeDelta::minutes(5),
                    delay: TimeDelta::zero(),
                    limit: leased as u32,
                    pages: 100_000_000,
                    bytes: None,
                    requests_per_day: None,
                };
                let asking = Instant::now();
                let claim = store.claim_host(&asked).await?;
                done.claims.push(asking.elapsed());
                let claimed = match claim {
                    Claim::Host(claimed) => claimed,
                    Claim::Later(_) => {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                        continue;
                    }
                    Claim::Nothing | Claim::Spent(_) => break,
                };
                let host = claimed.lease.host.clone();
                if !held.lock().map_err(|e| e.to_string())?.insert(host.clone()) {
                    return Err(format!("{host} is held twice").into());
                }
                let visits = visits(&claimed, crawl, &brought);
                let now = Utc::now();
                let back = HostReturn {
                    lease: claimed.lease.clone(),
                    goes_on: false,
                    source_id: SOURCE.to_owned(),
                    state: HostState { next_at: Some(now), delay_ms: 1, failures: 0, latency_ms: 100 },
                    requests: 0,
                    robots: Vec::new(),
                    at: now,
                };
                held.lock().map_err(|e| e.to_string())?.remove(&host);
                let writing = Instant::now();
                store.finish_visits(&visits, &[back]).await?;
                done.writes.push(writing.elapsed());
                done.pages += visits.len();
            }
            store.close().await;
            Ok::<_, Box<dyn Error + Send + Sync>>(done)
        }));
    }
    let mut all = Done::default();
    for client in running {
        let done = client.await??;
        all.pages += done.pages;
        all.claims.extend(done.claims);
        all.writes.extend(done.writes);
    }
    let elapsed = begun.elapsed().as_secs_f64();
    println!(
        "{} leases and {} visits in {elapsed:.1} s by {clients} clients: {:.0} leases/s, {:.0} visits/s",
        all.writes.len(),
        all.pages,
        all.writes.len() as f64 / elapsed,
        all.pages as f64 / elapsed
    );
    println!("CPU of this process: {:.3} ms a visit", (cpu_seconds() - cpu) * 1e3 / all.pages.max(1) as f64);
    println!(
        "a claim: {}; the visits of a lease and its return: {}",
        spread(&mut all.claims),
        spread(&mut all.writes)
    );
    let begun = Instant::now();
    let counts = store.crawl_counts(crawl).await?;
    println!(
        "counts in {:.2} s: {} fetched, {} waiting",
        begun.elapsed().as_secs_f64(),
        counts.fetched,
        counts.waiting
    );
    let begun = Instant::now();
    let rows = store.hosts(SOURCE).await?.len();
    println!("{rows} hosts in {:.2} s; {}", begun.elapsed().as_secs_f64(), memory());
    store.close().await;
    Ok(())
}

fn spread(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |share: f64| {
        let n = ((times.len().max(1) - 1) as f64 * share) as usize;
        times.get(n).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    };
    format!("median {:.2} ms, 99 % {:.2} ms, longest {:.2} ms", at(0.5), at(0.99), at(1.0))
}

/// Most memory this process had (Linux).
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM: unknown");
    format!("peak memory{}", line.trim_start_matches("VmHWM"))
}

/// Processor time of this process, user and system (Linux, 100 ticks a second).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks = |n: usize| fields.get(n).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}
