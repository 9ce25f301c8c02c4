//! A database that was crawled with before hosts were leased: brought to the newest schema, it goes on
//! where it stood. What it held is written by hand, in the words of the first schema.

use super::Place;
use super::fixtures::*;
use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use store::{Claim, Due, Open};

/// What applies the first migration alone.
pub fn first_migration(text: &'static str) -> Migrator {
    let first = Migration::new(1, "initial".into(), MigrationType::Simple, text.into_sql_str(), false);
    let mut migrator = Migrator::with_migrations(vec![first]);
    migrator.dangerous_set_table_name("schema_migrations");
    migrator
}

/// A crawl that has visited one page of a host and failed at one of another; one URL is under way, one
/// waits. Both databases read it.
pub const ROWS: &str = "
INSERT INTO sources (id) VALUES ('lamp-shop');
INSERT INTO crawls (source_id, started_at, active_at)
VALUES ('lamp-shop', '2026-03-02T09:00:00.000000Z', '2026-03-02T09:10:00.000000Z');
INSERT INTO urls (source_id, url, host, depth, priority, state, due_at, attempts, lease_worker, lease_until,
    lease_epoch, last_visit_at)
VALUES
    ('lamp-shop', 'https://a.example/done', 'a.example', 0, 9, 'done', '2026-03-02T09:05:00.000000Z', 0,
     NULL, NULL, 1, '2026-03-02T09:05:00.000000Z'),
    ('lamp-shop', 'https://b.example/failed', 'b.example', 1, 0, 'failed', '2026-03-02T09:10:00.000000Z', 3,
     NULL, NULL, 3, '2026-03-02T09:10:00.000000Z'),
    ('lamp-shop', 'https://a.example/under-way', 'a.example', 1, 0, 'due', '2026-03-02T09:00:00.000000Z', 0,
     'w1', '2026-03-02T09:20:00.000000Z', 1, NULL),
    ('lamp-shop', 'https://a.example/waits', 'a.example', 2, 0, 'due', '2026-03-02T09:00:01.000000Z', 0,
     NULL, NULL, 0, NULL);
INSERT INTO visits (crawl_id, source_id, url_id, visited_at, outcome, status, observations_new,
    observations_known, rejections_new)
VALUES
    (1, 'lamp-shop', 1, '2026-03-02T09:05:00.000000Z', 'fetched', 200, 4, 1, 2),
    (1, 'lamp-shop', 2, '2026-03-02T09:10:00.000000Z', 'failed', 500, 0, 0, 0);
";

pub async fn a_database_of_the_first_schema_goes_on(place: Place) {
    let store = store::open(&place.location, Open::Create).await.unwrap();
    assert_eq!(store.migrate().await.unwrap()[0], "0002 host_leases");
    let row = &store.crawls(SOURCE, 1).await.unwrap()[0];
    let counts = row.counts;
    assert_eq!((counts.fetched, counts.failed, counts.waiting, counts.leased), (1, 1, 2, 0));
    assert_eq!((counts.observations_new, counts.observations_known, counts.rejections_new), (4, 1, 2));
    let hosts = store.hosts(SOURCE).await.unwrap();
    assert_eq!(hosts.iter().map(|host| host.waiting).collect::<Vec<_>>(), [2, 0]);
    let crawl = store.begin_crawl(SOURCE, Due::All, day(0)).await.unwrap();
    assert_eq!(crawl, row.id, "taken up again");
    let budget = store::ClaimRequest { pages: 3, ..request(crawl, "w2", day(0)) };
    let claimed = claim(&*store, &budget).await;
    assert_eq!(paths(&claimed.urls), ["/under-way"], "two pages of three are visited");
    assert!(matches!(store.claim_host(&budget).await.unwrap(), Claim::Spent(_)));
}
