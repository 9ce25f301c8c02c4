//! Being watched: the counts for Prometheus beside a crawl, and the health of sources beside the
//! server, read anew now and then. What is counted is `crate::metrics`'s business.

use crate::failure::Failure;
use crate::health;
use crate::http::{self, Limits};
use crate::metrics;
use crate::settings::Settings;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// How often a crawl's hosts and archive are looked at.
const CRAWL_LOOK: Duration = Duration::from_secs(15);
/// How often the health of all sources is read: it counts rows of the whole database.
const HEALTH_LOOK: Duration = Duration::from_secs(120);

/// Tasks that end when this is dropped.
pub struct Watched(Vec<JoinHandle<()>>);

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

/// An address to serve counts on: a bare port is one of this machine alone.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    match text.parse::<u16>() {
        Ok(port) => Ok(SocketAddr::from(([127, 0, 0, 1], port))),
        Err(_) => {
            text.parse().map_err(|_| "give a port, or an address with a port: 127.0.0.1:9464".to_owned())
        }
    }
}

/// Serves the counts of a crawl of these sources while it runs, and says where.
pub async fn crawl(
    at: SocketAddr,
    store: Arc<dyn Store>,
    sources: Vec<String>,
    archive: PathBuf,
) -> Result<Watched, Failure> {
    let listener = TcpListener::bind(at).await.map_err(|e| {
        Failure { hint: None, ..Failure::from_io(&format!("address {at}"), &e) }
            .hint("choose another address with --metrics")
    })?;
    let address = listener.local_addr().map_err(|e| Failure::from_io("the listening address", &e))?;
    counting()?;
    eprintln!("counts for Prometheus: http://{address}/metrics");
    let serving = tokio::spawn(async move {
        http::listen(listener, metrics::routes(), Limits::default(), std::future::pending()).await;
    });
    let looking = tokio::spawn(async move {
        loop {
            for source in &sources {
                // A database that is busy is asked again at the next look.
                if let Ok(hosts) = store.hosts(source).await {
                    let leased = hosts.iter().filter(|host| host.leased.is_some()).count();
                    metrics::hosts_leased(source, leased as u64);
                }
            }
            metrics::archive_sizes(&archive);
            tokio::time::sleep(CRAWL_LOOK).await;
        }
    });
    Ok(Watched(vec![serving, looking, tokio::spawn(metrics::upkeep())]))
}

/// Tells Prometheus how the sources of a database fare, for as long as this is kept.
pub fn sources(store: Arc<dyn Store>, settings: &Settings) -> Result<Watched, Failure> {
    counting()?;
    let archive = settings.archive_dir();
    let none = BTreeMap::new();
    let looking = tokio::spawn(async move {
        loop {
            match health::read(store.as_ref(), &[], &none, chrono::Utc::now()).await {
                Ok(all) => all.iter().for_each(health::Health::publish),
                Err(error) => tracing::warn!(%error, "the health of the sources cannot be read"),
            }
            metrics::archive_sizes(&archive);
            tokio::time::sleep(HEALTH_LOOK).await;
        }
    });
    Ok(Watched(vec![looking, tokio::spawn(metrics::upkeep())]))
}

fn counting() -> Result<(), Failure> {
    match metrics::exposition() {
        Some(_) => Ok(()),
        None => Err(Failure::bug("another recorder of counts is at work in this process")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_port_is_one_of_this_machine() {
        assert_eq!(address("9464").unwrap().to_string(), "127.0.0.1:9464");
        assert_eq!(address("192.0.2.7:9464").unwrap().to_string(), "192.0.2.7:9464");
        assert_eq!(address("[::1]:0").unwrap().to_string(), "[::1]:0");
        for wrong in ["", "localhost", "99999", "127.0.0.1"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
