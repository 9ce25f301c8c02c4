//! What the program tells Prometheus: typed functions with plain arguments, and the page they are read
//! from. Names and labels are a contract (docs/CONTRACTS.md). Labels are ids of sources, routes and
//! codes, never addresses, so that their number stays bounded.
//!
//! Nothing is counted, and no function costs more than a look at one flag, until
//! [`exposition`] is called once: by `serve`, and by `crawl --metrics`. Not here: what the figures
//! mean for a source's health (`crate::health`).

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

const REQUESTS: &str = "touchstone_crawl_requests_total";
const BYTES: &str = "touchstone_crawl_bytes_total";
const FETCH: &str = "touchstone_crawl_fetch_seconds";
const WAITING: &str = "touchstone_crawl_waiting_urls";
const LEASED: &str = "touchstone_crawl_hosts_leased";
const OFFERS: &str = "touchstone_crawl_offers_total";
const WALL: &str = "touchstone_crawl_wall";
const DRIFT: &str = "touchstone_source_drift_alarm";
const ALARMS: &str = "touchstone_source_alarms";
const SUCCESS: &str = "touchstone_source_last_success_timestamp_seconds";
const ARCHIVE: &str = "touchstone_archive_bytes_total";
const BUILD: &str = "touchstone_build_info";
const HTTP: &str = "touchstone_http_requests_total";
const HTTP_TIME: &str = "touchstone_http_request_seconds";

/// Every metric with its kind, labels and meaning; docs/CONTRACTS.md shows this list.
pub const METRICS: &[(&str, &str, &[&str], &str)] = &[
    (REQUESTS, "counter", &["source", "outcome"], "visits of a crawl, by how they ended"),
    (BYTES, "counter", &["source"], "bytes of pages fetched, decoded"),
    (FETCH, "histogram", &["source"], "seconds a visit took, with the wait for its host's pace"),
    (WAITING, "gauge", &["source"], "addresses waiting to be visited"),
    (LEASED, "gauge", &["source"], "hosts leased by workers"),
    (OFFERS, "counter", &["source", "result"], "offers read: new, known or rejected"),
    (WALL, "gauge", &["source"], "1 where the last crawl stopped at a wall"),
    (DRIFT, "gauge", &["source"], "1 where pages give far fewer offers than they used to"),
    (ALARMS, "gauge", &["source"], "alarms that stand for a source"),
    (SUCCESS, "gauge", &["source"], "end of the last crawl that fetched a page, Unix time"),
    (ARCHIVE, "counter", &["source"], "bytes of the archive's files, compressed"),
    (BUILD, "gauge", &["version"], "always 1; the version is the label"),
    (HTTP, "counter", &["route", "method", "status"], "requests answered by this server"),
    (HTTP_TIME, "histogram", &["route"], "seconds until the answer was ready"),
];

/// Upper ends of the classes of fetch times: a site on the same machine to the longest timeout.
const FETCH_CLASSES: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0];
/// Upper ends of the classes of answer times: a static page to a large group's calculation.
const ANSWER_CLASSES: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];
/// How often samples of histograms are taken into their classes where nobody reads the page.
const UPKEEP: Duration = Duration::from_secs(10);
/// What the page is sent as: the text format 0.0.4.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Begins to count, on the first call; gives the page's handle. `None` where another recorder was
/// installed in this process before.
pub fn exposition() -> Option<&'static PrometheusHandle> {
    HANDLE.get_or_init(install).as_ref()
}

fn install() -> Option<PrometheusHandle> {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(FETCH.into()), FETCH_CLASSES)
        .and_then(|b| b.set_buckets_for_metric(Matcher::Full(HTTP_TIME.into()), ANSWER_CLASSES))
        .ok()?
        .build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).ok()?;
    for (name, kind, _, meaning) in METRICS {
        match *kind {
            "counter" => describe_counter!(*name, *meaning),
            "gauge" => describe_gauge!(*name, *meaning),
            _ => describe_histogram!(*name, Unit::Seconds, *meaning),
        }
    }
    gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Some(handle)
}

/// Whether anything is counted.
fn on() -> bool {
    HANDLE.get().is_some_and(Option::is_some)
}

/// A visit ended. `outcome` is a code of visits (`fetched`, `unchanged`, `gone`, `failed`, …); `bytes`
/// are those of the decoded payload.
pub fn visit(source: &str, outcome: &'static str, took: Duration, bytes: u64) {
    if !on() {
        return;
    }
    counter!(REQUESTS, "source" => source.to_owned(), "outcome" => outcome).increment(1);
    counter!(BYTES, "source" => source.to_owned()).increment(bytes);
    histogram!(FETCH, "source" => source.to_owned()).record(took.as_secs_f64());
}

/// What visits brought: observations not stored before, those that were, rejections.
pub fn offers(source: &str, new: u64, known: u64, rejected: u64) {
    if !on() {
        return;
    }
    for (result, n) in [("new", new), ("known", known), ("rejected", rejected)] {
        counter!(OFFERS, "source" => source.to_owned(), "result" => result).increment(n);
    }
}

/// Addresses of a source that wait.
pub fn waiting(source: &str, addresses: u64) {
    if on() {
        gauge!(WAITING, "source" => source.to_owned()).set(addresses as f64);
    }
}

/// Hosts of a source that workers have leased.
pub fn hosts_leased(source: &str, hosts: u64) {
    if on() {
        gauge!(LEASED, "source" => source.to_owned()).set(hosts as f64);
    }
}

/// Whether a source's crawl stopped at a wall. Say `false` when one begins.
pub fn wall(source: &str, met: bool) {
    if on() {
        gauge!(WALL, "source" => source.to_owned()).set(f64::from(u8::from(met)));
    }
}

/// Whether the layout drift alarm stands for a source, and how many alarms there are altogether.
pub fn alarms(source: &str, drift: bool, all: usize) {
    if on() {
        gauge!(DRIFT, "source" => source.to_owned()).set(f64::from(u8::from(drift)));
        gauge!(ALARMS, "source" => source.to_owned()).set(all as f64);
    }
}

/// When a crawl of a source that fetched a page ended last.
pub fn last_success(source: &str, at: chrono::DateTime<chrono::Utc>) {
    if on() {
        gauge!(SUCCESS, "source" => source.to_owned()).set(at.timestamp() as f64);
    }
}

/// What the files of an archive folder hold, by source: it is the part of their names before day and
/// number. A folder that is not there holds nothing.
pub fn archive_sizes(folder: &Path) {
    if !on() {
        return;
    }
    let mut sizes: BTreeMap<String, u64> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let mut parts = name.strip_suffix(".warc.gz").unwrap_or_default().rsplitn(3, '-');
        let (_, _, source) = (parts.next(), parts.next(), parts.next());
        if let (Some(source), Ok(about)) = (source, entry.metadata()) {
            *sizes.entry(source.to_owned()).or_default() += about.len();
        }
    }
    for (source, bytes) in sizes {
        counter!(ARCHIVE, "source" => source).absolute(bytes);
    }
}

/// `GET /metrics` alone, for a crawl that is watched.
pub fn routes() -> Router {
    Router::new().route("/metrics", get(page))
}

/// The page.
pub async fn page() -> Response {
    match exposition() {
        Some(handle) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], handle.render()).into_response(),
        None => (StatusCode::SERVICE_UNAVAILABLE, "nothing is counted in this process\n").into_response(),
    }
}

/// Counts a server's requests; a layer around its routes. Addresses without a route count as `other`,
/// as do methods beyond the usual.
pub async fn count_requests(request: Request, next: Next) -> Response {
    if !on() {
        return next.run(request).await;
    }
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    let method = match *request.method() {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    };
    let began = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_str().to_owned();
    counter!(HTTP, "route" => route.clone(), "method" => method, "status" => status).increment(1);
    histogram!(HTTP_TIME, "route" => route).record(began.elapsed().as_secs_f64());
    response
}

/// Keeps the memory of histograms bounded where nobody reads the page. Never ends.
pub async fn upkeep() {
    let Some(handle) = exposition() else { return std::future::pending().await };
    loop {
        tokio::time::sleep(UPKEEP).await;
        handle.run_upkeep();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// A sample: name, labels, value.
    type Sample = (String, BTreeMap<String, String>, f64);

    /// Reads the text format 0.0.4 as its specification says, and refuses what it does not allow:
    /// names, label syntax and escapes, numbers, one TYPE a family before its samples, families in one
    /// piece, histograms with rising classes that end in +Inf at the count.
    fn parsed(text: &str) -> Result<(BTreeMap<String, String>, Vec<Sample>), String> {
        assert!(text.is_empty() || text.ends_with('\n'), "the last line has an end");
        let mut types = BTreeMap::new();
        let mut samples: Vec<Sample> = Vec::new();
        let mut closed = BTreeSet::new();
        let mut family = String::new();
        for line in text.lines().filter(|l| !l.is_empty()) {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').ok_or(format!("no type: {line}"))?;
                if !["counter", "gauge", "histogram", "summary", "untyped"].contains(&kind) {
                    return Err(format!("unknown type: {line}"));
                }
                if types.insert(name.to_owned(), kind.to_owned()).is_some() {
                    return Err(format!("two types: {line}"));
                }
                if !closed.insert(name.to_owned()) {
                    return Err(format!("{name} is in two pieces"));
                }
                family = name.to_owned();
                continue;
            }
            if line.starts_with('#') {
                continue;
            }
            let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'));
            let (name, mut rest) = line.split_at(end.ok_or(format!("no value: {line}"))?);
            if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
                return Err(format!("not a name: {line}"));
            }
            let parts = ["", "_bucket", "_sum", "_count"].map(|end| format!("{family}{end}"));
            if !parts.iter().any(|part| part == name) {
                return Err(format!("{name} stands among the samples of '{family}'"));
            }
            let mut labels = BTreeMap::new();
            if let Some(inner) = rest.strip_prefix('{') {
                let mut at = 0;
                loop {
                    let equals = inner[at..].find("=\"").ok_or(format!("no label: {line}"))? + at;
                    let key = &inner[at..equals];
                    let (mut value, mut escaped, mut close) = (String::new(), false, None);
                    for (i, c) in inner[equals + 2..].char_indices() {
                        match (escaped, c) {
                            (true, 'n') => value.push('\n'),
                            (true, '\\' | '"') => value.push(c),
                            (true, _) => return Err(format!("unknown escape: {line}")),
                            (false, '\\') => {}
                            (false, '"') => {
                                close = Some(equals + 2 + i);
                                break;
                            }
                            (false, c) => value.push(c),
                        }
                        escaped = !escaped && c == '\\';
                    }
                    let close = close.ok_or(format!("label without end: {line}"))?;
                    if labels.insert(key.to_owned(), value).is_some() {
                        return Err(format!("one label twice: {line}"));
                    }
                    match inner.as_bytes().get(close + 1) {
                        Some(b',') => at = close + 2,
                        Some(b'}') => {
                            rest = &inner[close + 2..];
                            break;
                        }
                        _ => return Err(format!("labels without end: {line}")),
                    }
                }
            }
            let value = rest.trim().split(' ').next().unwrap_or_default();
            let value = match value {
                "+Inf" => f64::INFINITY,
                other => other.parse().map_err(|_| format!("not a number: {line}"))?,
            };
            if samples.iter().any(|(n, l, _)| n == name && *l == labels) {
                return Err(format!("one sample twice: {line}"));
            }
            samples.push((name.to_owned(), labels, value));
        }
        for (name, _) in types.iter().filter(|(_, kind)| *kind == "histogram") {
            histogram_holds(name, &samples)?;
        }
        Ok((types, samples))
    }

    fn histogram_holds(name: &str, samples: &[Sample]) -> Result<(), String> {
        let mut series: BTreeMap<BTreeMap<String, String>, Vec<(f64, f64)>> = BTreeMap::new();
        for (sample, labels, value) in samples {
            if *sample == format!("{name}_bucket") {
                let mut rest = labels.clone();
                let le = rest.remove("le").ok_or("a class without its end")?;
                let le = if le == "+Inf" { f64::INFINITY } else { le.parse().map_err(|_| le)? };
                series.entry(rest).or_default().push((le, *value));
            }
        }
        for (labels, classes) in series {
            let count = samples.iter().find(|(n, l, _)| *n == format!("{name}_count") && *l == labels);
            let rising = classes.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 <= w[1].1);
            let last = classes.last().ok_or("no class")?;
            if !rising || last.0 != f64::INFINITY || count.map(|c| c.2) != Some(last.1) {
                return Err(format!("the classes of {name} do not add up: {classes:?}"));
            }
        }
        Ok(())
    }

    #[test]
    fn the_checker_refuses_what_is_no_exposition() {
        for wrong in [
            "a 1\n",
            "# TYPE a counter\nb 1\n",
            "# TYPE a counter\na one\n",
            "# TYPE a counter\na{x=\"1\" 1\n",
            "# TYPE a counter\na{x=\"1\\t\"} 1\n",
            "# TYPE a counter\na 1\na 2\n",
            "# TYPE a thing\na 1\n",
            "# TYPE a counter\na 1\n# TYPE a counter\n",
            "# TYPE a histogram\na_bucket{le=\"1\"} 3\na_bucket{le=\"+Inf\"} 2\na_sum 1\na_count 2\n",
        ] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
        assert!(parsed("# TYPE a counter\na{x=\"1\\\"\",y=\"\\\\\"} 1\n").is_ok());
    }

    #[tokio::test]
    async fn everything_that_is_counted_stands_on_the_page_as_documented() {
        assert!(exposition().is_some());
        let source = "metrics-test";
        visit(source, "fetched", Duration::from_millis(40), 15_000);
        visit(source, "fetched", Duration::from_secs(3), 15_000);
        visit(source, "failed", Duration::from_secs(300), 0);
        offers(source, 7, 2, 1);
        waiting(source, 12);
        hosts_leased(source, 3);
        wall(source, true);
        alarms(source, true, 2);
        last_success(source, chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap());
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in [("20260901-00000", 4_000), ("20260902-00000", 96)] {
            let file = format!("{source}-{name}.warc.gz");
            std::fs::write(folder.path().join(file), vec![0; bytes]).unwrap();
        }
        std::fs::write(folder.path().join("notes.txt"), "x").unwrap();
        archive_sizes(folder.path());
        archive_sizes(&folder.path().join("not there"));
        let app = Router::new()
            .route("/one/{x}", get(async || "one"))
            .layer(axum::middleware::from_fn(count_requests))
            .merge(routes());
        use tower::ServiceExt;
        let asked = |address: &str, method: &str| {
            let request =
                axum::http::Request::builder().method(method).uri(address).body(axum::body::Body::empty());
            app.clone().oneshot(request.unwrap())
        };
        asked("/one/secret-17", "GET").await.unwrap();
        asked("/one/secret-18", "BREW").await.unwrap();
        let page = asked("/metrics", "GET").await.unwrap();
        assert_eq!(page.headers()["content-type"], CONTENT_TYPE);
        let body = axum::body::to_bytes(page.into_body(), 1 << 20).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        let (types, samples) = parsed(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));

        let value = |name: &str, labels: &[(&str, &str)]| {
            let found = samples.iter().find(|(n, l, _)| {
                n == name && labels.iter().all(|(k, v)| l.get(*k).is_some_and(|found| found == v))
            });
            found.unwrap_or_else(|| panic!("{name} {labels:?}\n{text}")).2
        };
        let of = ("source", source);
        assert_eq!(value(REQUESTS, &[of, ("outcome", "fetched")]), 2.0);
        assert_eq!(value(REQUESTS, &[of, ("outcome", "failed")]), 1.0);
        assert_eq!(value(BYTES, &[of]), 30_000.0);
        assert_eq!(value(&format!("{FETCH}_bucket"), &[of, ("le", "0.05")]), 1.0);
        assert_eq!(value(&format!("{FETCH}_bucket"), &[of, ("le", "5")]), 2.0);
        assert_eq!(value(&format!("{FETCH}_count"), &[of]), 3.0);
        for (result, n) in [("new", 7.0), ("known", 2.0), ("rejected", 1.0)] {
            assert_eq!(value(OFFERS, &[of, ("result", result)]), n);
        }
        for (name, n) in [(WAITING, 12.0), (LEASED, 3.0), (WALL, 1.0), (DRIFT, 1.0), (ALARMS, 2.0)] {
            assert_eq!(value(name, &[of]), n, "{name}");
        }
        assert_eq!(value(SUCCESS, &[of]), 1_700_000_000.0);
        assert_eq!(value(ARCHIVE, &[of]), 4_096.0);
        assert_eq!(value(HTTP, &[("route", "/one/{x}"), ("method", "GET"), ("status", "200")]), 1.0);
        assert_eq!(value(HTTP, &[("route", "/one/{x}"), ("method", "other"), ("status", "405")]), 1.0);
        assert!(!text.contains("secret"), "an address is no label");

        // The list is the page: every name with its type and labels, and no other.
        for (name, kind, labels, _) in METRICS {
            assert_eq!(types.get(*name).map(String::as_str), Some(*kind), "{name}");
            let found = samples.iter().filter(|(n, _, _)| n.starts_with(name));
            for (_, l, _) in found {
                let mut keys: Vec<&str> = l.keys().map(String::as_str).filter(|k| *k != "le").collect();
                let mut expected = labels.to_vec();
                keys.sort_unstable();
                expected.sort_unstable();
                assert_eq!(keys, expected, "{name}");
            }
        }
        assert_eq!(types.len(), METRICS.len(), "{types:?}");
        promtool_agrees(&text);
    }

    /// Prometheus's own judge, where it is installed.
    fn promtool_agrees(text: &str) {
        use std::io::Write;
        let spawned = std::process::Command::new("promtool")
            .args(["check", "metrics"])
            .stdin(std::process::Stdio::piped())
            .spawn();
        let Ok(mut judge) = spawned else { return };
        judge.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        assert!(judge.wait().unwrap().success());
    }
}
