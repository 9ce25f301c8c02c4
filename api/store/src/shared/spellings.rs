//! Pages that name another spelling of their address as their own: whether they give way to it, and what
//! becomes of them where no page is found there. Both are settled by what stands in the database, so that
//! it is no matter which worker visits which of the two, or whether one dies in between.

use super::dialect::{Connection, Database, list, sql};
use super::read::{Reading, Rows, moment_text, text};
use crate::{StoreError, VisitEffect, VisitOutcome, VisitRecord};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The visit as it is written where its page gives way to the address it names.
pub(super) fn giving_way(visit: &VisitRecord) -> Option<VisitRecord> {
    let to = visit.own.clone().filter(|_| matches!(visit.outcome, VisitOutcome::Fetched(_)))?;
    Some(VisitRecord {
        crawl: visit.crawl,
        source_id: visit.source_id.clone(),
        url: visit.url.clone(),
        host: visit.host.clone(),
        lease: visit.lease.clone(),
        visited_at: visit.visited_at,
        outcome: VisitOutcome::Redirected { to },
        status: visit.status,
        archive: visit.archive.clone(),
        observations: Vec::new(),
        rejections: Vec::new(),
        links: visit.links.clone(),
        own: visit.own.clone(),
        requests: visit.requests,
        bytes: visit.bytes,
        offers: None,
        interval: visit.interval,
    })
}

/// The address that a visit's page gave way to, if it did.
pub(super) fn gave_way_to(visit: &VisitRecord) -> Option<&str> {
    let redirected = matches!(visit.outcome, VisitOutcome::Redirected { .. });
    visit.own.as_deref().filter(|_| redirected)
}

impl Database {
    /// Of each visit the form that is written: its page gives way (`instead`), unless what it names is
    /// known to give no page.
    pub(super) async fn settle_spellings<'v>(
        &self,
        connection: &mut Connection,
        visits: &[&'v VisitRecord],
        instead: &'v [Option<VisitRecord>],
    ) -> Result<Vec<&'v VisitRecord>, StoreError> {
        let mut named: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for other in instead.iter().take(visits.len()).flatten() {
            named.entry(&other.source_id).or_default().extend(other.own.as_deref());
        }
        let mut states: HashMap<(&str, String), String> = HashMap::new();
        for (source, urls) in named {
            let urls: Vec<&str> = urls.into_iter().collect();
            let rows = sqlx::query(sql::URL_STATES)
                .bind(source)
                .bind(list(&urls))
                .fetch_all(&mut *connection)
                .await
                .map_err(|e| self.fail(e))?;
            for row in &rows {
                let r = Reading::new(row, "urls", "url");
                states.insert((source, r.text("url")?), r.text("state")?);
            }
        }
        let written = visits.iter().zip(instead).map(|(visit, instead)| match instead {
            Some(other) => {
                let own = other.own.clone().unwrap_or_default();
                let state = states.get(&(other.source_id.as_str(), own)).map_or("due", String::as_str);
                if matches!(state, "due" | "done") { other } else { *visit }
            }
            None => *visit,
        });
        Ok(written.collect())
    }

    /// Makes pages due again that gave way to addresses under which these visits found no page. `stand`
    /// takes their sources and hosts, to be woken.
    pub(super) async fn let_stand(
        &self,
        connection: &mut Connection,
        visits: &[&VisitRecord],
        effects: &mut [VisitEffect],
        stand: &mut Vec<(String, String, DateTime<Utc>)>,
    ) -> Result<(), StoreError> {
        let mut rows = Rows::default();
        let mut at = HashMap::new();
        for (n, visit) in visits.iter().enumerate() {
            let leads_to = match &visit.outcome {
                VisitOutcome::Redirected { to } => Some(to),
                VisitOutcome::Gone | VisitOutcome::Disallowed | VisitOutcome::Refused { .. } => None,
                VisitOutcome::Fetched(_) | VisitOutcome::Unchanged | VisitOutcome::Failed { .. } => continue,
            };
            let due_at = moment_text(visit.visited_at);
            rows.push(&(visit.source_id.as_str(), text(&visit.url), leads_to.map(|to| text(to)), due_at));
            at.insert((visit.source_id.as_str(), visit.url.as_str()), n);
        }
        if rows.is_empty() {
            return Ok(());
        }
        let found = sqlx::query(sql::URLS_STAND)
            .bind(rows.into_parameter())
            .fetch_all(connection)
            .await
            .map_err(|e| self.fail(e))?;
        for row in &found {
            let r = Reading::new(row, "urls", "gave_way_to");
            let (source, host, other) = (r.text("source_id")?, r.text("host")?, r.text("gave_way_to")?);
            let n = at.get(&(source.as_str(), other.as_str())).copied();
            let n = n.ok_or_else(|| self.other(format!("{other} was not visited")))?;
            effects[n].urls_new += 1;
            stand.push((source, host, visits[n].visited_at));
        }
        Ok(())
    }
}
