//! Hosts: whether a lease still stands, leases given back, what wakes a host, and how people see them.

use super::dialect::{Connection, Database, list, moment, sql};
use super::read::{Reading, Rows, Writes, moment_text, opt_text, signed, text};
use crate::{HostReturn, HostRow, HostState, StoreError, VisitRecord};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// A host as it stands when a lease on it is looked at.
#[derive(Clone, Copy)]
struct Held {
    epoch: i64,
    next_at: Option<DateTime<Utc>>,
}

/// The hosts that some leases speak of, locked until the transaction ends.
pub(super) struct Leases(BTreeMap<String, Held>);

impl Leases {
    pub(super) fn stand(&self, lease: &crate::Lease) -> bool {
        self.0.get(&lease.host).is_some_and(|held| held.epoch == lease.epoch)
    }

    /// Writes down what was learned under leases that still stand, and gives those back that do not go
    /// on. The moment before which nothing is sent moves only forward.
    pub(super) fn tell_returns(&self, returns: &[&HostReturn], writes: &mut Writes) {
        let mut next_at: BTreeMap<&str, Option<DateTime<Utc>>> = BTreeMap::new();
        for back in returns {
            let host = back.lease.host.as_str();
            let known = || self.0.get(host).and_then(|held| held.next_at);
            let moment = next_at.entry(host).or_insert_with(known);
            *moment = back.state.next_at.max(*moment);
        }
        let state = |back: &HostReturn| HostState {
            next_at: next_at.get(back.lease.host.as_str()).copied().flatten(),
            ..back.state
        };
        // Of a host as the last of them says.
        let mut learned: BTreeMap<&str, (&HostReturn, u64)> = BTreeMap::new();
        for back in returns.iter().filter(|back| back.goes_on) {
            let (last, requests) = learned.entry(&back.lease.host).or_insert((back, 0));
            *last = back;
            *requests += u64::from(back.requests);
        }
        let mut rows = Rows::default();
        for (host, (back, requests)) in learned {
            let state = state(back);
            rows.push(&(
                text(host),
                back.lease.epoch,
                state.next_at.map(moment_text),
                state.delay_ms,
                state.failures,
                state.latency_ms,
                signed(requests),
            ));
        }
        writes.push(sql::HOSTS_LEARNED, rows);
        let ends = returns.iter().filter(|back| !back.goes_on);
        end_leases(ends.map(|back| (&back.lease, state(back), back.at)), writes);
    }
}

impl Database {
    /// Looks at the leases of visits and returns, before anything is written.
    pub(super) async fn leases(
        &self,
        connection: &mut Connection,
        visits: &[VisitRecord],
        returns: &[HostReturn],
    ) -> Result<Leases, StoreError> {
        let named: BTreeSet<&str> = visits
            .iter()
            .filter_map(|visit| visit.lease.as_ref())
            .chain(returns.iter().map(|r| &r.lease))
            .map(|lease| lease.host.as_str())
            .collect();
        let mut held = BTreeMap::new();
        if named.is_empty() {
            return Ok(Leases(held));
        }
        let named: Vec<&str> = named.into_iter().collect();
        let rows = sqlx::query(sql::HOSTS_OF_LEASES)
            .bind(list(&named))
            .fetch_all(connection)
            .await
            .map_err(|e| self.fail(e))?;
        for row in &rows {
            let r = Reading::new(row, "hosts", "name");
            let host = Held { epoch: r.int("lease_epoch")?, next_at: r.opt_moment("next_at")? };
            held.insert(r.text("name")?, host);
        }
        Ok(Leases(held))
    }

    /// Rows for hosts that may not be known yet.
    pub(super) async fn ensure_hosts(
        &self,
        connection: &mut Connection,
        hosts: &[&str],
    ) -> Result<(), StoreError> {
        sqlx::query(sql::HOSTS_ENSURE)
            .bind(list(hosts))
            .execute(connection)
            .await
            .map_err(|e| self.fail(e))?;
        Ok(())
    }

    /// Something is due on these hosts of the sources since these moments. In their order, so that two
    /// transactions that do so wait for one another instead of blocking each other.
    pub(super) async fn wake(
        &self,
        connection: &mut Connection,
        wakes: &BTreeMap<(&str, &str), DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        let mut writes = Writes::default();
        tell_wakes(wakes, &mut writes);
        self.write_together(connection, writes).await
    }

    /// Locks the rows by which the sources of hosts find them: what wakes them meanwhile waits.
    pub(super) async fn lock_ready(
        &self,
        connection: &mut Connection,
        hosts: &BTreeSet<&str>,
    ) -> Result<(), StoreError> {
        if let Some(lock) = sql::LOCK_SOURCE_HOSTS
            && !hosts.is_empty()
        {
            let hosts: Vec<&str> = hosts.iter().copied().collect();
            sqlx::query(lock).bind(list(&hosts)).execute(connection).await.map_err(|e| self.fail(e))?;
        }
        Ok(())
    }

    /// Keeps the robots.txt files that were fetched under leases.
    pub(super) async fn write_robots(
        &self,
        connection: &mut Connection,
        returns: &[&HostReturn],
    ) -> Result<(), StoreError> {
        for back in returns {
            for robots in &back.robots {
                sqlx::query(include_str!("../../queries/robots_put.sql"))
                    .bind(robots.origin.as_str())
                    .bind(back.lease.host.as_str())
                    .bind(moment(robots.fetched_at))
                    .bind(robots.body.as_deref())
                    .bind(opt_text(robots.unreachable.as_deref()))
                    .execute(&mut *connection)
                    .await
                    .map_err(|e| self.fail(e))?;
            }
        }
        Ok(())
    }

    pub(super) async fn try_release(&self, worker: &str, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let mut transaction = self.begin().await?;
        let rows = sqlx::query(sql::HOSTS_OF_WORKER)
            .bind(worker)
            .fetch_all(&mut *transaction)
            .await
            .map_err(|e| self.fail(e))?;
        let mut freed = Vec::with_capacity(rows.len());
        for row in &rows {
            let r = Reading::new(row, "hosts", "name");
            let delay_ms = r.count("delay_ms")?;
            let rested = now + TimeDelta::milliseconds(i64::from(delay_ms));
            let state = HostState {
                next_at: r.opt_moment("next_at")?.max(Some(rested)),
                delay_ms,
                failures: r.count("failures")?,
                latency_ms: r.count("latency_ms")?,
            };
            freed.push((crate::Lease { host: r.text("name")?, epoch: r.int("lease_epoch")? }, state));
        }
        let hosts = freed.iter().map(|(lease, _)| lease.host.as_str()).collect();
        self.lock_ready(&mut transaction, &hosts).await?;
        let ends = freed.iter().map(|(lease, state)| (lease, *state, now));
        let mut writes = Writes::default();
        end_leases(ends, &mut writes);
        self.write_together(&mut transaction, writes).await?;
        self.commit(transaction).await?;
        Ok(freed.len() as u64)
    }

    pub(super) async fn try_resume(
        &self,
        source_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<String>, StoreError> {
        let mut transaction = self.begin().await?;
        let rows = sqlx::query(include_str!("../../queries/hosts_resting.sql"))
            .bind(text(source_id))
            .fetch_all(&mut *transaction)
            .await
            .map_err(|e| self.fail(e))?;
        let mut freed = Vec::new();
        for row in &rows {
            let r = Reading::new(row, "hosts", "name");
            let delay_ms: u32 = r.count("delay_ms")?;
            let failures: u32 = r.count("failures")?;
            let unreachable = r.int("unreachable")? > 0;
            let rested = now + TimeDelta::milliseconds(delay_ms.into());
            let rests = r.opt_moment("next_at")?.is_some_and(|at| at > rested);
            if !(rests || failures > 0 || unreachable) {
                continue;
            }
            let host = r.text("name")?;
            if unreachable {
                sqlx::query(include_str!("../../queries/robots_forget.sql"))
                    .bind(host.as_str())
                    .execute(&mut *transaction)
                    .await
                    .map_err(|e| self.fail(e))?;
            }
            let latency_ms = r.count("latency_ms")?;
            let state = HostState { next_at: Some(rested), delay_ms, failures: 0, latency_ms };
            // Whoever leases it meanwhile has another epoch, and keeps to what it was given.
            freed.push((crate::Lease { host, epoch: r.int("lease_epoch")? }, state));
        }
        let hosts = freed.iter().map(|(lease, _)| lease.host.as_str()).collect();
        self.lock_ready(&mut transaction, &hosts).await?;
        let mut writes = Writes::default();
        end_leases(freed.iter().map(|(lease, state)| (lease, *state, now)), &mut writes);
        self.write_together(&mut transaction, writes).await?;
        self.commit(transaction).await?;
        Ok(freed.into_iter().map(|(lease, _)| lease.host).collect())
    }

    pub(super) async fn read_hosts(&self, source_id: &str) -> Result<Vec<HostRow>, StoreError> {
        let rows = sqlx::query(include_str!("../../queries/hosts.sql"))
            .bind(text(source_id))
            .fetch_all(self.reader())
            .await
            .map_err(|e| self.fail(e))?;
        rows.iter()
            .map(|row| {
                let r = Reading::new(row, "hosts", "name");
                Ok(HostRow {
                    host: r.text("name")?,
                    next_at: r.opt_moment("next_at")?,
                    delay_ms: r.count("delay_ms")?,
                    failures: r.count("failures")?,
                    latency_ms: r.count("latency_ms")?,
                    leased: r.opt_text("lease_worker")?.zip(r.opt_moment("lease_until")?),
                    waiting: r.count("waiting")?,
                })
            })
            .collect()
    }
}

/// Something is due on these hosts of the sources since these moments.
pub(super) fn tell_wakes(wakes: &BTreeMap<(&str, &str), DateTime<Utc>>, writes: &mut Writes) {
    let mut rows = Rows::default();
    for ((source_id, host), at) in wakes {
        rows.push(&(source_id, text(host), moment_text(*at)));
    }
    writes.push(sql::HOSTS_WAKE, rows);
}

/// Visits that were made under leases that go on: they are counted by the crawl from now on.
pub(super) fn tell_given(visits: &[(&crate::Lease, i64)], writes: &mut Writes) {
    let mut rows = Rows::default();
    for (lease, visits) in visits {
        rows.push(&(text(&lease.host), lease.epoch, visits));
    }
    writes.push(sql::HOSTS_GIVEN, rows);
}

/// Ends leases, of each host as the last of them says.
fn end_leases<'v>(
    ends: impl Iterator<Item = (&'v crate::Lease, HostState, DateTime<Utc>)>,
    writes: &mut Writes,
) {
    let by_host: BTreeMap<&str, _> = ends.map(|end| (end.0.host.as_str(), end)).collect();
    let mut returned = Rows::default();
    let mut ready = Rows::default();
    for (host, (lease, state, now)) in by_host {
        returned.push(&(
            text(host),
            lease.epoch,
            state.next_at.map(moment_text),
            state.delay_ms,
            state.failures,
            state.latency_ms,
        ));
        ready.push(&(text(host), moment_text(state.next_at.unwrap_or(now))));
    }
    writes.push(sql::HOSTS_RETURN, returned);
    writes.push(sql::HOSTS_READY, ready);
}
