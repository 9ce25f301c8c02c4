//! The features of a price on the visible page: what its element, its words and its neighbours say
//! of it. Each function answers one question about one place; weighing them is `visible`'s.

use super::element_words::{OLD, OLD_PERHAPS, OWN, PRICE, ZONE, words};
use super::names::overlap;
use super::price_text::western;
use super::terms::squeeze;
use super::tree::{Id, Tree, attribute, unread};

/// Text around a number that is looked at.
pub(super) const AROUND: usize = 120;

/// The element that carries the product's title: the `h1` that agrees most with what markup and the
/// page's title say, the first of equals, else a heading or block with exactly that text.
pub(super) fn title(tree: &Tree<'_>, names: &[String]) -> Option<Id> {
    let wanted: Vec<String> = names.iter().map(|n| squeeze(n)).filter(|n| n.len() >= 4).collect();
    let headings: Vec<Id> =
        tree.elements().filter(|(_, e)| e.name() == "h1").map(|(id, _)| id).take(20).collect();
    let mut best: Option<(f64, Id)> = None;
    for id in headings {
        let text = tree.text(id, 300);
        let squeezed = squeeze(&text);
        if squeezed.is_empty() {
            continue;
        }
        if wanted.contains(&squeezed) {
            return Some(id);
        }
        let mut agrees = overlap(&text, names);
        if wanted.iter().any(|w| w.contains(&squeezed) || squeezed.contains(w.as_str())) {
            agrees += squeezed.len() as f64;
        }
        if best.is_none_or(|(b, _)| agrees > b) {
            best = Some((agrees, id));
        }
    }
    if let Some((_, id)) = best {
        return Some(id);
    }
    let mut at = 0;
    while at < tree.nodes.len() {
        let node = &tree.nodes[at];
        if node.element.is_some() {
            at = if unread(tree.name(at)) { node.end } else { at + 1 };
            continue;
        }
        if (8..400).contains(&node.text.trim().len()) {
            let text = squeeze(node.text);
            if wanted.iter().any(|w| *w == text || (text.len() >= 12 && w.starts_with(&text))) {
                return Some(node.parent);
            }
        }
        at += 1;
    }
    None
}

pub(super) fn is_price_name(tree: &Tree<'_>, id: Id) -> bool {
    words(tree, id) & PRICE != 0
}

pub(super) fn is_zone(tree: &Tree<'_>, id: Id) -> bool {
    let name = tree.name(id);
    // Other products and navigation are parts of a page: what holds most of it is the page.
    let most = (tree.nodes[id].end - id) * 5 > tree.nodes.len() * 3;
    if most || matches!(name, "body" | "html" | "h1" | "") {
        return false;
    }
    matches!(name, "footer" | "nav" | "aside") || words(tree, id) & (ZONE | OWN) == ZONE
}

/// Whether a price stands in a table row that starts with a quantity: one step of a ladder.
pub(super) fn in_ladder(tree: &Tree<'_>, id: Id) -> bool {
    let Some(row) = std::iter::once(id).chain(tree.ancestors(id)).take(4).find(|&a| tree.name(a) == "tr")
    else {
        return false;
    };
    let Some(&first) = tree.children(row, 1).first() else { return false };
    if id < tree.nodes[first].end || tree.nodes[first].end - first > 6 {
        return false;
    }
    let text = western(tree.text(first, 30)).to_lowercase();
    let text = FROM.iter().find_map(|w| text.strip_prefix(w)).unwrap_or(&text).trim_start();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = text[digits..].trim();
    (1..=7).contains(&digits) && rest.chars().count() <= 12 && !rest.contains(['/', ':', '%', '€', '$', '£'])
}

/// Words before the least quantity of a step.
const FROM: [&str; 14] = [
    "ab",
    "from",
    "≥",
    ">=",
    ">",
    "od",
    "à partir de",
    "dès",
    "desde",
    "a partir de",
    "da",
    "vanaf",
    "fra",
    "от",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Old {
    No,
    Perhaps,
    Named,
    Struck,
}

pub(super) fn is_old(tree: &Tree<'_>, id: Id) -> Old {
    let mut result = Old::No;
    for at in std::iter::once(id).chain(tree.ancestors(id)).take(6) {
        if matches!(tree.name(at), "del" | "s" | "strike") {
            return Old::Struck;
        }
        if tree.attr(at, "style").is_some_and(|s| s.contains("line-through")) {
            return Old::Struck;
        }
        // A block of several prices is not itself former.
        if tree.nodes[at].end - at > 10 {
            continue;
        }
        let here = words(tree, at);
        if here & OLD != 0 {
            result = Old::Named;
        } else if here & OLD_PERHAPS != 0 && result == Old::No {
            result = Old::Perhaps;
        }
    }
    result
}

pub(super) fn hidden(tree: &Tree<'_>, id: Id) -> bool {
    std::iter::once(id).chain(tree.ancestors(id)).take(12).any(|at| {
        tree.nodes[at].element.is_some_and(|e| {
            attribute(e, "hidden").is_some()
                || attribute(e, "style").is_some_and(|s| {
                    let s: String = s.chars().filter(|c| !c.is_whitespace()).take(300).collect();
                    s.contains("display:none") || s.contains("visibility:hidden")
                })
        })
    })
}

/// Words right before a number that name a former or recommended price.
pub(super) const FORMER: &[&str] = &[
    "was",
    "was:",
    "list price",
    "list price:",
    "rrp",
    "rrp:",
    "msrp",
    "msrp:",
    "regular price",
    "regular price:",
    "original price",
    "original price:",
    "retail price",
    "retail price:",
    "reg.",
    "statt",
    "uvp",
    "uvp:",
    "uvp*",
    "unverb. preisempf.",
    "preisempfehlung:",
    "bisher",
    "instead of",
    "au lieu de",
    "prix conseillé",
    "ancien prix",
    "antes",
    "antes:",
    "precio anterior",
    "pvp",
    "pvp:",
    "pvpr",
    "de:",
    "de",
    "invece di",
    "prezzo di listino",
    "adviesprijs",
    "van",
    "tidligere pris",
    "ord. pris",
    "ordinarie pris",
    "cena katalogowa",
    "původní cena",
    "bežná cena",
    "běžná cena",
    "eredeti ár",
    "prp:",
    "prp",
    "preț vechi",
    "старая цена",
    "compare at",
    "comp. value",
    "previously",
    "before",
    "m.r.p.",
    "m.r.p.:",
    "mrp",
    "mrp:",
    "정가",
    "定価",
    "原价",
    "原價",
    "市价",
    "定價",
    "市價",
];
/// Words right before a number that is not the price.
pub(super) const NOT_THE_PRICE: &[&str] = &[
    "save",
    "save:",
    "you save",
    "you save:",
    "saving",
    "spare",
    "sie sparen",
    "ersparnis",
    "économisez",
    "ahorra",
    "ahorras",
    "economize",
    "risparmi",
    "besparing",
    "zľava",
    "sleva",
    "скидка",
    "over",
    "above",
    "orders over",
    "under",
    "ab einem bestellwert von",
    "shipping",
    "shipping:",
    "postage",
    "postage:",
    "delivery",
    "delivery:",
    "versand",
    "versandkosten",
    "zzgl.",
    "livraison",
    "envío",
    "envío:",
    "frete",
    "spedizione",
    "verzending",
    "doprava",
    "x",
    "x de",
    "per month",
    "deposit",
    "tax",
    "vat",
    "incl.",
    "gutschein",
    "voucher",
    "coupon",
    "worth",
    "members pay",
    "member price",
    "for members",
    "mitglieder zahlen",
    "für mitglieder",
    "buyer protection",
    "approximately",
    "approx.",
    "ca.",
    "import charges:",
    "points",
    "+",
    "-",
    "−",
];

/// The text right before a price: in its element or in the nearest ancestor with more text, within
/// the line.
pub(super) fn before_text(tree: &Tree<'_>, id: Id, slice: &str) -> String {
    // The first node inside before which nothing is read.
    let mut first = None;
    for at in std::iter::once(id).chain(tree.ancestors(id)).take(4) {
        if let Some(first) = &mut first
            && *first - at <= AROUND
            && tree.nodes[at..*first].iter().all(|node| node.text.trim_ascii().is_empty())
        {
            *first = at;
            continue;
        }
        let text = western(tree.text(at, AROUND + 60));
        if let Some((before, _)) = text.split_once(slice) {
            let before = before.trim();
            if !before.is_empty() {
                return before.to_lowercase();
            }
            first = Some(at);
        }
    }
    String::new()
}

pub(super) fn ends_with_any(before: &str, words: &[&str]) -> bool {
    let Some(&last) = before.as_bytes().last() else { return false };
    words.iter().filter(|w| w.as_bytes().last() == Some(&last)).any(|w| {
        before.strip_suffix(w).is_some_and(|head| {
            !head.ends_with(char::is_alphanumeric) || !w.starts_with(char::is_alphanumeric)
        })
    })
}

/// "/ kg", "pro 100 g", "je m²" after a price: the unit, as written.
pub(super) fn per_unit(after: &str) -> Option<String> {
    const UNITS: &[&str] = &[
        "kg", "g", "gr", "mg", "lb", "lbs", "oz", "l", "lt", "ltr", "liter", "litre", "litro", "ml", "cl",
        "dl", "m", "m²", "m2", "qm", "m³", "cm", "ft", "meter", "metre", "metro", "kilo", "100g", "100ml",
        "month", "mo", "monat", "mes", "mois", "mese", "mês", "maand", "year", "week", "кг", "г", "л", "мес",
        "м", "м²",
    ];
    let after = after.trim_start_matches([')', '*', '(', ' ']);
    // Few texts begin as those below do.
    if !after.starts_with(['/', 'p', 'P', 'j', 'J', 'a', 'A', 'z', 'Z', 'з', 'З']) {
        return None;
    }
    let after = after.to_lowercase();
    let rest = ["/", "per ", "pro ", "je ", "por ", "par ", "al ", "za ", "за ", "a "]
        .iter()
        .find_map(|p| after.strip_prefix(p))?;
    let rest = rest.trim_start();
    let body =
        rest.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | ' ' | '\u{a0}'));
    let amount = &rest[..rest.len() - body.len()];
    let unit: String = body.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '²' | '³')).collect();
    UNITS.contains(&unit.as_str()).then(|| format!("{amount}{unit}"))
}

pub(super) fn shape(tree: &Tree<'_>, id: Id) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    for at in std::iter::once(id).chain(tree.ancestors(id)).take(4) {
        tree.name(at).hash(&mut hasher);
        tree.attr(at, "class").hash(&mut hasher);
    }
    hasher.finish()
}
