//! What goes in comes out, once.

use super::Place;
use super::fixtures::*;
use futures::TryStreamExt;
use model::{ContentHash, Observation, RejectionReason};
use store::{InsertEffect, ObservationFilter};

pub async fn everything_of_an_observation_comes_back(place: Place) {
    let store = place.open().await;
    let given = [full("lamp", day(0)), bare("bulb 'Ø'; --", day(1))];
    store.insert_observations(&given, &[]).await.unwrap();
    for observation in &given {
        let back = store.observation(&observation.id).await.unwrap();
        assert_eq!(back.as_ref(), Some(observation));
    }
    let unknown = model::ContentHash::of(b"nothing");
    assert_eq!(store.observation(&unknown).await.unwrap(), None);
}

pub async fn the_same_observation_is_stored_once(place: Place) {
    let store = place.open().await;
    let first = full("lamp", day(0));
    let mut later = first.clone();
    later.capture.captured_at = day(0) + minutes(60);
    later.capture.page_hash = None;
    let effect = store.insert_observations(&[first.clone(), later], &[]).await.unwrap();
    assert_eq!((effect.new, effect.known), (1, 1));
    assert_eq!(store.observation(&first.id).await.unwrap(), Some(first), "the first evidence stands");
    assert_eq!(store.counts().await.unwrap().observations, 1);
}

/// More rows than one statement takes, known and new ones mixed, some handed in twice.
pub async fn many_observations_at_once_are_counted_one_by_one(place: Place) {
    let store = place.open().await;
    let offers: Vec<_> = (0..77).map(|n| full(&format!("lamp {n}"), day(0))).collect();
    let known = &offers[40..60];
    let effect = store.insert_observations(known, &[]).await.unwrap();
    assert_eq!((effect.new, effect.known), (20, 0));
    let mut given = offers.clone();
    let mut twice = offers[70].clone();
    twice.capture.captured_at = day(0) + minutes(30);
    twice.name = "another name".to_owned();
    given.push(twice);
    given.push(offers[41].clone());
    let refused: Vec<_> = (0..35)
        .map(|n| rejection(RejectionReason::NoPrice, &format!("list.csv:{}", n % 34), day(0)))
        .collect();
    let effect = store.insert_observations(&given, &refused).await.unwrap();
    assert_eq!(effect, InsertEffect { new: 57, known: 22, rejected_new: 34, rejected_known: 1 });
    for offer in &offers {
        assert_eq!(store.observation(&offer.id).await.unwrap().as_ref(), Some(offer));
    }
    let effect = store.insert_observations(&given, &refused).await.unwrap();
    assert_eq!(effect, InsertEffect { new: 0, known: 79, rejected_new: 0, rejected_known: 35 });
}

pub async fn observations_come_in_the_order_of_their_ids(place: Place) {
    let store = place.open().await;
    // More than two portions, and a last portion that is full.
    for number in [1_000, 230] {
        let given: Vec<_> = (0..number).map(|n| bare(&format!("{number}-{n}"), day(0))).collect();
        store.insert_observations(&given, &[]).await.unwrap();
        let back: Vec<Observation> =
            store.observations(ObservationFilter::default()).try_collect().await.unwrap();
        assert_eq!(back.len() as u64, store.counts().await.unwrap().observations);
        assert!(back.windows(2).all(|pair| pair[0].id < pair[1].id));
    }
}

pub async fn observations_are_had_by_their_ids(place: Place) {
    let store = place.open().await;
    assert!(store.observation_ids().await.unwrap().is_empty());
    let given: Vec<_> = (0..1_203).map(|n| bare(&format!("jar {n}"), day(0))).collect();
    store.insert_observations(&given, &[]).await.unwrap();
    let ids = store.observation_ids().await.unwrap();
    let mut expected: Vec<ContentHash> = given.iter().map(|o| o.id).collect();
    expected.sort();
    assert_eq!(ids, expected);
    // More than two portions, and an id that is not there.
    let wanted: Vec<ContentHash> =
        expected.iter().copied().skip(100).chain([ContentHash::of(b"nobody's")]).collect();
    let mut back: Vec<Observation> = store.observations_of(wanted).try_collect().await.unwrap();
    back.sort_by_key(|o| o.id);
    assert_eq!(back.iter().map(|o| o.id).collect::<Vec<_>>(), expected[100..]);
    assert!(back.iter().all(|o| given.contains(o)));
    let none: Vec<Observation> = store.observations_of(Vec::new()).try_collect().await.unwrap();
    assert!(none.is_empty());
}

pub async fn the_filter_holds_at_its_ends(place: Place) {
    let store = place.open().await;
    let mut given: Vec<_> = (0..6).map(|n| bare(&format!("lamp {n}"), day(n))).collect();
    given[3].capture.source_id = "other-shop".to_owned();
    given[4].capture.source_id = "third-shop".to_owned();
    store.insert_observations(&given, &[]).await.unwrap();
    let found = async |from: Option<i64>, to: Option<i64>, sources: &[&str]| {
        let filter = ObservationFilter {
            captured_from: from.map(|n| day(n).date_naive()),
            captured_to: to.map(|n| day(n).date_naive()),
            sources: sources.iter().map(|s| (*s).to_owned()).collect(),
        };
        let back: Vec<Observation> = store.observations(filter).try_collect().await.unwrap();
        let mut names: Vec<_> = back.into_iter().map(|o| o.name).collect();
        names.sort();
        names.join(",").replace("lamp ", "")
    };
    assert_eq!(found(Some(1), Some(4), &[]).await, "1,2,3,4");
    assert_eq!(found(None, Some(0), &[]).await, "0");
    assert_eq!(found(Some(5), None, &[]).await, "5");
    assert_eq!(found(None, None, &["other-shop", "third-shop"]).await, "3,4");
    assert_eq!(found(Some(1), Some(3), &[SOURCE]).await, "1,2");
    assert_eq!(found(None, None, &["unknown"]).await, "");
}

pub async fn rejections_are_rows_and_known_again(place: Place) {
    let store = place.open().await;
    let first = [
        rejection(RejectionReason::NoPrice, "list.csv:3", day(0)),
        rejection(RejectionReason::NoPrice, "list.csv:9", day(0)),
        rejection(RejectionReason::BadField, "list.csv:7", day(0)),
    ];
    let effect = store.insert_observations(&[], &first).await.unwrap();
    assert_eq!(effect, InsertEffect { rejected_new: 3, ..InsertEffect::default() });
    let again = rejection(RejectionReason::NoPrice, "list.csv:3", day(2));
    let effect = store.insert_observations(&[], std::slice::from_ref(&again)).await.unwrap();
    assert_eq!((effect.rejected_new, effect.rejected_known), (0, 1));
    assert_eq!(
        store.rejection_counts().await.unwrap(),
        [(RejectionReason::NoPrice, 2), (RejectionReason::BadField, 1)]
    );
    let last = store.rejections(None, 2).await.unwrap();
    assert_eq!(last.len(), 2);
    assert_eq!(last[0], again, "last seen first");
    let fields = store.rejections(Some(RejectionReason::BadField), 10).await.unwrap();
    assert_eq!(fields, first[2..]);
}

pub async fn money_keeps_every_digit(place: Place) {
    let store = place.open().await;
    for (n, amount) in ["0.0375", "1.10", "79228162514264337593543950335", "0.0000000000000000000000000001"]
        .into_iter()
        .enumerate()
    {
        let mut given = bare(&format!("lamp {n}"), day(0));
        given.price = money(amount, "KWD");
        given.basis_price.low = given.price.amount;
        store.insert_observations(std::slice::from_ref(&given), &[]).await.unwrap();
        let back = store.observation(&given.id).await.unwrap().unwrap();
        assert_eq!(back.price.amount.to_string(), amount);
        assert_eq!(back.basis_price.low.to_string(), amount);
    }
}
