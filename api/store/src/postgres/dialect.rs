//! What the modules of `shared/` need of PostgreSQL: its types, how values become columns, and the
//! statements whose text differs from SQLite's. The counterpart is `sqlite/dialect.rs`.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::Row as _;
use sqlx::postgres::PgRow;

pub(crate) use super::PostgresStore as Database;
pub(crate) type Connection = sqlx::PgConnection;
pub(crate) type Row = PgRow;

/// A moment as a column: `timestamptz` holds microseconds.
pub(crate) fn moment(at: DateTime<Utc>) -> DateTime<Utc> {
    at
}

/// A day as a column.
pub(crate) fn day(day: NaiveDate) -> NaiveDate {
    day
}

/// A list of texts as one parameter.
pub(crate) fn list(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| text.replace('\0', "\u{fffd}")).collect()
}

/// How a statement written for some number of rows names its n-th parameter, counted from 1.
pub(crate) fn parameter(n: usize) -> String {
    format!("${n}")
}

/// Executes statements one after the other, each with its one parameter.
pub(crate) async fn execute_all(
    connection: &mut Connection,
    statements: Vec<(&'static str, String)>,
) -> Result<(), sqlx::Error> {
    for (statement, parameter) in statements {
        sqlx::query(statement).bind(parameter).execute(&mut *connection).await?;
    }
    Ok(())
}

pub(crate) fn read_moment(row: &Row, column: &str) -> Result<Option<DateTime<Utc>>, String> {
    row.try_get(column).map_err(|e| e.to_string())
}

pub(crate) fn read_day(row: &Row, column: &str) -> Result<Option<NaiveDate>, String> {
    row.try_get(column).map_err(|e| e.to_string())
}

/// Two transactions that add the same URLs must do so in one order, or they block each other.
pub(crate) const ADD_IN_ORDER_OF_URLS: bool = true;

/// Statements that differ between the databases.
pub(crate) mod sql {
    macro_rules! statement {
        ($name:literal) => {
            include_str!(concat!("../../queries/postgres/", $name, ".sql"))
        };
    }
    pub(crate) const CRAWLS_ADD: &str = statement!("crawls_add");
    pub(crate) const SOURCE_DAYS_ADD: &str = statement!("source_days_add");
    pub(crate) const HOST_CANDIDATE: &str = statement!("host_candidate");
    pub(crate) const HOSTS_GIVEN: &str = statement!("hosts_given");
    pub(crate) const HOSTS_LEARNED: &str = statement!("hosts_learned");
    pub(crate) const HOSTS_READY: &str = statement!("hosts_ready");
    pub(crate) const HOSTS_RETURN: &str = statement!("hosts_return");
    pub(crate) const HOSTS_WAKE: &str = statement!("hosts_wake");
    pub(crate) const HOSTS_ENSURE: &str = statement!("hosts_ensure");
    pub(crate) const HOSTS_OF_LEASES: &str = statement!("hosts_of_leases");
    pub(crate) const HOSTS_OF_WORKER: &str = statement!("hosts_of_worker");
    pub(crate) const OBSERVATIONS_AGAIN: &str = statement!("observations_again");
    pub(crate) const OBSERVATIONS_PAGE: &str = statement!("observations_page");
    pub(crate) const OBSERVATIONS_OF: &str = statement!("observations_of");
    pub(crate) const OBSERVATIONS_TOUCH: &str = statement!("observations_touch");
    pub(crate) const PAGE_OBSERVATIONS: &str = statement!("page_observations");
    pub(crate) const PAGES_PUT: &str = statement!("pages_put");
    pub(crate) const PAGES_SEEN: &str = statement!("pages_seen");
    pub(crate) const PAGE_PLACE: &str = statement!("page_place");
    pub(crate) const RATES_PUT: &str = statement!("rates_put");
    pub(crate) const TARIFF_LINES_PUT: &str = statement!("tariff_lines_put");
    pub(crate) const TARIFF_MOVES_PUT: &str = statement!("tariff_moves_put");
    pub(crate) const URLS_ENQUEUE: &str = statement!("urls_enqueue");
    pub(crate) const URLS_CHANGED: &str = statement!("urls_changed");
    pub(crate) const URLS_STAND: &str = statement!("urls_stand");
    pub(crate) const URLS_VISITED: &str = statement!("urls_visited");
    pub(crate) const URL_STATES: &str = statement!("url_states");
    pub(crate) const URL_IDS: &str = statement!("url_ids");
    pub(crate) const VISITS_INSERT: &str = statement!("visits_insert");
    pub(crate) const VISIT_LINKS: &str = statement!("visit_links");
    /// Writers work side by side: what must not change between two statements is locked.
    pub(crate) const LOCK_CRAWL: Option<&str> = Some(statement!("lock_crawl"));
    pub(crate) const LOCK_SOURCE: Option<&str> = Some(statement!("lock_source"));
    pub(crate) const LOCK_SOURCE_HOSTS: Option<&str> = Some(statement!("lock_source_hosts"));
    pub(crate) const LOCK_HOSTS_OF_SOURCE: Option<&str> = Some(statement!("lock_hosts_of_source"));
}
