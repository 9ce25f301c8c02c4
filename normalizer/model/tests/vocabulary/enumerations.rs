//! Every enumeration: its codes are distinct, lower case, and read back to the same value; nothing
//! else is read.

use proptest::prelude::*;

macro_rules! for_every_enumeration {
    ($check:ident $(, $argument:expr)*) => {
        $check!(
            BasisOperation, CommercialLevel, Condition, ExclusionReason, Gate, GoodsKind, LegalUse, PriceTerms,
            RejectionReason, Rung, SignalCode, SourceKind, Syntax, Transaction, VerdictCode
            $(; $argument)*
        )
    };
}

macro_rules! codes_read_back {
    ($($name:ident),+) => { $(
        let mut seen = std::collections::BTreeSet::new();
        for value in model::$name::ALL {
            let code = value.code();
            assert!(seen.insert(code), "{} has '{code}' twice", stringify!($name));
            assert!(
                code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'),
                "{code}"
            );
            assert_eq!(code.parse::<model::$name>().unwrap(), *value);
            assert_eq!(value.to_string(), code);
            let json = serde_json::to_string(value).unwrap();
            assert_eq!(json, format!("\"{code}\""));
            assert_eq!(serde_json::from_str::<model::$name>(&json).unwrap(), *value);
        }
        let refused = "no such word".parse::<model::$name>().unwrap_err().to_string();
        assert!(refused.starts_with("'no such word' is not "), "{refused}");
    )+ };
}

macro_rules! only_codes_are_read {
    ($($name:ident),+ ; $text:expr) => { $(
        let read = $text.parse::<model::$name>();
        prop_assert_eq!(read.as_ref().ok().map(|v| v.code()), model::$name::ALL.iter().map(|v| v.code()).find(|c| *c == $text));
    )+ };
}

macro_rules! schema_lists_codes {
    ($($name:ident),+) => { $(
        let schema = serde_json::to_value(schemars::schema_for!(model::$name)).unwrap();
        let listed: Vec<&str> = schema["enum"].as_array().unwrap().iter().map(|c| c.as_str().unwrap()).collect();
        let codes: Vec<&str> = model::$name::ALL.iter().map(|v| v.code()).collect();
        assert_eq!(listed, codes, "{}", stringify!($name));
    )+ };
}

#[test]
fn every_code_is_its_own_and_reads_back() {
    for_every_enumeration!(codes_read_back);
}

#[test]
fn the_json_schema_lists_every_code() {
    for_every_enumeration!(schema_lists_codes);
}

proptest! {
    #[test]
    fn nothing_but_a_code_is_read(text in "[a-z_]{0,14}") {
        for_every_enumeration!(only_codes_are_read, text.as_str());
    }
}

#[test]
fn a_message_lists_what_would_be_read() {
    // Sentences that list the choices list all of them.
    macro_rules! lists {
        ($($name:ident),+) => { $(
            let message = "?".parse::<model::$name>().unwrap_err().to_string();
            for value in model::$name::ALL {
                assert!(message.contains(value.code()), "'{message}' does not name {value}");
            }
        )+ };
    }
    lists!(CommercialLevel, Condition, GoodsKind, PriceTerms, Rung, SourceKind, Syntax, Transaction);
}

#[test]
fn verdicts_stand_in_their_order_of_precedence() {
    // docs/CONTRACTS.md and the field's rule: the first that matches is the verdict.
    let codes: Vec<&str> = model::VerdictCode::ALL.iter().map(|v| v.code()).collect();
    assert_eq!(
        codes,
        [
            "not_applicable",
            "insufficient_evidence",
            "segment_first",
            "strong_reason_to_ask",
            "reason_to_ask",
            "low_review",
            "high_review",
            "not_detectable",
            "consistent",
        ]
    );
    assert!(model::VerdictCode::ALL.is_sorted());
    let rungs: Vec<u8> = model::Rung::ALL.iter().map(|r| r.number()).collect();
    assert_eq!(rungs, [1, 2, 3, 4]);
}
