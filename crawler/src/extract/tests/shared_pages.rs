//! The annotated shop pages of the shared data, where they are at hand: a floor on what is read
//! right, a little below what was measured, and no panic on any page.

use super::*;
use std::io::Read;
use std::path::PathBuf;

pub(super) fn shared() -> Option<PathBuf> {
    let dir = std::env::var_os("TOUCHSTONE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    let index = dir.join("data/pages/index.jsonl");
    if index.exists() {
        return Some(dir.join("data/pages"));
    }
    assert!(
        std::env::var_os("TOUCHSTONE_REQUIRE_SHARED").is_none_or(|v| v != "1"),
        "shared data required, and {} is not there",
        index.display()
    );
    println!("skipped: shared_pages");
    None
}

pub(super) fn page_text(dir: &std::path::Path, file: &str) -> String {
    let file = std::fs::File::open(dir.join(file)).unwrap();
    let mut bytes = Vec::new();
    flate2::read::MultiGzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn annotated_pages_keep_their_level() {
    let Some(dir) = shared() else { return };
    let index = std::fs::read_to_string(dir.join("index.jsonl")).unwrap();
    let (mut right, mut given, mut annotated) = (0, 0, 0);
    let mut counts = [(0, 0, "availability"), (0, 0, "sku"), (0, 0, "brand"), (0, 0, "gtin")];
    for line in index.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = page_text(&dir, row["file"].as_str().unwrap());
        assert_eq!(guard::bounded(&text).len(), text.len(), "an honest page was cut: {}", row["file"]);
        let page = extract(&text, row["url"].as_str(), &Rules::default());
        if row["set"] != "peb" {
            continue;
        }
        let first = page.listings.first().cloned().unwrap_or_default();
        let expected = |key: &str| -> Vec<String> {
            row["expected"][key]
                .as_array()
                .map(|l| l.iter().filter_map(|v| v.as_str()).map(|v| v.trim().to_lowercase()).collect())
                .unwrap_or_default()
        };
        let wanted: Vec<u64> = expected("price").iter().filter_map(|p| price_text::value(p)).collect();
        let got = merge::value(first.price.as_ref());
        given += usize::from(got.is_some());
        annotated += usize::from(!wanted.is_empty());
        right += usize::from(got.is_some_and(|g| wanted.contains(&g)));
        for (right, of, key) in &mut counts {
            let wanted = expected(key);
            let field = match *key {
                "availability" => &first.availability,
                "sku" => &first.sku,
                "brand" => &first.brand,
                _ => &first.gtin,
            };
            let same = field.as_ref().is_some_and(|f| wanted.contains(&f.text.to_lowercase()));
            *of += usize::from(!wanted.is_empty());
            *right += usize::from(same);
        }
    }
    let (precision, recall) = (
        f64::from(right as u32) / f64::from(given as u32),
        f64::from(right as u32) / f64::from(annotated as u32),
    );
    let f1 = 2.0 * precision * recall / (precision + recall);
    println!("price: precision {precision:.3} recall {recall:.3} F1 {f1:.3}; {counts:?}");
    assert!(f1 >= 0.93 && precision >= 0.93, "precision {precision:.3}, recall {recall:.3}, F1 {f1:.3}");
    // Floors a little below what was measured: 51/61, 52/57, 36/43, 5/5.
    for ((right, of, key), floor) in counts.into_iter().zip([0.78, 0.85, 0.78, 0.8]) {
        assert!(f64::from(right as u32) >= floor * f64::from(of as u32), "{key}: {right} of {of}");
    }
}
