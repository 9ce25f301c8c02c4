//! How a source fares, as an administrator asks for it: its last crawl, errors, offers per page, hosts
//! held or resting, and the alarms that stand. Made from the database's rows; what is printed and
//! counted of it is the business of `commands::source::status` and of `metrics`.

pub mod drift;

use crate::metrics;
use crate::pages::format::count;
use chrono::{DateTime, TimeDelta, Utc};
use drift::{CrawlYield, Drift, DriftSign, DriftState};
use serde::Serialize;
use std::collections::BTreeMap;
use store::{CrawlCounts, CrawlRow, HostRow, SourceStatus, Store, StoreError};

/// Crawls that are looked at: those of the baseline, and room for some that gave an alarm.
pub const HISTORY: u32 = 3 * drift::BASELINE as u32;
/// Share of failed visits above which errors are an alarm. A server's bad hour gives a few per cent.
pub const MANY_ERRORS: f64 = 0.25;
/// Visits from which that share says something.
pub const MIN_VISITS: u64 = 20;
/// A source is overdue when nothing came for this many times the usual time between two crawls, and a day.
pub const OVERDUE: i32 = 3;
/// What `CrawlRow::ended` says of a crawl that its page budget ended.
pub const PAGE_BUDGET: &str = "page budget";
/// The same of its byte budget.
pub const BYTE_BUDGET: &str = "byte budget";

/// How a crawl ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// Nothing was due any more.
    Finished,
    /// The budget of pages or bytes was used.
    Budget,
    /// It met a wall.
    Wall,
    /// A worker is at it.
    Running,
    /// The requests of the day are used; the next crawl goes on.
    DayBudget,
    /// It was interrupted; the next crawl goes on.
    Interrupted,
}

impl Ended {
    /// In a word or two.
    pub fn words(self) -> &'static str {
        match self {
            Ended::Finished => "finished",
            Ended::Budget => "budget",
            Ended::Wall => "wall",
            Ended::Running => "running",
            Ended::DayBudget => "day's budget",
            Ended::Interrupted => "interrupted",
        }
    }
}

/// The last crawl.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LastCrawl {
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// Its last visit, or its end.
    pub until: DateTime<Utc>,
    /// How it ended.
    pub ended: Ended,
    /// What ended it, in words: the sign of a wall, the budget.
    pub detail: Option<String>,
    /// Visits and rows.
    pub counts: CrawlCounts,
    /// Share of visits that failed, 0 to 1; none without visits.
    pub error_share: Option<f64>,
    /// Bytes fetched.
    pub bytes: u64,
}

/// A host that is held or rests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldHost {
    /// The host.
    pub host: String,
    /// The worker that has leased it.
    pub leased_by: Option<String>,
    /// Until when it is held or rests.
    pub until: DateTime<Utc>,
    /// Failures in a row: why it rests, where there are any.
    pub failures: u32,
    /// Addresses waiting there.
    pub waiting: u64,
}

/// What an alarm is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AlarmCode {
    /// The last crawl met a wall.
    Wall,
    /// Not one page came.
    NothingFetched,
    /// Many visits failed.
    ManyErrors,
    /// Far fewer offers per page, or far more pages without any.
    LayoutDrift,
    /// Nothing came for far longer than usual.
    Overdue,
}

/// An alarm that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alarm {
    /// What it is about.
    pub code: AlarmCode,
    /// In words, with what to do.
    pub sentence: String,
}

/// How a source fares.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Health {
    /// The source.
    pub source: String,
    /// Its name, where its file was read here.
    pub name: Option<String>,
    /// The last crawl; none: it was never crawled.
    pub last_crawl: Option<LastCrawl>,
    /// Last visit that brought a page, changed or not.
    pub last_success: Option<DateTime<Utc>>,
    /// Days since then.
    pub days_since_success: Option<f64>,
    /// Offers per page of the last crawl that read enough of them.
    pub offers_per_page: Option<f64>,
    /// What is usual.
    pub usual_offers_per_page: Option<f64>,
    /// Addresses waiting.
    pub waiting: u64,
    /// Hosts held by workers or resting.
    pub held: Vec<HeldHost>,
    /// Requests sent today (UTC).
    pub requests_today: u64,
    /// Requests allowed on a day, where a source file at hand says so.
    pub requests_per_day: Option<u64>,
    /// Observations and pages known.
    pub observations: u64,
    /// Pages whose content is known.
    pub pages: u64,
    /// Alarms that stand, the gravest first.
    pub alarms: Vec<Alarm>,
}

/// Rows a source's health is made from.
#[derive(Debug, Clone)]
pub struct Rows {
    /// The source.
    pub status: SourceStatus,
    /// Its last crawls, newest first.
    pub crawls: Vec<CrawlRow>,
    /// Its hosts.
    pub hosts: Vec<HostRow>,
    /// Requests today.
    pub requests_today: u64,
    /// Requests allowed on a day.
    pub requests_per_day: Option<u64>,
}

/// Every source that was ever crawled or has a file, or those named. `per_day`: daily budgets by id.
///
/// # Errors
/// Those of the database. An id that is not known is left out.
pub async fn read(
    store: &dyn Store,
    only: &[String],
    per_day: &BTreeMap<String, u64>,
    now: DateTime<Utc>,
) -> Result<Vec<Health>, StoreError> {
    let mut all = Vec::new();
    for status in store.sources().await? {
        if !only.is_empty() && !only.contains(&status.id) {
            continue;
        }
        let crawls = store.crawls(&status.id, HISTORY).await?;
        // A price list that was imported is no source to be crawled.
        if only.is_empty() && crawls.is_empty() && status.row.is_none() {
            continue;
        }
        let hosts = store.hosts(&status.id).await?;
        let requests_today = store.requests_on(&status.id, now.date_naive()).await?;
        let requests_per_day = per_day.get(&status.id).copied();
        all.push(of(Rows { status, crawls, hosts, requests_today, requests_per_day }, now));
    }
    Ok(all)
}

/// How the offers per page of a source's last crawl compare with its earlier ones.
pub async fn drift_of(store: &dyn Store, source_id: &str) -> Result<DriftState, StoreError> {
    Ok(judge(&store.crawls(source_id, HISTORY).await?))
}

/// The same from its crawls, newest first.
fn judge(crawls: &[CrawlRow]) -> DriftState {
    let yields: Vec<CrawlYield> = crawls
        .iter()
        .rev()
        .map(|c| CrawlYield { pages: c.pages_read, offers: c.offers_read, empty: Some(c.pages_empty) })
        .collect();
    drift::judge(&yields)
}

/// A source's health at a moment.
pub fn of(rows: Rows, now: DateTime<Utc>) -> Health {
    let Rows { status, crawls, hosts, requests_today, requests_per_day } = rows;
    let state = judge(&crawls);
    let held: Vec<HeldHost> = hosts.iter().filter_map(|host| held(host, now)).collect();
    let at_work = held.iter().any(|host| host.leased_by.is_some());
    let day_spent = requests_per_day.is_some_and(|budget| requests_today >= budget);
    let last_crawl = crawls.first().map(|row| last_crawl(row, at_work, day_spent));
    let mut health = Health {
        source: status.id,
        name: status.row.map(|row| row.name),
        last_success: status.last_success,
        days_since_success: status.last_success.map(|at| (now - at).num_minutes().max(0) as f64 / 1_440.0),
        offers_per_page: state.now,
        usual_offers_per_page: state.usual,
        waiting: hosts.iter().map(|host| host.waiting).sum(),
        held,
        requests_today,
        requests_per_day,
        observations: status.observations,
        pages: status.pages,
        alarms: Vec::new(),
        last_crawl,
    };
    health.alarms = alarms(&health, &state, usual_gap(&crawls), now);
    health
}

fn last_crawl(row: &CrawlRow, at_work: bool, day_spent: bool) -> LastCrawl {
    let c = &row.counts;
    let visits = c.fetched + c.unchanged + c.gone + c.failed + c.disallowed + c.refused + c.redirected;
    let ended = match (row.finished_at, row.ended.as_deref()) {
        (Some(_), None) => Ended::Finished,
        (Some(_), Some(PAGE_BUDGET | BYTE_BUDGET)) => Ended::Budget,
        (Some(_), Some(_)) => Ended::Wall,
        (None, _) if at_work => Ended::Running,
        (None, _) if day_spent => Ended::DayBudget,
        (None, _) => Ended::Interrupted,
    };
    LastCrawl {
        started_at: row.started_at,
        until: row.finished_at.unwrap_or(row.active_at),
        ended,
        detail: row.ended.clone(),
        counts: *c,
        error_share: (visits > 0).then(|| c.failed as f64 / visits as f64),
        bytes: row.bytes,
    }
}

/// A host that cannot be asked at this moment, and why.
fn held(host: &HostRow, now: DateTime<Utc>) -> Option<HeldHost> {
    let leased = host.leased.as_ref().filter(|(_, until)| *until > now);
    let rests = host.next_at.filter(|at| *at > now);
    let until = leased.map(|(_, until)| *until).or(rests)?;
    Some(HeldHost {
        host: host.host.clone(),
        leased_by: leased.map(|(worker, _)| worker.clone()),
        until,
        failures: host.failures,
        waiting: host.waiting,
    })
}

/// The usual time between the beginnings of two crawls; none with fewer than three such times.
fn usual_gap(crawls: &[CrawlRow]) -> Option<TimeDelta> {
    let gaps: Vec<f64> =
        crawls.windows(2).map(|w| (w[0].started_at - w[1].started_at).num_seconds() as f64).collect();
    (gaps.len() >= 3).then(|| TimeDelta::seconds(drift::median(gaps) as i64))
}

fn alarms(
    health: &Health,
    state: &DriftState,
    usual_gap: Option<TimeDelta>,
    now: DateTime<Utc>,
) -> Vec<Alarm> {
    let mut alarms = Vec::new();
    let mut raise = |code, sentence| alarms.push(Alarm { code, sentence });
    if let Some(crawl) = &health.last_crawl {
        let c = &crawl.counts;
        let visits = c.fetched + c.unchanged + c.gone + c.failed + c.disallowed + c.refused + c.redirected;
        let over = crawl.ended != Ended::Running;
        if crawl.ended == Ended::Wall {
            let sign = crawl.detail.as_deref().unwrap_or("unknown sign");
            raise(
                AlarmCode::Wall,
                format!("the site does not want to be read ({sign}): ask its operator for access"),
            );
        } else if over && visits > 0 && c.fetched + c.unchanged == 0 {
            raise(
                AlarmCode::NothingFetched,
                format!("not one page came in the last crawl ({visits} visits): try touchstone source fetch"),
            );
        } else if let Some(share) = crawl.error_share
            && visits >= MIN_VISITS
            && share > MANY_ERRORS
        {
            raise(
                AlarmCode::ManyErrors,
                format!(
                    "{:.0} % of the last crawl's visits failed: the site is in trouble, or asked too fast",
                    100.0 * share
                ),
            );
        }
    }
    if let Some(drift) = &state.alarm {
        raise(AlarmCode::LayoutDrift, drift_sentence(drift));
    }
    if let (Some(gap), Some(last)) = (usual_gap, health.last_success)
        && now - last > gap * OVERDUE + TimeDelta::days(1)
    {
        raise(
            AlarmCode::Overdue,
            format!(
                "no page came for {} days; crawls usually begin every {}: is the crawl still scheduled?",
                (now - last).num_days(),
                match gap.num_hours() {
                    hours @ 0..48 => format!("{} h", hours.max(1)),
                    hours => format!("{} days", hours / 24),
                }
            ),
        );
    }
    alarms
}

/// A drift alarm in words.
pub fn drift_sentence(drift: &Drift) -> String {
    let what = match drift.sign {
        DriftSign::OffersPerPage => {
            format!("{} offers a page, usually {}", figure(drift.now), figure(drift.usual))
        }
        DriftSign::PagesWithoutOffer => format!(
            "{:.0} % of the pages read give no offer, usually {:.0} %",
            100.0 * drift.now,
            100.0 * drift.usual
        ),
    };
    let times = match drift.standing {
        1 => String::new(),
        n => format!(", {n} crawls in a row"),
    };
    format!(
        "{what} ({} pages read, held to {} crawls{times}; by chance {}): the site's pages have changed; \
         touchstone source check FILE --online shows what is read of them now",
        drift.pages,
        drift.crawls,
        match drift.p {
            p if p < 0.0001 => "less than 1 in 10,000".to_owned(),
            // Two digits: it is approximate.
            p => format!("1 in {}", count(((0.01 / p).round() * 100.0) as u64)),
        }
    )
}

/// A rate with as many decimals as it needs.
pub fn figure(rate: f64) -> String {
    match rate {
        r if r >= 100.0 => format!("{r:.0}"),
        r if r >= 10.0 => format!("{r:.1}"),
        r => format!("{r:.2}"),
    }
}

impl Health {
    /// Whether an alarm of that kind stands.
    pub fn has(&self, code: AlarmCode) -> bool {
        self.alarms.iter().any(|alarm| alarm.code == code)
    }

    /// Tells Prometheus.
    pub fn publish(&self) {
        metrics::alarms(&self.source, self.has(AlarmCode::LayoutDrift), self.alarms.len());
        metrics::wall(&self.source, self.has(AlarmCode::Wall));
        metrics::waiting(&self.source, self.waiting);
        let leased = self.held.iter().filter(|host| host.leased_by.is_some()).count();
        metrics::hosts_leased(&self.source, leased as u64);
        if let Some(at) = self.last_success {
            metrics::last_success(&self.source, at);
        }
    }
}

#[cfg(test)]
#[path = "health/health_tests.rs"]
mod tests;
