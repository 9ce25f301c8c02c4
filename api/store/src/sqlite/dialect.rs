//! What the modules of `shared/` need of SQLite: its types, how values become columns, and the
//! statements whose text differs from PostgreSQL's. The counterpart is `postgres/dialect.rs`.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

pub(crate) use super::SqliteStore as Database;
pub(crate) type Connection = sqlx::SqliteConnection;
pub(crate) type Row = SqliteRow;

/// A moment as a column: text of fixed width, so that text order is time order.
pub(crate) fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// A day as a column.
pub(crate) fn day(day: NaiveDate) -> String {
    day.to_string()
}

/// A list of texts as one parameter.
pub(crate) fn list(texts: &[&str]) -> String {
    serde_json::to_string(texts).unwrap_or_default()
}

/// How a statement written for some number of rows names its n-th parameter, counted from 1. SQLite
/// looks names up one by one; without them it counts.
pub(crate) fn parameter(_n: usize) -> String {
    "?".to_owned()
}

/// Executes statements one after the other, each with its one parameter, `$1`. They are handed to the
/// connection's thread as one text: threads change once, not once a statement.
pub(crate) async fn execute_all(
    connection: &mut Connection,
    statements: Vec<(&'static str, String)>,
) -> Result<(), sqlx::Error> {
    let numbered = |(n, (statement, _)): (usize, &(&'static str, String))| {
        statement.replace("$1", &format!("${}", n + 1))
    };
    let texts: Vec<String> = statements.iter().enumerate().map(numbered).collect();
    // Parts of this program's own text.
    let mut query = sqlx::query(sqlx::AssertSqlSafe(texts.join(";\n")));
    for (_, parameter) in statements {
        query = query.bind(parameter);
    }
    query.execute(connection).await?;
    Ok(())
}

pub(crate) fn read_moment(row: &Row, column: &str) -> Result<Option<DateTime<Utc>>, String> {
    let text: Option<&str> = row.try_get(column).map_err(|e| e.to_string())?;
    text.map(|text| text.parse().map_err(|e: chrono::ParseError| e.to_string())).transpose()
}

pub(crate) fn read_day(row: &Row, column: &str) -> Result<Option<NaiveDate>, String> {
    let text: Option<&str> = row.try_get(column).map_err(|e| e.to_string())?;
    text.map(|text| text.parse().map_err(|e: chrono::ParseError| e.to_string())).transpose()
}

/// Writers take turns, so URLs are added in the order in which they were found.
pub(crate) const ADD_IN_ORDER_OF_URLS: bool = false;

/// Statements that differ between the databases.
pub(crate) mod sql {
    macro_rules! statement {
        ($name:literal) => {
            include_str!(concat!("../../queries/sqlite/", $name, ".sql"))
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
    /// Writers take turns: nothing needs a lock of its own.
    pub(crate) const LOCK_CRAWL: Option<&str> = None;
    pub(crate) const LOCK_SOURCE: Option<&str> = None;
    pub(crate) const LOCK_SOURCE_HOSTS: Option<&str> = None;
    pub(crate) const LOCK_HOSTS_OF_SOURCE: Option<&str> = None;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Microseconds within the years 0 to 9999, which four digits hold.
    fn micros() -> impl Strategy<Value = i64> {
        -62_167_219_200_000_000i64..253_402_300_799_999_999
    }

    proptest! {
        #[test]
        fn moments_come_back_and_sort_as_text(a in micros(), b in micros()) {
            let at = |micros| DateTime::<Utc>::from_timestamp_micros(micros).unwrap();
            prop_assert_eq!(moment(at(a)).parse::<DateTime<Utc>>().unwrap(), at(a));
            prop_assert_eq!(moment(at(a)).cmp(&moment(at(b))), a.cmp(&b));
        }
    }
}
