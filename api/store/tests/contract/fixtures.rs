//! Values for the cases. Brands and prices are made up.

use chrono::{DateTime, TimeDelta, Utc};
use model::*;
use rust_decimal::Decimal;
use store::{
    Claim, ClaimRequest, CrawlId, DueUrl, HostClaim, HostReturn, HostState, Lease, NewUrl, PageRecord, Store,
    VisitOutcome, VisitRecord,
};

pub const SOURCE: &str = "lamp-shop";

/// Ten in the morning of 2 March 2026, and days after it.
pub fn day(days: i64) -> DateTime<Utc> {
    "2026-03-02T10:00:00.250001Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::days(days)
}

pub fn minutes(minutes: i64) -> TimeDelta {
    TimeDelta::minutes(minutes)
}

pub fn money(amount: &str, currency: &str) -> Money {
    Money::new(amount.parse().unwrap(), currency.parse().unwrap())
}

fn interval(low: &str, high: &str) -> Interval {
    Interval { low: low.parse().unwrap(), high: high.parse().unwrap() }
}

/// An observation with every field filled.
pub fn full(name: &str, captured_at: DateTime<Utc>) -> Observation {
    let price = money("6.9500", "USD");
    Observation {
        id: ContentHash::of_fields([name, &captured_at.date_naive().to_string()]),
        capture: Capture {
            source_id: SOURCE.to_owned(),
            site: "lamps.example".to_owned(),
            page_url: Some("https://lamps.example/p/1".to_owned()),
            captured_at,
            page_hash: Some(ContentHash::of(b"page one")),
            archive: Some(ArchiveRef { file: "lamp-shop-000.warc.gz".to_owned(), offset: 5_000_000_000 }),
            market: Some("GB".parse().unwrap()),
            default_currency: Some("GBP".parse().unwrap()),
            language: Some("en-GB".to_owned()),
        },
        url: Some("https://lamps.example/p/1?v='x'".to_owned()),
        name: name.to_owned(),
        seller: "Lumière & Söhne".to_owned(),
        brand: Some("Halden".to_owned()),
        model: Some("B22-9W".to_owned()),
        gtin: Some("4006381333931".parse().unwrap()),
        hs: Some("8539520000".parse().unwrap()),
        hs_witness: Some(HsWitness { how: "stated".to_owned(), why: "hs_code".to_owned() }),
        condition: Some(Condition::New),
        level: CommercialLevel::Wholesale,
        kind: GoodsKind::Article,
        price,
        price_high: Some("7.25".parse().unwrap()),
        quantities: vec![
            Quantity::new("0.060".parse().unwrap(), Unit::Kilogram).unwrap(),
            Quantity::new(Decimal::from(12), Unit::Piece).unwrap(),
        ],
        min_order: Some(Decimal::from(500)),
        breaks: vec![PriceBreak { min_quantity: Decimal::from(1000), basis_price: interval("4.10", "4.60") }],
        basis_price: interval("4.4321", "5.0000001"),
        basis: Basis {
            name: "cif".to_owned(),
            recipe: Some("gb-85 1".to_owned()),
            steps: vec![BasisStep {
                what: "VAT".to_owned(),
                input: interval("6.95", "6.95"),
                rate: interval("0.20", "0.20"),
                source: "illustration".to_owned(),
                illustrative: true,
                operation: Some(model::BasisOperation::Divide),
                output: interval("5.79", "5.79"),
            }],
        },
        origin: Some("CN".parse().unwrap()),
        ships_to: vec!["GB".parse().unwrap(), "IE".parse().unwrap()],
        availability: Some("InStock".to_owned()),
        confidence: model::Confidence::new(0.925),
        explain: vec![ExplainStep {
            what: "price".to_owned(),
            from: "$6.9500".to_owned(),
            result: "6.9500 USD".to_owned(),
            syntax: Some(Syntax::JsonLd),
            place: Some("script[1]/offers/price".to_owned()),
        }],
    }
}

/// An observation of which nothing optional is known.
pub fn bare(name: &str, captured_at: DateTime<Utc>) -> Observation {
    let mut bare = full(name, captured_at);
    bare.capture.page_url = None;
    bare.capture.page_hash = None;
    bare.capture.archive = None;
    bare.capture.market = None;
    bare.capture.default_currency = None;
    bare.capture.language = None;
    bare.url = None;
    bare.brand = None;
    bare.model = None;
    bare.gtin = None;
    bare.hs = None;
    bare.hs_witness = None;
    bare.condition = None;
    bare.price_high = None;
    bare.quantities.clear();
    bare.min_order = None;
    bare.breaks.clear();
    bare.origin = None;
    bare.ships_to.clear();
    bare.availability = None;
    bare.confidence = None;
    bare.explain.clear();
    bare
}

pub fn rejection(reason: RejectionReason, place: &str, seen_at: DateTime<Utc>) -> Rejection {
    Rejection {
        reason,
        detail: format!("'call us' at {place}"),
        source_id: SOURCE.to_owned(),
        place: place.to_owned(),
        page_hash: Some(ContentHash::of(b"page one")),
        seen_at,
    }
}

pub fn url(path: &str, priority: i32) -> NewUrl {
    url_at("lamps.example", path, priority)
}

/// A URL of another host.
pub fn url_at(host: &str, path: &str, priority: i32) -> NewUrl {
    NewUrl {
        url: format!("https://{host}{path}"),
        host: host.to_owned(),
        depth: 1,
        priority,
        ..NewUrl::default()
    }
}

/// Ten URLs for five minutes, without a budget to speak of.
pub fn request<'a>(crawl: CrawlId, worker: &'a str, now: DateTime<Utc>) -> ClaimRequest<'a> {
    ClaimRequest {
        source_id: SOURCE,
        crawl,
        worker,
        now,
        lease: minutes(5),
        delay: TimeDelta::zero(),
        limit: 10,
        pages: 1_000_000,
        bytes: None,
        requests_per_day: None,
    }
}

/// A host that must be there to be had.
pub async fn claim(store: &dyn Store, request: &ClaimRequest<'_>) -> HostClaim {
    match store.claim_host(request).await.unwrap() {
        Claim::Host(claim) => *claim,
        other => panic!("no host: {other:?}"),
    }
}

/// What follows the host of URLs.
pub fn paths(urls: &[DueUrl]) -> Vec<&str> {
    urls.iter().map(|due| &due.url[due.url[8..].find('/').unwrap() + 8..]).collect()
}

/// A lease given back, its host to rest until then.
pub fn back(lease: &Lease, next_at: Option<DateTime<Utc>>, at: DateTime<Utc>) -> HostReturn {
    HostReturn {
        lease: lease.clone(),
        goes_on: false,
        source_id: SOURCE.to_owned(),
        state: HostState { next_at, delay_ms: 2_000, failures: 0, latency_ms: 120 },
        requests: 0,
        robots: Vec::new(),
        at,
    }
}

/// A visit of a leased URL.
pub fn visit_of(claim: &HostClaim, n: usize, crawl: CrawlId, at: DateTime<Utc>) -> VisitRecord {
    let mut visit = fetched("/", &claim.urls[n].url, at);
    visit.url = claim.urls[n].url.clone();
    visit.host = claim.lease.host.clone();
    visit.lease = Some(claim.lease.clone());
    visit.crawl = Some(crawl);
    visit
}

/// A visit that brought this content.
pub fn fetched(path: &str, content: &str, visited_at: DateTime<Utc>) -> VisitRecord {
    VisitRecord {
        crawl: None,
        source_id: SOURCE.to_owned(),
        url: url(path, 0).url,
        host: "lamps.example".to_owned(),
        lease: None,
        visited_at,
        outcome: VisitOutcome::Fetched(PageRecord {
            payload_hash: ContentHash::of(content.as_bytes()),
            content_type: Some("text/html; charset=utf-8".to_owned()),
            validators: Validators {
                etag: Some(format!("\"{content}\"")),
                last_modified: Some("Mon, 02 Mar 2026 09:00:00 GMT".to_owned()),
            },
        }),
        status: Some(200),
        archive: Some(ArchiveRef { file: "lamp-shop-000.warc.gz".to_owned(), offset: 77 }),
        observations: Vec::new(),
        rejections: Vec::new(),
        links: Vec::new(),
        own: None,
        requests: 1,
        bytes: 1_000,
        offers: Some(2),
        interval: None,
    }
}

/// A visit that ended otherwise.
pub fn ended(path: &str, outcome: VisitOutcome, visited_at: DateTime<Utc>) -> VisitRecord {
    let mut visit = fetched(path, "", visited_at);
    visit.outcome = outcome;
    visit.status = None;
    visit.archive = None;
    visit.bytes = 0;
    visit.offers = None;
    visit
}

pub fn failed(retry_at: Option<DateTime<Utc>>) -> VisitOutcome {
    VisitOutcome::Failed { retry_at, error: "the server closed the connection".to_owned() }
}
