//! Source files on the disk, and the contract each carries: a saved page and what must be read
//! from it.

use crate::failure::Failure;
use crate::reading;
use chrono::{DateTime, Utc};
use crawler::SourceRead;
use crawler::extract::Extraction;
use model::{ContentHash, Country, Currency, Listing, Page, Sample, Source, Validators};
use normalizer::price::{PriceHints, PriceReading, PriceStatus};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Reads a source file; gives the source and its text.
pub fn load(path: &Path) -> Result<(Source, String), Failure> {
    let origin = path.display().to_string();
    let text =
        std::fs::read_to_string(path).map_err(|e| Failure::from_io(&format!("source file {origin}"), &e))?;
    let source = crawler::source_file::parse(&text, &origin).map_err(|e| {
        Failure::input(e.to_string()).hint("config/sources/example-market.toml explains every key")
    })?;
    Ok((source, text))
}

/// Refuses two sources of one id: their rows and archives would mix.
pub fn distinct<'a>(sources: impl Iterator<Item = &'a Source>) -> Result<(), Failure> {
    let mut seen = BTreeSet::new();
    for source in sources {
        if !seen.insert(&source.id) {
            return Err(Failure::input(format!("two source files have the id '{}'", source.id)));
        }
    }
    Ok(())
}

/// A field of a sample that was not read as expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The field.
    pub field: String,
    /// What the source file expects.
    pub expected: String,
    /// What was read.
    pub found: Option<String>,
}

/// Fields a sample can expect.
const SAMPLE_FIELDS: &[&str] = &["name", "price", "currency", "brand", "gtin", "sku", "condition", "seller"];

/// What is known around a page and settles how its price reads.
#[derive(Debug, Clone, Copy, Default)]
pub struct Around<'a> {
    /// Language of the site, where a page does not say.
    pub language: Option<&'a str>,
    /// The decimal mark of its prices.
    pub decimal_separator: Option<char>,
    /// Its market.
    pub market: Option<Country>,
    /// What a bare number means on it.
    pub currency: Option<Currency>,
}

impl<'a> Around<'a> {
    /// What a source file states.
    pub fn of(source: &'a Source) -> Self {
        Around {
            language: source.language.as_deref(),
            decimal_separator: source.facts.decimal_separator,
            market: Some(source.market),
            currency: source.currency,
        }
    }
}

/// The price of a listing, read as a crawl reads it: the page's language before the site's, the
/// site's facts.
fn main_price(extraction: &Extraction, listing: &Listing, around: &Around<'_>) -> Option<PriceReading> {
    listing.price.as_ref().map(|price| {
        normalizer::price::parse(
            &price.text,
            &PriceHints {
                language: (listing.language.as_deref())
                    .or(extraction.language.as_deref())
                    .or(around.language),
                decimal_separator: around.decimal_separator,
                market: around.market,
                default_currency: around.currency,
                ..PriceHints::of_field(listing, price.witness.syntax)
            },
        )
    })
}

/// The fields of a page's main product that a sample can expect; what was not read is left out.
pub fn main_fields(extraction: &Extraction, around: &Around<'_>) -> BTreeMap<String, String> {
    let Some(listing) = extraction.listings.first() else { return BTreeMap::new() };
    let price = main_price(extraction, listing, around);
    let text = |stated: &Option<model::Stated>| stated.as_ref().map(|s| s.text.clone());
    let fields = [
        ("name", text(&listing.name)),
        ("price", price.as_ref().and_then(|p| p.amount).map(|a| a.normalize().to_string())),
        ("currency", price.as_ref().and_then(|p| p.currency).map(|c| c.to_string())),
        ("brand", text(&listing.brand)),
        ("gtin", text(&listing.gtin)),
        ("sku", text(&listing.sku)),
        ("condition", text(&listing.condition)),
        ("seller", text(&listing.seller)),
    ];
    fields.into_iter().filter_map(|(field, text)| Some((field.to_owned(), text?))).collect()
}

/// The main product's price as written, where it can be read in several ways.
pub fn ambiguous_price(extraction: &Extraction, around: &Around<'_>) -> Option<String> {
    let listing = extraction.listings.first()?;
    let reading = main_price(extraction, listing, around)?;
    let price = listing.price.as_ref()?;
    (reading.status == PriceStatus::Ambiguous).then(|| price.text.clone())
}

/// What a crawl would read of a saved page, feed or answer. `at` is the moment it is taken to be of:
/// it decides which sale prices of a feed hold.
pub fn read_sample(
    source: &Source,
    sample: &Sample,
    file: &Path,
    at: DateTime<Utc>,
) -> Result<SourceRead, Failure> {
    let path = file.parent().unwrap_or(Path::new(".")).join(&sample.file);
    let body = reading::file(&path)?;
    let page = Page {
        source_id: source.id.clone(),
        url: sample.url.clone(),
        status: 200,
        content_type: None,
        validators: Validators::default(),
        payload_hash: ContentHash::of(&body),
        body,
        fetched_at: at,
        archive: None,
    };
    crawler::read_source(source, &page)
        .map_err(|e| Failure::input(format!("sample page {}: {e}", path.display())))
}

/// Holds a source to its own sample page, taken to be of today. An empty list means that the contract
/// is kept.
pub fn check_sample(source: &Source, sample: &Sample, file: &Path) -> Result<Vec<Difference>, Failure> {
    let now = model::Clock::now(&model::SystemClock);
    differences(source, sample, file, &read_sample(source, sample, file, now)?.page)
}

/// What of a page, feed or answer is not as the sample expects. A feed or answer is held by its first
/// offer.
pub fn differences(
    source: &Source,
    sample: &Sample,
    file: &Path,
    extraction: &Extraction,
) -> Result<Vec<Difference>, Failure> {
    let mut read = main_fields(extraction, &Around::of(source));
    let mut differences = Vec::new();
    for (field, expected) in &sample.expect {
        if !SAMPLE_FIELDS.contains(&field.as_str()) {
            return Err(Failure::input(format!("{}: sample.expect has no field '{field}'", file.display()))
                .hint(format!("known fields: {}", SAMPLE_FIELDS.join(", "))));
        }
        let found = read.remove(field);
        let same = match (field.as_str(), &found) {
            ("price", Some(found)) => expected
                .parse::<rust_decimal::Decimal>()
                .is_ok_and(|e| found.parse::<rust_decimal::Decimal>().is_ok_and(|f| f == e)),
            (_, Some(found)) => found.trim() == expected.trim(),
            (_, None) => false,
        };
        if !same {
            differences.push(Difference { field: field.clone(), expected: expected.clone(), found });
        }
    }
    Ok(differences)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: &str = r#"
id = "shop"
name = "Shop"
market = "US"
language = "en"
currency = "USD"
start = ["https://shop.example/"]
[permission]
basis = "a test"
contact = "test@shop.example"
[facts]
decimal_separator = ","
[rules.fields]
name = "h1"
price = ".price"
[sample]
file = "page.html"
url = "https://shop.example/p/1"
[sample.expect]
name = "Cup"
price = "3.350"
currency = "USD"
"#;

    /// A folder with a source file and its page, and what the sample check says.
    fn checked(source: &str, page: &str) -> Result<Vec<Difference>, Failure> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("shop.toml");
        std::fs::write(&file, source).unwrap();
        std::fs::write(dir.path().join("page.html"), page).unwrap();
        let (source, _) = load(&file)?;
        check_sample(&source, source.sample.as_ref().unwrap(), &file)
    }

    fn page(price: &str) -> String {
        format!("<html><body><h1>Cup</h1><p class=price>{price}</p></body></html>")
    }

    #[test]
    fn a_sample_is_read_as_a_crawl_reads_it_with_the_sites_own_facts() {
        // The stated decimal mark settles what market and language would read as thousands.
        assert_eq!(checked(SHOP, &page("$3,350")).unwrap(), []);
        let other = SHOP.replace("decimal_separator = \",\"", "decimal_separator = \".\"");
        let differences = checked(&other, &page("$3,350")).unwrap();
        assert_eq!(differences.len(), 1);
        assert_eq!((differences[0].field.as_str(), differences[0].found.as_deref()), ("price", Some("3350")));
    }

    #[test]
    fn a_changed_page_is_told_field_by_field() {
        let differences = checked(SHOP, "<html><body><h1>Sign in</h1></body></html>").unwrap();
        let fields: Vec<&str> = differences.iter().map(|d| d.field.as_str()).collect();
        assert_eq!(fields, ["currency", "name", "price"]);
    }

    #[test]
    fn the_examples_of_every_kind_keep_their_contracts() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../config/sources"));
        let mut checked = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let file = entry.unwrap().path();
            if file.extension().is_none_or(|e| e != "toml") {
                continue;
            }
            let (source, _) = load(&file).unwrap();
            let sample = source.sample.as_ref().unwrap();
            assert_eq!(check_sample(&source, sample, &file).unwrap(), [], "{}", file.display());
            checked += 1;
        }
        assert!(checked >= 3, "{checked}");
    }

    #[test]
    fn a_feed_and_an_answer_are_held_by_their_first_offer() {
        let feed = SHOP
            .replace("decimal_separator = \",\"", "decimal_separator = \".\"")
            .replace("name = \"Shop\"", "name = \"Shop\"\nkind = \"feed\"")
            .replace("[rules.fields]\nname = \"h1\"\nprice = \".price\"\n", "");
        let table = "title,price\nCup,3.35 USD\nPot,1 USD\n";
        assert_eq!(checked(&feed, table).unwrap(), []);
        let differences = checked(&feed, "title,price\nPot,1 USD\nCup,3.350 USD\n").unwrap();
        let fields: Vec<&str> = differences.iter().map(|d| d.field.as_str()).collect();
        assert_eq!(fields, ["name", "price"]);
        let api = feed
            .replace("\"feed\"", "\"api\"")
            .replace("[sample]", "[api.fields]\nname = \"/n\"\nprice = \"/p\"\n[sample]");
        assert_eq!(checked(&api, r#"[{"n": "Cup", "p": 3.350}]"#).unwrap(), []);
        assert_eq!(checked(&api, "<html></html>").unwrap().len(), 3);
    }

    #[test]
    fn two_sources_of_one_id_are_refused() {
        let source: Source = crawler::source_file::parse(SHOP, "shop.toml").unwrap();
        let message = distinct([&source, &source].into_iter()).unwrap_err().message;
        assert_eq!(message, "two source files have the id 'shop'");
        assert!(distinct([&source].into_iter()).is_ok());
    }
}
