//! One request: no redirects followed, no proxy, time and size capped while the answer arrives,
//! gzip undone by ourselves so that what is counted is what would fill the memory. The payload's
//! digest is computed as it comes in. Not here: whether and when to ask (engine, host, robots).

use crate::CrawlError;
use crate::archive::Headers;
use crate::guard::{Guard, NotPublic};
use chrono::{DateTime, Utc};
use flate2::write::MultiGzDecoder;
use model::{Clock, ContentHash, Validators};
use reqwest::header::{self, HeaderMap, HeaderValue};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// All header lines of an answer together.
const MAX_HEADER_BYTES: usize = 64 * 1024;
/// Header lines of an answer.
const MAX_HEADERS: usize = 128;
/// How much of an error page is read: enough to see a captcha and to keep the connection.
const ERROR_BODY: u64 = 64 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) struct Fetcher {
    client: reqwest::Client,
    guard: Guard,
    clock: Arc<dyn Clock>,
    user_agent: String,
    language: Option<String>,
    timeout: Duration,
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
    pub(crate) request: Headers,
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
    pub(crate) fn new(
        guard: Guard,
        clock: Arc<dyn Clock>,
        user_agent: String,
        language: Option<String>,
        timeout: Duration,
        source_id: &str,
    ) -> Result<Fetcher, CrawlError> {
        let client_error = |reason: String| CrawlError::Client { source_id: source_id.to_owned(), reason };
        let agent = HeaderValue::from_str(&user_agent)
            .map_err(|_| client_error(format!("'{user_agent}' cannot be a user agent")))?;
        let client = reqwest::Client::builder()
            .user_agent(agent)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .http1_only()
            .http1_max_headers(MAX_HEADERS)
            .dns_resolver(Arc::new(guard.clone()))
            .timeout(timeout)
            .connect_timeout(timeout.min(CONNECT_TIMEOUT))
            .pool_max_idle_per_host(1)
            .tls_backend_preconfigured(tls().map_err(client_error)?)
            .build()
            .map_err(|error| client_error(innermost(&error)))?;
        Ok(Fetcher { client, guard, clock, user_agent, language, timeout })
    }

    pub(crate) fn guard(&self) -> &Guard {
        &self.guard
    }

    pub(crate) async fn get(&self, request: &Request<'_>) -> Result<Answer, Trouble> {
        if let Some(reason) = self.guard.refusal(request.url) {
            return Err(Trouble::Refused(reason));
        }
        let (sent, headers) = self.request_headers(request);
        let mut response = self
            .client
            .get(request.url.clone())
            .headers(headers)
            .send()
            .await
            .map_err(|error| self.trouble(&error))?;
        let remote = response.remote_addr().map(|address| address.ip());
        if let Some(ip) = remote
            && !self.guard.permits(ip)
        {
            return Err(Trouble::Refused(format!(
                "connected to {ip}, which is not an address of the public internet"
            )));
        }
        let status = response.status();
        let received = received_headers(response.headers());
        let size: usize = received.iter().map(|(n, v)| n.len() + v.len() + 4).sum();
        if size > MAX_HEADER_BYTES {
            return Err(Trouble::Page(format!(
                "the answer's header has {size} bytes, more than {MAX_HEADER_BYTES}"
            )));
        }
        let encoding = response
            .headers()
            .get(header::CONTENT_ENCODING)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase());
        let gzip = match encoding.as_deref().map(str::trim) {
            None | Some("" | "identity") => false,
            Some("gzip" | "x-gzip") => true,
            Some(_) if !status.is_success() => false,
            Some(other) => {
                return Err(Trouble::Page(format!(
                    "the server sent the content encoding '{other}', which was not asked for"
                )));
            }
        };
        // An error page is only glanced at, whatever its size.
        let (limit, cut) =
            if status.is_success() { (request.limit, request.cut) } else { (ERROR_BODY, true) };
        let announced = response.content_length();
        if !cut && announced.is_some_and(|length| length > limit) {
            return Err(Trouble::Page(too_large(limit)));
        }
        let capacity = announced.unwrap_or(0).min(limit).min(1 << 20) as usize;
        let mut payload = Payload::new(Sink::new(limit, capacity), gzip);
        loop {
            let chunk = match response.chunk().await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                Err(_) if !status.is_success() => break,
                Err(error) => return Err(self.trouble(&error)),
            };
            if let Err(error) = payload.write(&chunk) {
                match (payload.is_full(), cut) {
                    (true, true) => break,
                    (true, false) => return Err(Trouble::Page(too_large(limit))),
                    (false, true) if !status.is_success() => break,
                    (false, _) => {
                        return Err(Trouble::Page(format!("the answer's gzip encoding is broken: {error}")));
                    }
                }
            }
        }
        let (sink, broken) = payload.finish();
        if let Some(error) = broken
            && !sink.full
            && status.is_success()
        {
            return Err(Trouble::Host(format!("the answer's gzip encoding ends too early: {error}")));
        }
        Ok(Answer {
            status: status.as_u16(),
            reason: status.canonical_reason().unwrap_or(""),
            remote,
            request: sent,
            headers: received,
            payload_hash: ContentHash::from_bytes(sink.digest.finalize().into()),
            body: sink.bytes,
            fetched_at: self.clock.now(),
        })
    }

    /// The header lines as sent, for the archive, and those of them that reqwest does not add.
    fn request_headers(&self, request: &Request<'_>) -> (Headers, HeaderMap) {
        let host = match (request.url.host_str(), request.url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (host, _) => host.unwrap_or_default().to_owned(),
        };
        let mut map = HeaderMap::new();
        let mut sent = vec![("Host".to_owned(), host), ("User-Agent".to_owned(), self.user_agent.clone())];
        let mut add = |name: header::HeaderName, title: &str, value: &str| {
            if let Ok(header) = HeaderValue::from_str(value) {
                map.insert(name, header);
                sent.push((title.to_owned(), value.to_owned()));
            }
        };
        add(header::ACCEPT, "Accept", request.accept);
        add(header::ACCEPT_ENCODING, "Accept-Encoding", "gzip");
        if let Some(language) = &self.language {
            let value = format!("{language}, *;q=0.5");
            add(header::ACCEPT_LANGUAGE, "Accept-Language", &value);
        }
        if let Some(etag) = &request.validators.etag {
            add(header::IF_NONE_MATCH, "If-None-Match", etag);
        }
        if let Some(date) = &request.validators.last_modified {
            add(header::IF_MODIFIED_SINCE, "If-Modified-Since", date);
        }
        (sent, map)
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
        let reason = innermost(error);
        Trouble::Host(if error.is_timeout() {
            format!("no complete answer within {:?}", self.timeout)
        } else if error.is_connect() {
            format!("cannot connect: {reason}")
        } else {
            format!("the connection failed: {reason}")
        })
    }
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

fn received_headers(map: &HeaderMap) -> Headers {
    map.iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect()
}

/// TLS by ring, with the machine's own certificate authorities.
fn tls() -> Result<rustls::ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = || {
        rustls::ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())
    };
    let mut config = match rustls_platform_verifier::Verifier::new(provider.clone()) {
        Ok(verifier) => {
            builder()?.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()
        }
        Err(error) => {
            // Pages over http can still be had; each https page will say what is missing.
            tracing::warn!(%error, "no certificate authorities on this machine: https pages will fail until a package such as ca-certificates is installed");
            builder()?.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth()
        }
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// Where the decoded payload ends up: counted, hashed and kept as it arrives.
struct Sink {
    bytes: Vec<u8>,
    digest: Sha256,
    limit: u64,
    full: bool,
}

impl Sink {
    fn new(limit: u64, capacity: usize) -> Sink {
        Sink { bytes: Vec::with_capacity(capacity), digest: Sha256::new(), limit, full: false }
    }
}

impl Write for Sink {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        let room = self.limit - self.bytes.len() as u64;
        let fits = usize::try_from(room).map_or(data.len(), |room| room.min(data.len()));
        self.digest.update(&data[..fits]);
        self.bytes.extend_from_slice(&data[..fits]);
        if fits < data.len() {
            self.full = true;
            return Err(std::io::Error::other("the payload is above its limit"));
        }
        Ok(fits)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

enum Payload {
    Plain(Sink),
    /// The flag: whether anything arrived. An empty body is not broken gzip.
    Gzip(Box<MultiGzDecoder<Sink>>, bool),
}

impl Payload {
    fn new(sink: Sink, gzip: bool) -> Payload {
        if gzip { Payload::Gzip(Box::new(MultiGzDecoder::new(sink)), false) } else { Payload::Plain(sink) }
    }

    fn write(&mut self, chunk: &[u8]) -> std::io::Result<()> {
        match self {
            Payload::Plain(sink) => sink.write_all(chunk),
            Payload::Gzip(decoder, began) => {
                *began |= !chunk.is_empty();
                decoder.write_all(chunk)
            }
        }
    }

    fn is_full(&self) -> bool {
        match self {
            Payload::Plain(sink) => sink.full,
            Payload::Gzip(decoder, _) => decoder.get_ref().full,
        }
    }

    /// What arrived, and what is wrong with its end.
    fn finish(self) -> (Sink, Option<std::io::Error>) {
        match self {
            Payload::Plain(sink) => (sink, None),
            Payload::Gzip(mut decoder, began) => {
                let broken = if began { decoder.try_finish().err() } else { None };
                let limit = decoder.get_ref().limit;
                let sink = std::mem::replace(decoder.get_mut(), Sink::new(limit, 0));
                (sink, broken)
            }
        }
    }
}
