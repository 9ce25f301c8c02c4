//! The HTTP side: six virtual hosts on one loopback listener, told apart by the `Host` header.
//! Not a place for pages: those are prepared in [`Market`].

use crate::{Market, MarketError, Reply};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// One request, as the market saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestSeen {
    /// Host asked for, without port.
    pub host: String,
    /// Path with query.
    pub path: String,
    /// Status answered.
    pub status: u16,
    /// Whether the request was conditional (`If-None-Match` or `If-Modified-Since`).
    pub conditional: bool,
    /// `User-Agent` sent.
    pub user_agent: String,
}

/// A market being served. Dropping it stops the server too, without waiting; better use
/// [`Running::shutdown`].
#[derive(Debug)]
pub struct Running {
    addr: SocketAddr,
    log: Arc<Mutex<Vec<RequestSeen>>>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    /// The address to connect to (`network.connect_to` of the source files).
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }
    /// Every request answered so far, in order of arrival.
    pub fn requests(&self) -> Vec<RequestSeen> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
    /// Stops taking connections. Connections that are open end with their clients or the runtime.
    pub async fn shutdown(self) {
        // A receiver that is gone means that the server has ended already.
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}

struct Served {
    market: Market,
    log: Arc<Mutex<Vec<RequestSeen>>>,
}

/// Serves the market on a loopback listener until [`Running::shutdown`].
pub async fn serve(market: Market, listener: TcpListener) -> Result<Running, MarketError> {
    let addr = listener.local_addr().map_err(|source| MarketError::NoAddress { source })?;
    if !addr.ip().is_loopback() {
        return Err(MarketError::NotLoopback { address: addr });
    }
    let log = Arc::new(Mutex::new(Vec::new()));
    let served = Arc::new(Served { market, log: Arc::clone(&log) });
    let app = Router::new().fallback(answer).with_state(served);
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(async move {
        tokio::select! {
            // Accept errors are retried inside axum; it ends only with its task.
            _ = axum::serve(listener, app).into_future() => {}
            _ = stopped => {}
        }
    });
    Ok(Running { addr, log, stop, task })
}

async fn answer(State(served): State<Arc<Served>>, request: Request) -> Response {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|h| h.to_str().ok())
        .or_else(|| request.uri().host())
        .unwrap_or_default()
        .split(':')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let path = request.uri().path_and_query().map_or("/", |p| p.as_str()).to_owned();
    let mut response = match served.market.reply(&host, &path) {
        Some(reply) => send(reply, request.headers(), served.market.day_start()),
        None => (
            StatusCode::NOT_FOUND,
            [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
            "<!doctype html><title>Not found</title><h1>404</h1><p>This page does not exist.</p>",
        )
            .into_response(),
    };
    // The market lives on its own day: with the server's clock in an answer, the same day would not
    // give the same archive.
    let noon = served.market.day_start() + Duration::from_secs(12 * 3600);
    if let Ok(date) = HeaderValue::from_str(&httpdate::fmt_http_date(noon)) {
        response.headers_mut().insert(header::DATE, date);
    }
    served.log.lock().unwrap_or_else(PoisonError::into_inner).push(RequestSeen {
        host,
        path,
        status: response.status().as_u16(),
        conditional: request.headers().contains_key(header::IF_NONE_MATCH)
            || request.headers().contains_key(header::IF_MODIFIED_SINCE),
        user_agent: request
            .headers()
            .get(header::USER_AGENT)
            .and_then(|h| h.to_str().ok())
            .unwrap_or_default()
            .to_owned(),
    });
    response
}

/// RFC 9110 section 13: `If-None-Match` prevails over `If-Modified-Since`.
fn send(reply: &Reply, asked: &HeaderMap, day_start: SystemTime) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut builder = Response::builder().header(header::CONTENT_TYPE, &reply.content_type);
    if let Some(location) = &reply.location {
        builder = builder.header(header::LOCATION, location);
    }
    let mut unchanged = false;
    if reply.validators {
        let etag = reply.etag();
        let modified = day_start + Duration::from_secs(u64::from(reply.modified_second));
        let text = |name| asked.get(name).and_then(|v| v.to_str().ok());
        unchanged = match (
            text(header::IF_NONE_MATCH),
            text(header::IF_MODIFIED_SINCE).and_then(|t| httpdate::parse_http_date(t).ok()),
        ) {
            (Some(tags), _) => {
                tags.split(',').any(|t| t.trim().trim_start_matches("W/") == etag || t.trim() == "*")
            }
            (None, Some(since)) => modified <= since,
            (None, None) => false,
        };
        builder = builder
            .header(header::ETAG, etag)
            .header(header::LAST_MODIFIED, httpdate::fmt_http_date(modified));
    }
    let built = if unchanged {
        builder.status(StatusCode::NOT_MODIFIED).body(axum::body::Body::empty())
    } else {
        builder.status(status).body(axum::body::Body::from(reply.body.clone()))
    };
    built.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}
