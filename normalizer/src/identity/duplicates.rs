//! Offers of one seller that are one offer written twice: in other words, or under an address that
//! only follows a visitor around. Goods of several sellers are `index`.

use super::address;
use super::near_duplicate_key;
use crate::text;
use std::collections::HashMap;

/// An offer as far as it can be the same as another.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    /// Who sells.
    pub seller: &'a str,
    /// Title.
    pub name: &'a str,
    /// The offer's own address.
    pub url: Option<&'a str>,
}

/// For each offer the position of the first offer it repeats, itself left out: one seller, and the
/// same address but for tracking, or the same words of the title in any order.
///
/// One pass; an offer is looked up by two keys. One address with titles that differ in a number is
/// a page of several goods, and no repetition.
pub fn near_duplicates(offers: &[Offer<'_>]) -> Vec<Option<usize>> {
    let mut by_address: HashMap<(String, String), usize> = HashMap::new();
    let mut by_words = HashMap::new();
    let numbers = |name: &str| -> Vec<String> {
        let mut found: Vec<String> =
            text::tokens(name).into_iter().filter(|w| w.bytes().any(|b| b.is_ascii_digit())).collect();
        found.sort();
        found
    };
    let mut out = Vec::with_capacity(offers.len());
    for (i, offer) in offers.iter().enumerate() {
        let seller = text::fold(offer.seller).into_owned();
        let here = offer.url.and_then(address::bare).map(|address| (seller, address));
        let same_page = here
            .as_ref()
            .and_then(|key| by_address.get(key).copied())
            .filter(|&j: &usize| numbers(offers[j].name) == numbers(offer.name));
        let words = near_duplicate_key(offer.seller, offer.name);
        out.push(same_page.or_else(|| by_words.get(&words).copied()));
        if let Some(key) = here {
            by_address.entry(key).or_insert(i);
        }
        by_words.entry(words).or_insert(i);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_offer_written_twice() {
        let offer = |seller, name, url| Offer { seller, name, url: Some(url) };
        let found = near_duplicates(&[
            offer("A", "USB-C Cable 2m", "https://a.example/p/1"),
            offer("A", "Cable USB C 2m NEW", "https://a.example/p/77"),
            offer("A", "Charging lead for phones, 2m, USB-C", "https://a.example/p/1?utm_source=x"),
            offer("B", "USB-C Cable 2m", "https://b.example/p/1"),
            offer("A", "USB-C Cable 1m", "https://a.example/p/1"),
        ]);
        assert_eq!(found, [None, Some(0), Some(0), None, None]);
        let same = near_duplicates(&[
            offer("A", "Blue cup 330 ml", "https://a.example/p/1"),
            offer("A", "Cup in blue, 330 ml, nice", "https://www.a.example/p/1/?gclid=7"),
        ]);
        assert_eq!(same, [None, Some(0)]);
    }
}
