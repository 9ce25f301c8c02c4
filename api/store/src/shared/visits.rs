//! What visits write: the URLs' states, the pages, the visits, what they brought, what unchanged pages
//! say once more, the links, and the leases given back. All of a call is one transaction, and most of
//! its rows are written many at a time: what a visit costs is a statement's share.
//!
//! Locks are taken in one order, so that two workers' transactions wait for each other and do not
//! block: hosts by name, new URLs, the URLs visited, `source_hosts` by name, the day, the crawl.

use super::dialect::{Connection, Database, execute_all, sql};
use super::hosts::{tell_given, tell_wakes};
use super::observations::Brought;
use super::read::{Reading, Rows, Writes, moment_text, opt_text, signed, text};
use super::spellings::{gave_way_to, giving_way};
use crate::{HostReturn, Lease, NewUrl, StoreError, VisitEffect, VisitOutcome, VisitRecord};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// What a batch adds to a crawl's counters, in the order of the statement's parameters.
#[derive(Default)]
struct CrawlSum {
    active_at: DateTime<Utc>,
    bytes: u64,
    pages_read: u64,
    offers_read: u64,
    outcomes: [u64; 7],
    effect: VisitEffect,
}

/// A link: the visit that found it first (its place in the run), the URL, when it was found.
type Found<'v> = (usize, &'v NewUrl, DateTime<Utc>);

/// The codes of outcomes in the order of [`CrawlSum::outcomes`].
const OUTCOMES: [&str; 7] = ["fetched", "unchanged", "gone", "failed", "disallowed", "refused", "redirected"];

impl Database {
    pub(super) async fn try_finish(
        &self,
        visits: &[VisitRecord],
        returns: &[HostReturn],
    ) -> Result<Vec<Option<VisitEffect>>, StoreError> {
        let mut transaction = self.begin().await?;
        let connection = &mut *transaction;
        let leases = self.leases(connection, visits, returns).await?;
        let stands: Vec<bool> =
            visits.iter().map(|v| v.lease.as_ref().is_none_or(|lease| leases.stand(lease))).collect();
        let (given, returns) = (returns, returns.iter().filter(|r| leases.stand(&r.lease)));
        let returns: Vec<&HostReturn> = returns.collect();
        let kept: Vec<&VisitRecord> =
            visits.iter().zip(&stands).filter(|(_, stands)| **stands).map(|(visit, _)| visit).collect();
        // The source of a crawl has its row.
        let sources: BTreeSet<&str> =
            kept.iter().filter(|visit| visit.crawl.is_none()).map(|visit| visit.source_id.as_str()).collect();
        for source in &sources {
            self.ensure_source(connection, source).await?;
        }
        let giving_way: Vec<Option<VisitRecord>> = kept.iter().map(|visit| giving_way(visit)).collect();
        let mut wakes = BTreeMap::new();
        let mut stand = Vec::new();
        let mut effects = Vec::with_capacity(kept.len());
        let mut written: Vec<&VisitRecord> = Vec::with_capacity(kept.len());
        for run in runs(&kept) {
            let instead = &giving_way[written.len()..];
            let visits = self.settle_spellings(connection, run, instead).await?;
            effects.extend(self.write_run(connection, &visits, &mut wakes, &mut stand).await?);
            written.extend(visits);
        }
        for (source, host, at) in &stand {
            wake_at(&mut wakes, source, host, *at);
        }
        let ended = returns.iter().filter(|back| !back.goes_on);
        let given_back: BTreeSet<&str> = ended.map(|back| back.lease.host.as_str()).collect();
        let touched = given_back.iter().copied().chain(wakes.keys().map(|(_, host)| *host)).collect();
        self.lock_ready(connection, &touched).await?;
        self.write_robots(connection, &returns).await?;
        let mut writes = Writes::default();
        tell_wakes(&wakes, &mut writes);
        leases.tell_returns(&returns, &mut writes);
        let mut counted = visits_by_lease(&written);
        counted.retain(|(lease, _)| !given_back.contains(lease.host.as_str()));
        tell_given(&counted, &mut writes);
        // Also what was sent under leases that are lost: the source was asked all the same.
        tell_days(visits, given, &mut writes);
        tell_crawls(&written, &effects, &mut writes);
        self.write_together(connection, writes).await?;
        self.commit(transaction).await?;
        let mut effects = effects.into_iter();
        Ok(stands.into_iter().map(|stands| if stands { effects.next() } else { None }).collect())
    }

    /// Writes visits of different URLs.
    async fn write_run<'v>(
        &self,
        connection: &mut Connection,
        visits: &[&'v VisitRecord],
        wakes: &mut BTreeMap<(&'v str, &'v str), DateTime<Utc>>,
        stand: &mut Vec<(String, String, DateTime<Utc>)>,
    ) -> Result<Vec<VisitEffect>, StoreError> {
        let ids = self.visited_urls(connection, visits, wakes).await?;
        let brought: Vec<Brought<'_>> =
            visits.iter().map(|visit| (visit.observations.as_slice(), visit.rejections.as_slice())).collect();
        let sources = visits.iter().map(|visit| visit.source_id.as_str()).collect();
        let inserted = self.write_all(connection, &brought, &sources).await?;
        let again = self.see_again(connection, visits, &ids).await?;
        let mut effects: Vec<VisitEffect> = inserted
            .iter()
            .zip(&again)
            .zip(visits)
            .map(|((inserted, again), visit)| VisitEffect {
                observations_new: inserted.new + again.new,
                observations_known: inserted.known + again.known,
                rejections_new: inserted.rejected_new,
                urls_new: 0,
                gave_way: gave_way_to(visit).is_some(),
            })
            .collect();
        self.write_links(connection, visits, &mut effects, wakes).await?;
        let visit_ids = self.write_visit_rows(connection, visits, &ids, &effects).await?;
        let mut writes = Writes::default();
        tell_observations(visits, &ids, &visit_ids, &mut writes);
        tell_pages(visits, &ids, &visit_ids, &mut writes);
        tell_url_states(visits, &ids, wakes, &mut writes);
        self.write_together(connection, writes).await?;
        self.let_stand(connection, visits, &mut effects, stand).await?;
        Ok(effects)
    }

    async fn write_links<'v>(
        &self,
        connection: &mut Connection,
        visits: &[&'v VisitRecord],
        effects: &mut [VisitEffect],
        wakes: &mut BTreeMap<(&'v str, &'v str), DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        // Pages of one site mostly link to the same pages: each link is written once, for the visit that
        // found it first.
        let mut links: BTreeMap<&str, Vec<Found<'v>>> = BTreeMap::new();
        let mut seen = HashSet::new();
        for (n, visit) in visits.iter().enumerate() {
            for link in &visit.links {
                if seen.insert((visit.source_id.as_str(), link.url.as_str())) {
                    links.entry(&visit.source_id).or_default().push((n, link, visit.visited_at));
                }
            }
        }
        for (source, links) in links {
            let rows: Vec<_> = links.iter().map(|(_, link, at)| (*link, *at)).collect();
            let new = self.write_urls(connection, source, &rows).await?;
            for (n, link, at) in links {
                if new.contains(&*text(&link.url)) {
                    effects[n].urls_new += 1;
                    wake_at(wakes, source, &link.host, at);
                }
            }
        }
        Ok(())
    }

    async fn write_visit_rows(
        &self,
        connection: &mut Connection,
        visits: &[&VisitRecord],
        ids: &[i64],
        effects: &[VisitEffect],
    ) -> Result<HashMap<i64, i64>, StoreError> {
        let mut rows = Rows::default();
        for ((visit, url_id), effect) in visits.iter().zip(ids).zip(effects) {
            let (payload_hash, detail) = match &visit.outcome {
                VisitOutcome::Fetched(page) => (Some(page.payload_hash.to_string()), None),
                VisitOutcome::Failed { error, .. } => (None, Some(error.as_str())),
                VisitOutcome::Refused { reason } => (None, Some(reason.as_str())),
                VisitOutcome::Redirected { to } => (None, Some(to.as_str())),
                VisitOutcome::Unchanged | VisitOutcome::Gone | VisitOutcome::Disallowed => (None, None),
            };
            rows.push(&(
                visit.crawl,
                visit.source_id.as_str(),
                url_id,
                moment_text(visit.visited_at),
                visit.outcome.code(),
                visit.status,
                payload_hash,
                visit.archive.as_ref().map(|place| &place.file),
                visit.archive.as_ref().map(|place| place.offset),
                opt_text(detail),
                effect.observations_new,
                effect.observations_known,
                effect.rejections_new,
                visit.requests,
                signed(visit.bytes),
                visit.offers,
            ));
        }
        let rows = sqlx::query(sql::VISITS_INSERT)
            .bind(rows.into_parameter())
            .fetch_all(&mut *connection)
            .await
            .map_err(|e| self.fail(e))?;
        let mut visit_ids = HashMap::with_capacity(rows.len());
        for row in &rows {
            let r = Reading::new(row, "visits", "id");
            visit_ids.insert(r.int("url_id")?, r.int("id")?);
        }
        Ok(visit_ids)
    }

    pub(super) async fn write_rows(
        &self,
        connection: &mut Connection,
        statement: &'static str,
        rows: Rows,
    ) -> Result<(), StoreError> {
        sqlx::query(statement)
            .bind(rows.into_parameter())
            .execute(connection)
            .await
            .map_err(|e| self.fail(e))?;
        Ok(())
    }

    /// Executes statements in their order, in as few steps as the database allows.
    pub(super) async fn write_together(
        &self,
        connection: &mut Connection,
        writes: Writes,
    ) -> Result<(), StoreError> {
        let statements = writes.into_statements();
        match statements.is_empty() {
            true => Ok(()),
            false => execute_all(connection, statements).await.map_err(|e| self.fail(e)),
        }
    }
}

/// Which observations each visit's content was read as.
fn tell_observations(
    visits: &[&VisitRecord],
    ids: &[i64],
    visit_ids: &HashMap<i64, i64>,
    writes: &mut Writes,
) {
    let mut links = Rows::default();
    for (visit, url_id) in visits.iter().zip(ids) {
        let told: BTreeSet<_> = visit.observations.iter().map(|o| o.id).collect();
        for id in told {
            links.push(&(visit_ids.get(url_id), id.to_string()));
        }
    }
    writes.push(sql::VISIT_LINKS, links);
}

/// What the pages hold now, or that they hold it still.
fn tell_pages(visits: &[&VisitRecord], ids: &[i64], visit_ids: &HashMap<i64, i64>, writes: &mut Writes) {
    let mut pages = Rows::default();
    let mut seen = Rows::default();
    for (visit, url_id) in visits.iter().zip(ids) {
        match &visit.outcome {
            VisitOutcome::Fetched(page) => pages.push(&(
                url_id,
                page.payload_hash.to_string(),
                opt_text(page.content_type.as_deref()),
                opt_text(page.validators.etag.as_deref()),
                opt_text(page.validators.last_modified.as_deref()),
                visit.archive.as_ref().map(|place| &place.file),
                visit.archive.as_ref().map(|place| place.offset),
                moment_text(visit.visited_at),
                visit_ids.get(url_id),
            )),
            VisitOutcome::Unchanged => seen.push(&(url_id, moment_text(visit.visited_at))),
            _ => {}
        }
    }
    writes.push(sql::PAGES_PUT, pages);
    writes.push(sql::PAGES_SEEN, seen);
}

/// How the URLs stand after their visits.
fn tell_url_states<'v>(
    visits: &[&'v VisitRecord],
    ids: &[i64],
    wakes: &mut BTreeMap<(&'v str, &'v str), DateTime<Utc>>,
    writes: &mut Writes,
) {
    let mut rows = Rows::default();
    for (visit, url_id) in visits.iter().zip(ids) {
        let at = visit.visited_at;
        let planned = visit.interval.map_or(at, |interval| at + interval);
        let (state, due_at) = match &visit.outcome {
            VisitOutcome::Fetched(_) | VisitOutcome::Unchanged => ("done", planned),
            VisitOutcome::Failed { retry_at: Some(retry_at), .. } => {
                wake_at(wakes, &visit.source_id, &visit.host, *retry_at);
                ("due", *retry_at)
            }
            other => (other.code(), planned),
        };
        // A visit that brought nothing says nothing about how often the page changes.
        let replaces = matches!(visit.outcome, VisitOutcome::Fetched(_) | VisitOutcome::Unchanged);
        rows.push(&(
            url_id,
            state,
            moment_text(due_at),
            u8::from(matches!(visit.outcome, VisitOutcome::Failed { .. })),
            moment_text(at),
            visit.interval.map(|interval| interval.num_seconds()),
            replaces,
            gave_way_to(visit).map(text),
        ));
    }
    writes.push(sql::URLS_VISITED, rows);
}

/// Counts requests and bytes to the days they were made on.
fn tell_days(visits: &[VisitRecord], returns: &[HostReturn], writes: &mut Writes) {
    let mut days: BTreeMap<(&str, NaiveDate), (u64, u64)> = BTreeMap::new();
    for visit in visits {
        let sum = days.entry((&visit.source_id, visit.visited_at.date_naive())).or_default();
        sum.0 += u64::from(visit.requests);
        sum.1 += visit.bytes;
    }
    for back in returns {
        days.entry((&back.source_id, back.at.date_naive())).or_default().0 += u64::from(back.requests);
    }
    let mut rows = Rows::default();
    for ((source, on), (requests, bytes)) in days.into_iter().filter(|(_, sum)| *sum != (0, 0)) {
        rows.push(&(source, on.to_string(), signed(requests), signed(bytes)));
    }
    writes.push(sql::SOURCE_DAYS_ADD, rows);
}

/// Adds what the visits brought to the counters of their crawls.
fn tell_crawls(visits: &[&VisitRecord], effects: &[VisitEffect], writes: &mut Writes) {
    let mut crawls: BTreeMap<i64, CrawlSum> = BTreeMap::new();
    for (visit, effect) in visits.iter().zip(effects) {
        let Some(crawl) = visit.crawl else { continue };
        let sum = crawls.entry(crawl).or_default();
        sum.active_at = sum.active_at.max(visit.visited_at);
        sum.bytes += visit.bytes;
        sum.pages_read += u64::from(visit.offers.is_some());
        sum.offers_read += u64::from(visit.offers.unwrap_or(0));
        let code = visit.outcome.code();
        for (count, _) in sum.outcomes.iter_mut().zip(OUTCOMES).filter(|(_, known)| *known == code) {
            *count += 1;
        }
        sum.effect.observations_new += effect.observations_new;
        sum.effect.observations_known += effect.observations_known;
        sum.effect.rejections_new += effect.rejections_new;
    }
    let mut rows = Rows::default();
    for (crawl, sum) in crawls {
        let [fetched, unchanged, gone, failed, disallowed, refused, redirected] = sum.outcomes.map(signed);
        rows.push(&(
            crawl,
            moment_text(sum.active_at),
            signed(sum.outcomes.iter().sum()),
            signed(sum.bytes),
            signed(sum.pages_read),
            signed(sum.offers_read),
            fetched,
            unchanged,
            gone,
            failed,
            disallowed,
            refused,
            redirected,
            signed(sum.effect.observations_new),
            signed(sum.effect.observations_known),
            signed(sum.effect.rejections_new),
        ));
    }
    writes.push(sql::CRAWLS_ADD, rows);
}
/// Parts of the visits within which no URL stands twice (one statement writes a row once) and none is
/// said to have changed since its visit, or names one of them as its own address: that visit has to
/// stand first.
fn runs<'a, 'v>(visits: &'a [&'v VisitRecord]) -> Vec<&'a [&'v VisitRecord]> {
    let mut runs = Vec::new();
    let mut from = 0;
    let mut seen = HashSet::new();
    for (n, visit) in visits.iter().enumerate() {
        let key = (visit.source_id.as_str(), visit.url.as_str());
        let settled = visit.own.as_deref().is_some_and(|own| seen.contains(&(visit.source_id.as_str(), own)));
        let changed = |link: &crate::NewUrl| {
            link.changed_at.is_some() && seen.contains(&(visit.source_id.as_str(), link.url.as_str()))
        };
        if visit.links.iter().any(changed) || settled || seen.contains(&key) {
            runs.push(&visits[from..n]);
            from = n;
            seen.clear();
        }
        seen.insert(key);
    }
    if from < visits.len() {
        runs.push(&visits[from..]);
    }
    runs
}

fn wake_at<'v>(
    wakes: &mut BTreeMap<(&'v str, &'v str), DateTime<Utc>>,
    source: &'v str,
    host: &'v str,
    at: DateTime<Utc>,
) {
    let first = wakes.entry((source, host)).or_insert(at);
    *first = at.min(*first);
}

fn visits_by_lease<'v>(visits: &[&'v VisitRecord]) -> Vec<(&'v Lease, i64)> {
    let mut by_lease: BTreeMap<&str, (&Lease, i64)> = BTreeMap::new();
    for lease in visits.iter().filter_map(|visit| visit.lease.as_ref()) {
        by_lease.entry(&lease.host).or_insert((lease, 0)).1 += 1;
    }
    by_lease.into_values().collect()
}
