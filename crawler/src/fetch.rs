//! One request: no redirects followed, no proxy, time and size capped while the answer arrives,
//! gzip undone by ourselves so that what is counted is what would fill the memory. Cookies and the
//! key of an API are added here, and withheld from what is recorded of the exchange.
//!
//! Limits: 10 s to connect (or the source's `pace.timeout_seconds`, where that is shorter), which
//! also bounds the whole exchange; 15 s of silence and a rate of 256 bytes a second within a body; 64
//! KiB and 128 lines of header (hyper reads no more than 400 KiB of one); `budget.page_bytes` of
//! decoded body, no more of it received, and no more than 200 times what is received; 64 KiB of an
//! error page. Informational answers (1xx) are bounded by time alone.
//!
//! Not here: whether and when to ask (engine, host, robots), the body itself (payload).

use crate::CrawlError;
use crate::archive::Headers;
use crate::cookies::{self, Cookies};
use crate::guard::{Guard, NotPublic};
use crate::payload::{self, Payload, Stop};
use crate::secret::{Secret, WITHHELD};
use crate::tls;
use chrono::{DateTime, Utc};
use model::{Clock, ContentHash, Source, Validators};
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// All header lines of an answer together.
const MAX_HEADER_BYTES: usize = 64 * 1024;
/// Header lines of an answer.
const MAX_HEADERS: usize = 128;
/// How much of an error page is read: enough to see a captcha and to keep the connection.
const ERROR_BODY: u64 = 64 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Time between two pieces of a body.
const LONGEST_SILENCE: Duration = Duration::from_secs(15);

pub(crate) struct Fetcher {
    client: reqwest::Client,
    guard: Guard,
    clock: Arc<dyn Clock>,
    timeout: Duration,
    /// Header lines that are the same for each request, for the archive.
    usual: Headers,
    cookies: Option<Cookies>,
    secret: Option<Secret>,
}

/// What is asked for.
pub(crate) struct Request<'a> {
    pub(crate) url: &'a Url,
    pub(crate) accept: &'static str,
    pub(crate) validators: &'a Validators,
    /// Bytes of the decoded payload.
    pub(crate) limit: u64,
    /// Whether a payload above the limit is cut there; else it is a failure.
    pub(crate) cut: bool,
}

/// An answer, with the payload decoded and hashed.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) reason: &'static str,
    pub(crate) remote: Option<IpAddr>,
    /// As sent, for the archive; without cookies and keys.
    pub(crate) request: Headers,
    /// As received; without the values of cookies that are kept, and without the key where a server
    /// sends it back.
    pub(crate) headers: Headers,
    pub(crate) body: Vec<u8>,
    pub(crate) payload_hash: ContentHash,
    pub(crate) fetched_at: DateTime<Utc>,
}

impl Answer {
    pub(crate) fn header(&self, name: &'static str) -> Option<&str> {
        self.headers(name).next()
    }

    /// Every line of a header that may come several times.
    pub(crate) fn headers(&self, name: &'static str) -> impl Iterator<Item = &str> {
        let lines = self.headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name));
        lines.map(|(_, value)| value.as_str())
    }

    /// Seconds or a date (RFC 9110 section 10.2.3). A date is read against the server's own
    /// `Date`, so that a wrong clock here or there does not matter.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let value = self.header("retry-after")?.trim();
        if let Ok(seconds) = value.parse::<u64>() {
            return Some(Duration::from_secs(seconds));
        }
        let until = httpdate::parse_http_date(value).ok()?;
        let now = self
            .header("date")
            .and_then(|date| httpdate::parse_http_date(date).ok())
            .unwrap_or_else(|| self.fetched_at.into());
        Some(until.duration_since(now).unwrap_or_default())
    }

    pub(crate) fn validators(&self) -> Validators {
        Validators {
            etag: self.header("etag").map(str::to_owned),
            last_modified: self.header("last-modified").map(str::to_owned),
        }
    }
}

/// No usable answer.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Nothing was sent, or must not have been.
    Refused(String),
    /// The host did not answer as a host should: it is given a pause.
    Host(String),
    /// The answer itself is of no use, now and later.
    Page(String),
}

impl Fetcher {
    /// For a source, whose guard this is. `secret` is the key of its API.
    ///
    /// # Errors
    /// [`CrawlError::Client`]: a user agent or a language that cannot stand in a header.
    pub(crate) fn new(
        guard: Guard,
        clock: Arc<dyn Clock>,
        user_agent: String,
        source: &Source,
        secret: Option<Secret>,
    ) -> Result<Fetcher, CrawlError> {
        let tls = tls::config().map_err(|reason| client_error(source, reason))?;
        Fetcher::with_tls(guard, clock, user_agent, source, secret, tls)
    }

    /// The same with other authorities: the seam for tests.
    pub(crate) fn with_tls(
        guard: Guard,
        clock: Arc<dyn Clock>,
        user_agent: String,
        source: &Source,
        secret: Option<Secret>,
        tls: rustls::ClientConfig,
    ) -> Result<Fetcher, CrawlError> {
        let timeout = Duration::try_from_secs_f64(source.pace.timeout_seconds)
            .map_err(|error| client_error(source, format!("pace.timeout_seconds: {error}")))?;
        let mut lines = vec![("User-Agent", user_agent), ("Accept-Encoding", "gzip".to_owned())];
        if let Some(language) = &source.language {
            lines.push(("Accept-Language", format!("{language}, *;q=0.5")));
        }
        let mut always = HeaderMap::new();
        for (name, value) in &lines {
            let cannot = |_| client_error(source, format!("'{value}' cannot stand in the header {name}"));
            let value = HeaderValue::from_str(value).map_err(cannot)?;
            if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
                always.insert(name, value);
            }
        }
        let client = reqwest::Client::builder()
            .default_headers(always)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .http1_only()
            .http1_max_headers(MAX_HEADERS)
            .dns_resolver(Arc::new(guard.clone()))
            .timeout(timeout)
            .connect_timeout(timeout.min(CONNECT_TIMEOUT))
            .pool_max_idle_per_host(source.pace.concurrency.max(1) as usize)
            .tls_backend_preconfigured(tls)
            .build()
            .map_err(|error| client_error(source, innermost(&error)))?;
        Ok(Fetcher {
            client,
            guard,
            clock,
            timeout,
            usual: lines.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            cookies: source.cookies.then(Cookies::default),
            secret,
        })
    }

    pub(crate) fn guard(&self) -> &Guard {
        &self.guard
    }

    pub(crate) async fn get(&self, request: &Request<'_>) -> Result<Answer, Trouble> {
        if let Some(reason) = self.guard.refusal(request.url) {
            return Err(Trouble::Refused(reason));
        }
        let secret = self.secret_for(request.url)?;
        let (sent, question) = self.question(request, secret);
        let mut response = self.client.execute(question).await.map_err(|error| self.trouble(&error))?;
        let remote = response.remote_addr().map(|address| address.ip());
        if let Some(ip) = remote
            && !self.guard.permits(ip)
        {
            return Err(Trouble::Refused(format!(
                "connected to {ip}, which is not an address of the public internet"
            )));
        }
        let status = response.status();
        let headers = self.received(request.url, response.headers(), secret)?;
        let gzip = match encoding(response.headers()) {
            Ok(gzip) => gzip,
            Err(_) if !status.is_success() => false,
            Err(reason) => return Err(Trouble::Page(reason)),
        };
        // An error page is only glanced at, whatever its size.
        let (limit, cut) =
            if status.is_success() { (request.limit, request.cut) } else { (ERROR_BODY, true) };
        let announced = response.content_length();
        if !cut && announced.is_some_and(|length| length > limit) {
            return Err(Trouble::Page(too_large(limit)));
        }
        let mut payload = Payload::new(limit, announced, gzip);
        let began = Instant::now();
        loop {
            let chunk = match tokio::time::timeout(LONGEST_SILENCE, response.chunk()).await {
                Ok(Ok(Some(chunk))) => chunk,
                Ok(Ok(None)) => break,
                _ if !status.is_success() => break,
                Ok(Err(error)) => return Err(self.trouble(&error)),
                Err(_) => {
                    let reason = format!("the answer stops: nothing came within {LONGEST_SILENCE:?}");
                    return Err(Trouble::Host(reason));
                }
            };
            match payload.take(&chunk) {
                Ok(()) if payload.is_too_slow(began.elapsed()) => {
                    return Err(Trouble::Host(payload::too_slow()));
                }
                Ok(()) => {}
                Err(Stop::Complete) => break,
                Err(Stop::Full) if cut => break,
                Err(_) if !status.is_success() => break,
                Err(Stop::Full) => return Err(Trouble::Page(too_large(limit))),
                Err(Stop::Bomb) => return Err(Trouble::Page(payload::bomb())),
                Err(Stop::Broken(reason)) => return Err(Trouble::Page(broken(&reason))),
            }
        }
        let received = payload.finish();
        if status.is_success() {
            if let Some(reason) = &received.broken {
                return Err(Trouble::Page(broken(reason)));
            }
            if received.cut_off {
                return Err(Trouble::Host("the answer's gzip encoding ends too early".to_owned()));
            }
        }
        Ok(Answer {
            status: status.as_u16(),
            reason: status.canonical_reason().unwrap_or(""),
            remote,
            request: sent,
            headers,
            payload_hash: received.hash,
            body: received.bytes,
            fetched_at: self.clock.now(),
        })
    }

    /// The key, where it is to be sent: to the source's own hosts, not with robots.txt, never over
    /// a connection that others can read.
    fn secret_for(&self, url: &Url) -> Result<Option<&Secret>, Trouble> {
        let Some(secret) = &self.secret else {
            return Ok(None);
        };
        if url.path() == "/robots.txt" || !self.guard.serves(url.host_str().unwrap_or_default()) {
            return Ok(None);
        }
        if url.scheme() != "https" && !self.guard.is_for_tests() {
            let reason = "the key of the API is only sent over https: write the address with https";
            return Err(Trouble::Refused(reason.to_owned()));
        }
        Ok(Some(secret))
    }

    /// The request, and its header lines as the archive shows them.
    fn question(&self, request: &Request<'_>, secret: Option<&Secret>) -> (Headers, reqwest::Request) {
        let url =
            secret.and_then(|secret| secret.address(request.url)).unwrap_or_else(|| request.url.clone());
        let host = match (request.url.host_str(), request.url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (host, _) => host.unwrap_or_default().to_owned(),
        };
        let mut question = reqwest::Request::new(reqwest::Method::GET, url);
        let map = question.headers_mut();
        let mut sent = Vec::with_capacity(self.usual.len() + 6);
        sent.push(("Host".to_owned(), host));
        sent.extend_from_slice(&self.usual);
        map.insert(header::ACCEPT, HeaderValue::from_static(request.accept));
        sent.push(("Accept".to_owned(), request.accept.to_owned()));
        let known = [
            (header::IF_NONE_MATCH, "If-None-Match", &request.validators.etag),
            (header::IF_MODIFIED_SINCE, "If-Modified-Since", &request.validators.last_modified),
        ];
        for (name, title, value) in known {
            if let Some(text) = value
                && let Ok(value) = HeaderValue::from_str(text)
            {
                map.insert(name, value);
                sent.push((title.to_owned(), text.clone()));
            }
        }
        if let Some(cookies) = &self.cookies
            && let Some(line) = cookies.header(request.url, self.clock.now())
            && let Ok(mut value) = HeaderValue::from_str(&line)
        {
            value.set_sensitive(true);
            map.insert(header::COOKIE, value);
            sent.push(("Cookie".to_owned(), WITHHELD.to_owned()));
        }
        if let Some((name, value)) = secret.and_then(Secret::header) {
            map.insert(name.clone(), value.clone());
            sent.push((name.as_str().to_owned(), WITHHELD.to_owned()));
        }
        (sent, question)
    }

    /// The header lines of an answer as they may be kept; its cookies are taken.
    fn received(&self, url: &Url, map: &HeaderMap, secret: Option<&Secret>) -> Result<Headers, Trouble> {
        let size: usize = map.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        if size > MAX_HEADER_BYTES {
            let reason = format!("the answer's header has {size} bytes, more than {MAX_HEADER_BYTES}");
            return Err(Trouble::Page(reason));
        }
        if let Some(cookies) = &self.cookies
            && self.guard.serves(url.host_str().unwrap_or_default())
        {
            let lines = map.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
            cookies.take(url, lines, self.clock.now());
        }
        let line = |(name, value): (&HeaderName, &HeaderValue)| {
            let mut value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            if self.cookies.is_some() && name == header::SET_COOKIE {
                value = cookies::withheld(&value);
            }
            if let Some(secret) = secret {
                value = secret.withheld_from(value);
            }
            (name.as_str().to_owned(), value)
        };
        Ok(map.iter().map(line).collect())
    }

    fn trouble(&self, error: &reqwest::Error) -> Trouble {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(at) = cause {
            if let Some(NotPublic(reason)) = at.downcast_ref() {
                return Trouble::Refused(reason.clone());
            }
            cause = at.source();
        }
        // The address stands in the outcome already and may hold a key: the cause is enough.
        Trouble::Host(if error.is_timeout() {
            format!("no complete answer within {:?}", self.timeout)
        } else if let Some(objection) = tls::objection(error) {
            objection
        } else if error.is_connect() {
            format!("cannot connect: {}", innermost(error))
        } else {
            format!("the connection failed: {}", innermost(error))
        })
    }
}

/// Whether the body is compressed with gzip; an error is what was not asked for.
fn encoding(headers: &HeaderMap) -> Result<bool, String> {
    let listed = |name: HeaderName| {
        headers
            .get_all(name)
            .iter()
            .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
            .map(|word| String::from_utf8_lossy(word).trim().to_ascii_lowercase())
            .filter(|word| !matches!(word.as_str(), "" | "identity"))
    };
    if let Some(other) = listed(header::TRANSFER_ENCODING).find(|word| word != "chunked") {
        return Err(format!("the server sent the transfer encoding '{other}', which was not asked for"));
    }
    let mut gzip = false;
    for word in listed(header::CONTENT_ENCODING) {
        match word.as_str() {
            "gzip" | "x-gzip" if !gzip => gzip = true,
            "gzip" | "x-gzip" => {
                return Err("the server sent a content encoding within another: gzip, gzip".to_owned());
            }
            other => {
                return Err(format!(
                    "the server sent the content encoding '{other}', which was not asked for"
                ));
            }
        }
    }
    Ok(gzip)
}

fn client_error(source: &Source, reason: String) -> CrawlError {
    CrawlError::Client { source_id: source.id.clone(), reason }
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(next) = deepest.source() {
        deepest = next;
    }
    deepest.to_string()
}

fn too_large(limit: u64) -> String {
    format!("the page is larger than {limit} bytes (budget.page_bytes of the source file)")
}

fn broken(reason: &str) -> String {
    format!("the answer's gzip encoding is broken: {reason}")
}
