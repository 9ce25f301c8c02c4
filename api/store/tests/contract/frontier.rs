//! Crawls: what makes a URL due, in which order URLs come, and what is counted.

use super::Place;
use super::fixtures::*;
use chrono::TimeDelta;
use std::collections::BTreeSet;
use store::{Claim, Due, NewUrl, UrlKind, VisitOutcome};

pub async fn urls_come_by_priority_then_by_time(place: Place) {
    let store = place.open().await;
    let crawl = store.begin_crawl(SOURCE, Due::All, day(0)).await.unwrap();
    store.enqueue(SOURCE, &[url("/old", 0), url("/low", -1)], day(0)).await.unwrap();
    store.enqueue(SOURCE, &[url("/later", 0), url("/start", 9)], day(0) + minutes(1)).await.unwrap();
    store.enqueue("other-shop", &[url("/elsewhere", 99)], day(0)).await.unwrap();
    let mut asked = request(crawl, "w1", day(0) + minutes(1));
    asked.limit = 3;
    let claimed = claim(&*store, &asked).await;
    assert_eq!(paths(&claimed.urls), ["/start", "/old", "/later"]);
    assert_eq!(claimed.lease_until, day(0) + minutes(6));
    assert_eq!(claimed.lease.host, "lamps.example");
    assert_eq!(claimed.state.next_at, None, "nothing was sent yet");
}

pub async fn everything_of_a_url_comes_back(place: Place) {
    let store = place.open().await;
    let crawl = store.begin_crawl(SOURCE, Due::All, day(0)).await.unwrap();
    let given = |kind, path: &str| NewUrl { kind, depth: 7, redirects: 2, ..url(path, 0) };
    let urls = [given(UrlKind::Page, "/a"), given(UrlKind::Sitemap, "/b"), given(UrlKind::Feed, "/c'\"é")];
    store.enqueue(SOURCE, &urls, day(0)).await.unwrap();
    let claimed = claim(&*store, &request(crawl, "w1", day(0))).await;
    for (given, due) in urls.iter().zip(&claimed.urls) {
        assert_eq!(
            (&given.url, given.kind, given.depth, given.redirects),
            (&due.url, due.kind, due.depth, due.redirects)
        );
        assert_eq!((due.attempts, due.payload_hash, due.interval), (0, None, None));
    }
    let mut visit = visit_of(&claimed, 0, crawl, day(0));
    visit.interval = Some(TimeDelta::hours(30));
    store.finish_visits(&[visit], &[back(&claimed.lease, None, day(0))]).await.unwrap();
    let next = store.begin_crawl(SOURCE, Due::All, day(2)).await.unwrap();
    let claimed = claim(&*store, &request(next, "w1", day(2))).await;
    let due = claimed.urls.iter().find(|due| due.url.ends_with("/a")).unwrap();
    assert_eq!(due.interval, Some(TimeDelta::hours(30)));
    assert_eq!(due.payload_hash, Some(model::ContentHash::of(due.url.as_bytes())));
}

pub async fn a_url_is_enqueued_once(place: Place) {
    let store = place.open().await;
    let new = store.enqueue(SOURCE, &[url("/a", 0), url("/a", 0), url("/b", 0)], day(0)).await.unwrap();
    assert_eq!(new, 2);
    let again = store.enqueue(SOURCE, &[url("/a", 5), url("/c", 0)], day(1)).await.unwrap();
    assert_eq!(again, 1);
    assert_eq!(store.enqueue(SOURCE, &[], day(1)).await.unwrap(), 0);
    assert_eq!(store.counts().await.unwrap().urls, 3);
}

pub async fn a_page_that_changed_is_due_whatever_was_planned(place: Place) {
    let store = place.open().await;
    let crawl = store.begin_crawl(SOURCE, Due::All, day(0)).await.unwrap();
    store.enqueue(SOURCE, &[url("/a", 0), url("/b", 0)], day(0)).await.unwrap();
    for path in ["/a", "/b"] {
        let mut visit = fetched(path, path, day(1));
        (visit.crawl, visit.interval) = (Some(crawl), Some(TimeDelta::days(30)));
        store.finish_visit(&visit).await.unwrap();
    }
    store.finish_crawl(crawl, day(1), None).await.unwrap();
    store.begin_crawl(SOURCE, Due::Planned, day(3)).await.unwrap();
    let named = |path, changed| NewUrl { changed_at: Some(changed), ..url(path, 0) };
    // One changed after it was visited, one before; one is new.
    let urls = [named("/a", day(2)), named("/b", day(0)), named("/c", day(0))];
    assert_eq!(store.enqueue(SOURCE, &urls, day(3)).await.unwrap(), 2);
    let waiting: u64 = store.hosts(SOURCE).await.unwrap().iter().map(|host| host.waiting).sum();
    assert_eq!(waiting, 2);
}

pub async fn a_sitemap_of_many_urls_is_enqueued_whole(place: Place) {
    let store = place.open().await;
    // More than one statement holds, and not a whole number of them.
    let urls: Vec<_> =
        (0..4_500).map(|n| url_at(&format!("{}.example", n % 3), &format!("/{n}"), 0)).collect();
    assert_eq!(store.enqueue(SOURCE, &urls, day(0)).await.unwrap(), 4_500);
    assert_eq!(store.enqueue(SOURCE, &urls, day(0)).await.unwrap(), 0);
    let hosts = store.hosts(SOURCE).await.unwrap();
    assert_eq!(hosts.iter().map(|host| host.waiting).collect::<Vec<_>>(), [1_500; 3]);
}

pub async fn an_interrupted_crawl_is_taken_up_again(place: Place) {
    let store = place.open().await;
    assert_eq!(store.open_crawl(SOURCE, day(0)).await.unwrap(), None);
    let crawl = store.begin_crawl(SOURCE, Due::All, day(0)).await.unwrap();
    store.enqueue(SOURCE, &[url("/a", 0), url("/b", 0)], day(0)).await.unwrap();
    let mut visit = fetched("/a", "page one", day(0) + minutes(1));
    visit.crawl = Some(crawl);
    store.finish_visit(&visit).await.unwrap();

    let later = day(0) + minutes(60);
    assert_eq!(store.open_crawl(SOURCE, later).await.unwrap(), Some(crawl));
    assert_eq!(store.begin_crawl(SOURCE, Due::All, later).await.unwrap(), crawl);
    let due = claim(&*store, &request(crawl, "w1", later)).await;
    assert_eq!(paths(&due.urls), ["/b"], "what was visited is not due again");
    let counts = store.crawl_counts(crawl).await.unwrap();
    assert_eq!((counts.fetched, counts.waiting, counts.leased), (1, 1, 1));

    store.finish_crawl(crawl, later, None).await.unwrap();
    assert_eq!(store.open_crawl(SOURCE, later).await.unwrap(), None);
    let next = store.begin_crawl(SOURCE, Due::All, later).await.unwrap();
    assert_ne!(next, crawl);
    assert_eq!(store.crawl_counts(next).await.unwrap().waiting, 2);
}

pub async fn a_forgotten_crawl_is_not_taken_up(place: Place) {
    let store = place.open().await;
    let crawl = store.begin_crawl(SOURCE, Due::All, day(0)).await.unwrap();
    let mut visit = fetched("/a", "page one", day(0));
    visit.crawl = Some(crawl);
    store.finish_visit(&visit).await.unwrap();
    let next = store.begin_crawl(SOURCE, Due::All, day(30)).await.unwrap();
    assert_ne!(next, crawl);
    assert_eq!(store.crawl_counts(next).await.unwrap().waiting, 1);
    let crawls = store.crawls(SOURCE, 10).await.unwrap();
    assert_eq!(crawls[1].finished_at, Some(day(0)), "it ended with its last visit");
}

pub async fn a_new_crawl_makes_pages_due_but_not_gone_ones(place: Place) {
    let store = place.open().await;
    let crawl = store.begin_crawl(SOURCE, Due::All, day(0)).await.unwrap();
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
    store.finish_crawl(crawl, day(0), None).await.unwrap();

    let next = store.begin_crawl(SOURCE, Due::All, day(7)).await.unwrap();
    let due = claim(&*store, &request(next, "w1", day(7))).await;
    let mut found = paths(&due.urls);
    found.sort_unstable();
    assert_eq!(found, ["/failed", "/forbidden", "/kept", "/moved", "/refused"]);
    let kept = due.urls.iter().find(|d| d.url.ends_with("/kept")).unwrap();
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
    store.begin_crawl(SOURCE, Due::All, day(0)).await.unwrap();
    let all: Vec<_> = (0..6).map(|n| url(&format!("/{n}"), 0)).collect();
    store.enqueue(SOURCE, &all, day(0)).await.unwrap();
    let mut seen = BTreeSet::new();
    for n in 1..=3 {
        let crawl = store.begin_crawl(SOURCE, Due::All, day(n)).await.unwrap();
        let mut asked = request(crawl, "w1", day(n));
        asked.pages = 2;
        let due = claim(&*store, &asked).await;
        let visits: Vec<_> = (0..due.urls.len()).map(|i| visit_of(&due, i, crawl, day(n))).collect();
        store.finish_visits(&visits, &[back(&due.lease, None, day(n))]).await.unwrap();
        seen.extend(due.urls.into_iter().map(|due| due.url));
        store.finish_crawl(crawl, day(n), Some("pages")).await.unwrap();
    }
    assert_eq!(seen.len(), 6, "{seen:?}");
}

pub async fn planned_revisits_come_when_their_time_is_over(place: Place) {
    let store = place.open().await;
    let crawl = store.begin_crawl(SOURCE, Due::Planned, day(0)).await.unwrap();
    for (path, days) in [("/daily", Some(1)), ("/weekly", Some(7)), ("/as-it-comes", None)] {
        let mut visit = fetched(path, path, day(0));
        visit.interval = days.map(TimeDelta::days);
        store.finish_visit(&visit).await.unwrap();
    }
    store.finish_visit(&ended("/gone", VisitOutcome::Gone, day(0))).await.unwrap();
    store.enqueue(SOURCE, &[url("/never-visited", 0)], day(0)).await.unwrap();
    store.finish_crawl(crawl, day(0), None).await.unwrap();
    let due_in = async |due, days| {
        let crawl = store.begin_crawl(SOURCE, due, day(days)).await.unwrap();
        let claimed = claim(&*store, &request(crawl, "w1", day(days))).await;
        store.finish_visits(&[], &[back(&claimed.lease, None, day(days))]).await.unwrap();
        store.finish_crawl(crawl, day(days), None).await.unwrap();
        paths(&claimed.urls).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(due_in(Due::Planned, 1).await, ["/as-it-comes", "/never-visited", "/daily"]);
    assert_eq!(due_in(Due::Planned, 6).await.len(), 3);
    assert_eq!(due_in(Due::All, 6).await.len(), 4, "a crawl of all comes before the plan");
    // A visit that brought nothing leaves the plan as it was.
    store.finish_visit(&ended("/weekly", failed(None), day(6))).await.unwrap();
    store.begin_crawl(SOURCE, Due::Planned, day(6)).await.unwrap();
    let crawl = store.begin_crawl(SOURCE, Due::All, day(8)).await.unwrap();
    let claimed = claim(&*store, &request(crawl, "w1", day(8))).await;
    let weekly = claimed.urls.iter().find(|due| due.url.ends_with("/weekly")).unwrap();
    assert_eq!(weekly.interval, Some(TimeDelta::days(7)));
}

pub async fn crawls_tell_the_truth(place: Place) {
    let store = place.open().await;
    let crawl = store.begin_crawl(SOURCE, Due::All, day(0)).await.unwrap();
    store.enqueue(SOURCE, &[url("/a", 0), url("/b", 0), url("/c", 0)], day(0)).await.unwrap();
    let claimed = claim(&*store, &request(crawl, "w1", day(0))).await;
    let mut first = visit_of(&claimed, 0, crawl, day(0) + minutes(1));
    first.observations = vec![full("lamp", day(0)), full("lamp", day(0))];
    first.rejections = vec![rejection(model::RejectionReason::NoPrice, "/a", day(0))];
    let mut second = visit_of(&claimed, 1, crawl, day(0) + minutes(2));
    second.outcome = failed(None);
    second.offers = None;
    second.bytes = 30;
    store.finish_visits(&[first, second], &[]).await.unwrap();
    let row = &store.crawls(SOURCE, 10).await.unwrap()[0];
    assert_eq!((row.id, row.started_at, row.active_at), (crawl, day(0), day(0) + minutes(2)));
    assert_eq!((row.finished_at, row.ended.as_deref()), (None, None));
    assert_eq!((row.pages_read, row.offers_read, row.bytes), (1, 2, 1_030));
    assert_eq!(row.counts, store.crawl_counts(crawl).await.unwrap());
    let counts = row.counts;
    assert_eq!((counts.fetched, counts.failed, counts.waiting, counts.leased), (1, 1, 1, 1));
    assert_eq!((counts.observations_new, counts.observations_known, counts.rejections_new), (1, 1, 1));

    store.finish_visits(&[], &[back(&claimed.lease, None, day(0))]).await.unwrap();
    assert_eq!(store.crawl_counts(crawl).await.unwrap().leased, 0);
    store.finish_crawl(crawl, day(0) + minutes(3), Some("pages")).await.unwrap();
    store.finish_crawl(crawl, day(1), Some("again")).await.unwrap();
    let next = store.begin_crawl(SOURCE, Due::All, day(1)).await.unwrap();
    let rows = store.crawls(SOURCE, 10).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [next, crawl], "newest first");
    assert_eq!(rows[1].finished_at, Some(day(0) + minutes(3)));
    assert_eq!(rows[1].ended.as_deref(), Some("pages"));
    assert_eq!((rows[1].counts.waiting, rows[0].counts.waiting), (0, 3));
    assert_eq!(store.crawls(SOURCE, 1).await.unwrap().len(), 1);
    assert!(store.crawls("other-shop", 1).await.unwrap().is_empty());
}

pub async fn an_ended_crawl_gives_no_more_hosts(place: Place) {
    let store = place.open().await;
    let crawl = store.begin_crawl(SOURCE, Due::All, day(0)).await.unwrap();
    store.enqueue(SOURCE, &[url("/a", 0)], day(0)).await.unwrap();
    store.finish_crawl(crawl, day(0), Some("a wall")).await.unwrap();
    assert_eq!(store.claim_host(&request(crawl, "w1", day(0))).await.unwrap(), Claim::Nothing);
    let unknown = store.claim_host(&request(crawl + 1, "w1", day(0))).await.unwrap_err();
    assert!(unknown.to_string().contains(&format!("there is no crawl {}", crawl + 1)), "{unknown}");
}
