//! Lists of goods on the visible page: cards, rows or cells that repeat, each with its own link,
//! name and price. Ladders of quantity and price are read in `rows`; whether a page is a list or the
//! page of one product is decided here too ([`Cards::make_the_page`]).
//!
//! How: prices between which no link begins belong to one card (the former and the present price, a
//! price and what it is per kilogram). A card can be any element around them that holds no price of
//! another card; the level (depth and tag) that most cards have in common is the level of the list,
//! whatever stands inside the cards, and whatever stands between them (advertisements, headings).
//!
//! Cards beside a product ("customers also bought") are no listings: the page of one product is not
//! where the others are offered, and what is seen there second-hand would count the same goods again
//! each time they are recommended. Their own page, or a list they stand on, states them. Only what
//! markup lists with an address of its own is taken from such a page.

use super::features::{before_text, ends_with_any};
use super::links::join;
use super::price_rank::{AFTER_TITLE, FROM, PER};
use super::price_words::FROM_WORDS;
use super::rows::place;
use super::terms::{name_words, squeeze};
use super::tree::{Id, Tree};
use super::visible::{Candidate, Page};
use model::{Listing, Stated, Syntax};
use std::collections::{HashMap, HashSet};
use url::Url;

/// Cards kept of one page.
const CARDS: usize = 400;
/// Fewest cards of a list.
const FEWEST: usize = 3;
/// Elements around a price that may be its card.
const LEVELS: usize = 14;
/// Nodes of the largest card.
const LARGEST: usize = 600;

/// The cards of a page, in page order.
#[derive(Default)]
pub(super) struct Cards {
    pub listings: Vec<Listing>,
    /// Element of each.
    blocks: Vec<Id>,
}

/// Prices between which no link begins, as a range of the candidates looked at.
struct Group {
    from: usize,
    until: usize,
}

/// Finds the cards; none where fewer than three stand at one level.
pub(super) fn cards(page: &Page<'_, '_>, url: Option<&Url>) -> Cards {
    let tree = page.tree;
    let prices: Vec<&Candidate> = page.candidates.iter().filter(|c| !c.outside).collect();
    let groups = groups(tree, &prices);
    if groups.len() < FEWEST {
        return Cards::default();
    }
    // For each group the elements around its prices, from the nearest to the widest without prices
    // of others.
    let depths = depths(tree);
    let mut levels: HashMap<(u32, &str), usize> = HashMap::new();
    let mut around: Vec<Vec<Id>> = Vec::with_capacity(groups.len());
    for (at, group) in groups.iter().enumerate() {
        let before = if at > 0 { prices[groups[at - 1].until - 1].id + 1 } else { 0 };
        let after = groups.get(at + 1).map_or(tree.nodes.len(), |next| prices[next.from].id);
        let (first, last) = (prices[group.from].id, prices[group.until - 1].id);
        let chain: Vec<Id> = std::iter::once(first)
            .chain(tree.ancestors(first))
            .take(LEVELS)
            .take_while(|&a| a >= before && tree.nodes[a].end <= after && tree.nodes[a].end - a < LARGEST)
            .filter(|&a| last < tree.nodes[a].end && !matches!(tree.name(a), "body" | "html"))
            .collect();
        for &a in &chain {
            *levels.entry((depths[a], tree.name(a))).or_default() += 1;
        }
        around.push(chain);
    }
    let mut levels: Vec<((u32, &str), usize)> = levels.into_iter().filter(|(_, n)| *n >= FEWEST).collect();
    // Most cards first; of equals the widest level, so that link and name are inside.
    levels.sort_by_key(|&((depth, tag), n)| (std::cmp::Reverse(n), depth, tag));
    let mut best = Cards::default();
    for ((depth, tag), n) in levels.into_iter().take(6) {
        if n <= best.listings.len() {
            break;
        }
        let found = at_level(page, url, &prices, &groups, &around, |a| depths[a] == depth && tree.name(a) == tag);
        if found.listings.len() >= FEWEST
            && found.listings.len() * 3 >= n * 2
            && found.listings.len() > best.listings.len()
        {
            best = found;
        }
    }
    best
}

/// Elements between the root and each node.
fn depths(tree: &Tree<'_>) -> Vec<u32> {
    let mut depths: Vec<u32> = Vec::with_capacity(tree.nodes.len());
    for (id, node) in tree.nodes.iter().enumerate() {
        depths.push(if node.parent < id { depths[node.parent] + 1 } else { 0 });
    }
    depths
}

fn groups(tree: &Tree<'_>, prices: &[&Candidate]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut at = 0;
    for (i, price) in prices.iter().enumerate() {
        let linked = i == 0 || (at..=price.id).any(|id| target(tree, id).is_some());
        match groups.last_mut() {
            Some(group) if !linked => group.until = i + 1,
            _ => groups.push(Group { from: i, until: i + 1 }),
        }
        at = price.id + 1;
    }
    groups
}

/// Where a link leads, if it leads anywhere.
fn target<'a>(tree: &Tree<'a>, id: Id) -> Option<&'a str> {
    (tree.name(id) == "a").then_some(())?;
    tree.attr(id, "href").filter(|h| !h.starts_with('#') && !h.starts_with("javascript:"))
}

fn at_level(
    page: &Page<'_, '_>,
    url: Option<&Url>,
    prices: &[&Candidate],
    groups: &[Group],
    around: &[Vec<Id>],
    level: impl Fn(Id) -> bool,
) -> Cards {
    let mut found = Cards::default();
    let mut addresses = HashSet::new();
    for (group, chain) in groups.iter().zip(around) {
        let Some(&block) = chain.iter().find(|&&a| level(a)) else { continue };
        // A card that holds the page's title is the page's own product.
        if page.title.is_some_and(|t| block <= t && t < page.tree.nodes[block].end) {
            continue;
        }
        if let Some(card) = card(page, &prices[group.from..group.until], block, url)
            && addresses.insert(card.url.clone())
        {
            found.listings.push(card);
            found.blocks.push(block);
            if found.listings.len() >= CARDS {
                break;
            }
        }
    }
    found
}

/// The price of a card: what scores best of what is neither former nor per unit.
fn price_of<'c>(prices: &[&'c Candidate]) -> Option<&'c Candidate> {
    let asked = prices.iter().filter(|c| !c.old && c.per.is_none() && c.features.0[PER] == 0.0);
    asked.copied().fold(None, |best: Option<&Candidate>, c| match best {
        Some(b) if b.score >= c.score => Some(b),
        _ => Some(c),
    })
}

fn card(page: &Page<'_, '_>, prices: &[&Candidate], block: Id, url: Option<&Url>) -> Option<Listing> {
    let tree = page.tree;
    let price = price_of(prices)?;
    let (name, at) = name(tree, block, &price.text)?;
    // The link that the name stands in or that it is beside; the card may be the link itself.
    let around = std::iter::once(at).chain(tree.ancestors(at)).take(4);
    let link = around
        .filter(|&a| a + 1 >= block)
        .find_map(|a| target(tree, a))
        .or_else(|| (block..tree.nodes[block].end).find_map(|a| target(tree, a)))
        .or_else(|| tree.ancestors(block).take(1).find_map(|a| target(tree, a)))?;
    // Without the page's own address a relative link still tells the cards apart.
    let address = match join(url, link) {
        Some(address) => String::from(address),
        None if url.is_none() => link.to_owned(),
        None => return None,
    };
    let former = prices
        .iter()
        .filter(|c| c.value > price.value && c.per.is_none() && (c.old || c.value < price.value * 2))
        .find(|c| c.old);
    let stated = |text: &str, c: &Candidate| Stated::new(text, Syntax::Visible, place(tree, c.id));
    // The least of several prices says so.
    let text = match from_word(tree, price) {
        Some(word) => format!("{word} {}", price.text),
        None => price.text.clone(),
    };
    Some(Listing {
        url: Some(address),
        name: Some(Stated::new(name, Syntax::Visible, place(tree, at))),
        price: Some(stated(&text, price)),
        price_high: price.high.as_deref().map(|high| stated(high, price)),
        currency: price.currency.as_deref().map(|currency| stated(currency, price)),
        list_price: former.map(|c| stated(&c.text, c)),
        ..Listing::default()
    })
}

fn from_word(tree: &Tree<'_>, price: &Candidate) -> Option<&'static str> {
    if price.features.0[FROM] == 0.0 {
        return None;
    }
    let before = before_text(tree, price.id, &price.text);
    FROM_WORDS.iter().copied().filter(|word| ends_with_any(&before, &[word])).max_by_key(|word| word.len())
}

/// What a card calls its goods: a heading, an element named so, a link's title, the longest text of
/// a link, a picture's description.
fn name(tree: &Tree<'_>, block: Id, price: &str) -> Option<(String, Id)> {
    let mut best: Option<((u8, usize), String, Id)> = None;
    let own = tree.ancestors(block).take(1).filter(|&a| tree.name(a) == "a");
    for at in own.chain(block..tree.nodes[block].end) {
        let tag = tree.name(at);
        let (rank, text) = match tag {
            "h1" | "h2" | "h3" | "h4" | "h5" => (4, tree.text(at, 200)),
            "a" => match tree.attr(at, "title") {
                Some(title) => (2, title.to_owned()),
                None => (1, tree.text(at, 200)),
            },
            "img" => (0, tree.attr(at, "alt").unwrap_or_default().to_owned()),
            "" | "body" | "html" => continue,
            _ => {
                let named = tree.attr(at, "class").is_some_and(|c| {
                    name_words(c).any(|w| {
                        matches!(w.as_str(), "name" | "title" | "titel" | "titulo" | "nombre" | "nome" | "nazwa")
                    })
                });
                if !named {
                    continue;
                }
                (3, tree.text(at, 200))
            }
        };
        let text = match text.split_once(price) {
            Some((before, _)) if before.trim().chars().count() >= 4 => before.trim().to_owned(),
            Some(_) => continue,
            None => text,
        };
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        // Of two links the one that says more names the goods ("details" does not).
        let key = (rank, if rank <= 1 { letters } else { 0 });
        if letters >= 4 && best.as_ref().is_none_or(|(known, ..)| key > *known) {
            best = Some((key, text, at));
        }
    }
    best.map(|(_, text, at)| (text, at))
}

impl Cards {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.listings.len()
    }

    /// Whether the cards are what the page is about: its best price stands in one of several cards
    /// side by side, or before the title, or is none to speak of.
    pub fn make_the_page(&self, page: &Page<'_, '_>, stands_out: f64) -> bool {
        if self.len() < FEWEST {
            return false;
        }
        let Some(best) = page.best().filter(|b| b.score >= stands_out) else { return true };
        let tree = page.tree;
        let holds = |&block: &Id| block <= best.id && best.id < tree.nodes[block].end;
        let Some(at) = self.blocks.iter().position(holds) else {
            return self.len() >= 2 * FEWEST && best.features.0[AFTER_TITLE] < 0.3;
        };
        let name = self.listings[at].name.as_ref().map(|n| squeeze(&n.text));
        let title = page.title.map(|t| squeeze(&tree.text(t, 300)));
        if name == title {
            return false;
        }
        // Cards side by side have their parent in common, or the parent of their rows.
        let above = |block: Id| {
            let mut around = tree.ancestors(block);
            (around.next(), around.next())
        };
        let own = above(self.blocks[at]);
        let beside = self.blocks.iter().filter(|&&block| {
            let other = above(block);
            other.0 == own.0 || (other.1.is_some() && other.1 == own.1)
        });
        beside.count() >= FEWEST
    }
}
