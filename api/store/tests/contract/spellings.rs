//! Pages that name another spelling of their address as their own: one of the two is read, whoever visits
//! which, and in whatever order.

use super::Place;
use super::fixtures::*;
use chrono::{DateTime, Utc};
use store::{CrawlId, Due, Store, VisitOutcome, VisitRecord};

/// A crawl that knows these paths.
async fn knowing(store: &dyn Store, paths: &[&str]) -> CrawlId {
    let crawl = store.begin_crawl(SOURCE, Due::All, day(0)).await.unwrap();
    let urls: Vec<_> = paths.iter().map(|path| url(path, 0)).collect();
    store.enqueue(SOURCE, &urls, day(0)).await.unwrap();
    crawl
}

/// A page with an offer that says it is another one.
fn naming(crawl: CrawlId, path: &str, own: &str, at: DateTime<Utc>) -> VisitRecord {
    let mut visit = fetched(path, path, at);
    visit.crawl = Some(crawl);
    visit.observations = vec![bare(path, at)];
    visit.own = Some(url(own, 0).url);
    visit.links = vec![url(own, 0)];
    visit
}

fn leading(crawl: CrawlId, path: &str, outcome: VisitOutcome, at: DateTime<Utc>) -> VisitRecord {
    VisitRecord { crawl: Some(crawl), ..ended(path, outcome, at) }
}

fn to(path: &str) -> VisitOutcome {
    VisitOutcome::Redirected { to: url(path, 0).url }
}

/// What is due now.
async fn due(store: &dyn Store, crawl: CrawlId, at: DateTime<Utc>) -> Vec<String> {
    match store.claim_host(&request(crawl, "looks", at)).await.unwrap() {
        store::Claim::Host(claim) => {
            let found = paths(&claim.urls).into_iter().map(str::to_owned).collect();
            store.finish_visits(&[], &[back(&claim.lease, None, at)]).await.unwrap();
            found
        }
        _ => Vec::new(),
    }
}

pub async fn a_page_gives_way_to_its_own_address(place: Place) {
    let store = place.open().await;
    let crawl = knowing(&*store, &["/a"]).await;
    let effect = store.finish_visit(&naming(crawl, "/a", "/a/", day(0))).await.unwrap();
    assert!(effect.gave_way && effect.observations_new == 0 && effect.urls_new == 1, "{effect:?}");
    assert_eq!(due(&*store, crawl, day(0)).await, ["/a/"]);
    let visit = &store.visits(SOURCE, 1).await.unwrap()[0];
    let told = (visit.outcome.as_str(), visit.status, visit.detail.as_deref());
    assert_eq!(told, ("redirected", Some(200), Some("https://lamps.example/a/")));
    let counts = store.crawl_counts(crawl).await.unwrap();
    assert_eq!((counts.redirected, counts.fetched, counts.observations_new), (1, 0, 0));
    let mut own = fetched("/a/", "/a/", day(0));
    own.crawl = Some(crawl);
    own.observations = vec![bare("/a/", day(0))];
    let effect = store.finish_visit(&own).await.unwrap();
    assert!(!effect.gave_way && effect.observations_new == 1, "{effect:?}");
    assert!(due(&*store, crawl, day(0)).await.is_empty(), "and the other one gives way for good");
}

pub async fn what_leads_back_or_nowhere_wakes_who_gave_way(place: Place) {
    let store = place.open().await;
    let crawl = knowing(&*store, &[]).await;
    let cases = [
        (None, true),
        (Some(VisitOutcome::Gone), true),
        (Some(VisitOutcome::Disallowed), true),
        (Some(VisitOutcome::Refused { reason: "too large".to_owned() }), true),
        // Its offers are read where that leads.
        (Some(to("/else")), false),
    ];
    for (n, (outcome, wakes)) in cases.into_iter().enumerate() {
        for together in [false, true] {
            let (path, other) = (format!("/{n}{together}"), format!("/{n}{together}/"));
            let outcome = outcome.clone().unwrap_or_else(|| to(&path));
            store.enqueue(SOURCE, &[url(&path, 0), url(&other, 0)], day(0)).await.unwrap();
            let told = format!("{outcome:?}, together: {together}");
            let visits = [naming(crawl, &path, &other, day(0)), leading(crawl, &other, outcome, day(0))];
            if together {
                store.finish_visits(&visits, &[]).await.unwrap();
            } else {
                for visit in &visits {
                    store.finish_visit(visit).await.unwrap();
                }
            }
            let found = due(&*store, crawl, day(0)).await;
            assert_eq!(found, if wakes { vec![path.clone()] } else { vec![] }, "{told}");
            if wakes {
                let again = naming(crawl, &path, &other, day(0) + minutes(1));
                let effect = store.finish_visit(&again).await.unwrap();
                assert!(!effect.gave_way && effect.observations_new == 1, "{told}: {effect:?}");
                assert!(due(&*store, crawl, day(0) + minutes(1)).await.is_empty(), "{told}: once");
            }
        }
    }
}

pub async fn of_two_that_name_each_other_one_stands(place: Place) {
    let store = place.open().await;
    let crawl = knowing(&*store, &["/a", "/a/", "/b", "/b/"]).await;
    // In one batch, and one after the other.
    let both = [naming(crawl, "/a", "/a/", day(0)), naming(crawl, "/a/", "/a", day(0))];
    let mut effects: Vec<bool> = Vec::new();
    for effect in store.finish_visits(&both, &[]).await.unwrap() {
        effects.push(effect.unwrap().gave_way);
    }
    for visit in [naming(crawl, "/b", "/b/", day(0)), naming(crawl, "/b/", "/b", day(0))] {
        effects.push(store.finish_visit(&visit).await.unwrap().gave_way);
    }
    assert_eq!(effects, [true, false, true, false]);
    assert!(due(&*store, crawl, day(0)).await.is_empty());
    assert_eq!(store.crawl_counts(crawl).await.unwrap().observations_new, 2);
}

pub async fn two_that_name_each_other_at_once_leave_one(place: Place) {
    let (first, second) = (place.open().await, place.open().await);
    let crawl = knowing(&*first, &[]).await;
    for n in 0..20 {
        let (a, b) = (format!("/{n}"), format!("/{n}/"));
        first.enqueue(SOURCE, &[url(&a, 0), url(&b, 0)], day(0)).await.unwrap();
        let (here, there) = (naming(crawl, &a, &b, day(0)), naming(crawl, &b, &a, day(0)));
        let (one, other) = tokio::join!(first.finish_visit(&here), second.finish_visit(&there));
        let gave_way = [one.unwrap().gave_way, other.unwrap().gave_way];
        assert!(gave_way[0] != gave_way[1], "{n}: {gave_way:?}");
    }
    assert!(due(&*first, crawl, day(0)).await.is_empty());
}
