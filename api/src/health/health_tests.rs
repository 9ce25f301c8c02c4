//! Health from rows made for it.

use super::*;

fn at(day: i64, minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap() + TimeDelta::days(day) + TimeDelta::minutes(minute)
}

fn crawl(day: i64, pages: u64, offers: u64) -> CrawlRow {
    CrawlRow {
        id: day,
        started_at: at(day, 0),
        active_at: at(day, 20),
        finished_at: Some(at(day, 21)),
        ended: None,
        counts: CrawlCounts { fetched: pages, observations_new: offers, ..CrawlCounts::default() },
        pages_read: pages,
        offers_read: offers,
        pages_empty: pages.saturating_sub(offers),
        bytes: pages * 15_000,
    }
}

/// Crawls of five days, oldest first, that fare well.
fn well() -> Rows {
    let status = SourceStatus {
        id: "shop".into(),
        row: None,
        observations: 500,
        rejections: 2,
        pages: 100,
        last_visit: Some(at(5, 20)),
        last_success: Some(at(5, 20)),
        failures_since: 0,
    };
    let mut crawls: Vec<CrawlRow> = (1..=5).map(|day| crawl(day, 100, 98)).collect();
    crawls.reverse();
    Rows { status, crawls, hosts: Vec::new(), requests_today: 7, requests_per_day: Some(50) }
}

fn host() -> HostRow {
    HostRow {
        host: "www.shop.example".into(),
        next_at: None,
        delay_ms: 5_000,
        failures: 0,
        latency_ms: 200,
        leased: None,
        waiting: 12,
    }
}

fn codes(health: &Health) -> Vec<AlarmCode> {
    health.alarms.iter().map(|alarm| alarm.code).collect()
}

#[test]
fn a_source_that_fares_well_has_no_alarm() {
    let health = of(well(), at(5, 80));
    assert_eq!(health.alarms, []);
    assert_eq!((health.offers_per_page, health.usual_offers_per_page), (Some(0.98), Some(0.98)));
    let last = health.last_crawl.unwrap();
    assert_eq!((last.ended, last.error_share, last.until), (Ended::Finished, Some(0.0), at(5, 21)));
    assert!((health.days_since_success.unwrap() - 60.0 / 1_440.0).abs() < 1e-9);
}

#[test]
fn endings_are_told_apart() {
    let ended = |change: &dyn Fn(&mut Rows)| {
        let mut rows = well();
        rows.hosts.push(host());
        change(&mut rows);
        of(rows, at(5, 22)).last_crawl.unwrap().ended
    };
    assert_eq!(ended(&|r| r.crawls[0].ended = Some(PAGE_BUDGET.into())), Ended::Budget);
    assert_eq!(ended(&|r| r.crawls[0].ended = Some(BYTE_BUDGET.into())), Ended::Budget);
    assert_eq!(ended(&|r| r.crawls[0].ended = Some("captcha at /".into())), Ended::Wall);
    assert_eq!(ended(&|r| r.crawls[0].finished_at = None), Ended::Interrupted);
    let running = |r: &mut Rows, until| {
        r.crawls[0].finished_at = None;
        r.hosts[0].leased = Some(("w1".into(), until));
    };
    assert_eq!(ended(&|r| running(r, at(5, 30))), Ended::Running);
    assert_eq!(ended(&|r| running(r, at(5, 21))), Ended::Interrupted, "its lease is over");
    assert_eq!(
        ended(&|r| {
            r.crawls[0].finished_at = None;
            r.requests_today = 50;
        }),
        Ended::DayBudget
    );
}

#[test]
fn hosts_that_cannot_be_asked_are_shown_with_why() {
    let mut rows = well();
    rows.hosts = vec![
        HostRow { next_at: Some(at(5, 90)), failures: 3, ..host() },
        HostRow { host: "b.example".into(), leased: Some(("w1".into(), at(5, 85))), ..host() },
        HostRow { host: "c.example".into(), next_at: Some(at(5, 1)), ..host() },
    ];
    let health = of(rows, at(5, 80));
    let held: Vec<_> = health.held.iter().map(|h| (h.host.as_str(), h.failures, h.until)).collect();
    assert_eq!(held, [("www.shop.example", 3, at(5, 90)), ("b.example", 0, at(5, 85))]);
    assert_eq!(health.held[1].leased_by.as_deref(), Some("w1"));
    assert_eq!(health.waiting, 36);
}

#[test]
fn each_alarm_is_raised_by_its_own_reason() {
    let raised = |change: &dyn Fn(&mut Rows), now| {
        let mut rows = well();
        change(&mut rows);
        of(rows, now)
    };
    let soon = at(5, 80);
    let wall = raised(&|r| r.crawls[0].ended = Some("captcha at https://shop.example/".into()), soon);
    assert_eq!(codes(&wall), [AlarmCode::Wall]);
    assert!(wall.alarms[0].sentence.contains("captcha"));

    let nothing = raised(
        &|r| {
            r.crawls[0].counts = CrawlCounts { failed: 1, ..CrawlCounts::default() };
            r.crawls[0].pages_read = 0;
        },
        soon,
    );
    assert_eq!(codes(&nothing), [AlarmCode::NothingFetched]);
    let idle = raised(&|r| r.crawls[0] = crawl(5, 0, 0), soon);
    assert_eq!(codes(&idle), [], "nothing was due: no visit, no alarm");

    let errors = raised(&|r| r.crawls[0].counts.failed = 40, soon);
    assert_eq!(codes(&errors), [AlarmCode::ManyErrors]);
    assert!(errors.alarms[0].sentence.starts_with("29 %"), "{}", errors.alarms[0].sentence);
    let some = raised(&|r| r.crawls[0].counts.failed = 30, soon);
    assert_eq!(codes(&some), []);

    let drift = raised(&|r| r.crawls[0] = crawl(5, 100, 20), soon);
    assert_eq!(codes(&drift), [AlarmCode::LayoutDrift]);
    insta::assert_snapshot!(drift.alarms[0].sentence, @"0.20 offers a page, usually 0.98 (100 pages read, held to 4 crawls; by chance less than 1 in 10,000): the site's pages have changed; touchstone source check FILE --online shows what is read of them now");

    assert_eq!(codes(&raised(&|_| (), at(9, 0))), [], "three days and one are not yet over");
    let late = raised(&|_| (), at(10, 0));
    assert_eq!(codes(&late), [AlarmCode::Overdue]);
    insta::assert_snapshot!(late.alarms[0].sentence, @"no page came for 4 days; crawls usually begin every 24 h: is the crawl still scheduled?");
    assert_eq!(codes(&raised(&|r| r.crawls.truncate(3), at(40, 0))), [], "no habit, nothing overdue");
}

#[tokio::test]
async fn health_comes_out_of_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("h.db").display().to_string();
    let store = store::open(&path, store::Open::Create).await.unwrap();
    store.migrate().await.unwrap();
    let none = BTreeMap::new();
    assert_eq!(read(store.as_ref(), &[], &none, at(0, 0)).await.unwrap(), []);
    let row = |id: &str| store::SourceRow {
        id: id.into(),
        name: "Shop".into(),
        market: None,
        text_hash: model::ContentHash::of(b"file"),
        permission: "letter".into(),
        contact: "a@customs.example".into(),
        read_at: at(0, 0),
    };
    store.put_source(&row("shop")).await.unwrap();
    store.put_source(&row("other")).await.unwrap();
    let crawl = store.begin_crawl("shop", store::Due::All, at(1, 0)).await.unwrap();
    store.finish_crawl(crawl, at(1, 5), Some(PAGE_BUDGET)).await.unwrap();
    let per_day = BTreeMap::from([("shop".to_owned(), 80)]);
    let all = read(store.as_ref(), &[], &per_day, at(1, 6)).await.unwrap();
    let ids: Vec<&str> = all.iter().map(|h| h.source.as_str()).collect();
    assert_eq!(ids, ["other", "shop"]);
    assert_eq!(all[1].last_crawl.as_ref().unwrap().ended, Ended::Budget);
    assert_eq!((all[1].requests_per_day, all[0].last_crawl.as_ref()), (Some(80), None));
    let one = read(store.as_ref(), &["other".into()], &per_day, at(1, 6)).await.unwrap();
    assert_eq!(one.len(), 1);
    assert_eq!(drift_of(store.as_ref(), "shop").await.unwrap(), DriftState::default());
}
