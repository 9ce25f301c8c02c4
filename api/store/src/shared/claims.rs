//! Which host a worker gets: the budgets, the order of the hosts, the lease.
//!
//! `source_hosts.ready_at` keeps the hosts of a source in the order in which they are worth looking at,
//! so that a claim reads one host and not all. It is never later than the truth; where it turns out
//! too early (another source's worker holds the host, nothing is due yet) it is corrected here, and the
//! next host is looked at.

use super::dialect::{Connection, Database, Row, day, moment, sql};
use super::read::{Reading, signed};
use crate::{
    Claim, ClaimRequest, DueUrl, HostClaim, HostState, Lease, RobotsRow, SpentBudget, StoreError, UrlKind,
};
use chrono::{DateTime, TimeDelta, Utc};
use model::Validators;
use sqlx::Row as _;

/// What a page weighs as long as a crawl has fetched none.
const UNKNOWN_PAGE_BYTES: u64 = 100_000;
/// A robots.txt older than this is fetched again (RFC 9309, 2.4): a request to be counted on.
const ROBOTS_KEPT: TimeDelta = TimeDelta::hours(24);
/// Requests that a robots.txt may take: it may be redirected five times (RFC 9309, 2.3.1.2).
const ROBOTS_REQUESTS: u64 = 6;
/// While more than this many claims fit into the budgets, claims do not wait for one another: fewer can
/// be under way at once. Below, they take turns.
const CLAIMS_AT_ONCE: u64 = 1000;
/// When to ask again for a host that some transaction is just writing about.
const A_MOMENT: TimeDelta = TimeDelta::milliseconds(20);

/// What is left of the budgets, URLs under way counted in.
#[derive(Clone, Copy)]
struct Room {
    ended: bool,
    pages: u64,
    /// URLs that fit into the bytes left.
    by_bytes: u64,
    requests: u64,
}

impl Room {
    fn spent(&self) -> Option<SpentBudget> {
        match (self.pages, self.by_bytes, self.requests) {
            (0, _, _) => Some(SpentBudget::Pages),
            (_, 0, _) => Some(SpentBudget::Bytes),
            (_, _, 0) => Some(SpentBudget::RequestsPerDay),
            _ => None,
        }
    }

    fn least(&self) -> u64 {
        self.pages.min(self.by_bytes).min(self.requests)
    }
}

impl Database {
    pub(super) async fn try_claim(&self, request: &ClaimRequest<'_>) -> Result<Claim, StoreError> {
        let mut transaction = self.begin().await?;
        let mut room = self.room(&mut transaction, request).await?;
        if let Some(lock) = sql::LOCK_CRAWL
            && room.least() < u64::from(request.limit).saturating_mul(CLAIMS_AT_ONCE)
        {
            sqlx::query(lock)
                .bind(request.crawl)
                .execute(&mut *transaction)
                .await
                .map_err(|e| self.fail(e))?;
            room = self.room(&mut transaction, request).await?;
        }
        if room.ended {
            return Ok(Claim::Nothing);
        }
        let claim = match room.spent() {
            Some(spent) => self.unless_nothing(&mut transaction, request, Claim::Spent(spent)).await?,
            None => self.next_host(&mut transaction, request, room).await?,
        };
        // Also where no host was found: what was corrected on the way stays corrected.
        self.commit(transaction).await?;
        Ok(claim)
    }

    async fn room(
        &self,
        connection: &mut Connection,
        request: &ClaimRequest<'_>,
    ) -> Result<Room, StoreError> {
        let row = sqlx::query(include_str!("../../queries/budget.sql"))
            .bind(request.crawl)
            .bind(request.source_id)
            .bind(moment(request.now))
            .bind(day(request.now.date_naive()))
            .fetch_optional(connection)
            .await
            .map_err(|e| self.fail(e))?
            .ok_or_else(|| self.other(format!("there is no crawl {}", request.crawl)))?;
        let r = Reading::new(&row, "crawls", "visits");
        let given: u64 = r.count("given")?;
        let by_bytes = match request.bytes {
            None => u64::MAX,
            Some(budget) => {
                let bytes: u64 = r.count("bytes")?;
                let page = match r.count::<u64>("fetched")? {
                    0 => UNKNOWN_PAGE_BYTES,
                    fetched => (bytes / fetched).max(1),
                };
                let left = budget.saturating_sub(bytes);
                match (left / page).saturating_sub(given) {
                    // Less than a page is left and nothing is under way: one more, or what is left
                    // would never be used.
                    0 if given == 0 && left > 0 => 1,
                    fits => fits,
                }
            }
        };
        let requests = match request.requests_per_day {
            None => u64::MAX,
            Some(budget) => {
                budget.saturating_sub(r.count("requests")?).saturating_sub(r.count("requests_given")?)
            }
        };
        Ok(Room {
            ended: r.opt_moment("finished_at")?.is_some(),
            pages: request.pages.saturating_sub(r.count("visits")?).saturating_sub(given),
            by_bytes,
            requests,
        })
    }

    async fn next_host(
        &self,
        connection: &mut Connection,
        request: &ClaimRequest<'_>,
        room: Room,
    ) -> Result<Claim, StoreError> {
        loop {
            let Some(row) = sqlx::query(sql::HOST_CANDIDATE)
                .bind(request.source_id)
                .bind(moment(request.now))
                .fetch_optional(&mut *connection)
                .await
                .map_err(|e| self.fail(e))?
            else {
                return self.later(connection, request).await;
            };
            let r = Reading::new(&row, "hosts", "name");
            let host = r.text("name")?;
            let state = HostState {
                next_at: r.opt_moment("next_at")?,
                delay_ms: r.count("delay_ms")?,
                failures: r.count("failures")?,
                latency_ms: r.count("latency_ms")?,
            };
            // A lease that was not given back: its holder may have asked until its end.
            let held_until = match r.opt_text("lease_worker")? {
                None => None,
                Some(_) => {
                    let rest = TimeDelta::milliseconds(state.delay_ms.into());
                    r.opt_moment("lease_until")?.map(|end| if end > request.now { end } else { end + rest })
                }
            };
            let free_at = held_until.max(state.next_at);
            if let Some(free_at) = free_at.filter(|at| *at > request.now) {
                self.set_ready(connection, request.source_id, &host, Some(free_at)).await?;
                continue;
            }
            let robots = self.robots_of(connection, &host).await?;
            // One that could not be had may be asked for again at any time.
            let fresh =
                |row: &RobotsRow| row.unreachable.is_none() && row.fetched_at > request.now - ROBOTS_KEPT;
            let fresh = robots.iter().any(fresh);
            // At least one; what is left beside the URLs is given for its redirects.
            let least_for_robots = u64::from(!fresh);
            let limit = room
                .pages
                .min(room.by_bytes)
                .min(room.requests.saturating_sub(least_for_robots))
                .min(request.limit.into());
            if limit == 0 {
                let spent = Claim::Spent(SpentBudget::RequestsPerDay);
                return self.unless_nothing(connection, request, spent).await;
            }
            let urls = self.due_urls(connection, request, &host, limit).await?;
            if urls.is_empty() {
                let first = self.first_due(connection, request.source_id, &host).await?;
                self.set_ready(connection, request.source_id, &host, first).await?;
                continue;
            }
            let lease_until = request.now + request.lease;
            let given = urls.len() as u64;
            let requests = match fresh {
                true => given,
                false => room.requests.min(given + ROBOTS_REQUESTS),
            };
            let row = sqlx::query(include_str!("../../queries/host_lease.sql"))
                .bind(host.as_str())
                .bind(request.worker)
                .bind(moment(lease_until))
                .bind(request.source_id)
                .bind(request.crawl)
                .bind(signed(given))
                .bind(signed(requests))
                .bind(request.delay.num_milliseconds())
                .fetch_one(&mut *connection)
                .await
                .map_err(|e| self.fail(e))?;
            let epoch = row.try_get("lease_epoch").map_err(|e| self.fail(e))?;
            self.set_ready(connection, request.source_id, &host, Some(lease_until)).await?;
            let lease = Lease { host, epoch };
            let requests = request.requests_per_day.map(|_| requests);
            let claim = HostClaim { lease, lease_until, state, robots, requests, urls };
            return Ok(Claim::Host(Box::new(claim)));
        }
    }

    async fn later(
        &self,
        connection: &mut Connection,
        request: &ClaimRequest<'_>,
    ) -> Result<Claim, StoreError> {
        let row = self.source_next(connection, request.source_id).await?;
        let r = Reading::new(&row, "source_hosts", "at");
        if r.int("waiting")? == 0 {
            return Ok(Claim::Nothing);
        }
        // What may be had now and was not found is being written about by some transaction.
        let soonest = request.now + A_MOMENT;
        Ok(Claim::Later(r.opt_moment("at")?.map_or(soonest, |at| at.max(soonest))))
    }

    async fn unless_nothing(
        &self,
        connection: &mut Connection,
        request: &ClaimRequest<'_>,
        claim: Claim,
    ) -> Result<Claim, StoreError> {
        let row = self.source_next(connection, request.source_id).await?;
        let waits = Reading::new(&row, "source_hosts", "at").int("waiting")? > 0;
        Ok(if waits { claim } else { Claim::Nothing })
    }

    async fn source_next(&self, connection: &mut Connection, source_id: &str) -> Result<Row, StoreError> {
        sqlx::query(include_str!("../../queries/source_next.sql"))
            .bind(source_id)
            .fetch_one(connection)
            .await
            .map_err(|e| self.fail(e))
    }

    async fn set_ready(
        &self,
        connection: &mut Connection,
        source_id: &str,
        host: &str,
        at: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        sqlx::query(include_str!("../../queries/host_ready.sql"))
            .bind(source_id)
            .bind(host)
            .bind(at.map(moment))
            .execute(connection)
            .await
            .map_err(|e| self.fail(e))?;
        Ok(())
    }

    async fn first_due(
        &self,
        connection: &mut Connection,
        source_id: &str,
        host: &str,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let row = sqlx::query(include_str!("../../queries/urls_first_due.sql"))
            .bind(source_id)
            .bind(host)
            .fetch_one(connection)
            .await
            .map_err(|e| self.fail(e))?;
        Reading::new(&row, "urls", "at").opt_moment("at")
    }

    async fn robots_of(&self, connection: &mut Connection, host: &str) -> Result<Vec<RobotsRow>, StoreError> {
        let rows = sqlx::query(include_str!("../../queries/robots_of_host.sql"))
            .bind(host)
            .fetch_all(connection)
            .await
            .map_err(|e| self.fail(e))?;
        rows.iter()
            .map(|row| {
                let r = Reading::new(row, "robots", "origin");
                Ok(RobotsRow {
                    origin: r.text("origin")?,
                    fetched_at: r.moment("fetched_at")?,
                    body: r.opt_bytes("body")?,
                    unreachable: r.opt_text("unreachable")?,
                })
            })
            .collect()
    }

    async fn due_urls(
        &self,
        connection: &mut Connection,
        request: &ClaimRequest<'_>,
        host: &str,
        limit: u64,
    ) -> Result<Vec<DueUrl>, StoreError> {
        let rows = sqlx::query(include_str!("../../queries/urls_due.sql"))
            .bind(request.source_id)
            .bind(host)
            .bind(moment(request.now))
            .bind(signed(limit))
            .fetch_all(connection)
            .await
            .map_err(|e| self.fail(e))?;
        rows.iter().map(due_url).collect()
    }
}

fn due_url(row: &Row) -> Result<DueUrl, StoreError> {
    let r = Reading::new(row, "urls", "id");
    Ok(DueUrl {
        id: r.int("id")?,
        url: r.text("url")?,
        kind: r.parsed::<UrlKind>("kind")?,
        depth: r.count("depth")?,
        redirects: r.count("redirects")?,
        attempts: r.count("attempts")?,
        validators: Validators { etag: r.opt_text("etag")?, last_modified: r.opt_text("last_modified")? },
        payload_hash: r.opt_parsed("payload_hash")?,
        interval: r.opt_int("interval_s")?.and_then(TimeDelta::try_seconds),
    })
}
