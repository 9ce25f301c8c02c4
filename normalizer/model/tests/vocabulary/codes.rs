//! Codes that are written in several ways: HS, GTIN, currencies, countries, digests.

use model::{ContentHash, Country, Currency, Gtin, HsCode, VocabularyError};
use proptest::prelude::*;
use std::collections::HashSet;
use std::sync::LazyLock;

/// The list that `is_known` speaks for, read apart from the crate.
static LISTED: LazyLock<Vec<String>> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/hs/hs2022_subheadings.txt");
    std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
});

/// An HS code of a given number of digits, chapter 01 to 99.
fn hs_digits(levels: &'static [usize]) -> impl Strategy<Value = String> {
    (1..=99u32, proptest::sample::select(levels), "[0-9]{10}")
        .prop_map(|(chapter, level, rest)| format!("{chapter:02}{}", &rest[..level - 2]))
}

/// The check digit by its definition: digits weighted 3, 1, 3 … from the right, up to the next ten.
fn check_digit(payload: &str) -> char {
    let sum: u32 = payload
        .chars()
        .rev()
        .enumerate()
        .map(|(i, c)| c.to_digit(10).unwrap() * if i % 2 == 0 { 3 } else { 1 })
        .sum();
    char::from_digit((10 - sum % 10) % 10, 10).unwrap()
}

/// A right GTIN as printed, of 8, 12, 13 or 14 digits.
fn gtin_text() -> impl Strategy<Value = String> {
    (proptest::sample::select(&[7usize, 11, 12, 13][..]), "[0-9]{13}")
        .prop_map(|(n, digits)| digits[..n].to_owned())
        .prop_filter("all zeros is no number", |payload| payload.bytes().any(|b| b != b'0'))
        .prop_map(|payload| format!("{payload}{}", check_digit(&payload)))
}

proptest! {
    #[test]
    fn an_hs_code_reads_the_same_dotted_spaced_and_plain(digits in hs_digits(&[2, 4, 6, 7, 8, 9, 10, 11, 12])) {
        let code = HsCode::parse(&digits).unwrap();
        prop_assert_eq!(code.as_str(), digits.as_str());
        prop_assert_eq!(code.to_string().parse::<HsCode>().unwrap(), code);
        prop_assert_eq!(HsCode::parse(&code.dotted()).unwrap(), code);
        prop_assert_eq!(HsCode::parse(&format!(" {} ", code.dotted().replace('.', " "))).unwrap(), code);
        let json = serde_json::to_string(&code).unwrap();
        prop_assert_eq!(&json, &format!("\"{digits}\""));
        prop_assert_eq!(serde_json::from_str::<HsCode>(&json).unwrap(), code);
    }

    #[test]
    fn an_hs_code_lies_within_its_own_beginnings(digits in hs_digits(&[2, 4, 6, 8, 10, 12])) {
        let code = HsCode::parse(&digits).unwrap();
        prop_assert_eq!(code.level(), digits.len());
        prop_assert_eq!(code.chapter().to_string(), digits[..2].to_owned());
        prop_assert_eq!(code.heading().map(|c| c.to_string()), digits.get(..4).map(str::to_owned));
        prop_assert_eq!(code.subheading().map(|c| c.to_string()), digits.get(..6).map(str::to_owned));
        for wider in [Some(code.chapter()), code.heading(), code.subheading(), Some(code)].into_iter().flatten() {
            prop_assert!(code.is_within(&wider));
            prop_assert_eq!(wider.is_within(&code), wider == code);
        }
    }

    #[test]
    fn an_hs_code_is_known_when_the_list_has_it_or_something_below(digits in hs_digits(&[2, 4, 6, 8])) {
        let stem = &digits[..digits.len().min(6)];
        let expected = LISTED.iter().any(|code| code.starts_with(stem));
        prop_assert_eq!(HsCode::parse(&digits).unwrap().is_known(), expected);
    }

    #[test]
    fn the_nearest_codes_exist_and_share_the_longest_beginning(digits in hs_digits(&[6, 8]), count in 1..6usize) {
        let code = HsCode::parse(&digits).unwrap();
        let near = code.nearest_known(count);
        prop_assert!(near.len() <= count);
        let shared = |other: &str| other.bytes().zip(digits.bytes()).take_while(|(a, b)| a == b).count().min(5);
        let best = LISTED.iter().map(|c| shared(c)).max().unwrap();
        prop_assert_eq!(near.is_empty(), best < 2, "no hint only where even the chapter is unknown");
        for hint in near {
            prop_assert!(LISTED.contains(&hint.to_string()));
            prop_assert_eq!(shared(hint.as_str()), best);
        }
    }

    #[test]
    fn a_gtin_with_its_check_digit_is_read_and_printed_back(text in gtin_text()) {
        let gtin = Gtin::parse(&text).unwrap();
        prop_assert_eq!(gtin.as_str().len(), 14);
        prop_assert!(gtin.as_str().ends_with(&text));
        prop_assert_eq!(Gtin::parse(gtin.printed()).unwrap(), gtin);
        prop_assert!(matches!(gtin.printed().len(), 8 | 12 | 13 | 14));
        let spaced: String = text.chars().flat_map(|c| [c, '-', ' ']).collect();
        prop_assert_eq!(Gtin::parse(&spaced).unwrap(), gtin);
        let json = serde_json::to_string(&gtin).unwrap();
        prop_assert_eq!(serde_json::from_str::<Gtin>(&json).unwrap(), gtin);
    }

    #[test]
    fn one_gtin_is_equal_in_every_longer_form(text in gtin_text()) {
        let gtin = Gtin::parse(&text).unwrap();
        for length in [8usize, 12, 13, 14].into_iter().filter(|&l| l >= text.len()) {
            prop_assert_eq!(Gtin::parse(&format!("{text:0>length$}")).unwrap(), gtin);
        }
    }

    #[test]
    fn a_gtin_with_one_wrong_digit_is_refused(text in gtin_text(), at in 0..14usize, step in 1..10u32) {
        let at = at % text.len();
        let wrong: String = text
            .chars()
            .enumerate()
            .map(|(i, c)| if i == at { char::from_digit((c.to_digit(10).unwrap() + step) % 10, 10).unwrap() } else { c })
            .collect();
        prop_assert!(Gtin::parse(&wrong).is_err(), "{} for {}", wrong, text);
    }

    #[test]
    fn a_digest_comes_back_from_its_text(bytes in any::<[u8; 32]>()) {
        let hash = ContentHash::from_bytes(bytes);
        let text = hash.to_string();
        prop_assert_eq!(text.parse::<ContentHash>().unwrap(), hash);
        prop_assert_eq!(hash.as_bytes(), &bytes);
        prop_assert!(text.starts_with(&hash.short()) && hash.short().len() == 12);
        prop_assert_eq!(text.to_uppercase().parse::<ContentHash>().unwrap(), hash, "either case is read");
    }

    #[test]
    fn a_digest_of_fields_keeps_them_apart(fields in proptest::collection::vec("[a-c]{0,3}", 1..5), at in 0..4usize) {
        let hash = |f: &[String]| ContentHash::of_fields(f.iter().map(String::as_str));
        prop_assert_eq!(hash(&fields), hash(&fields));
        if at + 1 < fields.len() {
            let mut joined = fields.clone();
            let next = joined.remove(at + 1);
            joined[at].push_str(&next);
            prop_assert_ne!(hash(&fields), hash(&joined));
        }
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in any::<String>()) {
        // What is read at all is read to the same value from its own text.
        if let Ok(code) = text.parse::<HsCode>() {
            prop_assert_eq!(code.to_string().parse::<HsCode>().unwrap(), code);
            let _ = (code.is_known(), code.nearest_known(3), code.dotted(), code.heading());
        }
        if let Ok(gtin) = text.parse::<Gtin>() {
            prop_assert_eq!(Gtin::parse(gtin.printed()).unwrap(), gtin);
        }
        let _ = (text.parse::<Currency>(), text.parse::<Country>(), text.parse::<ContentHash>());
    }

    #[test]
    fn short_texts_of_digits_signs_and_letters_do_not_panic_either(text in "[0-9. \u{a0}+\\-a-zA-Z€éß²]{0,16}") {
        let _ = (text.parse::<HsCode>().map(|c| c.nearest_known(2)), text.parse::<Gtin>());
        let _ = (text.parse::<Currency>(), text.parse::<Country>());
    }

    #[test]
    fn what_reads_as_a_digest_is_hexadecimal(text in "[0-9a-fA-F+\\- xg]{64}") {
        let hexadecimal = text.bytes().all(|b| b.is_ascii_hexdigit());
        prop_assert_eq!(text.parse::<ContentHash>().is_ok(), hexadecimal, "{}", text);
    }

    #[test]
    fn codes_of_letters_are_read_in_any_case(text in "[a-zA-Z]{2,3}") {
        let upper = text.to_ascii_uppercase();
        if let Ok(currency) = text.parse::<Currency>() {
            prop_assert_eq!(currency.as_str(), upper.as_str());
            prop_assert!(currency.minor_digits() <= 3);
        }
        if let Ok(country) = text.parse::<Country>() {
            prop_assert_eq!(country.as_str(), upper.as_str());
        }
    }
}

#[test]
fn every_listed_subheading_is_known_and_the_list_is_sorted() {
    assert_eq!(LISTED.len(), 5612);
    assert!(LISTED.windows(2).all(|pair| pair[0] < pair[1]));
    for text in LISTED.iter() {
        let code = HsCode::parse(text).unwrap();
        assert!(code.is_known() && code.chapter().is_known() && code.heading().unwrap().is_known(), "{text}");
    }
    // Chapter 77 is reserved; 99 is for national use, and 999999 a code of trade statistics.
    for gone in ["770000", "77", "999999", "99", "010000", "0000"] {
        assert!(!HsCode::parse(gone).is_ok_and(|code| code.is_known()), "{gone}");
    }
}

#[test]
fn a_plus_sign_is_no_hexadecimal_digit() {
    assert!("+f".repeat(32).parse::<ContentHash>().is_err());
    assert!("0".repeat(63).parse::<ContentHash>().is_err());
    assert!("é".repeat(32).parse::<ContentHash>().is_err());
}

#[test]
fn hs_codes_of_other_lengths_are_refused_with_the_text_quoted() {
    for bad in ["", "7", "070", "07032", "0703.2", "0703200000000", "0x0320", "００７０３２", "0012"] {
        let message = HsCode::parse(bad).unwrap_err().to_string();
        assert!(message.starts_with(&format!("'{bad}' is not an HS code")), "{message}");
    }
}

#[test]
fn a_wrong_check_digit_names_the_right_one() {
    let error = Gtin::parse("4006381333932").unwrap_err();
    assert_eq!(error, VocabularyError::CheckDigit { text: "4006381333932".into(), expected: '1' });
    assert_eq!(error.to_string(), "the check digit of '4006381333932' is wrong: expected 1");
    for bad in ["", "0", "00000000", "123456789", "400638133393x", "400638133393100"] {
        assert!(matches!(Gtin::parse(bad), Err(VocabularyError::Malformed { .. })), "{bad}");
    }
}

#[test]
fn a_long_text_is_quoted_short() {
    let message = "é".repeat(5000).parse::<Currency>().unwrap_err().to_string();
    assert!(message.chars().count() < 150 && message.contains('…'), "{message}");
}

/// Codes by which the letters `A` to `Z`, `n` of them, are read.
fn read_all<T: std::str::FromStr + std::hash::Hash + Eq + ToString>(n: u32) -> HashSet<T> {
    let mut out = HashSet::new();
    for i in 0..26u32.pow(n) {
        let text: String = (0..n).map(|place| char::from(b'A' + (i / 26u32.pow(place) % 26) as u8)).collect();
        if let Ok(value) = text.parse::<T>() {
            assert_eq!(value.to_string(), text);
            out.insert(value);
        }
    }
    out
}

#[test]
fn currencies_and_countries_are_the_lists_of_iso() {
    let currencies = read_all::<Currency>(3);
    assert_eq!(currencies.len(), 156 + 46, "current and ended");
    assert!(currencies.contains(&Currency::EUR) && currencies.contains(&Currency::USD));
    for (code, digits) in [("JPY", 0), ("KWD", 3), ("EUR", 2), ("CLP", 0), ("TND", 3), ("HUF", 2)] {
        assert_eq!(code.parse::<Currency>().unwrap().minor_digits(), digits, "{code}");
    }
    for ended in ["DEM", "TRL", "ROL", "HRK", "BGN"] {
        assert!(ended.parse::<Currency>().is_ok(), "old price lists still carry {ended}");
    }
    // ISO 3166-1 has 249 codes; XK and ZZ are user-assigned ones that customs administrations use.
    assert_eq!(read_all::<Country>(2).len(), 249 + 2);
    for none in ["UK", "EU", "XX", "AN", "", "D", "DEU", "Ä"] {
        assert!(none.parse::<Country>().is_err(), "{none}");
    }
    assert_eq!(" de ".parse::<Country>().unwrap().as_str(), "DE");
}
