//! Healthy groups of offers for the tests: distinct sellers, two sites in turn, inside the window.

#![allow(dead_code)]

use chrono::{Days, NaiveDate};
use model::{
    Basis, Capture, CommercialLevel, Comparable, Condition, ContentHash, Currency, Declaration,
    DeclaredPrice, GoodsKind, HsCode, Interval, MassCheck, Money, Observation, Quantity, Transaction, Unit,
    UnitPrice, Verdict,
};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use serde_json::Value;
use statistics::{DeclaredPrices, Parameters, ReferenceIndex, assess, build_snapshot};
use statrs::distribution::{ContinuousCDF, Normal};
use std::path::PathBuf;

/// Export date of every line.
pub fn export_date() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 9, 15).unwrap()
}

pub fn decimal(value: f64) -> Decimal {
    Decimal::from_f64(value).unwrap().round_dp(6)
}

/// The cases of the shared `acceptance-cases.json`, or `None` (skipped, said so) where the shared folder is absent.
pub fn cases(test: &str) -> Option<Value> {
    let shared = std::env::var_os("TOUCHSTONE_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let file = shared.join("cases/acceptance-cases.json");
    match std::fs::read_to_string(&file) {
        Ok(text) => Some(serde_json::from_str(&text).unwrap()),
        Err(error) => {
            assert!(
                std::env::var("TOUCHSTONE_REQUIRE_SHARED").as_deref() != Ok("1"),
                "{}: {error}",
                file.display()
            );
            println!("skipped: {test}");
            None
        }
    }
}

/// A price list of the cases.
pub fn list(cases: &Value, name: &str) -> Vec<f64> {
    cases["data"][name].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// What the offers of a group share.
#[derive(Clone)]
pub struct Group {
    pub tag: String,
    pub name: String,
    pub hs: &'static str,
    pub unit: Unit,
    pub condition: Option<Condition>,
    pub level: CommercialLevel,
    pub kind: GoodsKind,
    pub brand: Option<String>,
    pub model: Option<String>,
    /// Days before the export date of the newest capture.
    pub age: u64,
}

pub fn garlic() -> Group {
    Group {
        tag: "garlic".into(),
        name: "Fresh garlic, white".into(),
        hs: "070320",
        unit: Unit::Kilogram,
        condition: Some(Condition::New),
        level: CommercialLevel::Wholesale,
        kind: GoodsKind::Article,
        brand: None,
        model: None,
        age: 10,
    }
}

pub fn article(tag: &str, name: &str, hs: &'static str) -> Group {
    Group {
        tag: tag.into(),
        name: name.into(),
        hs,
        unit: Unit::Piece,
        level: CommercialLevel::Retail,
        ..garlic()
    }
}

/// Prices at the normal quantiles of ln(median) ± sd.
pub fn prices(n: usize, median: f64, sd: f64) -> Vec<f64> {
    let normal = Normal::new(0.0, 1.0).unwrap();
    (0..n).map(|i| median * (sd * normal.inverse_cdf((i as f64 + 0.5) / n as f64)).exp()).collect()
}

impl Group {
    /// One offer; the whole test speaks euros per unit.
    pub fn offer(&self, i: usize, price: f64) -> Comparable {
        let id = format!("{} {i}", self.tag);
        let amount = decimal(price);
        let day = export_date() - Days::new(self.age + (i as u64 % 5));
        let site = ["market.example", "shop.example"][i % 2];
        Comparable {
            observation: Observation {
                id: ContentHash::of(id.as_bytes()),
                capture: Capture {
                    source_id: "fixture".into(),
                    site: site.into(),
                    page_url: None,
                    captured_at: day.and_hms_opt(9, 30, 0).unwrap().and_utc(),
                    page_hash: Some(ContentHash::of(id.as_bytes())),
                    archive: None,
                    market: "DE".parse().ok(),
                    default_currency: None,
                    language: None,
                },
                url: Some(format!("https://{site}/{}/{i}", self.tag.replace(' ', "-"))),
                name: self.name.clone(),
                seller: format!("seller {} {i}", self.tag),
                brand: self.brand.clone(),
                model: self.model.clone(),
                gtin: None,
                hs: Some(HsCode::parse(self.hs).unwrap()),
                hs_witness: None,
                condition: self.condition,
                level: self.level,
                kind: self.kind,
                price: Money::new(amount, Currency::EUR),
                price_high: None,
                quantities: vec![Quantity::new(Decimal::ONE, self.unit).unwrap()],
                min_order: None,
                breaks: Vec::new(),
                basis_price: Interval { low: amount, high: amount },
                basis: Basis { name: "offer".into(), recipe: None, steps: Vec::new() },
                origin: None,
                ships_to: Vec::new(),
                availability: None,
                confidence: None,
                explain: Vec::new(),
            },
            unit_prices: vec![UnitPrice { unit: self.unit, low: amount, high: amount }],
            rate: None,
        }
    }
    pub fn offers(&self, prices: &[f64]) -> Vec<Comparable> {
        (prices.iter().enumerate()).map(|(i, &price)| self.offer(i, price)).collect()
    }
    /// A line of these goods; the name of the offers is its description.
    pub fn line(&self) -> Declaration {
        Declaration {
            quantity_stated: true,
            line: None,
            hs: HsCode::parse(self.hs).unwrap(),
            description: Some(self.name.clone()),
            brand: None,
            model: None,
            gtin: None,
            condition: self.condition,
            level: Some(self.level),
            value: Money::new(Decimal::ONE, Currency::EUR),
            quantity: Quantity::new(Decimal::from(5000), self.unit).ok(),
            net_mass: None,
            piece_mass: None,
            export_date: export_date(),
            origin: "CN".parse().ok(),
            export_country: "CN".parse().ok(),
            import_country: "KE".parse().ok(),
            transaction: Transaction::Sale,
            terms: None,
            importer: None,
        }
    }
}

pub fn index(offers: Vec<Comparable>) -> ReferenceIndex {
    ReferenceIndex::of(&build_snapshot(offers, Vec::new(), Currency::EUR, &Parameters::default())).unwrap()
}

pub fn declared(unit: Unit, amount: f64) -> DeclaredPrices {
    let amount = decimal(amount);
    DeclaredPrices {
        prices: vec![DeclaredPrice { unit, declared: Money::new(amount, Currency::EUR), amount, rate: None }],
        alternatives: Vec::new(),
        failure: None,
    }
}

pub fn with_alternative(mut d: DeclaredPrices, unit: Unit, amount: f64, evidence: &str) -> DeclaredPrices {
    d.alternatives.push(MassCheck { unit, amount: decimal(amount), evidence: evidence.into() });
    d
}

/// Assesses a line of a group at a price per its unit.
pub fn check(offers: Vec<Comparable>, line: &Declaration, unit: Unit, price: f64) -> Verdict {
    assess(&index(offers), line, &declared(unit, price), &Parameters::default())
}

pub fn has_signal(verdict: &Verdict, code: &str) -> bool {
    verdict.signals.iter().any(|s| s.code.code() == code)
}
