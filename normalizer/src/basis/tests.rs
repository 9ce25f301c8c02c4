//! Recipes: the worked cases, dates, terms, mistakes, and interval arithmetic.

use super::*;
use model::{BasisOperation, PriceTerms, Unit};

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}
fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}
fn point(text: &str) -> Interval {
    Interval { low: d(text), high: d(text) }
}

const WORKED: &str = r#"
id = "worked-case"
version = "1"
country = "GB"
level = "retail"
terms = "cif"
duty_base = "cif"
currency = "GBP"

[[step]]
what = "VAT"
operation = "divide"
rates = [{ element = "vat", low = "0.20", source = "worked case" }]

[[step]]
what = "fees and margin on price"
operation = "deduct"
rates = [
  { element = "fees", low = "0", source = "worked case" },
  { element = "margin", kind = "on_price", low = "0.25", high = "0.45", source = "worked case" },
]

[[step]]
what = "inland carriage"
operation = "subtract"
rates = [{ element = "inland", low = "0.15", source = "worked case" }]

[[step]]
what = "duty and levies"
operation = "divide"
rates = [
  { element = "duty", low = "0.10", source = "worked case" },
  { element = "levies", low = "0.02", source = "worked case" },
]
"#;

/// The worked case of 23.90 with 20 % VAT, 10 % duty and 2 % levies.
pub(crate) fn worked_case() -> Recipe {
    Recipe::parse_toml(WORKED).unwrap()
}

#[test]
fn the_worked_case() {
    let (value, basis) = apply(&worked_case(), point("23.90")).unwrap();
    assert_eq!((value.low.round_dp(2), value.high.round_dp(2)), (d("9.65"), d("13.20")));
    assert_eq!(basis.name, "cif");
    assert_eq!(basis.recipe.as_deref(), Some("worked-case 1"));
    assert!(basis.steps.iter().all(|step| step.illustrative));
    assert_eq!(basis.steps.len(), 4);
}

/// A published chain: a share of the current retail price, then taxes in turn.
fn chain(share: &str, divisors: &[&str]) -> Recipe {
    let mut text = String::from(
        "id = \"ke-vehicles\"\nversion = \"published\"\ncountry = \"KE\"\nterms = \"cif\"\nduty_base = \"cif\"\n",
    );
    let mut step = |operation: &str, element: &str, low: &str| {
        text += &format!(
            "[[step]]\nwhat = \"{element}\"\noperation = \"{operation}\"\nrates = [{{ element = \"{element}\", low = \"{low}\", kind = \"on_cost\", source = \"published valuation\", illustrative = false }}]\n"
        );
    };
    step("share", "share", share);
    for divisor in divisors {
        step("divide", "margin", divisor);
    }
    Recipe::parse_toml(&text).unwrap()
}

#[test]
fn two_published_kenyan_valuations_reproduce() {
    let (value, basis) = apply(&chain("0.50", &["0.25", "0.25", "0.20", "0.16"]), point("4805000")).unwrap();
    assert_eq!(value.low.round_dp(2), d("1104597.70"));
    assert_eq!(value.low, value.high);
    assert!(basis.steps.iter().all(|step| !step.illustrative));
    let (value, _) = apply(&chain("0.85", &["0.25", "0.25", "0.16"]), point("2231824")).unwrap();
    assert_eq!(value.low.round_dp(2), d("1046648.50"));
}

#[test]
fn duty_on_fob_and_amounts_per_kg() {
    let text = r#"
id = "us"
version = "1"
country = "US"
terms = "fob"
duty_base = "fob"
currency = "USD"
hs = ["07"]
[[step]]
what = "freight and insurance"
operation = "subtract"
rates = [
  { element = "freight", low = "0.20", high = "0.30", per = "KGM", source = "s" },
  { element = "insurance", low = "0.01", source = "s" },
]
[[step]]
what = "duty"
operation = "divide"
rates = [{ element = "duty", low = "0.10", source = "s" }]
"#;
    let recipe = Recipe::parse_toml(text).unwrap();
    let two_kg = Quantity::new(d("2"), Unit::Kilogram).unwrap();
    let (value, _) = apply_to(&recipe, point("12"), &[two_kg]).unwrap();
    assert_eq!(value.high, (d("12") - d("0.41")) / d("1.10"));
    assert_eq!(value.low, (d("12") - d("0.61")) / d("1.10"));
    let error = apply_to(&recipe, point("12"), &[]).unwrap_err();
    insta::assert_snapshot!(error, @"market recipe: us 1, step 'freight and insurance': the offer does not say its quantity in kg");
    let country: Country = "US".parse().unwrap();
    let level = CommercialLevel::Retail;
    let garlic = HsCode::parse("070320").unwrap();
    let phone = HsCode::parse("851713").unwrap();
    let recipes = [recipe];
    assert!(choose(&recipes, country, level, Some(&garlic), day("2026-01-01")).is_some());
    assert!(choose(&recipes, country, level, Some(&phone), day("2026-01-01")).is_none());
}

#[test]
fn mistakes_in_a_recipe_are_named() {
    let error = |from: &str, to: &str| Recipe::parse_toml(&WORKED.replace(from, to)).unwrap_err().to_string();
    insta::assert_snapshot!(error("\"0.20\"", "\"20\""), @r#"market recipe: worked-case 1: step 'VAT': 20 is not a share; write "0.20" for 20 %"#);
    insta::assert_snapshot!(error("kind = \"on_price\", ", ""), @"market recipe: worked-case 1: step 'fees and margin on price': a margin states its kind, on_price or on_cost");
    insta::assert_snapshot!(error("duty_base = \"cif\"", "duty_base = \"fob\""), @"market recipe: worked-case 1: step 'duty and levies': duty is laid on FOB, so freight is subtracted before it");
    assert!(error("low = \"0.20\"", "low = 0.20").contains("string"));
    assert!(error("what = \"VAT\"", "wath = \"VAT\"").contains("wath"));
}

proptest::proptest! {
    #[test]
    fn intervals_stay_intervals(cents in 1000i64..100_000_000, spread in 0i64..1000) {
        let price = Interval { low: Decimal::new(cents, 2), high: Decimal::new(cents + spread, 2) };
        let (value, basis) = apply(&worked_case(), price).unwrap();
        proptest::prop_assert!(value.low <= value.high);
        proptest::prop_assert!(value.high < price.high);
        for pair in basis.steps.windows(2) {
            proptest::prop_assert_eq!(pair[0].output, pair[1].input);
        }
    }
}

#[test]
fn a_recipe_is_chosen_by_its_days() {
    let dated = |version: &str, days: &str| {
        Recipe::parse_toml(&WORKED.replace("version = \"1\"", &format!("version = \"{version}\"\n{days}")))
            .unwrap()
    };
    let mut recipes = [
        dated("1", "valid_to = \"2020-06-30\""),
        dated("2", "valid_from = \"2020-07-01\"\nvalid_to = \"2020-12-31\""),
        dated("3", "valid_from = \"2021-01-01\""),
    ];
    check_set(&recipes).unwrap();
    let chosen = |on: &str| {
        choose(&recipes, "GB".parse().unwrap(), CommercialLevel::Retail, None, day(on))
            .map(|r| r.version.as_str())
    };
    assert_eq!(
        ["2020-06-30", "2020-07-01", "2020-12-31", "2021-01-01"].map(chosen),
        [Some("1"), Some("2"), Some("2"), Some("3")]
    );
    recipes[1].valid_to = None;
    insta::assert_snapshot!(check_set(&recipes).unwrap_err(), @"market recipe: worked-case 2 and worked-case 3 hold for the same offers on the same days; end one with valid_to");
}

const EXPORT: &str = r#"
id = "factory"
version = "1"
country = "CN"
level = "wholesale"
starts = "exw"
terms = "cif"
duty_base = "cif"
currency = "USD"
[[step]]
what = "carriage to the port"
operation = "add"
rates = [{ element = "inland", low = "0.02", high = "0.05", per = "KGM", source = "s" }]
[[step]]
what = "sea freight"
operation = "add"
rates = [{ element = "freight", low = "0.10", high = "0.30", per = "KGM", source = "s" }]
[[step]]
what = "insurance"
operation = "increase"
rates = [{ element = "insurance", low = "0.003", high = "0.01", source = "s", effective = "2026-01-01" }]
"#;

#[test]
fn terms_are_gone_both_ways() {
    let recipe = Recipe::parse_toml(EXPORT).unwrap();
    let kilogram = [Quantity::new(d("1"), Unit::Kilogram).unwrap()];
    let (cif, basis) = apply_to(&recipe, point("2.00"), &kilogram).unwrap();
    assert_eq!((cif.low, cif.high), (d("2.12") * d("1.003"), d("2.35") * d("1.01")));
    assert_eq!(basis.steps[2].source, "s, since 2026-01-01");
    assert_eq!(basis.steps[2].operation, Some(BasisOperation::Increase));
    // And from there back to FOB.
    let back = EXPORT
        .replace("starts = \"exw\"", "starts = \"cif\"")
        .replace("terms = \"cif\"", "terms = \"fob\"")
        .replace("operation = \"add\"", "operation = \"subtract\"")
        .replace("operation = \"increase\"", "operation = \"divide\"");
    let recipe = Recipe::parse_toml(&back).unwrap();
    assert_eq!(recipe.terms, PriceTerms::Fob);
    let (fob, _) = apply_to(&recipe, cif, &kilogram).unwrap();
    assert!(fob.low < d("2.00") && fob.high > d("2.00"), "what was taken off lies inside: {fob:?}");
    let error =
        Recipe::parse_toml(&EXPORT.replace("element = \"insurance\"", "element = \"fees\"")).unwrap_err();
    insta::assert_snapshot!(error, @"market recipe: factory 1: it starts at exw and ends at cif, but no step adds insurance");
}

/// Every recipe of the repository reads, none holds for the offers of another, and what it calls
/// sourced names its source.
#[test]
fn the_recipes_of_the_repository() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../config/markets");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let recipes: Vec<Recipe> = files
        .iter()
        .map(|file| {
            Recipe::parse_toml(&std::fs::read_to_string(file).unwrap())
                .unwrap_or_else(|e| panic!("{}: {e}", file.display()))
        })
        .collect();
    check_set(&recipes).unwrap();
    let countries: std::collections::BTreeSet<String> =
        recipes.iter().map(|r| r.country.to_string()).collect();
    assert!(countries.len() >= 10, "{countries:?}");
    for recipe in &recipes {
        let kilogram = [Quantity::new(d("1"), Unit::Kilogram).unwrap(), Quantity::one_piece()];
        let (value, _) = apply_to(recipe, point("1000"), &kilogram).unwrap();
        assert!(value.low < value.high && value.high < d("1000"), "{}: {value:?}", recipe.id);
        for rate in recipe.steps.iter().flat_map(|step| &step.rates) {
            assert!(
                rate.illustrative || (rate.source.len() > 10 && rate.effective.is_some()),
                "{}: {}",
                recipe.id,
                rate.source
            );
        }
    }
}

proptest::proptest! {
    /// A wider price and wider rates give a wider result: no end moves inwards.
    #[test]
    fn intervals_are_monotone(
        cents in 1i64..1_000_000, spread in 0i64..1000, wider in 0i64..1000,
        low in 0i64..90, width in 0i64..9, more in 0i64..9, operation in 0usize..6,
    ) {
        let operation = BasisOperation::ALL[operation];
        let interval = |low: i64, high: i64| Interval { low: Decimal::new(low, 2), high: Decimal::new(high, 2) };
        let narrow = operation.apply(interval(cents + wider, cents + wider + spread), interval(low + more, low + more + width)).unwrap();
        let wide = operation.apply(interval(cents, cents + spread + 2 * wider), interval(low, low + width + 2 * more)).unwrap();
        // Shares above one do not occur in a deduction.
        if operation != BasisOperation::Deduct || low + width + 2 * more < 100 {
            proptest::prop_assert!(wide.low <= narrow.low && narrow.high <= wide.high, "{:?} {:?}", narrow, wide);
            proptest::prop_assert!(narrow.low <= narrow.high);
        }
    }
}
