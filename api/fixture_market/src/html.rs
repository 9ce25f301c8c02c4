//! Small helpers for writing pages: escaping, numbers in the manner of a country, contents of a
//! pack, lists cut into pages. Not the pages of a shop.

use crate::catalogue::Language;
use crate::world::Offer;
use model::Unit;
use rust_decimal::Decimal;

/// Text for HTML content and attributes.
pub(crate) fn esc(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

/// An amount with two decimals, groups of three and the given signs: `1.299,00`.
pub(crate) fn amount(value: Decimal, group: &str, point: &str) -> String {
    let text = format!("{value:.2}");
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let mut out = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push_str(group);
        }
        out.push(digit);
    }
    out + point + cents
}

/// What one selling unit holds, in words; `None` where it is simply one piece.
pub(crate) fn contents(offer: &Offer) -> Option<String> {
    let language = offer.shop.language();
    let number = |value: f64| {
        let text = format!("{}", (value * 1000.0).round() / 1000.0);
        if language == Language::English { text } else { text.replace('.', ",") }
    };
    let small = |value: f64, small: &str, large: &str| {
        if value < 1.0 {
            format!("{} {small}", number(value * 1000.0))
        } else {
            format!("{} {large}", number(value))
        }
    };
    match offer.product().goods().unit {
        Unit::Kilogram => Some(small(offer.size, "g", "kg")),
        Unit::Litre => Some(small(offer.size, "ml", "l")),
        Unit::Metre => Some(format!("{} m", number(offer.size))),
        Unit::Pair => Some(
            match language {
                Language::English => "1 pair",
                Language::German => "1 Paar",
                Language::French => "1 paire",
                Language::Polish => "1 para",
            }
            .to_owned(),
        ),
        _ => None,
    }
}

/// The title of an offer with its contents.
pub(crate) fn title(offer: &Offer) -> String {
    let title = offer.product().title(offer.shop.language());
    match contents(offer) {
        Some(contents) => format!("{title}, {contents}"),
        None => title,
    }
}

/// One page of a long list.
pub(crate) struct Slice<'a, T> {
    /// From 1.
    pub number: usize,
    pub pages: usize,
    pub items: &'a [T],
}

/// A list cut into pages; an empty list is one empty page.
pub(crate) fn slices<T>(items: &[T], per_page: usize) -> Vec<Slice<'_, T>> {
    let pages = items.len().div_ceil(per_page).max(1);
    (0..pages)
        .map(|i| Slice {
            number: i + 1,
            pages,
            items: &items[i * per_page..items.len().min((i + 1) * per_page)],
        })
        .collect()
}

/// Three neighbours of an item in its list: what a shop calls related.
pub(crate) fn neighbours<T>(items: &[T], at: usize) -> Vec<&T> {
    [1, 2, 5].iter().map(|step| (at + step) % items.len()).filter(|i| *i != at).map(|i| &items[i]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped() {
        assert_eq!(amount(Decimal::new(129_900, 2), ".", ","), "1.299,00");
        assert_eq!(amount(Decimal::new(123_456_789, 2), "'", "."), "1'234'567.89");
        assert_eq!(amount(Decimal::new(5, 2), ".", ","), "0,05");
    }

    #[test]
    fn lists_are_cut_into_pages() {
        let items: Vec<u8> = (0..7).collect();
        let cut = slices(&items, 3);
        assert_eq!(cut.len(), 3);
        assert_eq!(cut[2].items, &[6]);
        assert_eq!(slices::<u8>(&[], 3).len(), 1);
    }
}
