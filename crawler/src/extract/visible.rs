//! What a reader sees: the title, and the price candidates of the visible page with the features
//! that tell the price to pay from struck-out, unit, shipping and other products' prices. Weights
//! are general; no site is known here. Also the visible availability and breadcrumb.

use super::price_text::{self, Found};
use super::terms::{
    BUY, EXTRA_WORDS, NOW_WORDS, OLD_WORDS, OTHER_WORDS, PRICE_WORDS, ZONE_WORDS, availability_phrase,
    name_words, squeeze,
};
use super::tree::{Id, Tree, unread};
use std::collections::HashMap;

/// Price candidates looked at on one page.
const CANDIDATES: usize = 800;
/// Text around a number that is looked at.
const AROUND: usize = 120;

/// A number of the page that may be a price.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    /// The element it stands in.
    pub id: Id,
    /// As written, with its currency.
    pub text: String,
    pub currency: Option<String>,
    /// Upper end where it is the lower end of a range.
    pub high: Option<String>,
    /// Rough hundredths, for comparison only.
    pub value: u64,
    pub score: f64,
    /// Struck out, or named as a former or recommended price.
    pub old: bool,
    /// In a zone that is not about the page's product.
    pub outside: bool,
    /// The unit it is for ("/ kg"), as written.
    pub per: Option<String>,
    /// Tag and class of its element and three ancestors: equal in repeated cards.
    pub shape: u64,
}

/// The visible page.
pub(super) struct Page<'t, 'a> {
    pub tree: &'t Tree<'a>,
    /// The product's title element.
    pub title: Option<Id>,
    /// The button that buys it.
    pub buy: Option<Id>,
    pub candidates: Vec<Candidate>,
    zones: Vec<u8>,
}

impl<'t, 'a> Page<'t, 'a> {
    /// Reads the page; `names` are what markup and title call the product, best first.
    pub fn new(tree: &'t Tree<'a>, names: &[String]) -> Self {
        let mut page = Page {
            tree,
            title: title(tree, names),
            buy: None,
            candidates: Vec::new(),
            zones: vec![0; tree.nodes.len()],
        };
        page.buy = page.buy_button();
        page.collect();
        page.score();
        page
    }

    /// The price to pay, if one stands out.
    pub fn best(&self) -> Option<&Candidate> {
        self.candidates.iter().filter(|c| !c.outside).fold(None, |best: Option<&Candidate>, c| match best {
            Some(b) if b.score >= c.score => Some(b),
            _ => Some(c),
        })
    }

    /// The struck-out price that belongs to the price in force: higher, and near it.
    pub fn old_price_of(&self, best: &Candidate) -> Option<&Candidate> {
        self.candidates
            .iter()
            .filter(|c| c.old && !c.outside && c.per.is_none() && c.value > best.value)
            .filter(|c| c.id.abs_diff(best.id) < 80 && c.value < best.value.saturating_mul(20))
            .min_by_key(|c| c.id.abs_diff(best.id))
    }

    /// Whether a node stands in a zone of other products, of navigation or of the cart. A zone that
    /// holds the title is none.
    pub fn outside(&mut self, id: Id) -> bool {
        let mut chain = Vec::new();
        let mut verdict = 1;
        for at in std::iter::once(id).chain(self.tree.ancestors(id)) {
            if self.zones[at] != 0 {
                verdict = self.zones[at];
                break;
            }
            chain.push(at);
        }
        for at in chain.into_iter().rev() {
            let holds_title = self.title.is_some_and(|t| at <= t && t < self.tree.nodes[at].end);
            if holds_title {
                verdict = 1;
            } else if verdict == 1 && is_zone(self.tree, at) {
                verdict = 2;
            }
            self.zones[at] = verdict;
        }
        verdict == 2
    }

    fn buy_button(&mut self) -> Option<Id> {
        let from = self.title.unwrap_or(0);
        let mut found: Option<Id> = None;
        for (id, element) in self.tree.elements() {
            let name = element.name();
            let button = matches!(name, "button" | "a" | "input")
                || element.attr("role") == Some("button")
                || (matches!(name, "div" | "span") && element.attr("onclick").is_some());
            if !button || self.tree.nodes[id].end - id > 30 {
                continue;
            }
            let mut said = self.tree.text(id, 60);
            for attribute in ["value", "aria-label", "title", "id", "class", "name"] {
                if let Some(value) = element.attr(attribute).filter(|v| v.len() < 200) {
                    said.push(' ');
                    said.push_str(value);
                }
            }
            let named = ["id", "class", "name"].iter().filter_map(|a| self.tree.attr(id, a)).any(|n| {
                let (mut deed, mut button) = (false, false);
                for w in name_words(n) {
                    deed |= matches!(
                        w.as_str(),
                        "buy"
                            | "bid"
                            | "cart"
                            | "basket"
                            | "purchase"
                            | "order"
                            | "warenkorb"
                            | "panier"
                            | "carrito"
                            | "carrinho"
                    );
                    button |= matches!(w.as_str(), "btn" | "button" | "add" | "submit" | "now");
                }
                deed && button
            });
            let said = said.to_lowercase();
            if !(named || BUY.iter().any(|w| said.contains(w))) || self.outside(id) {
                continue;
            }
            // The nearest after the title; one before it only if there is none after.
            match found {
                Some(f) if f >= from => break,
                Some(_) if id < from => {}
                _ => found = Some(id),
            }
        }
        found
    }

    fn collect(&mut self) {
        let mut at = 0;
        let mut skip = 0;
        while at < self.tree.nodes.len() && self.candidates.len() < CANDIDATES {
            let node = &self.tree.nodes[at];
            if node.element.is_some() {
                if unread(self.tree.name(at)) {
                    at = node.end;
                    continue;
                }
            } else if at >= skip && node.text.bytes().any(|b| b.is_ascii_digit()) {
                skip = self.around(at).unwrap_or(skip);
            }
            at += 1;
        }
    }

    /// Takes the prices around a text with a digit; gives the end of the element they filled.
    fn around(&mut self, text_id: Id) -> Option<Id> {
        let mut bare: Option<(Id, String, Found)> = None;
        for at in self.tree.ancestors(text_id).take(4) {
            if matches!(self.tree.name(at), "body" | "html") {
                break;
            }
            let text = self.tree.text(at, AROUND);
            if text.len() >= AROUND {
                // A long paragraph is read only by itself.
                if self.tree.nodes[text_id].parent != at || text.len() > 300 {
                    break;
                }
            }
            let found = price_text::find(&text, 8);
            let priced: Vec<&Found> = found.iter().filter(|f| f.currency.is_some()).collect();
            if !priced.is_empty() {
                let climbed = self.tree.nodes[text_id].parent != at;
                if climbed && priced.len() > 1 {
                    break;
                }
                self.take(at, &text, &priced);
                return Some(self.tree.nodes[at].end);
            }
            if bare.is_none() && found.len() == 1 && is_price_name(self.tree, at) {
                bare = Some((at, text, found[0].clone()));
            }
        }
        let (at, text, found) = bare?;
        self.take(at, &text, &[&found]);
        Some(self.tree.nodes[at].end)
    }

    fn take(&mut self, id: Id, text: &str, found: &[&Found]) {
        let mut skip_next = false;
        for (i, f) in found.iter().enumerate() {
            if std::mem::take(&mut skip_next) {
                continue;
            }
            if f.value == 0 {
                continue;
            }
            let next = found.get(i + 1);
            let high = next
                .filter(|n| {
                    let between = text.get(f.end..n.start).unwrap_or("").trim();
                    n.value > f.value
                        && matches!(
                            between,
                            "-" | "–" | "—" | "~" | "to" | "bis" | "à" | "a" | "till" | "do" | "до"
                        )
                })
                .map(|n| text[n.start..n.end].to_owned());
            skip_next = high.is_some();
            let end = if skip_next { next.map_or(f.end, |n| n.end) } else { f.end };
            let slice = &text[f.start..f.end];
            // Sign and number only: what stands between them is theirs.
            let outside = self.outside(id);
            let candidate = Candidate {
                id,
                text: slice.to_owned(),
                currency: f.currency.clone(),
                high,
                value: f.value,
                score: local(self.tree, id, text, f.start, end),
                old: false,
                outside,
                per: per_unit(&self.after(id, text, end)),
                shape: shape(self.tree, id),
            };
            self.candidates.push(candidate);
        }
    }

    /// The text after a price: in its element, else in the nearest ancestor with little more.
    fn after(&self, id: Id, text: &str, end: usize) -> String {
        let rest = text[end..].trim();
        if !rest.is_empty() {
            return rest.to_owned();
        }
        let slice = &text[..end];
        for at in self.tree.ancestors(id).take(2) {
            let wider = self.tree.text(at, AROUND);
            if wider.len() > slice.len() {
                if let Some((_, after)) = wider.split_once(slice) {
                    return after.trim().to_owned();
                }
                return String::new();
            }
        }
        String::new()
    }

    fn score(&mut self) {
        let mut shapes: HashMap<u64, (usize, u64, bool)> = HashMap::new();
        let mut values: HashMap<u64, usize> = HashMap::new();
        for c in &self.candidates {
            let entry = shapes.entry(c.shape).or_insert((0, c.value, false));
            entry.0 += 1;
            entry.2 |= entry.1 != c.value;
            *values.entry(c.value).or_default() += 1;
        }
        let total = self.tree.nodes.len().max(1) as f64;
        for i in 0..self.candidates.len() {
            let c = &self.candidates[i];
            let (id, value) = (c.id, c.value);
            let old = is_old(self.tree, id);
            let before = before_text(self.tree, id, &c.text);
            let mut score = c.score;
            score -= match old {
                Old::Struck => 7.0,
                Old::Named => 4.5,
                Old::Perhaps => 1.5,
                Old::No => 0.0,
            };
            let mut is_former = old != Old::No;
            if ends_with_any(&before, FORMER) {
                score -= 4.5;
                is_former = true;
            }
            if ends_with_any(&before, NOT_THE_PRICE) {
                score -= 4.0;
            }
            if c.per.is_some() {
                score -= 3.0;
            }
            if let Some(title) = self.title {
                let after = id >= title;
                let distance = id.abs_diff(title) as f64;
                score += if after { 3.0 * (-distance / 150.0).exp() } else { 1.5 * (-distance / 60.0).exp() };
                let common = std::iter::once(id)
                    .chain(self.tree.ancestors(id))
                    .find(|&a| a <= title && title < self.tree.nodes[a].end);
                if let Some(common) = common {
                    let share = (self.tree.nodes[common].end - common) as f64 / total;
                    score += if share < 0.1 {
                        1.5
                    } else if share < 0.3 {
                        0.8
                    } else {
                        0.0
                    };
                }
            }
            if let Some(buy) = self.buy {
                score += 2.0 * (-(id.abs_diff(buy) as f64) / 80.0).exp();
            }
            if let Some(&(count, _, differ)) = shapes.get(&c.shape)
                && count >= 3
                && differ
            {
                score -= 2.5;
            }
            if values.get(&value).is_some_and(|&n| n > 1) {
                score += 0.5;
            }
            if hidden(self.tree, id) {
                score -= 3.0;
            }
            let c = &mut self.candidates[i];
            c.score = score;
            c.old = is_former;
        }
    }

    /// Availability in words or by an active buy button, with the node that says it.
    pub fn availability(&mut self) -> Option<(&'static str, Id)> {
        let from = self.title.unwrap_or(0);
        let until = (from + 1_500).min(self.tree.nodes.len());
        let disabled = |id: Id| {
            self.tree.nodes[id].element.is_some_and(|e| {
                e.attr("disabled").is_some()
                    || e.attr("class").is_some_and(|c| name_words(c).any(|w| w == "disabled"))
            })
        };
        let buy = self.buy.filter(|&b| !disabled(b));
        let mut at = from;
        let mut said: Option<(&'static str, Id)> = None;
        while at < until {
            let node = &self.tree.nodes[at];
            if node.element.is_some() && unread(self.tree.name(at)) {
                at = node.end;
                continue;
            }
            let text = node.text.trim();
            if text.len() >= 4
                && text.len() <= 80
                && let Some(term) = availability_phrase(text)
                && !hidden(self.tree, at)
                && !self.outside(at)
            {
                said = Some((term, at));
                break;
            }
            at += 1;
        }
        match (said, buy) {
            // A size that is sold out stands beside a button that still buys the others.
            (Some(("OutOfStock" | "Discontinued", _)) | None, Some(buy)) => Some(("InStock", buy)),
            (said, _) => said,
        }
    }

    /// The visible breadcrumb.
    pub fn breadcrumb(&self) -> Option<(String, Id)> {
        let (id, _) = self.tree.elements().find(|(id, e)| {
            matches!(e.name(), "nav" | "ol" | "ul" | "div" | "section" | "p")
                && ["class", "id", "aria-label"].iter().any(|a| {
                    self.tree.attr(*id, a).is_some_and(|v| {
                        v.len() < 200 && {
                            let v = v.to_ascii_lowercase();
                            v.contains("breadcrumb") || v.contains("bread-crumb")
                        }
                    })
                })
        })?;
        let mut parts: Vec<String> = Vec::new();
        for at in id..self.tree.nodes[id].end.min(id + 200) {
            if self.tree.name(at) == "a" {
                let text = self.tree.text(at, 60);
                if !text.is_empty() && parts.last() != Some(&text) && parts.len() < 10 {
                    parts.push(text);
                }
            }
        }
        (!parts.is_empty()).then(|| (parts.join(" > "), id))
    }
}

/// The element that carries the product's title: the `h1` that says what markup or the page's title
/// say, else the first `h1`, else a heading or block with exactly that text.
fn title(tree: &Tree<'_>, names: &[String]) -> Option<Id> {
    let wanted: Vec<String> = names.iter().map(|n| squeeze(n)).filter(|n| n.len() >= 4).collect();
    let mut first = None;
    for (id, _) in tree.elements().filter(|(_, e)| e.name() == "h1").take(20) {
        let text = squeeze(&tree.text(id, 300));
        if text.is_empty() {
            continue;
        }
        if wanted.iter().any(|w| w.contains(&text) || text.contains(w.as_str())) {
            return Some(id);
        }
        first = first.or(Some(id));
    }
    if first.is_some() {
        return first;
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

fn names_of<'a>(tree: &Tree<'a>, id: Id) -> impl Iterator<Item = &'a str> {
    [
        "class",
        "id",
        "itemprop",
        "data-testid",
        "data-test",
        "data-qa",
        "data-auto-id",
        "data-test-id",
        "data-hook",
        "data-role",
        "name",
    ]
    .map(|a| tree.attr(id, a))
    .into_iter()
    .flatten()
}

fn is_price_name(tree: &Tree<'_>, id: Id) -> bool {
    names_of(tree, id).any(|n| {
        name_words(n).any(|w| PRICE_WORDS.iter().any(|p| w == *p || (p.len() >= 4 && w.contains(p))))
    })
}

fn is_zone(tree: &Tree<'_>, id: Id) -> bool {
    let name = tree.name(id);
    if matches!(name, "footer" | "nav" | "aside") {
        return true;
    }
    if matches!(name, "body" | "html" | "h1") {
        return false;
    }
    let mut own = false;
    let mut zone = false;
    for n in ["class", "id"].iter().filter_map(|a| tree.attr(id, a)) {
        for word in name_words(n) {
            zone |= ZONE_WORDS.contains(&word.as_str());
            own |= matches!(
                word.as_str(),
                "price" | "buy" | "pdp" | "offer" | "buybox" | "main" | "detail" | "details"
            );
        }
    }
    zone && !own
}

/// What the element and its near ancestors say about the number, without regard to its position.
fn local(tree: &Tree<'_>, id: Id, text: &str, start: usize, end: usize) -> f64 {
    let slice = &text[start..end];
    let mut score = 0.0;
    if slice.chars().any(|c| !c.is_ascii_digit() && !".,' \u{a0}".contains(c)) {
        score += 2.0;
    }
    // A price that fills its element is set as a price.
    if slice.len() * 2 >= text.len() {
        score += 1.0;
    }
    let (mut price, mut now, mut other, mut extra) = (false, false, false, false);
    for (level, at) in std::iter::once(id).chain(tree.ancestors(id)).take(5).enumerate() {
        if level > 0 && tree.nodes[at].end - at > 60 {
            break;
        }
        for n in names_of(tree, at) {
            for word in name_words(n) {
                let word = word.as_str();
                price |= PRICE_WORDS.iter().any(|p| word == *p || (p.len() >= 4 && word.contains(p)));
                if level < 4 {
                    now |= NOW_WORDS.contains(&word);
                    other |= OTHER_WORDS.contains(&word);
                    extra |= EXTRA_WORDS.contains(&word);
                }
            }
        }
    }
    if price {
        score += 2.0;
        if now {
            score += 1.0;
        }
    }
    if extra {
        score -= 5.0;
    } else if other {
        score -= 2.5;
    }
    score
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Old {
    No,
    Perhaps,
    Named,
    Struck,
}

fn is_old(tree: &Tree<'_>, id: Id) -> Old {
    const WEAK: &[&str] = &[
        "list",
        "regular",
        "original",
        "orig",
        "retail",
        "normal",
        "full",
        "standard",
        "base",
        "market",
        "de",
        "von",
        "alt",
        "cut",
        "through",
        "cross",
        "reference",
        "pvp",
    ];
    let mut result = Old::No;
    for at in std::iter::once(id).chain(tree.ancestors(id)).take(6) {
        if matches!(tree.name(at), "del" | "s" | "strike") {
            return Old::Struck;
        }
        if tree.attr(at, "style").is_some_and(|s| s.contains("line-through")) {
            return Old::Struck;
        }
        if tree.nodes[at].end - at > 10 {
            continue;
        }
        for n in names_of(tree, at) {
            let words: Vec<String> = name_words(n).collect();
            let sale =
                words.iter().any(|w| matches!(w.as_str(), "sale" | "current" | "now" | "final" | "special"));
            for word in &words {
                let word = word.as_str();
                if OLD_WORDS.contains(&word) {
                    let found = if WEAK.contains(&word) { Old::Perhaps } else { Old::Named };
                    if !sale && (result == Old::No || found == Old::Named) {
                        result = found;
                    }
                } else if [
                    "strike",
                    "crossed",
                    "linethrough",
                    "oldprice",
                    "listprice",
                    "wasprice",
                    "durchgestrichen",
                ]
                .iter()
                .any(|w| word.contains(w))
                {
                    result = Old::Named;
                }
            }
        }
    }
    result
}

fn hidden(tree: &Tree<'_>, id: Id) -> bool {
    std::iter::once(id).chain(tree.ancestors(id)).take(12).any(|at| {
        tree.nodes[at].element.is_some_and(|e| {
            e.attr("hidden").is_some()
                || e.attr("style").is_some_and(|s| {
                    let s: String = s.chars().filter(|c| !c.is_whitespace()).take(300).collect();
                    s.contains("display:none") || s.contains("visibility:hidden")
                })
        })
    })
}

/// Words right before a number that name a former or recommended price.
const FORMER: &[&str] = &[
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
const NOT_THE_PRICE: &[&str] = &[
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
fn before_text(tree: &Tree<'_>, id: Id, slice: &str) -> String {
    for at in std::iter::once(id).chain(tree.ancestors(id)).take(4) {
        let text = tree.text(at, AROUND + 60);
        if let Some((before, _)) = text.split_once(slice) {
            let before = before.trim();
            if !before.is_empty() {
                return before.to_lowercase();
            }
        }
    }
    String::new()
}

fn ends_with_any(before: &str, words: &[&str]) -> bool {
    words.iter().any(|w| {
        before.strip_suffix(w).is_some_and(|head| {
            !head.ends_with(char::is_alphanumeric) || !w.starts_with(char::is_alphanumeric)
        })
    })
}

/// "/ kg", "pro 100 g", "je m²" after a price: the unit, as written.
fn per_unit(after: &str) -> Option<String> {
    const UNITS: &[&str] = &[
        "kg", "g", "gr", "mg", "lb", "lbs", "oz", "l", "lt", "ltr", "liter", "litre", "litro", "ml", "cl",
        "dl", "m", "m²", "m2", "qm", "m³", "cm", "ft", "meter", "metre", "metro", "kilo", "100g", "100ml",
        "month", "mo", "monat", "mes", "mois", "mese", "mês", "maand", "year", "week", "кг", "г", "л", "мес",
        "м", "м²",
    ];
    let after = after.trim_start_matches([')', '*', '(', ' ']).to_lowercase();
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

fn shape(tree: &Tree<'_>, id: Id) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    for at in std::iter::once(id).chain(tree.ancestors(id)).take(4) {
        tree.name(at).hash(&mut hasher);
        tree.attr(at, "class").hash(&mut hasher);
    }
    hasher.finish()
}
