use super::super::train::{Example, Settings, train};
use super::*;

fn code(digits: &str) -> HsCode {
    HsCode::parse(digits).unwrap()
}

/// A model of a handful of codes, learned from a handful of texts.
fn small() -> Model {
    let texts = [
        ("392690", "silicone phone case"),
        ("392690", "plastic cover for phone"),
        ("392690", "tpu bumper case for iphone"),
        ("392490", "plastic shower hook"),
        ("392490", "plastic bathroom storage box"),
        ("851713", "smartphone 128 gb dual sim"),
        ("851713", "android mobile phone unlocked"),
        ("851830", "wireless earbuds bluetooth"),
        ("851830", "headphones over ear"),
        ("420232", "leather wallet case"),
        ("640411", "running shoes men"),
        ("640411", "кроссовки мужские беговые"),
        ("640411", "кроссовка беговая женская"),
        ("640411", "男士 跑步鞋"),
    ];
    let codes: Vec<HsCode> =
        ["392490", "392690", "420232", "640411", "851713", "851830"].into_iter().map(code).collect();
    let examples: Vec<Example<'_>> =
        texts.iter().map(|(hs, text)| Example { hs: code(hs), text: (*text).into(), weight: 1.0 }).collect();
    train(&examples, &codes, Settings { rounds: 40, seed: 7 }, |_, _| {})
}

fn best(model: &Model, text: &str) -> String {
    let answer = Classifier::new(model).classify(&Goods { text, ..Goods::default() }, 3, 0.5);
    answer.candidates.first().map_or("none".to_owned(), |best| best.hs.to_string())
}

#[test]
fn what_the_goods_are_for_is_not_what_they_are() {
    let model = small();
    assert_eq!(best(&model, "Case for smartphone"), "392690");
    assert_eq!(best(&model, "Smartphone dual SIM"), "851713");
    assert_eq!(best(&model, "Bluetooth headphone"), "851830");
}
#[test]
fn other_scripts_and_forms_of_words_are_read() {
    let model = small();
    assert_eq!(best(&model, "кроссовок беговых"), "640411");
    assert_eq!(best(&model, "跑步鞋"), "640411");
    assert_eq!(best(&model, "HEADPHONE"), "851830");
}
#[test]
fn nothing_known_is_no_answer() {
    let model = small();
    let answer = Classifier::new(&model).classify(&Goods { text: "qqqq", ..Goods::default() }, 3, 0.5);
    assert_eq!(answer, Answer { candidates: Vec::new(), code: None, probability: 0.0 });
    assert_eq!(best(&model, ""), "none");
}
#[test]
fn an_answer_is_as_deep_as_it_is_sure() {
    let model = small();
    let mut classifier = Classifier::new(&model);
    let goods = Goods { text: "plastic case for phone", ..Goods::default() };
    let surest = classifier.classify(&goods, 6, 0.0);
    assert_eq!(surest.code, Some(code("392690")));
    let all: f32 = surest.candidates.iter().map(|candidate| candidate.probability).sum();
    assert!((all - 1.0).abs() < 1e-3, "{all}");
    let p6 = surest.candidates[0].probability;
    let p4 = classifier.probability(&goods, &code("3926"));
    let p2 = classifier.probability(&goods, &code("39"));
    assert!(p6 <= p4 + 1e-6 && p4 < p2 && p2 < 1.0, "{p6} {p4} {p2}");
    assert_eq!(classifier.probability_of_last(&code("3926")), p4);
    // Between the chapter's probability and the heading's: the chapter is all that can be said.
    assert_eq!(classifier.classify(&goods, 1, (p4 + p2) / 2.0).code, Some(code("39")));
    assert_eq!(classifier.classify(&goods, 1, (p2 + 1.0) / 2.0).code, None);
}
#[test]
fn an_answer_names_the_words_that_decided() {
    let model = small();
    let goods = Goods { text: "Blue silicone case for iPhone", ..Goods::default() };
    let answer = Classifier::new(&model).classify(&goods, 1, 0.5);
    let why = &answer.candidates[0].why;
    assert!(why.contains(&"case".to_owned()) && why.contains(&"silicone".to_owned()), "{why:?}");
    assert!(!why.contains(&"blue".to_owned()), "{why:?}");
}
#[test]
fn nothing_is_said_to_be_certain() {
    assert_eq!([1.0, 0.994, 0.876, 0.0].map(in_words), ["above 0.99", "above 0.99", "0.88", "below 0.01"]);
}
#[test]
fn category_and_attributes_count() {
    let model = small();
    let mut classifier = Classifier::new(&model);
    let bare = Goods { text: "Model X200 black", ..Goods::default() };
    let with = Goods { category: Some("Electronics > Headphones"), ..bare };
    let p = classifier.probability(&with, &code("851830"));
    assert!(p > 2.0 * classifier.probability(&bare, &code("851830")), "{p}");
    assert_eq!(classifier.classify(&with, 1, 0.0).code, Some(code("851830")));
    let attributes = [("Product type".to_owned(), "headphones".to_owned())];
    let told = Goods { attributes: &attributes, ..bare };
    assert_eq!(classifier.classify(&told, 1, 0.0).code, Some(code("851830")));
}
#[test]
fn a_model_comes_back_from_its_file() {
    let model = small();
    let bytes = model.to_bytes();
    let read = Model::from_bytes(&bytes).unwrap();
    assert_eq!(read.hash(), model.hash());
    assert_eq!(read.to_bytes(), bytes);
    for text in ["phone case", "mens shoes", "plastic box"] {
        assert_eq!(best(&read, text), best(&model, text));
    }
}
#[test]
fn the_same_texts_give_the_same_model() {
    assert_eq!(small().to_bytes(), small().to_bytes());
}
#[test]
fn a_damaged_file_is_refused() {
    let bytes = small().to_bytes();
    let error = |bytes: &[u8]| Model::from_bytes(bytes).unwrap_err().to_string();
    assert!(error(b"PK").contains("does not begin as one"));
    assert!(error(&bytes[..bytes.len() - 1]).contains("cut short"));
    assert!(error(&[&bytes[..], b"x"].concat()).contains("left over"));
    let mut wrong = bytes.clone();
    let at = wrong.len() - 1;
    wrong[12] = b'!';
    assert!(error(&wrong).contains("cannot be read"), "{at}");
}
#[test]
fn a_model_of_another_edition_or_without_numbers_is_refused() {
    let read = |model: &Model| Model::from_bytes(&model.to_bytes()).map_err(|error| error.to_string());
    let of = |change: &dyn Fn(&mut Model)| {
        let mut model = small();
        change(&mut model);
        read(&model).unwrap_err()
    };
    assert!(read(&small()).is_ok());
    let said = of(&|model| model.about.edition = "HS 2017".to_owned());
    assert!(said.contains("'HS 2017', not of HS 2022"), "{said}");
    // 8517.12 was the phones of HS 2017; eight digits are some country's.
    for (own, foreign) in [("851713", "851712"), ("851830", "85183000")] {
        let said = of(&|model| {
            let at = model.codes.iter().position(|held| held.as_str() == own).unwrap();
            model.codes[at] = code(foreign);
        });
        assert!(said.contains("has no subheading"), "{said}");
    }
    assert!(of(&|model| model.codes[1] = model.codes[0]).contains("out of order"));
    assert!(of(&|model| model.about.sharpness = 0.0).contains("sharpness"));
    assert!(of(&|model| model.levels[0].step = f32::NAN).contains("no numbers"));
    assert!(of(&|model| model.levels[2].bias[0] = f32::INFINITY).contains("no numbers"));
}

proptest::proptest! {
    #[test]
    fn any_text_is_answered(text in "\\PC{0,300}") {
        thread_local!(static MODEL: Model = small());
        MODEL.with(|model| {
            let answer = Classifier::new(model).classify(&Goods { text: &text, ..Goods::default() }, 3, 0.5);
            for candidate in &answer.candidates {
                proptest::prop_assert!((0.0..=1.0001).contains(&candidate.probability));
            }
            Ok(())
        })?;
    }
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        let _ = Model::from_bytes(&[b"TSHSCLF1".as_slice(), &bytes].concat());
        let _ = Model::from_bytes(&bytes);
    }
}
