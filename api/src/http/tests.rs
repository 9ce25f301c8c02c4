//! The routes as a browser and a program meet them, over a checker made for it.

use super::*;
use crate::declared::FieldError;
use crate::pages::samples;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use model::{ContentHash, Currency, Snapshot};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tower::ServiceExt;

/// Answers garlic with a strong reason, whatever the price; reads lines as the real one does.
struct Fake(Option<ReferenceIndex>);

impl CheckService for Fake {
    fn check(&self, line: &LineInput, detail: Detail) -> Result<Verdict, LineErrors> {
        let declaration = line.parse(Some(self.today()))?;
        if declaration.hs.chapter().as_str() != "07" {
            return Err(LineErrors(vec![FieldError {
                field: "hs".to_owned(),
                message: "the fake knows vegetables only".to_owned(),
            }]));
        }
        let mut verdict = Verdict { declaration, ..samples::strong() };
        if let Detail::Nearest(most) = detail {
            verdict.comparators.truncate(most as usize);
        }
        Ok(verdict)
    }
    fn index(&self) -> Option<&ReferenceIndex> {
        self.0.as_ref()
    }
    fn today(&self) -> NaiveDate {
        "2026-09-30".parse().unwrap()
    }
    fn sources(&self) -> Vec<SourceNote> {
        samples::sources()
    }
}

fn site() -> Router {
    let snapshot = Snapshot {
        id: ContentHash::of(b"snapshot"),
        currency: Currency::EUR,
        comparables: Vec::new(),
        exclusions: Vec::new(),
        groups: Vec::new(),
    };
    router(Arc::new(Fake(Some(ReferenceIndex::of(&snapshot).unwrap()))))
}

async fn answer(router: Router, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
    let response = router.oneshot(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let body = to_bytes(response.into_body(), 10 << 20).await.unwrap();
    (status, headers, String::from_utf8(body.to_vec()).unwrap())
}

async fn get(router: Router, address: &str) -> (StatusCode, HeaderMap, String) {
    answer(router, Request::get(address).body(Body::empty()).unwrap()).await
}

async fn post(body: impl Into<Body>) -> (StatusCode, HeaderMap, String) {
    let request = Request::post("/v1/checks")
        .header("content-type", "application/json; charset=utf-8")
        .body(body.into())
        .unwrap();
    answer(site(), request).await
}

fn kind(headers: &HeaderMap) -> &str {
    headers["content-type"].to_str().unwrap()
}

const GARLIC: &str = "hs=0703.20&value=22000&currency=EUR&quantity=40000&unit=kg";

#[tokio::test]
async fn the_page_and_its_twins_say_the_same() {
    let (status, headers, page) = get(site(), &format!("/check?{GARLIC}")).await;
    assert_eq!((status, kind(&headers)), (StatusCode::OK, "text/html; charset=utf-8"));
    assert!(page.contains("Strong reason to ask"));
    assert!(
        page.contains("href=\"&#x2f;check.json?hs=0703.20&amp;value=22000")
            || page.contains("href=\"/check.json?hs=0703.20&amp;value=22000"),
        "{page}"
    );
    let (status, headers, body) = get(site(), &format!("/check.json?{GARLIC}")).await;
    assert_eq!((status, kind(&headers)), (StatusCode::OK, "application/json"));
    let verdict: Verdict = serde_json::from_str(&body).unwrap();
    let (_, headers, row) = get(site(), &format!("/check.csv?{GARLIC}")).await;
    assert_eq!(kind(&headers), "text/csv; charset=utf-8");
    assert_eq!(row.lines().count(), 2);
    assert!(row.contains(verdict.verdict.code()));
    let line = json!({"hs": "0703.20", "value": 22000, "currency": "EUR", "quantity": "40000", "unit": "kg"});
    let (status, _, posted) = post(line.to_string()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(posted, body);
}

#[tokio::test]
async fn a_form_sent_by_a_browser_gets_a_clean_address() {
    let (status, headers, _) = get(site(), &format!("/check?{GARLIC}&brand=&model=+")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_eq!(headers["location"], format!("/check?{GARLIC}").as_str());
}

#[tokio::test]
async fn a_wrong_line_comes_back_with_its_errors() {
    let (status, _, page) = get(site(), "/check?hs=0703&value=x&shop=1").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("1 field needs a correction") && page.contains("shop"));
    let (status, _, page) = get(site(), "/check?hs=0703&value=x").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("3 fields need a correction"), "{page}");
    let (status, headers, body) = get(site(), "/check.csv?hs=0703&value=x").await;
    assert_eq!((status, kind(&headers)), (StatusCode::UNPROCESSABLE_ENTITY, "application/problem+json"));
    assert!(body.contains("\"field\": \"currency\""));
}

#[tokio::test]
async fn problems_name_field_and_remedy() {
    let (status, headers, body) = post(r#"{"hs": "garlic", "currency": "EUR", "value": -5}"#).await;
    assert_eq!((status, kind(&headers)), (StatusCode::UNPROCESSABLE_ENTITY, "application/problem+json"));
    insta::assert_snapshot!(body, @r#"
        {
          "type": "about:blank",
          "title": "Unprocessable Entity",
          "status": 422,
          "detail": "2 fields of the line need a correction",
          "errors": [
            {
              "field": "hs",
              "message": "'garlic' is not an HS code of 2, 4 or 6 to 12 digits"
            },
            {
              "field": "value",
              "message": "'-5' is not above zero"
            }
          ]
        }
        "#);
    let (status, _, body) = post(r#"{"hs": "070320", "colour": "white"}"#).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(problem["errors"][0]["field"], "colour");
    let (status, _, body) = post("hs=070320").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    insta::assert_snapshot!(body, @r#"
        {
          "type": "about:blank",
          "title": "Bad Request",
          "status": 400,
          "detail": "the body is not JSON: expected value at line 1 column 1; send one declared line as a JSON object",
          "errors": []
        }
        "#);
    let (status, headers, _) = post(vec![b' '; BODY_LIMIT + 1]).await;
    assert_eq!((status, kind(&headers)), (StatusCode::PAYLOAD_TOO_LARGE, "application/problem+json"));
    let request = Request::post("/v1/checks").body(Body::from("{}")).unwrap();
    let (status, headers, _) = answer(site(), request).await;
    assert_eq!((status, kind(&headers)), (StatusCode::UNSUPPORTED_MEDIA_TYPE, "application/problem+json"));
    let (status, headers, _) = get(site(), "/v1/checks").await;
    assert_eq!((status, kind(&headers)), (StatusCode::METHOD_NOT_ALLOWED, "application/problem+json"));
    let (status, headers, _) = get(site(), "/v1/nothing").await;
    assert_eq!((status, kind(&headers)), (StatusCode::NOT_FOUND, "application/problem+json"));
    let (status, headers, _) = get(site(), "/nothing").await;
    assert_eq!((status, kind(&headers)), (StatusCode::NOT_FOUND, "text/html; charset=utf-8"));
}

#[tokio::test]
async fn without_a_snapshot_the_site_says_what_to_do() {
    let empty = || router(Arc::new(Fake(None)));
    for address in [&format!("/check?{GARLIC}"), "/observatory", "/observatory/070320"] {
        let (status, _, page) = get(empty(), address).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{address}");
        assert!(page.contains("touchstone snapshot build"));
    }
    for address in [
        &format!("/check.json?{GARLIC}"),
        "/observatory.json",
        "/observatory.csv",
        "/observatory/070320.json",
    ] {
        let (status, headers, _) = get(empty(), address).await;
        assert_eq!(
            (status, kind(&headers)),
            (StatusCode::SERVICE_UNAVAILABLE, "application/problem+json"),
            "{address}"
        );
    }
    let (status, _, body) = get(empty(), "/health").await;
    assert_eq!(status, StatusCode::OK);
    assert!(body.contains("\"snapshot\":null"));
    let (status, _, page) = get(empty(), "/").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("There is no reference snapshot yet"));
}

#[tokio::test]
async fn every_answer_is_guarded() {
    for address in
        ["/", "/check?hs=1", "/observatory", "/v1/openapi.json", "/style.css", "/nothing", "/health"]
    {
        let (_, headers, _) = get(site(), address).await;
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{address}");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert_eq!(headers["cache-control"], if address == "/style.css" { "no-cache" } else { "no-store" });
    }
}

#[tokio::test]
async fn the_observatory_has_its_twins() {
    let (status, _, page) = get(site(), "/observatory").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("Observatory of offer prices"));
    let (_, _, body) = get(site(), "/observatory.json").await;
    let data: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(data["as_of"], "2026-09-30");
    assert_eq!(data["sources"].as_array().unwrap().len(), 2);
    for address in
        ["/observatory/070320", "/observatory/0703", "/observatory/x%3Cy", "/observatory/070320.csv"]
    {
        let (status, _, _) = get(site(), address).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{address}");
    }
}

/// Strangers' bodies: each gets a short problem that says what to do, at once.
#[tokio::test]
async fn hostile_bodies_get_short_answers() {
    let many: String = (0..5_000).map(|i| format!("\"f{i}\":1,")).collect();
    let long = "9".repeat(60_000);
    for (body, status, words) in [
        (r#"{"hs":"070320","hs":"070310"}"#.to_owned(), 422, "is given twice"),
        (format!("{{{many}\"hs\":1}}"), 422, "f0"),
        (format!("{{\"hs\":\"070320\",\"currency\":\"EUR\",\"value\":\"{long}\"}}"), 422, "is not a number"),
        (format!("{{\"hs\":{}{}}}", "[".repeat(120), "]".repeat(120)), 422, "expected a text or a number"),
        ("[".repeat(60_000), 400, "not a JSON object"),
        (format!("{{\"hs\":{}", "[".repeat(60_000)), 400, "recursion limit"),
        (r#"{"hs":"070320","value":NaN}"#.to_owned(), 400, "not JSON"),
        (r#"{"hs":"070320","value":1e400}"#.to_owned(), 400, "out of range"),
        (r#"{"hs":"070320","export_date":"-262143-01-01"}"#.to_owned(), 422, "is not a date"),
    ] {
        let (found, headers, answer) = post(body).await;
        assert_eq!((found.as_u16(), kind(&headers)), (status, "application/problem+json"), "{answer}");
        assert!(answer.contains(words) && answer.len() < 8_000, "{} {words}: {answer:.300}", answer.len());
    }
    let (status, _, page) =
        get(site(), &format!("/check?{}", many.replace([':', '"'], "").replace(',', "=1&"))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.len() < 40_000, "{}", page.len());
}

#[tokio::test]
async fn a_packed_or_announced_huge_body_is_refused_before_it_is_read() {
    let send = |name: &'static str, value: &'static str| {
        let request = Request::post("/v1/checks")
            .header("content-type", "application/json")
            .header(name, value)
            // Reading this body would never end.
            .body(Body::from_stream(futures::stream::pending::<Result<String, std::io::Error>>()))
            .unwrap();
        answer(site(), request)
    };
    assert_eq!(send("content-encoding", "gzip").await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(send("content-length", "99999999999").await.0, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn bytes_that_are_no_text_are_told() {
    let (status, _, page) = get(site(), &format!("/check?{GARLIC}&description=caf%E9")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("is not UTF-8 text"));
    assert_eq!(get(site(), &format!("/check?{GARLIC}&description=caf%C3%A9")).await.0, StatusCode::OK);
    let (status, headers, _) = get(site(), "/observatory/%FF").await;
    assert_eq!((status, kind(&headers)), (StatusCode::NOT_FOUND, "text/html; charset=utf-8"));
}

/// Slow and silent connections lose their place, and the end of serving waits for none of them.
#[tokio::test]
async fn connections_are_borne_with_for_a_while() {
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let limits = Limits {
        connections: 2,
        head: Duration::from_millis(200),
        life: Duration::from_secs(600),
        grace: Duration::from_millis(50),
    };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(listen(listener, site(), limits, async {
        let _ = stopped.await;
    }));
    let connect = || async { TcpStream::connect(address).await.unwrap() };
    let mut slow = connect().await;
    slow.write_all(b"GET / HTTP/1.1\r\nHost").await.unwrap();
    let _silent = connect().await;
    // Both places are taken; this one waits until one is free again.
    let mut third = connect().await;
    third.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    third.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // The slow one was closed, with or without a word.
    let mut rest = Vec::new();
    let _ = slow.read_to_end(&mut rest).await;
    let mut hanging = connect().await;
    hanging
        .write_all(b"POST /v1/checks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{")
        .await
        .unwrap();
    stop.send(()).unwrap();
    serving.await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

/// Every documented address is served (not the fallback's 404), and the document's references lead
/// somewhere.
#[tokio::test]
async fn the_document_and_the_routes_agree() {
    let document = openapi_document();
    let paths = document["paths"].as_object().unwrap();
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().unwrap() {
            let address = path.replace("{hs6}", "070320");
            let request = Request::builder()
                .method(method.to_uppercase().as_str())
                .uri(&address)
                .body(Body::empty())
                .unwrap();
            let (status, _, body) = answer(site(), request).await;
            assert_ne!(status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            assert!(
                !body.contains("nothing at this address") && !body.contains("no page at this address"),
                "{method} {path}"
            );
            let documented = operation["responses"].as_object().unwrap();
            assert!(documented.contains_key(status.as_str()), "{method} {path} gave {status}");
        }
    }
    let served: BTreeSet<&str> = handlers::ADDRESSES.iter().copied().collect();
    let documented: BTreeSet<&str> = paths
        .keys()
        .map(|p| p.trim_end_matches(".json").trim_end_matches(".csv"))
        .map(|p| if p == "/v1/openapi" { "/v1/openapi.json" } else { p })
        .collect();
    let plain: BTreeSet<&str> =
        served
            .iter()
            .map(|p| {
                if *p == "/v1/openapi.json" {
                    p
                } else {
                    p.trim_end_matches(".json").trim_end_matches(".csv")
                }
            })
            .collect();
    assert_eq!(plain, documented);
    let text = document.to_string();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for reference in text.split("\"$ref\":\"").skip(1) {
        let name = reference.split('"').next().unwrap();
        let name = name.strip_prefix("#/components/schemas/").unwrap();
        assert!(schemas.contains_key(name), "{name} is not defined");
    }
}

#[test]
fn the_document_is_stable() {
    let document = openapi_document();
    assert_eq!(document, openapi_document());
    let mut lines = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let answers: Vec<&String> = operation["responses"].as_object().unwrap().keys().collect();
            lines.push(format!("{} {path}: {answers:?}", method.to_uppercase()).replace('"', ""));
        }
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
        POST /v1/checks: [200, 400, 408, 413, 415, 422, 503]
        GET /v1/openapi.json: [200]
        GET /health: [200]
        GET /metrics: [200]
        GET /: [200]
        GET /check: [200, 303, 422, 503]
        GET /check.json: [200, 422, 503]
        GET /check.csv: [200, 422, 503]
        GET /observatory: [200, 503]
        GET /observatory.json: [200, 503]
        GET /observatory.csv: [200, 503]
        GET /observatory/{hs6}: [200, 404, 503]
        GET /observatory/{hs6}.json: [200, 404, 503]
        GET /observatory/{hs6}.csv: [200, 404, 503]
        GET /observations/{id}: [200, 404, 503]
        GET /observations/{id}.json: [200, 404, 503]
        GET /style.css: [200]
        GET /v1/hs: [200, 422]
        GET /v1/hs/{code}: [200, 404]
        GET /hs: [200, 303, 422]
        GET /hs/{code}: [200, 404]
        "#);
    let schemas: Vec<&String> = document["components"]["schemas"].as_object().unwrap().keys().collect();
    insta::assert_snapshot!(format!("{schemas:?}").replace('"', ""), @"[LineInput, Verdict, VerdictCode, Declaration, HsCode, Gtin, Condition, CommercialLevel, Money, Currency, Quantity, Unit, Country, Transaction, PriceTerms, DeclaredPrice, RateUsed, ContentHash, Reference, Rung, Window, MixShare, Segment, CalibratedPrice, Signal, SignalCode, RungTried, Gate, Comparator, ArchiveRef, Interval, Matched, MatchedBy, LegalUse, ExcludedOffer, ExclusionReason, Made, Validation, FlagRate, Problem, FieldError, ReleasedCell, HsAnswer, HsHit, HsUnit, HsTranslation, HsShown, HsStep, HsChapter, HsSubheading, HsRule, HsSuccessor, Observatory, Health]");
    let fields: Vec<&String> =
        document["components"]["schemas"]["Verdict"]["properties"].as_object().unwrap().keys().collect();
    insta::assert_snapshot!(format!("{fields:?}").replace('"', ""), @"[version, verdict, sentence, caveat, declaration, declared, snapshot, parameters, reference, ratio, ratio_high, p_lower, p_upper, smallest_p, z, z_high, percentile, percentile_interval, calibrated, signals, ask, cures, rungs, comparators, excluded, excluded_counts, comparators_total, excluded_total, made]");
    insta::assert_snapshot!(serde_json::to_string(&document["components"]["schemas"]["LineInput"]["properties"]["value"]).unwrap(), @r#"{"type":["string","number","null"],"description":"Declared value of the whole line; or give `price`.","default":null}"#);
}

#[tokio::test]
async fn the_nomenclature_is_searched_without_a_snapshot() {
    let none = || router(Arc::new(Fake(None)));
    let (status, headers, body) =
        get(none(), "/v1/hs?q=%D0%BA%D1%80%D0%BE%D1%81%D1%81%D0%BE%D0%B2%D0%BA%D0%B8&most=3").await;
    assert_eq!((status, kind(&headers)), (StatusCode::OK, "application/json"));
    let found: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&found["query"], &found["language"]), (&json!("кроссовки"), &Value::Null));
    let hits = found["hits"].as_array().unwrap();
    assert!(!hits.is_empty() && hits.len() <= 3 && hits.iter().all(|hit| hit["language"] == "ru"), "{body}");
    assert!(hits[0]["heading"].as_str().unwrap().starts_with("64"), "{body}");
    let (status, _, body) = get(none(), "/v1/hs?q=zzzzqqqq").await;
    assert_eq!(
        (status, serde_json::from_str::<Value>(&body).unwrap()["hits"].clone()),
        (StatusCode::OK, json!([]))
    );
    for (query, field) in [
        ("", "q"),
        ("q=", "q"),
        ("q=a&lang=xx", "lang"),
        ("q=a&most=0", "most"),
        ("q=a&most=101", "most"),
        ("q=a&limit=3", "limit"),
    ] {
        let (status, headers, body) = get(none(), &format!("/v1/hs?{query}")).await;
        assert_eq!((status, kind(&headers)), (StatusCode::UNPROCESSABLE_ENTITY, "application/problem+json"));
        let problem: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(problem["errors"][0]["field"], field, "{body}");
    }
    let long = get(none(), &format!("/v1/hs?q={}", "a".repeat(201))).await;
    assert_eq!(long.0, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_code_is_shown_and_an_unknown_one_names_the_nearest() {
    let (status, _, body) = get(site(), "/v1/hs/8518.30").await;
    let shown: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &shown["code"]), (StatusCode::OK, &json!("851830")));
    assert_eq!(shown["path"][0]["level"], "section");
    assert!(
        shown["rules"].as_array().unwrap().len() > 1 && shown["subheadings"][0]["unit"]["standard"] == "H87"
    );
    for code in ["851712", "7700", "851830x", "1", "%FF"] {
        let (status, headers, body) = get(site(), &format!("/v1/hs/{code}")).await;
        assert_eq!((status, kind(&headers)), (StatusCode::NOT_FOUND, "application/problem+json"), "{body}");
        let (status, headers, _) = get(site(), &format!("/hs/{code}")).await;
        assert_eq!((status, kind(&headers)), (StatusCode::NOT_FOUND, "text/html; charset=utf-8"));
    }
    let (_, _, body) = get(site(), "/v1/hs/851712").await;
    assert!(body.contains("nearest: 8517.11") && body.contains("8517.13"), "{body}");
    // Whoever types a code comes to its page.
    let (status, headers, _) = get(site(), "/hs?q=8518.30").await;
    assert_eq!((status, headers["location"].to_str().unwrap()), (StatusCode::SEE_OTHER, "/hs/851830"));
    let (status, _, page) = get(site(), "/hs?q=%3Cscript%3E").await;
    assert!(status == StatusCode::OK && !page.contains("<script>"), "{page}");
    assert_eq!(get(site(), "/hs?lang=xx").await.0, StatusCode::UNPROCESSABLE_ENTITY);
}
