//! A visit is written whole or not at all, and an unchanged page is seen again.

use super::Place;
use super::fixtures::*;
use futures::TryStreamExt;
use model::{ArchiveRef, ContentHash, Observation, RejectionReason};
use store::{
    ObservationFilter, Store, StoreCounts, StoreError, VisitEffect, VisitOutcome, observation_of_day,
};

async fn all(store: &dyn Store) -> Vec<Observation> {
    store.observations(ObservationFilter::default()).try_collect().await.unwrap()
}

pub async fn a_visit_is_written_whole(place: Place) {
    let store = place.open().await;
    let crawl = store.begin_crawl(SOURCE, day(0)).await.unwrap();
    store.enqueue(SOURCE, &[url("/a", 0)], day(0)).await.unwrap();
    let due = store.claim_due(SOURCE, "w1", day(0), minutes(5), 1).await.unwrap();
    let mut visit = fetched("/a", "page one", day(0));
    visit.crawl = Some(crawl);
    visit.lease = Some(due[0].lease);
    visit.observations = vec![full("lamp", day(0)), full("bulb", day(0))];
    visit.rejections = vec![rejection(RejectionReason::NoPrice, "/a", day(0))];
    visit.links = vec![url("/a", 0), url("/b", 0)];
    assert_eq!(
        store.finish_visit(&visit).await.unwrap(),
        VisitEffect { observations_new: 2, observations_known: 0, rejections_new: 1, urls_new: 1 }
    );
    assert_eq!(
        store.counts().await.unwrap(),
        StoreCounts {
            sources: 1,
            urls: 2,
            pages: 1,
            visits: 1,
            observations: 2,
            rejections: 1,
            rates: 0,
            snapshots: 0,
        }
    );
    let counts = store.crawl_counts(crawl).await.unwrap();
    assert_eq!(
        (counts.fetched, counts.observations_new, counts.rejections_new, counts.waiting),
        (1, 2, 1, 1)
    );
    assert_eq!(store.release("w1").await.unwrap(), 0, "the lease has ended");
}

pub async fn a_visit_twice_stores_nothing_twice(place: Place) {
    let store = place.open().await;
    let mut visit = fetched("/a", "page one", day(0));
    visit.observations = vec![full("lamp", day(0)), full("lamp", day(0))];
    visit.rejections = vec![rejection(RejectionReason::NoPrice, "/a", day(0))];
    let first = store.finish_visit(&visit).await.unwrap();
    assert_eq!((first.observations_new, first.observations_known), (1, 1));
    let second = store.finish_visit(&visit).await.unwrap();
    assert_eq!((second.observations_new, second.observations_known, second.rejections_new), (0, 2, 0));
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.observations, counts.rejections, counts.visits), (1, 1, 2));
}

pub async fn a_visit_without_its_lease_is_refused_whole(place: Place) {
    let store = place.open().await;
    store.enqueue(SOURCE, &[url("/a", 0)], day(0)).await.unwrap();
    let slept = store.claim_due(SOURCE, "w1", day(0), minutes(5), 1).await.unwrap();
    let awake = store.claim_due(SOURCE, "w2", day(1), minutes(5), 1).await.unwrap();
    let mut visit = fetched("/a", "page one", day(1));
    visit.observations = vec![full("lamp", day(1))];
    visit.lease = Some(slept[0].lease);
    assert!(matches!(
        store.finish_visit(&visit).await,
        Err(StoreError::LeaseLost { url }) if url.ends_with("/a")
    ));
    assert_eq!(store.counts().await.unwrap().observations, 0);
    visit.lease = Some(awake[0].lease);
    store.finish_visit(&visit).await.unwrap();
    assert_eq!(store.counts().await.unwrap().observations, 1);
}

pub async fn a_visit_that_cannot_be_written_leaves_nothing(place: Place) {
    let store = place.open().await;
    let mut visit = fetched("/a", "page one", day(0));
    visit.observations = vec![full("lamp", day(0))];
    visit.links = vec![url("/b", 0)];
    // No such crawl: the row of the visit is refused, after the observations were written.
    visit.crawl = Some(4711);
    assert!(store.finish_visit(&visit).await.is_err());
    assert_eq!(store.counts().await.unwrap(), StoreCounts::default());
    visit.crawl = None;
    store.finish_visit(&visit).await.unwrap();
}

pub async fn a_failed_visit_waits_for_its_retry(place: Place) {
    let store = place.open().await;
    store.enqueue(SOURCE, &[url("/a", 0)], day(0)).await.unwrap();
    let retry_at = day(0) + minutes(10);
    for _ in 0..2 {
        store.finish_visit(&ended("/a", failed(Some(retry_at)), day(0))).await.unwrap();
    }
    let claim = async |at| store.claim_due(SOURCE, "w1", at, minutes(5), 1).await.unwrap();
    assert!(claim(day(0) + minutes(9)).await.is_empty());
    let due = claim(retry_at).await;
    assert_eq!(due[0].attempts, 2);
    store.finish_visit(&fetched("/a", "page one", retry_at)).await.unwrap();
    store.begin_crawl(SOURCE, day(1)).await.unwrap();
    assert_eq!(claim(day(1)).await[0].attempts, 0);
}

pub async fn saved_pages_need_no_crawl(place: Place) {
    let store = place.open().await;
    let mut visit = fetched("/saved", "page one", day(0));
    visit.observations = vec![full("lamp", day(0))];
    store.finish_visit(&visit).await.unwrap();
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.urls, counts.pages, counts.observations), (1, 1, 1));
    assert_eq!(store.next_due(SOURCE).await.unwrap(), None);
}

pub async fn an_unchanged_page_is_seen_again_each_day(place: Place) {
    let store = place.open().await;
    let original = full("lamp", day(0));
    let mut visit = fetched("/a", "page one", day(0));
    visit.observations = vec![original.clone()];
    store.finish_visit(&visit).await.unwrap();

    // The same day: nothing is added.
    let unchanged = |at| ended("/a", VisitOutcome::Unchanged, at);
    let effect = store.finish_visit(&unchanged(day(0) + minutes(30))).await.unwrap();
    assert_eq!((effect.observations_new, effect.observations_known), (0, 1));
    assert_eq!(all(&*store).await, std::slice::from_ref(&original));

    // A later day: a row of that day, under the hash of the page and the place of the revisit.
    let revisit = ArchiveRef { file: "lamp-shop-001.warc.gz".to_owned(), offset: 9 };
    let mut again = unchanged(day(3));
    again.archive = Some(revisit.clone());
    let effect = store.finish_visit(&again).await.unwrap();
    assert_eq!((effect.observations_new, effect.observations_known), (1, 0));
    let page_hash = ContentHash::of(b"page one");
    let expected = observation_of_day(&original, day(3), Some(page_hash), Some(&revisit));
    assert_eq!(expected.id, ContentHash::of_fields([original.id.to_string().as_str(), "2026-03-05"]));
    assert_eq!(store.observation(&expected.id).await.unwrap().as_ref(), Some(&expected));
    assert_eq!(expected.price, original.price);
    assert_eq!(expected.capture.archive, Some(revisit));

    // Once more on that day, by the direct way: known. On the next day: from the original again.
    let known = store.reobserve(SOURCE, &unchanged(day(3)).url, day(3) + minutes(5), None).await.unwrap();
    assert_eq!((known.new, known.known), (0, 1));
    let new = store.reobserve(SOURCE, &unchanged(day(4)).url, day(4), None).await.unwrap();
    assert_eq!((new.new, new.known), (1, 0));
    let fourth = observation_of_day(&original, day(4), Some(page_hash), None);
    assert_eq!(
        store.observation(&fourth.id).await.unwrap(),
        Some(fourth),
        "without a revisit record the place of the page's own record stands"
    );
    assert_eq!(all(&*store).await.len(), 3);
}

pub async fn changed_content_replaces_what_is_seen_again(place: Place) {
    let store = place.open().await;
    let mut visit = fetched("/a", "page one", day(0));
    visit.observations = vec![full("lamp", day(0)), full("bulb", day(0))];
    store.finish_visit(&visit).await.unwrap();
    // The same day the page changes: the lamp is still there (its id is known), the bulb is not.
    let mut visit = fetched("/a", "page two", day(0) + minutes(60));
    visit.observations = vec![full("lamp", day(0))];
    store.finish_visit(&visit).await.unwrap();

    let effect = store.finish_visit(&ended("/a", VisitOutcome::Unchanged, day(1))).await.unwrap();
    assert_eq!(effect.observations_new, 1, "the bulb is not seen again");
    let again = all(&*store).await.into_iter().find(|o| o.capture.captured_at == day(1)).unwrap();
    assert_eq!(again.name, "lamp");
    assert_eq!(again.capture.page_hash, Some(ContentHash::of(b"page two")));
}

pub async fn a_page_never_read_cannot_be_seen_again(place: Place) {
    let store = place.open().await;
    store.enqueue(SOURCE, &[url("/a", 0)], day(0)).await.unwrap();
    let visit = ended("/a", VisitOutcome::Unchanged, day(0));
    assert!(matches!(store.finish_visit(&visit).await, Err(StoreError::UnknownPage { .. })));
    assert_eq!(store.counts().await.unwrap().visits, 0);
}

pub async fn health_follows_the_visits(place: Place) {
    let store = place.open().await;
    store.finish_visit(&ended("/a", failed(None), day(0))).await.unwrap();
    let status = &store.sources().await.unwrap()[0];
    assert_eq!((status.last_success, status.failures_since), (None, 1));
    store.finish_visit(&fetched("/a", "page one", day(1))).await.unwrap();
    for days in [2, 3] {
        store.finish_visit(&ended("/a", failed(None), day(days))).await.unwrap();
    }
    store
        .insert_observations(&[full("lamp", day(1))], &[rejection(RejectionReason::BadPrice, "/x", day(1))])
        .await
        .unwrap();
    let sources = store.sources().await.unwrap();
    assert_eq!(sources.len(), 1);
    let status = &sources[0];
    assert_eq!(status.id, SOURCE);
    assert_eq!(status.row, None, "its file was never read here");
    assert_eq!(status.last_visit, Some(day(3)));
    assert_eq!(status.last_success, Some(day(1)));
    assert_eq!(status.failures_since, 2);
    assert_eq!((status.pages, status.observations, status.rejections), (1, 1, 1));
}

pub async fn visits_are_written_together_but_for_lost_leases(place: Place) {
    let store = place.open().await;
    store.enqueue(SOURCE, &[url("/a", 0), url("/b", 0)], day(0)).await.unwrap();
    let slept = store.claim_due(SOURCE, "w1", day(0), minutes(5), 2).await.unwrap();
    store.release("w1").await.unwrap();
    let awake = store.claim_due(SOURCE, "w2", day(0), minutes(5), 1).await.unwrap();
    let visits: Vec<_> = ["/a", "/b"]
        .iter()
        .zip(&slept)
        .map(|(path, due)| {
            let mut visit = fetched(path, "page one", day(0));
            visit.observations = vec![full(path, day(0))];
            visit.lease = Some(due.lease);
            visit
        })
        .collect();
    let effects = store.finish_visits(&visits).await.unwrap();
    assert!(awake[0].url.ends_with("/a"));
    assert_eq!(effects[0], None, "its lease is another's by now");
    assert_eq!(effects[1].map(|e| e.observations_new), Some(1));
    assert_eq!(store.counts().await.unwrap().observations, 1);
}

pub async fn a_page_is_found_again_by_its_content(place: Place) {
    let store = place.open().await;
    let visit = fetched("/a", "page one", day(0));
    store.finish_visit(&visit).await.unwrap();
    let known = ContentHash::of(b"page one");
    assert_eq!(store.page_place(SOURCE, &visit.url, &known).await.unwrap(), visit.archive);
    assert!(visit.archive.is_some());
    let other = ContentHash::of(b"page two");
    assert_eq!(store.page_place(SOURCE, &visit.url, &other).await.unwrap(), None);
    assert_eq!(store.page_place("other-shop", &visit.url, &known).await.unwrap(), None);
}
