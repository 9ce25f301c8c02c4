//! What the goods are called: the title without the shop's name around it, the name that markup cut
//! short, and the brand the page shows beside the title. Which witness prevails is `merge`'s.

use super::element_words::{BRAND, words};
use super::terms::{fold, squeeze};
use super::tree::{Id, Tree};
use url::Url;

/// Marks between a title and what shops add to it; a bare hyphen within a word is none.
const SEPARATORS: [&str; 10] = [" | ", " - ", " – ", " — ", " :: ", " » ", " · ", " • ", " ‹ ", " ｜ "];
/// Words that ask the reader to buy, which some titles end in.
const CALLS: [&str; 15] = [
    "buy online",
    "online kaufen",
    "günstig kaufen",
    "kaufen",
    "acheter en ligne",
    "comprar online",
    "acquista online",
    "online bestellen",
    "online kopen",
    "kopen",
    "køb online",
    "sklep internetowy",
    "kup online",
    "купить",
    "preisvergleich",
];

/// A page title without the shop's name and its calls to buy: of the parts between separators,
/// those at either end that name the site or its host, or only call to buy, are dropped, as is what
/// follows the heading where the title starts with the page's own heading.
pub(super) fn without_shop(
    title: &str,
    heading: Option<&str>,
    site: Option<&str>,
    url: Option<&Url>,
) -> String {
    let title = fold(title);
    // The heading itself, followed by something else.
    if let Some(heading) = heading.map(str::trim).filter(|h| h.chars().count() >= 4)
        && let Some(rest) = title.strip_prefix(heading)
        && SEPARATORS.iter().any(|s| rest.starts_with(s))
    {
        return heading.to_owned();
    }
    let host: Vec<String> = url
        .and_then(Url::host_str)
        .map(|h| h.split('.').filter(|l| l.len() >= 3 && *l != "www").map(squeeze).collect())
        .unwrap_or_default();
    let site = site.map(squeeze).filter(|s| s.len() >= 2);
    let shop = |part: &str| {
        let part = squeeze(part);
        if part.is_empty() {
            return true;
        }
        let called = CALLS.iter().any(|c| squeeze(c) == part);
        let sited = site.as_ref().is_some_and(|s| {
            part == *s || (s.len() >= 4 && part.contains(s.as_str()) && part.len() <= s.len() * 3)
        });
        let hosted = host.iter().any(|h| {
            part == *h || (h.len() >= 4 && part.starts_with(h.as_str()) && part.len() <= h.len() + 12)
        });
        called || sited || hosted
    };
    let mut rest: &str = &title;
    loop {
        let last = SEPARATORS.iter().filter_map(|s| rest.rfind(s).map(|at| (at, at + s.len()))).max();
        let first = SEPARATORS.iter().filter_map(|s| rest.find(s).map(|at| (at, at + s.len()))).min();
        match (first, last) {
            (_, Some((at, after))) if shop(&rest[after..]) && !rest[..at].trim().is_empty() => {
                rest = &rest[..at]
            }
            (Some((at, after)), _) if shop(&rest[..at]) && !rest[after..].trim().is_empty() => {
                rest = &rest[after..]
            }
            _ => break,
        }
    }
    rest.trim().to_owned()
}

/// The whole name, where an inch mark broke off the markup's: `content="Monitor 27"` of a page whose
/// heading reads `Monitor 27" black`.
pub(super) fn cut_at_quote<'h>(name: &str, heading: &'h str) -> Option<&'h str> {
    let rest = heading.strip_prefix(name)?;
    rest.starts_with(['"', '″', '”']).then_some(heading)
}

/// The share of a heading's letters that stand in words of the wanted names.
pub(super) fn overlap(heading: &str, wanted: &[String]) -> f64 {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|w| w.chars().count() >= 2)
            .take(60)
            .map(str::to_lowercase)
            .collect()
    };
    let own = words(heading);
    let all: usize = own.iter().map(|w| w.chars().count()).sum();
    let best = wanted
        .iter()
        .map(|name| {
            let theirs = words(name);
            own.iter().filter(|w| theirs.contains(w)).map(|w| w.chars().count()).sum::<usize>()
        })
        .max()
        .unwrap_or(0);
    // Long agreement counts for more than a category's one word.
    best as f64 * best as f64 / all.max(1) as f64
}

/// The brand shown as a text or a logo in an element named after it, near the title.
pub(super) fn brand(
    tree: &Tree<'_>,
    title: Id,
    name: &str,
    mut outside: impl FnMut(Id) -> bool,
) -> Option<(String, Id)> {
    let from = title.saturating_sub(120);
    let until = (title + 500).min(tree.nodes.len());
    let squeezed = squeeze(name);
    for id in from..until {
        let Some(element) = tree.nodes[id].element else { continue };
        if tree.nodes[id].end - id > 12 {
            continue;
        }
        let named = words(tree, id) & BRAND != 0;
        let linked = element.name() == "a"
            && tree.attr(id, "href").is_some_and(|h| {
                [
                    "/brand/",
                    "/brands/",
                    "/marken/",
                    "/marke/",
                    "/marque/",
                    "/marques/",
                    "/marca/",
                    "/marcas/",
                    "/hersteller/",
                    "/manufacturer/",
                    "/manufacturers/",
                    "/merken/",
                    "/producent/",
                ]
                .iter()
                .any(|p| h.contains(p))
            });
        if !named && !linked {
            continue;
        }
        let text = tree.text(id, 80);
        let text = super::labels::without_label(&text).trim();
        let logo = (id..tree.nodes[id].end)
            .find(|&i| tree.name(i) == "img")
            .and_then(|i| tree.attr(i, "alt").or_else(|| tree.attr(i, "title")));
        let shown =
            if text.is_empty() { logo.map(without_logo).unwrap_or_default() } else { text.to_owned() };
        let letters = shown.chars().filter(|c| c.is_alphanumeric()).count();
        let short = shown.chars().count() <= 30 && shown.split(' ').count() <= 4 && letters >= 2;
        // A name of an element may mean many things: the product's own name confirms it.
        if short && squeezed.contains(&squeeze(&shown)) && squeeze(&shown) != squeezed && !outside(id) {
            return Some((shown, id));
        }
    }
    None
}

/// "Logo Acme", "Acme logo": Acme.
fn without_logo(alt: &str) -> String {
    let kept: Vec<&str> = alt
        .split_whitespace()
        .filter(|w| {
            !matches!(
                w.to_lowercase().as_str(),
                "logo"
                    | "logo:"
                    | "brand"
                    | "marke"
                    | "marque"
                    | "marca"
                    | "hersteller"
                    | "von"
                    | "of"
                    | "de"
            )
        })
        .collect();
    kept.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shops_are_taken_off_titles() {
        let url = Url::parse("https://www.gartenwelt.example/p/1").ok();
        for (title, heading, site, want) in [
            ("Blue hose 20 m | Gartenwelt", None, None, "Blue hose 20 m"),
            ("Gartenwelt - Blue hose - 20 m", None, None, "Blue hose - 20 m"),
            ("Blue hose 20 m – Haus & Hof", None, Some("Haus & Hof"), "Blue hose 20 m"),
            ("Blue hose 20 m | Everything for you", Some("Blue hose 20 m"), None, "Blue hose 20 m"),
            ("Blue hose - 20 m | online kaufen | Gartenwelt.example", None, None, "Blue hose - 20 m"),
            ("Gartenwelt", None, None, "Gartenwelt"),
            ("Blue hose - 20 m", None, None, "Blue hose - 20 m"),
        ] {
            assert_eq!(without_shop(title, heading, site, url.as_ref()), want, "{title}");
        }
    }

    #[test]
    fn names_broken_at_an_inch_mark() {
        assert_eq!(cut_at_quote("Monitor 27", "Monitor 27\" black"), Some("Monitor 27\" black"));
        assert_eq!(cut_at_quote("Monitor", "Monitor 27\" black"), None);
    }
}
