//! A declared description held against the declared code: a named signal, never another code.

use model::{ContentHash, Declaration, GoodsKind, Signal, SignalCode};
use normalizer::classify::{Classifier, Goods, Model};
use normalizer::identity;
use normalizer::nomenclature::Nomenclature;
use statistics::Parameters;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// When a description contradicts a code: the parameters `contradiction_…`.
///
/// A phone's case declared as a phone, not a tunic declared as a dress. The classifier knows nothing of what
/// was declared, but most declared codes are right: were one in twenty wrong, words 900 times likelier under
/// another heading still leave one chance in some fifty that the declared one holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Doubt {
    /// Probability from which a description is taken to name goods of another heading.
    sure: f32,
    /// Probability of the declared heading above which it is not held against it.
    hardly: f32,
}

impl Doubt {
    /// As the rules say.
    pub fn of(rules: &Parameters) -> Doubt {
        Doubt { sure: rules.contradiction_sure as f32, hardly: rules.contradiction_hardly as f32 }
    }
}

/// Descriptions with their codes of which the answer is kept; beyond so many the memory begins anew. Some
/// ten megabytes at the most.
const MOST_KEPT: usize = 1 << 16;

/// Holds descriptions against codes, and remembers what it said: in a batch the same goods come again and
/// again. Shared among threads; two that miss at once come to the same answer.
#[derive(Debug)]
pub struct Contradictions {
    /// Read when it is first asked for: millions of lines without a description need none.
    model: OnceLock<Option<Arc<Model>>>,
    /// Whether it is the one that ships.
    shipped: bool,
    said: Mutex<HashMap<ContentHash, Option<Signal>>>,
    doubt: Doubt,
}

impl Contradictions {
    /// By a model.
    pub fn by(model: Arc<Model>, doubt: Doubt) -> Contradictions {
        Contradictions { model: OnceLock::from(Some(model)), shipped: false, said: Mutex::default(), doubt }
    }

    /// By the model that ships.
    pub fn shipped(doubt: Doubt) -> Contradictions {
        Contradictions { model: OnceLock::new(), shipped: true, said: Mutex::default(), doubt }
    }

    fn model(&self) -> Option<&Arc<Model>> {
        self.model.get_or_init(|| Model::builtin().ok()).as_ref()
    }

    /// SHA-256 of the model.
    pub fn model_hash(&self) -> Option<ContentHash> {
        self.model().map(|model| *model.hash())
    }

    /// The same of a model of an administration's own; that which ships is known by the program's version, and
    /// is not read only to be named.
    pub fn own_model_hash(&self) -> Option<ContentHash> {
        if self.shipped { None } else { self.model_hash() }
    }

    /// What is to be said of a line; see [`of`].
    pub fn of(&self, line: &Declaration) -> Option<Signal> {
        let description = line.description.as_deref()?;
        let model = self.model().filter(|model| !model.is_empty())?;
        let key = ContentHash::of_fields([line.hs.as_str(), description]);
        if let Some(said) = self.said.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return said.clone();
        }
        let signal = of(model, line, self.doubt);
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.len() >= MOST_KEPT {
            said.clear();
        }
        said.insert(key, signal.clone());
        signal
    }
}

/// What the classifier says against the declared code: that the description names goods of another
/// heading, and hardly of the declared one. The code is never changed for it.
pub fn of(model: &Model, line: &Declaration, doubt: Doubt) -> Option<Signal> {
    let goods = Goods { text: line.description.as_deref()?, ..Goods::default() };
    let heading = line.hs.heading()?;
    let mut classifier = Classifier::new(model);
    let answer = classifier.classify(&goods, 1, doubt.sure);
    let named = answer.code.filter(|code| code.level() >= 4 && code.heading() != Some(heading))?;
    if classifier.probability_of_last(&heading) > doubt.hardly {
        return None;
    }
    // What stands behind the first number is what goods have in them ("laptops 16 GB 512 GB SSD"), unless
    // they are for something with a number ("iPhone 13 case"): the name before it must contradict too.
    let name = before_numbers(goods.text);
    if !name.is_empty() && name.len() < goods.text.len() && !is_accessory(goods.text) {
        let named = Goods { text: name, ..Goods::default() };
        if classifier.probability(&named, &heading) > doubt.hardly {
            return None;
        }
    }
    let entry = Nomenclature::builtin();
    let what = entry
        .subheading(&named)
        .map(|entry| entry.description)
        .or_else(|| entry.heading(&named).map(|heading| heading.name))
        .unwrap_or("");
    Some(Signal {
        code: SignalCode::DescriptionContradicts,
        sentence: format!(
            "The description reads like goods of {} ({what}; words {}; probability {} by model {}), not of the \
             declared {}: ask which they are. The declared code is kept.",
            named.dotted(),
            answer.candidates.first().map(|best| best.why.join(", ")).unwrap_or_default(),
            normalizer::classify::in_words(answer.probability),
            &model.hash().to_string()[..12],
            line.hs.dotted(),
        ),
    })
}

/// The words before the first that has a digit.
fn before_numbers(text: &str) -> &str {
    let first = text.find(|letter: char| letter.is_numeric());
    first.map_or(text, |at| &text[..text[..at].rfind(char::is_whitespace).unwrap_or(0)]).trim()
}

fn is_accessory(text: &str) -> bool {
    identity::Title::read(text, None).kind() == GoodsKind::Accessory
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(hs: &str, description: &str) -> Declaration {
        let input = crate::declared::LineInput {
            hs: Some(hs.to_owned()),
            description: Some(description.to_owned()),
            price: Some("5".to_owned()),
            currency: Some("EUR".to_owned()),
            unit: Some("kg".to_owned()),
            ..Default::default()
        };
        input.parse("2026-09-10".parse().ok()).unwrap()
    }

    /// Terse words of declarations, with a right code: a signal would send an officer after nothing.
    const RIGHT: &[(&str, &str)] = &[
        ("848790", "PARTS OF MACHINES"),
        ("610910", "COTTON T SHIRTS"),
        ("070320", "GARLIC FRESH"),
        ("392690", "PLASTIC ARTICLES"),
        ("870899", "AUTO PARTS"),
        ("732690", "ARTICLES OF IRON"),
        ("853400", "PCB"),
        ("300490", "MEDICAMENTS"),
        ("620342", "MEN TROUSERS COTTON"),
        ("630790", "TEXTILE ARTICLES MADE UP"),
        ("401110", "NEW TYRES FOR CARS"),
        ("020714", "FROZEN CHICKEN LEGS"),
        ("720839", "HOT ROLLED STEEL COILS"),
        ("843149", "SPARE PARTS FOR EXCAVATOR"),
        ("841391", "PUMP PARTS"),
        ("847330", "COMPUTER PARTS"),
        ("630533", "PP BAGS"),
        ("640219", "SNEAKERS"),
        ("830630", "PHOTO FRAMES"),
        ("293628", "VITAMIN E"),
        ("870323", "USED CAR 2015"),
        ("490199", "BOOKS"),
        ("847130", "Laptops 16 GB 512 GB SSD"),
        ("847130", "Used laptops 16 GB 512 GB SSD, lot of 80"),
    ];
    const WRONG: &[(&str, &str)] = &[
        ("851713", "PHONE CASE"),
        ("851713", "SILICONE CASE FOR IPHONE"),
        ("851830", "COTTON T SHIRTS"),
        ("490199", "SMARTPHONE SAMSUNG GALAXY"),
        ("070320", "FROZEN CHICKEN"),
        ("940360", "REFRIGERATOR"),
        ("854442", "POWER BANK 20000MAH"),
        ("610910", "LEATHER SHOES"),
        ("851713", "iPhone 13 case"),
    ];

    #[test]
    fn terse_words_under_a_right_code_raise_nothing_and_other_goods_do() {
        let model = Model::builtin().unwrap();
        if model.is_empty() {
            println!("skipped: terse_words_under_a_right_code (the model that ships knows nothing yet)");
            return;
        }
        let contradictions = Contradictions::by(model, Doubt::of(&Parameters::default()));
        for (hs, description) in RIGHT {
            let said = contradictions.of(&line(hs, description));
            assert_eq!(said.map(|signal| signal.sentence), None, "{hs} {description}");
        }
        let found = WRONG.iter().filter(|(hs, text)| contradictions.of(&line(hs, text)).is_some()).count();
        assert!(found * 4 >= WRONG.len() * 3, "{found} of {}", WRONG.len());
    }

    #[test]
    fn the_name_ends_before_the_first_number() {
        for (text, name) in [
            ("Laptops 16 GB", "Laptops"),
            ("phone case", "phone case"),
            ("USB3 hub", ""),
            ("", ""),
            ("caf\u{e9} moulu\u{a0}250 g", "caf\u{e9} moulu"),
        ] {
            assert_eq!(before_numbers(text), name, "{text}");
        }
        assert!(is_accessory("iPhone 13 case") && !is_accessory("Laptops 16 GB 512 GB SSD"));
    }

    #[test]
    fn what_was_said_is_said_again_and_of_each_code_apart() {
        let model = Model::builtin().unwrap();
        let contradictions = Contradictions::by(model.clone(), Doubt::of(&Parameters::default()));
        for (hs, description) in WRONG.iter().chain(RIGHT).chain(WRONG).chain(&[("392690", "PHONE CASE")]) {
            let line = line(hs, description);
            assert_eq!(
                contradictions.of(&line),
                of(&model, &line, Doubt::of(&Parameters::default())),
                "{hs} {description}"
            );
        }
    }
}
