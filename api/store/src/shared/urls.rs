//! URLs: those that visits speak of, and those that are added.

use super::dialect::{ADD_IN_ORDER_OF_URLS, Connection, Database, list, sql};
use super::read::{Reading, Rows, moment_text, text};
use crate::{NewUrl, StoreError, VisitRecord};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Links written by one statement.
const LINKS: usize = 2000;

impl Database {
    /// The rows of the visited URLs; one the frontier does not know (a saved page) is added.
    pub(super) async fn visited_urls<'v>(
        &self,
        connection: &mut Connection,
        visits: &[&'v VisitRecord],
        wakes: &mut BTreeMap<(&'v str, &'v str), DateTime<Utc>>,
    ) -> Result<Vec<i64>, StoreError> {
        let mut ids: HashMap<(&str, &str), i64> = HashMap::new();
        for source in visits.iter().map(|v| v.source_id.as_str()).collect::<BTreeSet<_>>() {
            let of_source = || visits.iter().copied().filter(|v| v.source_id == source);
            let urls: Vec<&str> = of_source().map(|visit| visit.url.as_str()).collect();
            let mut found = self.url_ids(connection, source, &urls).await?;
            let unknown: Vec<NewUrl> = of_source()
                .filter(|visit| !found.contains_key(&visit.url))
                .map(|visit| NewUrl { url: visit.url.clone(), host: visit.host.clone(), ..NewUrl::default() })
                .collect();
            if !unknown.is_empty() {
                let rows: Vec<_> = unknown.iter().map(|url| (url, DateTime::UNIX_EPOCH)).collect();
                self.write_urls(connection, source, &rows).await?;
                found = self.url_ids(connection, source, &urls).await?;
            }
            for visit in of_source() {
                if unknown.iter().any(|url| url.url == visit.url) {
                    wakes.insert((source, &visit.host), visit.visited_at);
                }
                let id = found.get(&visit.url).copied();
                let id = id.ok_or_else(|| self.other(format!("{} could not be added", visit.url)))?;
                ids.insert((source, &visit.url), id);
            }
        }
        visits
            .iter()
            .map(|v| ids.get(&(v.source_id.as_str(), v.url.as_str())).copied())
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| self.other("a visited URL has no row".to_owned()))
    }

    pub(super) async fn url_ids(
        &self,
        connection: &mut Connection,
        source_id: &str,
        urls: &[&str],
    ) -> Result<HashMap<String, i64>, StoreError> {
        let rows = sqlx::query(sql::URL_IDS)
            .bind(source_id)
            .bind(list(urls))
            .fetch_all(connection)
            .await
            .map_err(|e| self.fail(e))?;
        rows.iter()
            .map(|row| {
                let r = Reading::new(row, "urls", "id");
                Ok((r.text("url")?, r.int("id")?))
            })
            .collect()
    }

    /// Adds URLs, each due at its moment, and the rows of their hosts. Returns those that are new or due
    /// again.
    pub(super) async fn write_urls(
        &self,
        connection: &mut Connection,
        source_id: &str,
        urls: &[(&NewUrl, DateTime<Utc>)],
    ) -> Result<HashSet<String>, StoreError> {
        let mut new = HashSet::new();
        let mut hosts = BTreeSet::new();
        let mut seen = HashSet::new();
        let mut ordered: Vec<&(&NewUrl, DateTime<Utc>)> =
            urls.iter().filter(|(url, _)| seen.insert(url.url.as_str())).collect();
        if ADD_IN_ORDER_OF_URLS {
            ordered.sort_unstable_by_key(|(url, _)| url.url.as_str());
        }
        for part in ordered.chunks(LINKS) {
            let mut rows = Rows::default();
            let mut changed = Rows::default();
            for (url, due_at) in part {
                if let Some(at) = url.changed_at {
                    changed.push(&(text(&url.url), moment_text(at), moment_text(*due_at)));
                }
                rows.push(&(
                    text(&url.url),
                    text(&url.host),
                    url.kind.code(),
                    url.depth,
                    url.redirects,
                    url.priority,
                    moment_text(*due_at),
                ));
            }
            let rows = sqlx::query(sql::URLS_ENQUEUE)
                .bind(source_id)
                .bind(rows.into_parameter())
                .fetch_all(&mut *connection)
                .await
                .map_err(|e| self.fail(e))?;
            let mut told = rows;
            if !changed.is_empty() {
                let rows = sqlx::query(sql::URLS_CHANGED)
                    .bind(source_id)
                    .bind(changed.into_parameter())
                    .fetch_all(&mut *connection)
                    .await
                    .map_err(|e| self.fail(e))?;
                told.extend(rows);
            }
            for row in &told {
                let r = Reading::new(row, "urls", "url");
                new.insert(r.text("url")?);
                hosts.insert(r.text("host")?);
            }
        }
        if !hosts.is_empty() {
            let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
            self.ensure_hosts(connection, &hosts).await?;
        }
        Ok(new)
    }
}
