use super::*;
use std::collections::{BTreeSet, HashMap};

fn correction(text: &str, hs: &str, labeller: Option<&str>) -> Correction {
    Correction {
        text: text.to_owned(),
        hs: HsCode::parse(hs).unwrap(),
        labeller: labeller.map(str::to_owned),
    }
}

#[test]
fn labels_that_differ_are_shown_and_share_the_weight() {
    let corrections = [
        correction("Phone  CASE, red", "392690", Some("a")),
        correction("phone case red", "42023200", Some("b")),
        correction("phone case red", "392690", None),
        correction("olive oil", "150920", Some("a")),
    ];
    let found = disagreements(&corrections);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].codes["392690"], ["a", "?"]);
    assert_eq!(found[0].codes["420232"], ["b"]);
    let taught = taught(&corrections);
    assert_eq!(taught.len(), 4);
    let of = |hs: &str| taught.iter().filter(|e| e.hs.as_str() == hs).map(|e| e.weight).sum::<f32>();
    assert!((of("392690") - 2.0).abs() < 1e-6 && (of("420232") - 1.0).abs() < 1e-6);
    assert!((of("150920") - CORRECTION).abs() < 1e-6);
}
#[test]
fn corrections_that_cannot_be_learned_are_all_named() {
    let wrong = [
        correction("phone case", "392690", None),
        correction("—", "392690", None),
        correction("phone case", "392699", None),
    ];
    let mistakes = check(&wrong).unwrap_err();
    assert_eq!(mistakes.iter().map(|mistake| mistake.at).collect::<Vec<_>>(), [1, 2]);
    assert!(mistakes[0].problem.contains("no words"));
    assert!(mistakes[1].problem.contains("3926.90"), "{}", mistakes[1].problem);
}
#[test]
fn the_least_of_a_valley_is_found() {
    let at = least_of(0.2, 2.0, |x| f64::from((x - 0.73) * (x - 0.73)));
    assert!((at - 0.73).abs() < 0.02, "{at}");
}
#[test]
fn the_texts_learned_from_are_whole() {
    let nomenclature = Nomenclature::builtin();
    for (lot, least) in
        [(texts::first_lot(), 22_000), (texts::second_lot(), 12_000), (texts::third_lot(), 3_000)]
    {
        assert!(lot.len() >= least, "{}", lot.len());
        assert!(lot.iter().all(|example| nomenclature.subheading(&example.hs).is_some()));
    }
}
/// A frozen title that shares half of its words with one learned from would measure memory.
#[test]
fn no_frozen_title_resembles_one_learned_from() {
    let words = |text: &str| -> BTreeSet<String> { crate::text::tokens(text).into_iter().collect() };
    let lots = [texts::first_lot(), texts::second_lot(), texts::third_lot()].concat();
    let known: Vec<BTreeSet<String>> = lots.iter().map(|example| words(&example.text)).collect();
    let mut holders: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, title) in known.iter().enumerate() {
        title.iter().for_each(|word| holders.entry(word).or_default().push(at));
    }
    let nomenclature = Nomenclature::builtin();
    let frozen = texts::frozen();
    assert!(frozen.len() > 1_200, "{}", frozen.len());
    for frozen in frozen {
        let own = words(frozen.title);
        let mut shared: HashMap<usize, usize> = HashMap::new();
        for word in &own {
            holders
                .get(word.as_str())
                .into_iter()
                .flatten()
                .for_each(|at| *shared.entry(*at).or_default() += 1);
        }
        for (at, shared) in shared {
            let all = own.len() + known[at].len() - shared;
            assert!(shared * 20 < all * 11, "{}: as {}", frozen.title, lots[at].text);
        }
        assert!(nomenclature.subheading(&frozen.hs).is_some(), "{}", frozen.hs);
    }
}
