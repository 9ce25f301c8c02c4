//! Budgets: what was visited and what is under way never exceed them together.

use super::Place;
use super::fixtures::*;
use store::{Claim, ClaimRequest, CrawlId, Due, SpentBudget, Store};

/// A crawl over many hosts with ten URLs each.
async fn wide_crawl(store: &dyn Store, hosts: usize) -> CrawlId {
    let crawl = store.begin_crawl(SOURCE, Due::All, day(0)).await.unwrap();
    let urls: Vec<_> =
        (0..hosts * 10).map(|n| url_at(&format!("{}.example", n / 10), &format!("/{n}"), 0)).collect();
    store.enqueue(SOURCE, &urls, day(0)).await.unwrap();
    crawl
}

pub async fn pages_are_never_exceeded(place: Place) {
    let store = place.open().await;
    let crawl = wide_crawl(&*store, 5).await;
    let asked = |worker| ClaimRequest { pages: 25, ..request(crawl, worker, day(0)) };
    let first = claim(&*store, &asked("w1")).await;
    let second = claim(&*store, &asked("w2")).await;
    let third = claim(&*store, &asked("w3")).await;
    assert_eq!((first.urls.len(), second.urls.len(), third.urls.len()), (10, 10, 5));
    let spent = Claim::Spent(SpentBudget::Pages);
    assert_eq!(store.claim_host(&asked("w4")).await.unwrap(), spent);
    // Visits take the place of what was given out, one by one.
    let visits: Vec<_> = (0..4).map(|n| visit_of(&first, n, crawl, day(0))).collect();
    store.finish_visits(&visits, &[]).await.unwrap();
    assert_eq!(store.claim_host(&asked("w4")).await.unwrap(), spent);
    // Six were not visited after all.
    store.finish_visits(&[], &[back(&first.lease, Some(day(1)), day(0))]).await.unwrap();
    let fourth = claim(&*store, &asked("w4")).await;
    assert_eq!(fourth.urls.len(), 6);
    for claimed in [&second, &third, &fourth] {
        let visits: Vec<_> = (0..claimed.urls.len()).map(|n| visit_of(claimed, n, crawl, day(0))).collect();
        store.finish_visits(&visits, &[back(&claimed.lease, Some(day(0)), day(0))]).await.unwrap();
    }
    assert_eq!(store.claim_host(&asked("w1")).await.unwrap(), spent);
    assert_eq!(store.crawl_counts(crawl).await.unwrap().fetched, 25);
}

pub async fn what_dead_workers_held_is_freed(place: Place) {
    let store = place.open().await;
    let crawl = wide_crawl(&*store, 3).await;
    let asked =
        |worker, now| ClaimRequest { pages: 10, requests_per_day: Some(11), ..request(crawl, worker, now) };
    let lost = claim(&*store, &asked("w1", day(0))).await;
    assert_eq!(lost.urls.len(), 10);
    assert!(matches!(store.claim_host(&asked("w2", day(0))).await.unwrap(), Claim::Spent(_)));
    let after = claim(&*store, &asked("w2", day(0) + minutes(5))).await;
    assert_eq!(after.urls.len(), 10, "what a lease that ended had given out does not count any more");
    store.release("w2", day(0) + minutes(6)).await.unwrap();
    assert_eq!(claim(&*store, &asked("w3", day(0) + minutes(6))).await.urls.len(), 10);
}

pub async fn bytes_end_a_crawl(place: Place) {
    let store = place.open().await;
    let crawl = wide_crawl(&*store, 5).await;
    let asked = |worker| ClaimRequest { bytes: Some(150_000), ..request(crawl, worker, day(0)) };
    // Before anything is known of the pages, one of 100 kB fits.
    let first = claim(&*store, &asked("w1")).await;
    assert_eq!(first.urls.len(), 1);
    assert_eq!(store.claim_host(&asked("w2")).await.unwrap(), Claim::Spent(SpentBudget::Bytes));
    let mut visit = visit_of(&first, 0, crawl, day(0));
    visit.bytes = 20_000;
    store.finish_visits(&[visit], &[back(&first.lease, Some(day(1)), day(0))]).await.unwrap();
    // 130 kB are left for pages of 20 kB.
    let second = claim(&*store, &asked("w1")).await;
    assert_eq!(second.urls.len(), 6);
    assert_eq!(store.claim_host(&asked("w2")).await.unwrap(), Claim::Spent(SpentBudget::Bytes));
    let mut visits: Vec<_> = (0..6).map(|n| visit_of(&second, n, crawl, day(0))).collect();
    for visit in &mut visits {
        visit.bytes = 20_000;
    }
    store.finish_visits(&visits, &[back(&second.lease, Some(day(1)), day(0))]).await.unwrap();
    // 10 kB are left: one more page, for the last bytes could never be used otherwise.
    let third = claim(&*store, &asked("w1")).await;
    assert_eq!(third.urls.len(), 1);
    store
        .finish_visits(&[visit_of(&third, 0, crawl, day(0))], &[back(&third.lease, Some(day(1)), day(0))])
        .await
        .unwrap();
    let mut last = visit_of(&claim(&*store, &asked("w1")).await, 0, crawl, day(0));
    last.bytes = 9_000;
    store.finish_visit(&last).await.unwrap();
    store.release("w1", day(0)).await.unwrap();
    assert_eq!(store.claim_host(&asked("w1")).await.unwrap(), Claim::Spent(SpentBudget::Bytes));
    assert_eq!(store.crawls(SOURCE, 1).await.unwrap()[0].bytes, 150_000);
}

pub async fn requests_are_counted_by_day(place: Place) {
    let store = place.open().await;
    let crawl = wide_crawl(&*store, 5).await;
    let asked = |now| ClaimRequest { requests_per_day: Some(20), ..request(crawl, "w1", now) };
    let first = claim(&*store, &asked(day(0))).await;
    assert_eq!(first.urls.len(), 10);
    // Ten pages and a robots.txt that may be redirected are under way; the next host needs at least one
    // for its robots.txt too.
    assert_eq!(first.requests, Some(16));
    let second = claim(&*store, &asked(day(0))).await;
    assert_eq!((second.urls.len(), second.requests), (3, Some(4)));
    let spent = Claim::Spent(SpentBudget::RequestsPerDay);
    assert_eq!(store.claim_host(&asked(day(0))).await.unwrap(), spent);
    let mut visits: Vec<_> = (0..3).map(|n| visit_of(&first, n, crawl, day(0))).collect();
    visits[0].requests = 2;
    visits[1].outcome = store::VisitOutcome::Disallowed;
    visits[1].requests = 0;
    let mut given = back(&first.lease, Some(day(0)), day(0));
    given.requests = 2;
    store.finish_visits(&visits, &[given]).await.unwrap();
    // 2 + 0 + 1 for pages, 2 for robots.txt, 4 under way: eleven left, one of them for robots.txt.
    let third = claim(&*store, &asked(day(0))).await;
    assert_eq!((third.urls.len(), third.requests), (7, Some(11)), "what is left on the first host");
    assert_eq!(store.claim_host(&asked(day(0))).await.unwrap(), spent);
    // The next day (UTC) counts anew.
    store.release("w1", day(0)).await.unwrap();
    let midnight = "2026-03-03T00:00:00Z".parse().unwrap();
    assert_eq!(claim(&*store, &asked(midnight)).await.urls.len(), 10);
}

pub async fn requests_of_a_lost_lease_count_too(place: Place) {
    let store = place.open().await;
    let crawl = wide_crawl(&*store, 1).await;
    let slept = claim(&*store, &request(crawl, "w1", day(0))).await;
    let later = day(0) + minutes(10);
    let successor = claim(&*store, &request(crawl, "w2", later)).await;
    assert_eq!(successor.lease.host, slept.lease.host);
    let mut given = back(&slept.lease, Some(later), later);
    given.requests = 2;
    let visit = visit_of(&slept, 0, crawl, day(0));
    assert_eq!(store.finish_visits(&[visit], &[given]).await.unwrap(), [None]);
    let asked = store.requests_on(SOURCE, day(0).date_naive()).await.unwrap();
    assert_eq!(asked, 3, "nothing of it is stored, but the site was asked");
    assert_eq!(store.crawl_counts(crawl).await.unwrap().fetched, 0);
}

pub async fn requests_told_early_leave_what_is_under_way(place: Place) {
    let store = place.open().await;
    let crawl = wide_crawl(&*store, 2).await;
    let asked = |worker| ClaimRequest { requests_per_day: Some(30), ..request(crawl, worker, day(0)) };
    let first = claim(&*store, &asked("w1")).await;
    assert_eq!((first.urls.len(), first.requests), (10, Some(16)));
    // Its robots.txt took four; twelve of its sixteen may still come. Told in two parts of one batch.
    let told = |requests| {
        let mut told = back(&first.lease, None, day(0));
        told.goes_on = true;
        told.requests = requests;
        told
    };
    store.finish_visits(&[], &[told(1), told(3)]).await.unwrap();
    assert_eq!(store.requests_on(SOURCE, day(0).date_naive()).await.unwrap(), 4);
    let second = claim(&*store, &asked("w2")).await;
    assert_eq!((second.urls.len(), second.requests), (10, Some(14)), "30 - 4 - 12");
}

pub async fn a_robots_txt_that_could_not_be_had_is_a_request_to_come(place: Place) {
    let store = place.open().await;
    let crawl = wide_crawl(&*store, 1).await;
    let asked = |now| ClaimRequest { requests_per_day: Some(5), ..request(crawl, "w1", now) };
    let mut now = day(0);
    for (unreachable, urls) in [(Some("status 503"), 4), (None, 4), (None, 5)] {
        let claimed = claim(&*store, &asked(now)).await;
        assert_eq!(claimed.urls.len(), urls);
        let mut given = back(&claimed.lease, Some(now), now);
        given.robots = vec![store::RobotsRow {
            origin: format!("https://{}", claimed.lease.host),
            fetched_at: now,
            body: None,
            unreachable: unreachable.map(str::to_owned),
        }];
        store.finish_visits(&[], &[given]).await.unwrap();
        now += minutes(15);
    }
}

pub async fn workers_that_race_stay_within_the_budget(place: Place) {
    const PAGES: u64 = 61;
    let store = place.open().await;
    let crawl = wide_crawl(&*store, 20).await;
    let mut workers = Vec::new();
    for n in 0..4 {
        let store = if n % 2 == 0 { store.clone() } else { place.open().await };
        workers.push(tokio::spawn(async move {
            let name = format!("w{n}");
            let mut visited = 0;
            loop {
                let asked = ClaimRequest { pages: PAGES, limit: 4, ..request(crawl, &name, day(0)) };
                let claimed = match store.claim_host(&asked).await.unwrap() {
                    Claim::Host(claimed) => *claimed,
                    Claim::Later(_) => {
                        tokio::task::yield_now().await;
                        continue;
                    }
                    Claim::Spent(SpentBudget::Pages) => return visited,
                    other => panic!("{other:?}"),
                };
                let visits: Vec<_> =
                    (0..claimed.urls.len()).map(|n| visit_of(&claimed, n, crawl, day(0))).collect();
                visited += visits.len() as u64;
                store.finish_visits(&visits, &[back(&claimed.lease, Some(day(0)), day(0))]).await.unwrap();
            }
        }));
    }
    let mut visited = 0;
    for worker in workers {
        visited += worker.await.unwrap();
    }
    assert_eq!(visited, PAGES);
    assert_eq!(store.crawl_counts(crawl).await.unwrap().fetched, PAGES);
}

pub async fn a_source_knows_its_day_and_its_empty_pages(place: Place) {
    let store = place.open().await;
    let crawl = wide_crawl(&*store, 1).await;
    let claimed = claim(&*store, &request(crawl, "w1", day(0))).await;
    let mut visits: Vec<_> = (0..4).map(|n| visit_of(&claimed, n, crawl, day(0))).collect();
    for (visit, offers) in visits.iter_mut().zip([Some(3), Some(0), None, Some(0)]) {
        visit.offers = offers;
    }
    visits[3].visited_at = day(1);
    visits[3].requests = 2;
    store.finish_visits(&visits, &[]).await.unwrap();
    let row = &store.crawls(SOURCE, 1).await.unwrap()[0];
    assert_eq!((row.pages_read, row.offers_read, row.pages_empty), (3, 3, 2));
    let asked = async |of, days| store.requests_on(of, day(days).date_naive()).await.unwrap();
    assert_eq!((asked(SOURCE, 0).await, asked(SOURCE, 1).await, asked(SOURCE, 2).await), (3, 2, 0));
    assert_eq!(asked("other-shop", 0).await, 0);
}
