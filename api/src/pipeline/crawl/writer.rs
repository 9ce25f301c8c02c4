//! The one task that writes a crawl down: visits are gathered, the archive is put to the disk, then the
//! database speaks of them, and only then are leases given back and awaited. A commit and a sync cost
//! more than a visit, so what arrives meanwhile shares the next one.

use super::known::Known;
use super::{CrawlEvent, CrawlProgress, VisitKind};
use crate::failure::Failure;
use crawler::archive::Archive;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::{HostReturn, Store, VisitOutcome, VisitRecord};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// What was visited is written down at least this often, so that little is lost with the process.
const WRITE_EVERY: Duration = Duration::from_secs(2);
/// Visits that are written in one transaction at the most; bounds what is held in memory.
const MOST: usize = 256;
/// Messages that wait for the writer: beyond it, visits wait.
const WAITING: usize = 64;

/// Links from which a visit is waited for until it is written.
const HEAVY: usize = 1_000;

/// The outcome of a page that gave way to its other spelling, as the table of visits has it.
const GAVE_WAY: &str = "redirected";

/// What the hosts' tasks hand over.
enum Message {
    Visit(Box<Visited>),
    /// A visit that brought much (a sitemap), answered once it is written: its host goes on then, so
    /// that what waits to be written stays small.
    Heavy(Box<Visited>, oneshot::Sender<()>),
    /// The lease ends, or something was learned under it that has to survive; answered once that is
    /// written.
    Return(Box<HostReturn>, oneshot::Sender<()>),
}

/// A visit, and what displays and metrics want to know of it.
pub(super) struct Visited {
    pub record: VisitRecord,
    pub took: Duration,
}

/// Where the hosts' tasks hand over.
#[derive(Clone)]
pub(super) struct Inbox(mpsc::Sender<Message>);

/// The writer is gone: it failed, and its failure is what the crawl ends with.
pub(super) struct WriterGone;

impl Inbox {
    pub async fn visit(&self, visited: Visited) -> Result<(), WriterGone> {
        if visited.record.links.len() < HEAVY {
            return self.0.send(Message::Visit(Box::new(visited))).await.map_err(|_| WriterGone);
        }
        let (written, when) = oneshot::channel();
        self.0.send(Message::Heavy(Box::new(visited), written)).await.map_err(|_| WriterGone)?;
        when.await.map_err(|_| WriterGone)
    }

    /// Gives a lease back, or says what was learned under it; returns when that stands in the database,
    /// and every visit before it.
    pub async fn give_back(&self, host: HostReturn) -> Result<(), WriterGone> {
        let (written, when) = oneshot::channel();
        self.0.send(Message::Return(Box::new(host), written)).await.map_err(|_| WriterGone)?;
        when.await.map_err(|_| WriterGone)
    }
}

/// The writer and its inbox. It ends when every inbox is gone.
pub(super) struct Writer<'a> {
    store: &'a dyn Store,
    archive: &'a Mutex<Archive>,
    known: &'a Known,
    progress: &'a CrawlProgress<'a>,
    inbox: mpsc::Receiver<Message>,
    /// Addresses that wait, as far as this process knows.
    waiting: u64,
    visits: Vec<VisitRecord>,
    took: Vec<Duration>,
    returns: Vec<HostReturn>,
    written: Vec<oneshot::Sender<()>>,
}

impl<'a> Writer<'a> {
    pub fn new(
        store: &'a Arc<dyn Store>,
        archive: &'a Mutex<Archive>,
        known: &'a Known,
        progress: &'a CrawlProgress<'a>,
        waiting: u64,
    ) -> (Writer<'a>, Inbox) {
        let (sender, inbox) = mpsc::channel(WAITING);
        let writer = Writer {
            store: store.as_ref(),
            archive,
            known,
            progress,
            inbox,
            waiting,
            visits: Vec::new(),
            took: Vec::new(),
            returns: Vec::new(),
            written: Vec::new(),
        };
        (writer, Inbox(sender))
    }

    /// Writes until nobody hands anything over any more.
    ///
    /// # Errors
    /// The archive or the database cannot be written; what was handed over since the last
    /// transaction is due again.
    pub async fn run(mut self) -> Result<(), Failure> {
        loop {
            let Some(message) = self.inbox.recv().await else { break };
            self.take(message);
            let until = Instant::now() + WRITE_EVERY;
            // What is waited for, as a lease to be given back, is written as soon as nothing else is at hand.
            while self.visits.len() < MOST {
                if !self.written.is_empty() {
                    match self.inbox.try_recv() {
                        Ok(message) => self.take(message),
                        Err(_) => break,
                    }
                } else {
                    match tokio::time::timeout_at(until, self.inbox.recv()).await {
                        Ok(Some(message)) => self.take(message),
                        Ok(None) | Err(_) => break,
                    }
                }
            }
            self.write().await?;
        }
        self.write().await
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Visit(visited) => {
                self.visits.push(visited.record);
                self.took.push(visited.took);
            }
            Message::Heavy(visited, written) => {
                self.visits.push(visited.record);
                self.took.push(visited.took);
                self.written.push(written);
            }
            Message::Return(host, written) => {
                self.returns.push(*host);
                self.written.push(written);
            }
        }
    }

    async fn write(&mut self) -> Result<(), Failure> {
        if self.visits.is_empty() && self.returns.is_empty() {
            return Ok(());
        }
        // The archive is on the disk before the database speaks of it.
        if self.visits.iter().any(|visit| visit.archive.is_some()) {
            let mut archive = super::lock(self.archive)?;
            tokio::task::block_in_place(|| archive.sync())?;
        }
        let effects = self.store.finish_visits(&self.visits, &self.returns).await?;
        for ((record, took), effect) in self.visits.drain(..).zip(self.took.drain(..)).zip(effects) {
            // Another worker has leased its host since: that one's visit counts.
            let Some(effect) = effect else { continue };
            record.links.iter().for_each(|link| self.known.add(&link.url));
            let again = matches!(record.outcome, VisitOutcome::Failed { retry_at: Some(_), .. });
            self.waiting = (self.waiting + effect.urls_new + u64::from(again)).saturating_sub(1);
            (self.progress)(&CrawlEvent {
                source_id: &record.source_id,
                kind: match record.outcome {
                    _ if effect.gave_way => VisitKind::Other,
                    VisitOutcome::Fetched(_) => VisitKind::Fetched(effect.observations_new),
                    VisitOutcome::Unchanged => VisitKind::Unchanged,
                    _ => VisitKind::Other,
                },
                outcome: if effect.gave_way { GAVE_WAY } else { record.outcome.code() },
                requests: record.requests,
                bytes: record.bytes,
                took,
                offers: effect,
                waiting: self.waiting,
            });
        }
        self.returns.clear();
        for written in self.written.drain(..) {
            // Whoever waited may have been stopped meanwhile.
            let _ = written.send(());
        }
        Ok(())
    }
}
