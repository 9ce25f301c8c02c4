//! Routes and handlers: each reads its request, asks the checker and answers in the form of its
//! address (page, `.json`, `.csv`).

use super::hs;
use super::observation::observation;
use super::problem::{NO_SNAPSHOT, Problem};
use super::request::{self, BadLine};
use super::{BODY_LIMIT, CheckService, Example, SourceNote, openapi};
use crate::assessed::AssessedLine;
use crate::declared::{FieldError, LineErrors, LineInput};
use crate::metrics;
use crate::pages::{self, ObservatoryData, PageError, ResultLinks};
use crate::results;
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{DefaultBodyLimit, FromRequest, Path, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use model::{ContentHash, HsCode, Verdict};
use serde::Serialize;
use statistics::Detail;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;

/// The observatory of the snapshot in use: drawn from all its offers, so made once.
type Kept = (ContentHash, Arc<ObservatoryData>);

/// How long the body of a request, some hundred bytes, is waited for.
const BODY_TIME: Duration = Duration::from_secs(15);

/// What every handler sees.
#[derive(Clone)]
pub(super) struct Site {
    pub(super) service: Arc<dyn CheckService>,
    examples: Arc<Vec<Example>>,
    observatory: Arc<Mutex<Option<Kept>>>,
    /// One calculation a core at once: more would only slow each other, and each takes a thread.
    calculating: Arc<Semaphore>,
}

impl Site {
    /// Runs a calculation off the threads that serve requests.
    pub(super) async fn calculate<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Site) -> T + Send + 'static,
    ) -> Result<T, tokio::task::JoinError> {
        // The semaphore is never closed; a caller that goes away while waiting costs nothing.
        let place = self.calculating.clone().acquire_owned().await.ok();
        let site = self.clone();
        tokio::task::spawn_blocking(move || {
            let _place = place;
            work(&site)
        })
        .await
    }
}

/// Every address that is served; a test holds the OpenAPI document to this list.
pub(super) const ADDRESSES: &[&str] = &[
    "/",
    "/check",
    "/check.json",
    "/check.csv",
    "/observatory",
    "/observatory.json",
    "/observatory.csv",
    // With `.json` or `.csv` behind the code: a path segment cannot be split by a pattern.
    "/observatory/{hs6}",
    // With `.json` behind the id.
    "/observations/{id}",
    "/hs",
    "/hs/{code}",
    "/v1/hs",
    "/v1/hs/{code}",
    "/v1/checks",
    "/v1/openapi.json",
    "/health",
    "/metrics",
    "/style.css",
];

fn handler(address: &str) -> MethodRouter<Site> {
    match address {
        "/" => get(form),
        "/check" => get(check_page),
        "/check.json" => get(check_json),
        "/check.csv" => get(check_csv),
        "/observatory" => get(observatory),
        "/observatory.json" => get(observatory_json),
        "/observatory.csv" => get(observatory_csv),
        "/observatory/{hs6}" => get(subheading),
        "/observations/{id}" => get(observation),
        "/hs" => get(hs::search_page),
        "/hs/{code}" => get(hs::code_page),
        "/v1/hs" => get(hs::search_api),
        "/v1/hs/{code}" => get(hs::code_api),
        "/v1/checks" => post(check_api),
        "/v1/openapi.json" => get(openapi_json),
        "/health" => get(health),
        "/metrics" => get(metrics::page),
        "/style.css" => get(style),
        // An address without a handler would be a hole in the list above.
        _ => get(not_found),
    }
}

pub(super) fn routes(service: Arc<dyn CheckService>, examples: Vec<Example>) -> Router {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let site = Site {
        service,
        examples: Arc::new(examples),
        observatory: Arc::default(),
        calculating: Arc::new(Semaphore::new(cores)),
    };
    ADDRESSES
        .iter()
        .fold(Router::new(), |router, address| router.route(address, handler(address)))
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn(secured))
        .layer(middleware::from_fn(metrics::count_requests))
        .with_state(site)
}

/// Nothing is loaded from elsewhere and nothing runs in the page; a click on an offer's link does
/// not tell the shop which line was being checked.
async fn secured(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    // A result names a declared line: no cache keeps it.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

pub(super) fn html(status: StatusCode, page: Result<String, PageError>) -> Response {
    match page {
        Ok(text) => (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response(),
        Err(error) => Problem::internal(&error).into_response(),
    }
}

pub(super) fn json(value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => Problem::internal(&error).into_response(),
    }
}

fn csv(body: Result<Vec<u8>, csv::Error>) -> Response {
    match body {
        Ok(body) => ([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], body).into_response(),
        Err(error) => Problem::internal(&error).into_response(),
    }
}

pub(super) fn no_snapshot_page() -> Response {
    html(StatusCode::SERVICE_UNAVAILABLE, pages::message_html("No reference yet", NO_SNAPSHOT, None))
}

/// What can stand between a line and its verdict.
enum Refused {
    Fields(LineErrors),
    Other(Problem),
}

impl Refused {
    fn into_problem(self) -> Problem {
        match self {
            Refused::Fields(errors) => Problem::fields(errors),
            Refused::Other(problem) => problem,
        }
    }
}

/// Holds the line to the reference, off the threads that serve requests: a large group takes a
/// while to calculate.
async fn verdict(site: &Site, line: LineInput, detail: Detail) -> Result<Verdict, Refused> {
    let checked = site
        .calculate(move |site| {
            if site.service.snapshot().is_none() {
                return Err(Refused::Other(Problem::no_snapshot()));
            }
            site.service.check(&line, detail).map_err(Refused::Fields)
        })
        .await;
    match checked {
        Ok(result) => result,
        Err(error) => Err(Refused::Other(Problem::internal(&error))),
    }
}

/// The line of a query, its verdict, and how many offers it asks to list.
async fn queried(site: &Site, query: &str, page: bool) -> (LineInput, Detail, Result<Verdict, Refused>) {
    let (listed, query) = request::listed_in(query);
    let (line, mut errors) = request::line_from_query(&query);
    let listed = listed.unwrap_or_else(|error| {
        errors.push(error);
        Detail::Full
    });
    if !errors.is_empty() {
        return (line, listed, Err(Refused::Fields(LineErrors(errors))));
    }
    // A page draws all offers used, and lists as many as were asked for.
    let detail = if page { Detail::Full } else { listed };
    let result = verdict(site, line.clone(), detail).await;
    (line, listed, result)
}

fn form_page(site: &Site, status: StatusCode, line: &LineInput, errors: Option<&LineErrors>) -> Response {
    let service = &site.service;
    let page = pages::form_html(line, errors, &site.examples, service.snapshot(), service.today());
    html(status, page)
}

async fn form(State(site): State<Site>, RawQuery(query): RawQuery) -> Response {
    let (line, _) = request::line_from_query(&query.unwrap_or_default());
    form_page(&site, StatusCode::OK, &line, None)
}

async fn check_page(State(site): State<Site>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    if request::has_empty_fields(&query) {
        // The address is what people bookmark and print: only what was stated stands in it.
        let clean = format!("/check?{}", request::without_empty_fields(&query));
        return match HeaderValue::from_str(&clean) {
            Ok(place) => (StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response(),
            Err(error) => Problem::internal(&error).into_response(),
        };
    }
    let (line, listed, result) = queried(&site, &query, true).await;
    match result {
        Ok(mut verdict) => {
            if let (Detail::Nearest(most), Some(made)) = (listed, &mut verdict.made) {
                made.comparators = Some(most);
            }
            let query = pages::query(&line);
            let links = ResultLinks {
                edit: format!("/?{query}"),
                all: format!("/check?{query}&comparators=all"),
                json: format!("/check.json?{query}"),
                csv: format!("/check.csv?{query}"),
            };
            let page = pages::result_html(&verdict, Some(links), &site.service.sources());
            html(StatusCode::OK, page)
        }
        Err(Refused::Fields(errors)) => {
            form_page(&site, StatusCode::UNPROCESSABLE_ENTITY, &line, Some(&errors))
        }
        Err(Refused::Other(problem)) if problem.status == 503 => no_snapshot_page(),
        Err(Refused::Other(problem)) => problem.into_response(),
    }
}

async fn check_json(State(site): State<Site>, RawQuery(query): RawQuery) -> Response {
    match queried(&site, &query.unwrap_or_default(), false).await.2 {
        Ok(verdict) => json(&verdict),
        Err(refused) => refused.into_problem().into_response(),
    }
}

async fn check_csv(State(site): State<Site>, RawQuery(query): RawQuery) -> Response {
    let (input, _, result) = queried(&site, &query.unwrap_or_default(), false).await;
    match result {
        Ok(verdict) => {
            let stated = verdict.made.as_ref().and_then(|made| made.validation.as_ref());
            let cleared_flag_rate = stated.and_then(crate::validation::rate);
            let line = AssessedLine { number: 1, input, result: Ok(verdict), cleared_flag_rate };
            let mut body = Vec::new();
            csv(results::write_csv(&mut body, [&line]).map(|()| body))
        }
        Err(refused) => refused.into_problem().into_response(),
    }
}

async fn check_api(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let (listed, rest) = request::listed_in(&query.unwrap_or_default());
    let detail = match listed {
        Ok(detail) => detail,
        Err(error) => return Problem::fields(LineErrors(vec![error])).into_response(),
    };
    if let Some((name, _)) = url::form_urlencoded::parse(rest.as_bytes()).next() {
        let message = "is no parameter here: the line is the body, the only parameter is comparators";
        let error = FieldError { field: name.into_owned(), message: message.to_owned() };
        return Problem::fields(LineErrors(vec![error])).into_response();
    }
    let header = |name| headers.get(name).and_then(|v| v.to_str().ok()).map(str::trim);
    let announced =
        header(header::CONTENT_TYPE).map(|v| v.split(';').next().unwrap_or_default().trim().to_lowercase());
    if announced.as_deref() != Some("application/json") {
        return Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send the line as application/json")
            .into_response();
    }
    if header(header::CONTENT_ENCODING).is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")) {
        return Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send the line as it is, not packed")
            .into_response();
    }
    let body = match body_of(request, header(header::CONTENT_LENGTH)).await {
        Ok(body) => body,
        Err(problem) => return problem.into_response(),
    };
    let line = match request::line_from_json(&body) {
        Ok(line) => line,
        Err(BadLine::Syntax(detail)) => {
            return Problem::new(StatusCode::BAD_REQUEST, detail).into_response();
        }
        Err(BadLine::Fields(errors)) => return Problem::fields(errors).into_response(),
    };
    match verdict(&site, line, detail).await {
        Ok(verdict) => json(&verdict),
        Err(refused) => refused.into_problem().into_response(),
    }
}

/// The body within its limits: of size, at once where the length is announced, and of time.
async fn body_of(request: Request, announced: Option<&str>) -> Result<Bytes, Problem> {
    let too_large = || {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body is larger than {BODY_LIMIT} bytes: send one line at a time, or assess a file"),
        )
    };
    if announced.is_some_and(|length| length.parse().is_ok_and(|n: u64| n > BODY_LIMIT as u64)) {
        return Err(too_large());
    }
    match tokio::time::timeout(BODY_TIME, Bytes::from_request(request, &())).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(too_large()),
        Ok(Err(rejection)) => Err(Problem::new(rejection.status(), rejection.body_text())),
        Err(_) => Err(Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            format!("the body did not arrive within {} s", BODY_TIME.as_secs()),
        )),
    }
}

/// The released figures of the snapshot in use.
async fn released(site: &Site) -> Option<Arc<ObservatoryData>> {
    let made = site
        .calculate(|site| {
            let index = site.service.index()?;
            let snapshot = index.snapshot();
            let mut kept = match site.observatory.lock() {
                Ok(kept) => kept,
                // What a panicking thread left is only a cache.
                Err(poisoned) => poisoned.into_inner(),
            };
            if let Some((id, data)) = kept.as_ref()
                && *id == snapshot.id
                && data.as_of == site.service.today()
            {
                return Some(data.clone());
            }
            let sources: Vec<SourceNote> = site.service.sources();
            let data = Arc::new(ObservatoryData::of(index, &sources, site.service.today()));
            *kept = Some((snapshot.id, data.clone()));
            Some(data)
        })
        .await;
    made.unwrap_or_else(|error| {
        tracing::error!(%error, "the observatory could not be made");
        None
    })
}

async fn observatory(State(site): State<Site>) -> Response {
    match released(&site).await {
        Some(data) => html(StatusCode::OK, pages::observatory_page(&data)),
        None => no_snapshot_page(),
    }
}

async fn observatory_json(State(site): State<Site>) -> Response {
    match released(&site).await {
        Some(data) => json(&*data),
        None => Problem::no_snapshot().into_response(),
    }
}

async fn observatory_csv(State(site): State<Site>) -> Response {
    match released(&site).await {
        Some(data) => csv(data.csv()),
        None => Problem::no_snapshot().into_response(),
    }
}

async fn subheading(State(site): State<Site>, code: Result<Path<String>, PathRejection>) -> Response {
    // Bytes that are no text are no code either.
    let code = code.map_or_else(|_| String::new(), |Path(code)| code);
    let (text, twin) = match code.rsplit_once('.') {
        Some((text, twin @ ("json" | "csv"))) => (text, Some(twin)),
        _ => (code.as_str(), None),
    };
    let Some(data) = released(&site).await else {
        return match twin {
            Some(_) => Problem::no_snapshot().into_response(),
            None => no_snapshot_page(),
        };
    };
    let parsed = HsCode::parse(text).ok().filter(|hs| hs.level() == 6);
    let Some((hs6, data)) = parsed.and_then(|hs| Some((hs, data.only(hs)?))) else {
        let shown: String = text.chars().take(20).collect();
        let sentence = format!("The snapshot has no group of offers under '{shown}'.");
        return match twin {
            Some(_) => Problem::new(StatusCode::NOT_FOUND, sentence).into_response(),
            None => html(
                StatusCode::NOT_FOUND,
                pages::message_html(
                    "No such subheading here",
                    &sentence,
                    Some("The observatory lists those that have one."),
                ),
            ),
        };
    };
    match twin {
        Some("json") => json(&data),
        Some(_) => csv(data.csv()),
        None => html(StatusCode::OK, pages::group_html(&data, hs6)),
    }
}

async fn openapi_json() -> Response {
    json(&openapi::document())
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
    version: &'static str,
    snapshot: Option<ContentHash>,
}

async fn health(State(site): State<Site>) -> Response {
    json(&Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
        snapshot: site.service.snapshot().map(|s| s.id),
    })
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], pages::STYLE)
        .into_response()
}

/// Programs get a problem document, people a page.
fn wants_json(uri: &Uri) -> bool {
    uri.path().starts_with("/v1/") || uri.path().ends_with(".json") || uri.path().ends_with(".csv")
}

async fn not_found(uri: Uri) -> Response {
    if wants_json(&uri) {
        return Problem::new(
            StatusCode::NOT_FOUND,
            "there is nothing at this address; /v1/openapi.json lists what there is",
        )
        .into_response();
    }
    html(
        StatusCode::NOT_FOUND,
        pages::message_html("Nothing here", "There is no page at this address.", None),
    )
}

async fn wrong_method(method: Method, uri: Uri) -> Response {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        format!("{method} is not answered at {}; /v1/openapi.json lists what is", uri.path()),
    )
    .into_response()
}
