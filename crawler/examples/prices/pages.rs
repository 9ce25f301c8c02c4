//! The pages of `prices`: their texts, their truth, what is read from them; and scores with intervals.

use crawler::decode;
use crawler::extract::confidence::Signs;
use crawler::extract::{SeenPrice, extract, extract_unmarked, seen_prices};
use model::Rules;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, Read};
use std::path::Path;

pub struct Page {
    pub file: String,
    pub set: &'static str,
    /// Part of the cross-validation.
    pub part: usize,
    /// Right prices in hundredths; none where the page states none.
    pub prices: Vec<u64>,
    /// What the main listing says, read with and without markup.
    pub whole: Option<u64>,
    pub unmarked: Option<u64>,
    pub unmarked_listings: usize,
    pub best_score: f64,
    pub seen: Vec<SeenPrice>,
    /// Goods of a list, each with the prices that are right; `None` where the page was not read for them.
    pub items: Option<Vec<Vec<u64>>>,
    /// Further prices that may stand for goods of the list's margin.
    pub also: Vec<u64>,
    /// Prices of all listings read.
    pub listed: Vec<Option<u64>>,
    /// Signs of the listings read with markup, and of the main one without.
    pub signs: Vec<Signs>,
    pub unmarked_signs: Option<Signs>,
}

/// Reads the pages with a truth: the set `peb`, and those that the labels name.
pub fn pages(folder: &Path, labels: &Path) -> Result<Vec<Page>, Box<dyn Error>> {
    let mut known: BTreeMap<String, Value> = BTreeMap::new();
    for line in std::fs::read_to_string(labels)?.lines() {
        let label: Value = serde_json::from_str(line)?;
        known.insert(label["page"].as_str().ok_or("label without page")?.to_owned(), label);
    }
    let mut shops: BTreeMap<String, usize> = BTreeMap::new();
    let mut pages = Vec::new();
    for line in std::io::BufReader::new(std::fs::File::open(folder.join("index.jsonl"))?).lines() {
        let row: Value = serde_json::from_str(&line?)?;
        let file = row["file"].as_str().ok_or("row without file")?.to_owned();
        let (set, truth) = match (row["set"] == "peb", known.get(&key(&file))) {
            (true, _) => ("peb", &row["expected"]["price"]),
            (false, Some(label)) => ("aside", &label["price"]),
            _ => continue,
        };
        let mut bytes = Vec::new();
        flate2::read::MultiGzDecoder::new(std::fs::File::open(folder.join(&file))?)
            .read_to_end(&mut bytes)?;
        let text = decode::to_text(&bytes, None)?.text;
        let url = row["url"].as_str();
        let prices =
            truth.as_array().into_iter().flatten().filter_map(Value::as_str).filter_map(hundredths).collect();
        let shop = url
            .and_then(|u| url::Url::parse(u).ok())
            .and_then(|u| psl::domain_str(u.host_str()?).map(str::to_owned));
        let next = shops.len();
        let part = *shops.entry(shop.unwrap_or_else(|| file.clone())).or_insert(next);
        let price = |page: crawler::extract::Extraction| {
            page.listings.first().and_then(crawler::extract::rough_price)
        };
        let label = known.get(&key(&file));
        let list = |value: &Value| -> Vec<u64> {
            value.as_array().into_iter().flatten().filter_map(Value::as_str).filter_map(hundredths).collect()
        };
        let items = label.and_then(|l| l["items"].as_array()).map(|items| items.iter().map(list).collect());
        let also = label.map(|l| list(&l["also"])).unwrap_or_default();
        let read = extract(&text, url, &Rules::default());
        let listed = read.listings.iter().map(crawler::extract::rough_price).collect();
        let signs = read.signs.clone();
        let seen = seen_prices(&text);
        let unmarked = extract_unmarked(&text, url);
        pages.push(Page {
            signs,
            unmarked_signs: unmarked.signs.first().copied(),
            unmarked_listings: unmarked.listings.len(),
            best_score: seen
                .iter()
                .filter(|s| !s.outside)
                .map(|s| crawler::extract::price_rank::score(&s.features))
                .fold(f64::MIN, f64::max),
            set,
            part,
            prices,
            whole: price(read),
            unmarked: price(unmarked),
            seen,
            items,
            also,
            listed,
            file,
        });
    }
    Ok(pages)
}

/// The name under which labels know a file.
pub fn key(file: &str) -> String {
    Sha256::digest(file.as_bytes()).iter().take(8).map(|b| format!("{b:02x}")).collect()
}

fn hundredths(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction: u64 = format!("{fraction:0<2}").get(..2)?.parse().ok()?;
    Some(whole.parse::<u64>().ok()? * 100 + fraction)
}

/// Whether a rough price is one of those wanted. Three decimals read roughly as thousands ("3.340"): which
/// they are is the normalizer's to settle, not judged here.
pub fn is_right(given: u64, wanted: &[u64]) -> bool {
    wanted.iter().any(|&w| given == w || given == w * 1_000)
}

/// What one page adds to precision and recall.
#[derive(Clone, Copy, Default)]
pub struct Sums {
    pub right: f64,
    pub given: f64,
    pub wanted: f64,
}

impl Sums {
    pub fn of(given: Option<u64>, wanted: &[u64]) -> Self {
        let one = |b: bool| f64::from(u8::from(b));
        Sums {
            right: one(given.is_some_and(|g| is_right(g, wanted))),
            given: one(given.is_some()),
            wanted: one(!wanted.is_empty()),
        }
    }

    pub fn wrong(self) -> bool {
        self.right < self.given || self.right < self.wanted
    }
}

fn total(rows: impl Iterator<Item = Sums>) -> [f64; 3] {
    let mut all = Sums::default();
    for row in rows {
        all = Sums {
            right: all.right + row.right,
            given: all.given + row.given,
            wanted: all.wanted + row.wanted,
        };
    }
    let (p, r) = (all.right / all.given.max(1.0), all.right / all.wanted.max(1.0));
    [p, r, 2.0 * p * r / (p + r).max(1e-9)]
}

/// Precision, recall and F1 with 95 % intervals by bootstrap over pages.
pub fn bootstrap(rows: &[Sums]) -> Value {
    let mut state: u64 = 1;
    let mut draw = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n.max(1)
    };
    let mut samples: Vec<[f64; 3]> = (0..2_000)
        .map(|_| total((0..rows.len()).map(|_| rows[draw(rows.len())]).collect::<Vec<_>>().into_iter()))
        .collect();
    let three = |x: f64| (x * 1000.0).round() / 1000.0;
    let measured = total(rows.iter().copied());
    let mut out = serde_json::Map::new();
    out.insert("pages".into(), json!(rows.len()));
    for (k, name) in ["precision", "recall", "f1"].into_iter().enumerate() {
        samples.sort_by(|a, b| a[k].total_cmp(&b[k]));
        out.insert(name.into(), json!([three(measured[k]), three(samples[50][k]), three(samples[1_949][k])]));
    }
    Value::Object(out)
}

/// How well the goods of a list are read: right ones, and how many were given and wanted.
pub fn of_list(page: &Page) -> Option<Sums> {
    let items = page.items.as_ref()?;
    let mut left: Vec<Option<u64>> = page.listed.clone();
    let mut right = 0;
    for item in items {
        if let Some(at) = left.iter().position(|l| l.is_some_and(|l| item.contains(&l))) {
            left.remove(at);
            right += 1;
        }
    }
    let beside = left.iter().flatten().filter(|l| page.also.contains(l)).count();
    let given = page.listed.len() - beside;
    Some(Sums { right: f64::from(right), given: given as f64, wanted: items.len() as f64 })
}
