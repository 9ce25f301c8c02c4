//! The nomenclature in our own words: complete, in order, its own, and found by what sellers write.

use model::HsCode;
use normalizer::nomenclature::{Nomenclature, Search};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

fn code(digits: &str) -> HsCode {
    HsCode::parse(digits).expect("a code")
}

#[test]
fn every_subheading_stands_once_and_in_order() {
    let known: BTreeSet<&str> = include_str!("../../config/hs/hs2022_subheadings.txt").lines().collect();
    let nomenclature = Nomenclature::builtin();
    let held: Vec<&str> = nomenclature.subheadings().iter().map(|entry| entry.hs.as_str()).collect();
    assert!(held.windows(2).all(|pair| pair[0] < pair[1]), "sorted, each once");
    assert_eq!(held.iter().copied().collect::<BTreeSet<_>>(), known);
    for entry in nomenclature.subheadings() {
        assert!((15..=170).contains(&entry.description.chars().count()), "{}", entry.hs);
        let least = [2, 4, 8, 12][entry.online as usize];
        assert!(entry.words.len() >= least, "{}: {} phrases", entry.hs, entry.words.len());
        let different: BTreeSet<_> = entry.words.iter().collect();
        assert_eq!(different.len(), entry.words.len(), "{}: a phrase twice", entry.hs);
        assert!(nomenclature.chapter(&entry.hs).is_some(), "{}", entry.hs);
    }
    assert_eq!(nomenclature.chapters().len(), 96);
}

#[test]
fn codes_are_found_at_every_level() {
    let nomenclature = Nomenclature::builtin();
    assert_eq!(nomenclature.within(&code("851830")).len(), 1);
    assert_eq!(nomenclature.within(&code("8518300090")).len(), 1);
    assert!(nomenclature.within(&code("8518")).iter().all(|entry| entry.hs.as_str().starts_with("8518")));
    assert_eq!(nomenclature.within(&code("85")).len(), 296);
    assert!(nomenclature.within(&code("7700")).is_empty());
    let near: Vec<&str> = nomenclature.nearest("851712", 3).iter().map(|entry| entry.hs.as_str()).collect();
    assert_eq!(near, ["851711", "851713", "851714"], "a code of HS 2017");
}

#[test]
fn what_sellers_write_is_found() {
    let search = Search::builtin();
    let cases = [
        ("wireless earbuds", "851830"),
        ("wirless earbuds", "851830"),
        ("power bank 20000mAh", "850760"),
        ("hoodies for men", "611030"),
        ("air fryer 5l", "851660"),
        ("yoga mat", "950691"),
        ("dog collar", "420100"),
        ("ballpoint pens", "960810"),
        ("led strip light", "940542"),
        ("trampoline", "950699"),
        ("contact lenses", "900130"),
        ("tawels cotton bath", "630260"),
    ];
    for (query, expected) in cases {
        let found: Vec<String> =
            search.find(query, 5).iter().map(|hit| hit.subheading.hs.to_string()).collect();
        assert!(found.iter().any(|hs| hs == expected), "{query}: {found:?}, expected {expected}");
    }
    let hit = &search.find("wirless earbuds", 1)[0];
    assert!(
        hit.why.iter().any(|reason| reason.contains("wirless → wireless") || reason == "wireless earbuds")
    );
    assert!(search.find("zzzzqqqq", 5).is_empty() && search.find("", 5).is_empty());
    assert_eq!(search.find("cotton shirt", 5), search.find("cotton shirt", 5), "always the same");
}

/// Words of every language find their subheading among the first, however they are bent, spelt or slipped.
#[test]
fn goods_are_found_in_every_language() {
    let search = Search::builtin();
    let cases = [
        ("fr", "écouteurs sans fil", "851830"),
        ("fr", "ecouteur bluetooth", "851830"),
        ("fr", "coques de téléphone", "392690"),
        ("es", "zapatillas deportivas", "640411"),
        ("es", "audifonos inalambricos", "851830"),
        ("de", "Kopfhörer", "851830"),
        ("de", "kabelose Kopfhoerer", "851830"),
        ("pt", "fone de ouvido bluetooth", "851830"),
        ("ru", "беспроводных наушников", "851830"),
        ("ru", "кросовки", "640411"),
        ("zh", "蓝牙耳机", "851830"),
        ("zh", "充电宝", "850760"),
        ("ar", "سماعات بلوتوث", "851830"),
        ("ar", "السماعه", "851830"),
    ];
    for (language, query, expected) in cases {
        let language = language.parse().expect("a language");
        if !Nomenclature::builtin().speaks(language) {
            continue;
        }
        let hits = search.find(query, 10);
        let found: Vec<String> =
            hits.iter().map(|hit| format!("{} {}", hit.subheading.hs, hit.language)).collect();
        let hit = hits.iter().find(|hit| hit.subheading.hs.as_str() == expected);
        assert!(hit.is_some_and(|hit| hit.language == language), "{query}: {found:?}, expected {expected}");
    }
    let chinese = search.find("茶", 20);
    assert!(chinese.iter().any(|hit| hit.subheading.hs.as_str().starts_with("0902")), "{chinese:?}");
}

/// Titles that we wrote as sellers do, each under its subheading: what a classifier is to learn from.
#[test]
fn every_title_stands_once_under_a_known_subheading() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../config/hs/titles");
    let mut titles = BTreeMap::new();
    for file in std::fs::read_dir(folder).expect("the folder of titles") {
        let path = file.expect("a file").path();
        if path.is_dir() {
            continue;
        }
        let chapter = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("a text");
        for (at, line) in text.lines().enumerate() {
            let place = format!("{}:{}", path.display(), at + 1);
            let [hs, language, title] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("{place}: three columns")
            };
            if at == 0 {
                assert_eq!((hs, language, title), ("hs6", "lang", "title"), "{place}");
                continue;
            }
            assert!(
                hs.starts_with(&chapter) && Nomenclature::builtin().subheading(&code(hs)).is_some(),
                "{place}"
            );
            assert!(language.len() == 2 && (8..=220).contains(&title.chars().count()), "{place}: {title}");
            if let Some(other) = titles.insert((hs.to_owned(), title.to_owned()), place.clone()) {
                panic!("{place}: as in {other}");
            }
        }
    }
    assert!(titles.len() > 20_000, "{}", titles.len());
}
