//! Units, quantities and money.

use model::{Currency, Money, Quantity, Unit, VocabularyError};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn any_decimal() -> impl Strategy<Value = Decimal> {
    (any::<i64>(), 0..12u32).prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale))
}

fn any_unit() -> impl Strategy<Value = Unit> {
    proptest::sample::select(Unit::ALL)
}

#[test]
fn every_unit_is_read_from_its_code_and_its_symbol_in_any_case() {
    for unit in Unit::ALL {
        for text in [
            unit.code().to_owned(),
            unit.code().to_lowercase(),
            unit.symbol().to_owned(),
            unit.symbol().to_uppercase(),
        ] {
            assert_eq!(text.parse::<Unit>().unwrap(), *unit, "{text}");
        }
        assert_eq!(unit.to_string(), unit.code());
        assert!(unit.per().starts_with("per "));
        assert_eq!(serde_json::to_string(unit).unwrap(), format!("\"{}\"", unit.code()));
    }
    let mut codes: Vec<&str> = Unit::ALL.iter().map(|u| u.code()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), 12, "no code stands for two units");
    for bad in ["", "lb", "kilo gram", "k g", "12"] {
        assert!(bad.parse::<Unit>().is_err(), "{bad}");
    }
}

#[test]
fn dozens_and_thousands_become_pieces_and_pairs_stay_pairs() {
    let reduced = |n: i64, unit| Quantity::new(Decimal::from(n), unit).unwrap().reduced().to_string();
    assert_eq!(reduced(3, Unit::Dozen), "36 u");
    assert_eq!(reduced(2, Unit::Thousand), "2000 u");
    assert_eq!(reduced(5, Unit::Pair), "5 2u");
    assert_eq!(reduced(7, Unit::Kilogram), "7 kg");
    let most = Quantity::new(Decimal::MAX, Unit::Dozen).unwrap();
    assert_eq!(most.reduced(), most, "what cannot be counted in pieces stays as it was");
}

#[test]
fn amounts_of_money_are_texts_in_json() {
    let price = Money::new("1299.50".parse().unwrap(), Currency::EUR);
    let json = serde_json::to_string(&price).unwrap();
    assert_eq!(json, r#"{"amount":"1299.50","currency":"EUR"}"#);
    assert_eq!(price.to_string(), "1299.50 EUR");
    let third = Money::new(Decimal::ONE / Decimal::from(3), Currency::USD);
    let back: Money = serde_json::from_str(&serde_json::to_string(&third).unwrap()).unwrap();
    assert_eq!(back, third, "all 28 digits survive, which no binary fraction would");
    assert!(serde_json::from_str::<Money>(r#"{"amount":"1","currency":"XYZ"}"#).is_err());
    assert!(serde_json::from_str::<Money>(r#"{"amount":"1,5","currency":"EUR"}"#).is_err());
}

proptest! {
    #[test]
    fn a_quantity_is_above_zero_however_it_is_made(value in any_decimal(), unit in any_unit()) {
        let json = format!(r#"{{"value":"{value}","unit":"{}"}}"#, unit.code());
        let made = Quantity::new(value, unit);
        prop_assert_eq!(made.is_ok(), value > Decimal::ZERO);
        match made {
            Ok(quantity) => {
                prop_assert_eq!((quantity.value(), quantity.unit()), (value, unit));
                prop_assert_eq!(serde_json::to_string(&quantity).unwrap(), json.clone());
                prop_assert_eq!(serde_json::from_str::<Quantity>(&json).unwrap(), quantity);
                prop_assert!(quantity.reduced().value() >= value);
                prop_assert_eq!(quantity.reduced().reduced(), quantity.reduced());
            }
            Err(error) => {
                prop_assert_eq!(error, VocabularyError::NotPositive { text: value.to_string() });
                let refused = serde_json::from_str::<Quantity>(&json).unwrap_err().to_string();
                prop_assert!(refused.contains("is not above zero"), "{}", refused);
            }
        }
    }

    #[test]
    fn money_comes_back_from_json_with_every_digit(amount in any_decimal()) {
        let money = Money::new(amount, Currency::USD);
        let back: Money = serde_json::from_str(&serde_json::to_string(&money).unwrap()).unwrap();
        prop_assert_eq!(back, money);
        prop_assert_eq!(back.amount.scale(), amount.scale());
    }

    #[test]
    fn no_text_makes_the_unit_reader_panic(text in any::<String>()) {
        if let Ok(unit) = text.parse::<Unit>() {
            prop_assert!(Unit::ALL.contains(&unit));
        }
    }
}
