//! A visit is written whole or not at all, and an unchanged page is seen again.

use super::Place;
use super::fixtures::*;
use futures::TryStreamExt;
use model::{ArchiveRef, ContentHash, Observation, RejectionReason};
use store::{
    Claim, Due, ObservationFilter, Store, StoreCounts, StoreError, VisitEffect, VisitOutcome,
    observation_of_day,
};

async fn all(store: &dyn Store) -> Vec<Observation> {
    store.observations(ObservationFilter::default()).try_collect().await.unwrap()
}

pub async fn a_visit_is_written_whole(place: Place) {
    let store = place.open().await;
    let crawl = store.begin_crawl(SOURCE, Due::All, day(0)).await.unwrap();
    store.enqueue(SOURCE, &[url("/a", 0)], day(0)).await.unwrap();
    let claimed = claim(&*store, &request(crawl, "w1", day(0))).await;
    let mut visit = visit_of(&claimed, 0, crawl, day(0));
    visit.observations = vec![full("lamp", day(0)), full("bulb", day(0))];
    visit.rejections = vec![rejection(RejectionReason::NoPrice, "/a", day(0))];
    visit.links = vec![url("/a", 0), url("/b", 0)];
    assert_eq!(
        store.finish_visit(&visit).await.unwrap(),
        VisitEffect { observations_new: 2, rejections_new: 1, urls_new: 1, ..VisitEffect::default() }
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
    let crawl = store.begin_crawl(SOURCE, Due::All, day(0)).await.unwrap();
    store.enqueue(SOURCE, &[url("/a", 0)], day(0)).await.unwrap();
    let slept = claim(&*store, &request(crawl, "w1", day(0))).await;
    let later = day(0) + minutes(6);
    let awake = claim(&*store, &request(crawl, "w2", later)).await;
    assert!(awake.lease.epoch > slept.lease.epoch, "each lease has its epoch");
    let mut visit = visit_of(&slept, 0, crawl, later);
    visit.observations = vec![full("lamp", later)];
    assert!(matches!(
        store.finish_visit(&visit).await,
        Err(StoreError::LeaseLost { url }) if url.ends_with("/a")
    ));
    assert_eq!(store.counts().await.unwrap().observations, 0);
    visit.lease = Some(awake.lease);
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
    let crawl = store.begin_crawl(SOURCE, Due::All, day(0)).await.unwrap();
    store.enqueue(SOURCE, &[url("/a", 0)], day(0)).await.unwrap();
    let retry_at = day(0) + minutes(10);
    for _ in 0..2 {
        store.finish_visit(&ended("/a", failed(Some(retry_at)), day(0))).await.unwrap();
    }
    let early = request(crawl, "w1", day(0) + minutes(9));
    assert_eq!(store.claim_host(&early).await.unwrap(), Claim::Later(retry_at));
    let due = claim(&*store, &request(crawl, "w1", retry_at)).await;
    assert_eq!(due.urls[0].attempts, 2);
    store.finish_visit(&fetched("/a", "page one", retry_at)).await.unwrap();
    let next = store.begin_crawl(SOURCE, Due::All, day(2)).await.unwrap();
    assert_eq!(claim(&*store, &request(next, "w1", day(2))).await.urls[0].attempts, 0);
}

pub async fn saved_pages_need_no_crawl(place: Place) {
    let store = place.open().await;
    let mut visit = fetched("/saved", "page one", day(0));
    visit.observations = vec![full("lamp", day(0))];
    store.finish_visit(&visit).await.unwrap();
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.urls, counts.pages, counts.observations), (1, 1, 1));
    let crawl = store.begin_crawl(SOURCE, Due::All, day(1)).await.unwrap();
    let due = claim(&*store, &request(crawl, "w1", day(1))).await;
    assert_eq!(paths(&due.urls), ["/saved"], "a crawl sees to it as to any other page");
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
    let crawl = store.begin_crawl(SOURCE, Due::All, day(0)).await.unwrap();
    let urls = [url_at("a.example", "/a", 0), url_at("b.example", "/b", 0)];
    store.enqueue(SOURCE, &urls, day(0)).await.unwrap();
    let lost = claim(&*store, &request(crawl, "w1", day(0))).await;
    let kept = claim(&*store, &request(crawl, "w1", day(0) + minutes(4))).await;
    let later = day(0) + minutes(6);
    let taken = claim(&*store, &request(crawl, "w2", later)).await;
    assert_eq!(taken.lease.host, lost.lease.host);
    let mut visits = [visit_of(&lost, 0, crawl, later), visit_of(&kept, 0, crawl, later)];
    for visit in &mut visits {
        visit.observations = vec![full(&visit.url, day(0))];
    }
    let returns =
        [back(&lost.lease, Some(day(9)), later), back(&kept.lease, Some(later + minutes(1)), later)];
    let effects = store.finish_visits(&visits, &returns).await.unwrap();
    assert_eq!(effects[0], None, "its lease is another's by now");
    assert_eq!(effects[1].map(|e| e.observations_new), Some(1));
    assert_eq!(store.counts().await.unwrap().observations, 1);
    let hosts = store.hosts(SOURCE).await.unwrap();
    let of = |host: &str| hosts.iter().find(|row| row.host == host).unwrap();
    assert_eq!(of(&lost.lease.host).next_at, None, "a lease that was lost is passed over");
    assert_eq!(of(&lost.lease.host).leased, Some(("w2".to_owned(), later + minutes(5))));
    assert_eq!(of(&kept.lease.host).next_at, Some(later + minutes(1)));
    assert_eq!(of(&kept.lease.host).leased, None);
}

pub async fn one_batch_may_hold_everything(place: Place) {
    let store = place.open().await;
    let crawl = store.begin_crawl(SOURCE, Due::All, day(0)).await.unwrap();
    let mut first = fetched("/a", "page one", day(0));
    first.observations = vec![full("lamp", day(0))];
    first.links = vec![url("/c", 0), url("/d", 0), url("/c", 0)];
    let mut again = ended("/a", VisitOutcome::Unchanged, day(1));
    again.links = vec![url("/d", 0), url_at("else.example", "/e", 3)];
    let mut other = fetched("/x", "page two", day(0));
    other.source_id = "other-shop".to_owned();
    other.links = vec![url("/c", 0)];
    let mut moved =
        ended("/b", VisitOutcome::Redirected { to: "https://lamps.example/c".to_owned() }, day(0));
    moved.crawl = Some(crawl);
    let effects = store.finish_visits(&[first, again, other, moved], &[]).await.unwrap();
    let effects: Vec<_> = effects.into_iter().flatten().map(|e| (e.observations_new, e.urls_new)).collect();
    assert_eq!(effects, [(1, 2), (1, 1), (0, 1), (0, 0)]);
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.urls, counts.visits, counts.observations, counts.pages), (7, 4, 2, 2));
    assert_eq!(store.crawl_counts(crawl).await.unwrap().redirected, 1);
}

pub async fn what_a_page_says_is_the_same_on_every_database(place: Place) {
    let store = place.open().await;
    let mut visit = fetched("/a", "page one", day(0));
    let mut odd = full("lamp", day(0));
    odd.name = "lamp\0 \u{1f4a1}\\u0000".to_owned();
    visit.observations = vec![odd.clone()];
    visit.rejections = vec![rejection(RejectionReason::NoPrice, "/a\0", day(0))];
    visit.outcome = failed(None);
    if let VisitOutcome::Failed { error, .. } = &mut visit.outcome {
        error.push_str(" \0\"\\u0000");
    }
    store.finish_visit(&visit).await.unwrap();
    let back = store.observation(&odd.id).await.unwrap().unwrap();
    assert_eq!(back.name, "lamp\u{fffd} \u{1f4a1}\\u0000", "PostgreSQL holds no U+0000");
    let said = store.visits(SOURCE, 1).await.unwrap()[0].detail.clone().unwrap();
    assert!(said.ends_with(" \u{fffd}\"\\u0000"), "{said}");
    assert_eq!(store.rejections(None, 1).await.unwrap()[0].place, "/a\u{fffd}");
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
