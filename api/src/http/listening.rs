//! Connections: how many at once, how long a slow one is waited for, and the end of serving. What a
//! request means is not known here.
//!
//! A connection that never finishes its request, trickles it, or never reads the answer must not
//! hold a place for ever, nor hold up the end of the program.

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// How long connections are borne with.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at once; further ones wait until one ends.
    pub connections: usize,
    /// For the head of a request, from the first moment or from the answer before.
    pub head: Duration,
    /// For a whole connection, after which it may finish one request and is closed.
    pub life: Duration,
    /// For requests in hand when serving ends or a connection's life is over.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connections: 256,
            head: Duration::from_secs(15),
            life: Duration::from_secs(300),
            grace: Duration::from_secs(5),
        }
    }
}

/// Serves until `stop` is ready; requests in hand are finished within the grace.
///
/// Errors: none of a single connection. Those of accepting that concern the machine (no file
/// handles left) are waited out.
pub async fn listen(listener: TcpListener, router: Router, limits: Limits, stop: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let (ending, ended) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        let next = async {
            // The semaphore is never closed.
            let place = places.clone().acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = &mut stop => break,
            next = next => next,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, _)) => {
                connections.spawn(connection(stream, router.clone(), limits, ended.clone(), place));
            }
            Err(error) if of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "connections cannot be accepted");
                sleep(Duration::from_secs(1)).await;
            }
        }
    }
    drop(listener);
    // Without a receiver there is no connection left to tell.
    let _ = ending.send(true);
    let _ = timeout(limits.grace, async { while connections.join_next().await.is_some() {} }).await;
}

/// The other side went away before it was accepted.
fn of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn connection(
    stream: TcpStream,
    router: Router,
    limits: Limits,
    mut ended: watch::Receiver<bool>,
    _place: Option<OwnedSemaphorePermit>,
) {
    // An answer is written whole; waiting to fill a packet only delays it.
    let _ = stream.set_nodelay(true);
    let service = TowerToHyperService::new(router);
    let mut serving = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head)
            .serve_connection(TokioIo::new(stream), service)
    );
    // An error is the other side's, or the time limit on it: there is no one left to tell.
    tokio::select! {
        _ = serving.as_mut() => return,
        _ = ended.wait_for(|ended| *ended) => {}
        () = sleep(limits.life) => {}
    }
    serving.as_mut().graceful_shutdown();
    let _ = timeout(limits.grace, serving).await;
}
