//! Leases, order, and what makes a URL due.

use super::Place;
use super::fixtures::*;
use std::collections::BTreeSet;
use store::{DueUrl, VisitOutcome};

fn paths(claimed: &[DueUrl]) -> Vec<&str> {
    claimed.iter().map(|due| due.url.trim_start_matches("https://lamps.example")).collect()
}

pub async fn urls_are_claimed_by_priority_then_by_time(place: Place) {
    let store = place.open().await;
    store.enqueue(SOURCE, &[url("/old", 0), url("/low", -1)], day(0)).await.unwrap();
    store.enqueue(SOURCE, &[url("/later", 0), url("/start", 9)], day(1)).await.unwrap();
    store.enqueue("other-shop", &[url("/elsewhere", 99)], day(0)).await.unwrap();
    let claimed = store.claim_due(SOURCE, "w1", day(1), minutes(5), 3).await.unwrap();
    assert_eq!(paths(&claimed), ["/start", "/old", "/later"]);
    assert_eq!(claimed[0].lease_until, day(1) + minutes(5));
    let rest = store.claim_due(SOURCE, "w1", day(1), minutes(5), 10).await.unwrap();
    assert_eq!(paths(&rest), ["/low"]);
}

pub async fn a_url_is_enqueued_once(place: Place) {
    let store = place.open().await;
    let new = store.enqueue(SOURCE, &[url("/a", 0), url("/a", 0), url("/b", 0)], day(0)).await.unwrap();
    assert_eq!(new, 2);
    let again = store.enqueue(SOURCE, &[url("/a", 5), url("/c", 0)], day(1)).await.unwrap();
    assert_eq!(again, 1);
    assert_eq!(store.counts().await.unwrap().urls, 3);
}

pub async fn a_lease_ends(place: Place) {
    let store = place.open().await;
    store.enqueue(SOURCE, &[url("/a", 0)], day(0)).await.unwrap();
    let claim =
        async |worker: &'static str, at| store.claim_due(SOURCE, worker, at, minutes(5), 10).await.unwrap();
    let first = claim("w1", day(0)).await;
    assert_eq!(first.len(), 1);
    assert!(claim("w2", day(0) + minutes(4)).await.is_empty());
    let second = claim("w2", day(0) + minutes(5)).await;
    assert_eq!(second.len(), 1);
    assert!(second[0].lease > first[0].lease, "each lease has its epoch");
}

pub async fn two_workers_never_get_the_same_url(place: Place) {
    const URLS: usize = 400;
    let first = place.open().await;
    let second = place.open().await;
    let urls: Vec<_> = (0..URLS).map(|n| url(&format!("/{n}"), 0)).collect();
    first.enqueue(SOURCE, &urls, day(0)).await.unwrap();
    let race = |store: std::sync::Arc<dyn store::Store>, worker: &'static str| {
        tokio::spawn(async move {
            let mut got = Vec::new();
            loop {
                let claimed = store.claim_due(SOURCE, worker, day(0), minutes(5), 3).await.unwrap();
                // More than there are: given twice, and would be given for ever.
                if claimed.is_empty() || got.len() > URLS {
                    return got;
                }
                got.extend(claimed.into_iter().map(|due| due.id));
            }
        })
    };
    // Two connections of one program and one of another.
    let workers = [race(first.clone(), "w1"), race(first, "w2"), race(second, "w3")];
    let mut all = Vec::new();
    for worker in workers {
        all.extend(worker.await.unwrap());
    }
    assert_eq!(all.len(), URLS);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), URLS);
}

pub async fn released_urls_are_due_again(place: Place) {
    let store = place.open().await;
    store.enqueue(SOURCE, &[url("/a", 0), url("/b", 0)], day(0)).await.unwrap();
    let claim = async |worker: &'static str, limit| {
        store.claim_due(SOURCE, worker, day(0), minutes(5), limit).await.unwrap().len()
    };
    assert_eq!(claim("w1", 1).await, 1);
    assert_eq!(claim("w2", 1).await, 1);
    assert_eq!(store.release("w1").await.unwrap(), 1);
    assert_eq!(store.release("w1").await.unwrap(), 0);
    assert_eq!(claim("w3", 10).await, 1, "the lease of w2 stands");
}

pub async fn the_next_due_moment_counts_leases_and_retries(place: Place) {
    let store = place.open().await;
    assert_eq!(store.next_due(SOURCE).await.unwrap(), None);
    store.enqueue(SOURCE, &[url("/a", 0), url("/b", 0)], day(0)).await.unwrap();
    assert_eq!(store.next_due(SOURCE).await.unwrap(), Some(day(0)));
    store.claim_due(SOURCE, "w1", day(0), minutes(5), 10).await.unwrap();
    assert_eq!(store.next_due(SOURCE).await.unwrap(), Some(day(0) + minutes(5)));
    let retry_at = day(0) + minutes(2);
    store.finish_visit(&ended("/a", failed(Some(retry_at)), day(0))).await.unwrap();
    assert_eq!(store.next_due(SOURCE).await.unwrap(), Some(retry_at));
    for path in ["/a", "/b"] {
        store.finish_visit(&ended(path, VisitOutcome::Gone, day(0))).await.unwrap();
    }
    assert_eq!(store.next_due(SOURCE).await.unwrap(), None);
}

pub async fn an_interrupted_crawl_is_taken_up_again(place: Place) {
    let store = place.open().await;
    assert_eq!(store.open_crawl(SOURCE, day(0)).await.unwrap(), None);
    let crawl = store.begin_crawl(SOURCE, day(0)).await.unwrap();
    store.enqueue(SOURCE, &[url("/a", 0), url("/b", 0)], day(0)).await.unwrap();
    let mut visit = fetched("/a", "page one", day(0) + minutes(1));
    visit.crawl = Some(crawl);
    store.finish_visit(&visit).await.unwrap();

    let later = day(0) + minutes(60);
    assert_eq!(store.open_crawl(SOURCE, later).await.unwrap(), Some(crawl));
    assert_eq!(store.begin_crawl(SOURCE, later).await.unwrap(), crawl);
    let due = store.claim_due(SOURCE, "w1", later, minutes(5), 10).await.unwrap();
    assert_eq!(paths(&due), ["/b"], "what was visited is not due again");
    let counts = store.crawl_counts(crawl).await.unwrap();
    assert_eq!((counts.fetched, counts.waiting), (1, 1));

    store.finish_crawl(crawl, later).await.unwrap();
    assert_eq!(store.open_crawl(SOURCE, later).await.unwrap(), None);
    let next = store.begin_crawl(SOURCE, later).await.unwrap();
    assert_ne!(next, crawl);
    assert_eq!(store.crawl_counts(next).await.unwrap().waiting, 2);
}

pub async fn a_forgotten_crawl_is_not_taken_up(place: Place) {
    let store = place.open().await;
    let crawl = store.begin_crawl(SOURCE, day(0)).await.unwrap();
    let mut visit = fetched("/a", "page one", day(0));
    visit.crawl = Some(crawl);
    store.finish_visit(&visit).await.unwrap();
    let next = store.begin_crawl(SOURCE, day(30)).await.unwrap();
    assert_ne!(next, crawl);
    assert_eq!(store.crawl_counts(next).await.unwrap().waiting, 1);
}

pub async fn a_new_crawl_makes_pages_due_but_not_gone_ones(place: Place) {
    let store = place.open().await;
    let crawl = store.begin_crawl(SOURCE, day(0)).await.unwrap();
    let refused = VisitOutcome::Refused { reason: "the budget of 10 pages is spent".to_owned() };
    let moved = VisitOutcome::Redirected { to: "https://lamps.example/new".to_owned() };
    let mut visits = vec![fetched("/kept", "page one", day(0))];
    for (path, outcome) in [
        ("/gone", VisitOutcome::Gone),
        ("/failed", failed(None)),
        ("/forbidden", VisitOutcome::Disallowed),
        ("/refused", refused),
        ("/moved", moved),
    ] {
        visits.push(ended(path, outcome, day(0)));
    }
    for visit in &mut visits {
        visit.crawl = Some(crawl);
        store.finish_visit(visit).await.unwrap();
    }
    let counts = store.crawl_counts(crawl).await.unwrap();
    assert_eq!(
        [
            counts.fetched,
            counts.gone,
            counts.failed,
            counts.disallowed,
            counts.refused,
            counts.redirected,
            counts.waiting
        ],
        [1, 1, 1, 1, 1, 1, 0]
    );
    let known = store.visits(SOURCE, 10).await.unwrap();
    let refusal = known.iter().find(|v| v.outcome == "refused").unwrap();
    assert_eq!(refusal.detail.as_deref(), Some("the budget of 10 pages is spent"));

    // Linked again within the crawl that found it gone: stays gone.
    let gone = [url("/gone", 0)];
    assert_eq!(store.enqueue(SOURCE, &gone, day(0)).await.unwrap(), 0);
    store.finish_crawl(crawl, day(0)).await.unwrap();

    let next = store.begin_crawl(SOURCE, day(7)).await.unwrap();
    let due = store.claim_due(SOURCE, "w1", day(7), minutes(5), 10).await.unwrap();
    let mut found = paths(&due);
    found.sort_unstable();
    assert_eq!(found, ["/failed", "/forbidden", "/kept", "/moved", "/refused"]);
    let kept = due.iter().find(|d| d.url.ends_with("/kept")).unwrap();
    assert_eq!(kept.validators.etag.as_deref(), Some("\"page one\""));
    assert_eq!(
        kept.payload_hash,
        Some(model::ContentHash::of(b"page one")),
        "what is needed for a conditional request comes with the lease"
    );

    // A page still links to it: one more try.
    assert_eq!(store.enqueue(SOURCE, &gone, day(7)).await.unwrap(), 1);
    assert_eq!(store.crawl_counts(next).await.unwrap().waiting, 6);
}

pub async fn crawls_with_a_budget_come_round_to_every_page(place: Place) {
    let store = place.open().await;
    store.begin_crawl(SOURCE, day(0)).await.unwrap();
    let all: Vec<_> = (0..6).map(|n| url(&format!("/{n}"), 0)).collect();
    store.enqueue(SOURCE, &all, day(0)).await.unwrap();
    let mut seen = BTreeSet::new();
    for n in 1..=3 {
        let crawl = store.begin_crawl(SOURCE, day(n)).await.unwrap();
        let due = store.claim_due(SOURCE, "w1", day(n), minutes(5), 2).await.unwrap();
        for due in &due {
            let mut visit = fetched(paths(std::slice::from_ref(due))[0], "text", day(n));
            visit.crawl = Some(crawl);
            store.finish_visit(&visit).await.unwrap();
            seen.insert(due.url.clone());
        }
        store.finish_crawl(crawl, day(n)).await.unwrap();
    }
    assert_eq!(seen.len(), 6, "{seen:?}");
}
