//! Evidence: observations by archive and page, captures by their moment.

use super::Place;
use super::fixtures::*;
use futures::TryStreamExt;
use model::{ArchiveRef, ContentHash};
use store::{PageContent, Store, VisitOutcome};

async fn put(store: &dyn Store, name: &str, file: &str, offset: u64, days: i64) -> ContentHash {
    let mut observation = full(name, day(days));
    observation.capture.archive = Some(ArchiveRef { file: file.to_owned(), offset });
    observation.capture.page_hash = Some(ContentHash::of(format!("{file} {offset}").as_bytes()));
    store.insert_observations(&[observation.clone()], &[]).await.unwrap();
    observation.id
}

pub async fn evidence_comes_in_the_order_of_the_archive(place: Place) {
    let store = place.open().await;
    // Offsets are numbers (9 before 10), and more rows than a portion lie at one place.
    let mut expected = Vec::new();
    for (file, offset, count) in [("a.warc.gz", 9, 1), ("a.warc.gz", 10, 1203), ("b.warc.gz", 0, 2)] {
        let mut ids = Vec::new();
        for n in 0..count {
            ids.push(put(store.as_ref(), &format!("{file} {offset} {n}"), file, offset, 0).await);
        }
        ids.sort();
        expected.extend(ids);
    }
    store.insert_observations(&[bare("of a list", day(0))], &[]).await.unwrap();
    let rows: Vec<_> = store.evidence(None).try_collect().await.unwrap();
    assert_eq!(rows.iter().map(|row| row.observation.id).collect::<Vec<_>>(), expected);
    assert_eq!(store.unarchived(None).await.unwrap(), 1);
    assert_eq!(store.unarchived(Some("another")).await.unwrap(), 0);
    let none: Vec<_> = store.evidence(Some("another".to_owned())).try_collect().await.unwrap();
    assert!(none.is_empty());
    let all: Vec<_> = store.evidence(Some(SOURCE.to_owned())).try_collect().await.unwrap();
    assert_eq!(all, rows);
}

pub async fn evidence_is_found_by_the_beginning_of_a_hash(place: Place) {
    let store = place.open().await;
    let mut visit = fetched("/p/1", "lamp", day(0));
    visit.observations = vec![full("lamp", day(0))];
    let original = visit.observations[0].clone();
    store.finish_visit(&visit).await.unwrap();
    store.finish_visit(&ended("/p/1", VisitOutcome::Unchanged, day(1))).await.unwrap();

    let by = |digits: String| {
        let store = store.clone();
        async move { store.find_evidence(&digits, 10).await.unwrap() }
    };
    let found = by(original.id.to_string()).await;
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0].observation, found[0].original), (&original, None));
    assert_eq!(by(original.id.to_string()[..8].to_owned()).await, found);
    // The page it was read from; what was only seen again comes after.
    let page = by(original.capture.page_hash.unwrap().to_string()).await;
    assert_eq!(page[0], found[0]);
    let again = by(ContentHash::of(b"lamp").to_string()).await;
    assert_eq!(again.len(), 1, "the sighting names the page as it is known: {again:?}");
    assert_eq!(again[0].original, Some(original.id));
    assert!(by("0".repeat(64)).await.is_empty());
    assert_eq!(store.find_evidence("", 1).await.unwrap().len(), 1);
}

pub async fn the_newest_capture_is_what_is_known_of_a_page(place: Place) {
    let store = place.open().await;
    assert_eq!(store.page_content(SOURCE, &url("/p/1", 0).url).await.unwrap(), None);
    let new = fetched("/p/1", "new", day(3));
    store.finish_visit(&new).await.unwrap();
    store.finish_visit(&fetched("/p/1", "old", day(1))).await.unwrap();
    let known = store.page_content(SOURCE, &new.url).await.unwrap();
    let expected = PageContent {
        payload_hash: ContentHash::of(b"new"),
        fetched_at: day(3),
        archive: new.archive.clone(),
    };
    assert_eq!(known, Some(expected));
    for (at, visited) in [(day(3), true), (day(1), true), (day(2), false)] {
        assert_eq!(store.visited_at(SOURCE, &new.url, at).await.unwrap(), visited, "{at}");
    }
    assert!(!store.visited_at("another", &new.url, day(3)).await.unwrap());
    assert!(!store.visited_at(SOURCE, "https://lamps.example/p/2", day(3)).await.unwrap());
}
