//! The catalogue: what the market sells, read from the TOML files under `data/catalogue`. Not
//! prices of single offers: those are computed in `price`.

use model::Unit;
use serde::Deserialize;
use std::sync::LazyLock;

/// Languages of the catalogue's names, in the order of its arrays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
    French,
    Polish,
}

impl Language {
    fn index(self) -> usize {
        match self {
            Language::English => 0,
            Language::German => 1,
            Language::French => 2,
            Language::Polish => 3,
        }
    }
}

/// The trade a goods and its sellers belong to. Shops have one section per sector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sector {
    Food,
    Electronics,
    Fashion,
    Home,
    Tools,
}

impl Sector {
    pub(crate) const ALL: [Sector; 5] =
        [Sector::Food, Sector::Electronics, Sector::Fashion, Sector::Home, Sector::Tools];
    pub(crate) fn slug(self) -> &'static str {
        match self {
            Sector::Food => "food",
            Sector::Electronics => "electronics",
            Sector::Fashion => "fashion",
            Sector::Home => "home",
            Sector::Tools => "tools",
        }
    }
    pub(crate) fn title(self, language: Language) -> &'static str {
        let names: [&'static str; 4] = match self {
            Sector::Food => ["Food", "Lebensmittel", "Alimentation", "Żywność"],
            Sector::Electronics => ["Electronics", "Elektronik", "Électronique", "Elektronika"],
            Sector::Fashion => ["Fashion & beauty", "Mode & Pflege", "Mode et beauté", "Moda i uroda"],
            Sector::Home => ["Home & play", "Wohnen & Spiel", "Maison et jeux", "Dom i zabawa"],
            Sector::Tools => ["Tools & motor", "Werkstatt & Auto", "Outils et auto", "Warsztat i auto"],
        };
        names[language.index()]
    }
}

/// Which half of a shop's sellers offers a product, so that two price levels have two sets of
/// sellers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Pool {
    Even,
    Odd,
}

/// A kind of goods under one subheading.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Goods {
    /// Name in this crate.
    pub key: String,
    /// HS 2022 subheading.
    pub hs: String,
    pub sector: Sector,
    /// Unit in which the goods are compared.
    pub unit: Unit,
    /// Euro per `unit`: retail, new, factor 1, at the start of 2026.
    pub price: f64,
    /// Standard deviation of the logs between the sellers of one product.
    pub spread: f64,
    /// English, German, French, Polish.
    pub names: [String; 4],
    /// Category names in the same order.
    pub category: [String; 4],
    /// Factor from retail to wholesale; absent: not in wholesale.
    pub wholesale: Option<f64>,
    /// Units in one trade pack (kg, l, m); pieces are sold by the piece.
    pub trade_size: Option<f64>,
    /// Usual smallest wholesale order in selling units.
    #[serde(default)]
    pub moq: u32,
    /// Factor from new to used, and to refurbished.
    pub used: Option<f64>,
    pub refurbished: Option<f64>,
    /// One seller's price has its decimal point one place to the right.
    #[serde(default)]
    pub slip: bool,
    pub products: Vec<ProductEntry>,
}

impl Goods {
    pub(crate) fn name(&self, language: Language) -> &str {
        &self.names[language.index()]
    }
    pub(crate) fn category(&self, language: Language) -> &str {
        &self.category[language.index()]
    }
}

/// A product (or a set of colours of one) as the file has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductEntry {
    /// Brand; absent: no brand.
    pub brand: Option<String>,
    pub model: Option<String>,
    /// What sets it apart, the same in every language ("128 GB").
    #[serde(default)]
    pub text: String,
    /// Units in one retail pack.
    #[serde(default = "one")]
    pub size: f64,
    /// Price factor.
    #[serde(default = "one")]
    pub factor: f64,
    /// Sold by many, in every shop, also used and in wholesale where the goods are.
    #[serde(default)]
    pub wide: bool,
    /// Sellers in harbour-lane, marktgarten, lumiere-bazar, skladowy; else by `wide`.
    pub reach: Option<[usize; 4]>,
    pub pool: Option<Pool>,
    /// Always the first seller of the pool.
    #[serde(default)]
    pub only_seller: bool,
    /// Colours, each a product of its own.
    #[serde(default)]
    pub variants: Vec<String>,
}

fn one() -> f64 {
    1.0
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CatalogueFile {
    goods: Vec<Goods>,
}

/// One product with its place in the catalogue.
#[derive(Debug, Clone)]
pub(crate) struct Product {
    /// Index into [`goods`].
    pub goods: usize,
    pub entry: ProductEntry,
    /// Model with its colour.
    pub model: Option<String>,
    /// GTIN-13 where the goods are branded.
    pub gtin: Option<String>,
    /// Part of addresses.
    pub slug: String,
}

impl Product {
    pub(crate) fn goods(&self) -> &'static Goods {
        &goods()[self.goods]
    }
    /// Title without pack: "Voltreon PB-100 Power bank 10000 mAh".
    pub(crate) fn title(&self, language: Language) -> String {
        let mut words: Vec<&str> = Vec::new();
        words.extend(self.entry.brand.as_deref());
        words.extend(self.model.as_deref());
        words.push(self.goods().name(language));
        if !self.entry.text.is_empty() {
            words.push(&self.entry.text);
        }
        words.join(" ")
    }
}

static GOODS: LazyLock<Vec<Goods>> = LazyLock::new(|| {
    [
        include_str!("../data/catalogue/food.toml"),
        include_str!("../data/catalogue/electronics.toml"),
        include_str!("../data/catalogue/fashion.toml"),
        include_str!("../data/catalogue/home.toml"),
        include_str!("../data/catalogue/tools.toml"),
    ]
    .iter()
    // The files are part of the program; the tests read each of them.
    .flat_map(|text| toml::from_str::<CatalogueFile>(text).map_or_else(|_| Vec::new(), |f| f.goods))
    .collect()
});

static PRODUCTS: LazyLock<Vec<Product>> = LazyLock::new(|| {
    let mut products = Vec::new();
    for (at, goods) in goods().iter().enumerate() {
        let mut ordinal = 0u32;
        for entry in &goods.products {
            let colours: Vec<Option<&String>> = if entry.variants.is_empty() {
                vec![None]
            } else {
                entry.variants.iter().map(Some).collect()
            };
            for colour in colours {
                ordinal += 1;
                let model = match (&entry.model, colour) {
                    (Some(model), Some(colour)) => Some(format!("{model} {colour}")),
                    (model, _) => model.clone(),
                };
                let mut slug = goods.key.replace('_', "-");
                for part in [&entry.brand, &model].into_iter().flatten() {
                    slug.push('-');
                    slug.push_str(part);
                }
                if entry.brand.is_none() && ordinal > 1 {
                    slug.push_str(&format!("-{ordinal}"));
                }
                products.push(Product {
                    goods: at,
                    entry: entry.clone(),
                    model,
                    gtin: entry.brand.is_some().then(|| gtin13(&goods.hs, ordinal)),
                    slug: slugified(&slug),
                });
            }
        }
    }
    products
});

/// Every kind of goods.
pub(crate) fn goods() -> &'static [Goods] {
    &GOODS
}

/// Every product, in the order of the files.
pub(crate) fn products() -> &'static [Product] {
    &PRODUCTS
}

/// A GTIN-13 in the range 200 to 299, which GS1 leaves to shops for their own numbers: it can
/// belong to no real article.
fn gtin13(hs: &str, ordinal: u32) -> String {
    let body = format!("20{hs}{ordinal:04}");
    // GS1 General Specifications: from the left of 13 digits, weights 1 and 3 alternate.
    let sum: u32 =
        body.bytes().enumerate().map(|(i, b)| u32::from(b - b'0') * if i % 2 == 0 { 1 } else { 3 }).sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

fn slugified(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Gtin, HsCode};
    use std::collections::BTreeSet;

    #[test]
    fn every_catalogue_file_is_read() {
        for text in [
            include_str!("../data/catalogue/food.toml"),
            include_str!("../data/catalogue/electronics.toml"),
            include_str!("../data/catalogue/fashion.toml"),
            include_str!("../data/catalogue/home.toml"),
            include_str!("../data/catalogue/tools.toml"),
        ] {
            toml::from_str::<CatalogueFile>(text).unwrap();
        }
    }

    #[test]
    fn the_goods_fall_under_many_subheadings_of_hs_2022() {
        let codes: BTreeSet<&str> = goods().iter().map(|g| g.hs.as_str()).collect();
        for code in &codes {
            assert!(HsCode::parse(code).unwrap().is_known(), "{code}");
        }
        assert!(codes.len() >= 32, "{}", codes.len());
        let chapters: BTreeSet<&str> = codes.iter().map(|c| &c[..2]).collect();
        assert!(chapters.len() >= 25, "{}", chapters.len());
    }

    #[test]
    fn every_gtin_is_valid_and_in_the_range_for_own_use() {
        let mut seen = BTreeSet::new();
        for product in products() {
            if let Some(text) = &product.gtin {
                let gtin: Gtin = text.parse().unwrap();
                assert!(gtin.printed().starts_with('2'), "{text}");
                assert!(seen.insert(gtin), "{text} twice");
            }
        }
        assert!(seen.len() > 80);
    }

    #[test]
    fn slugs_are_unique() {
        let slugs: BTreeSet<&str> = products().iter().map(|p| p.slug.as_str()).collect();
        assert_eq!(slugs.len(), products().len());
    }
}
