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

use super::element_words::{TITLED, words};
use super::features::{before_text, ends_with_any};
use super::links::join;
use super::price_rank::{AFTER_TITLE, FROM, MARK, PER, STRUCK};
use super::price_words::FROM_WORDS;
use super::rows::place;
use super::terms::squeeze;
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
/// Levels of which the cards are read.
const LEVELS_TRIED: usize = 6;
/// Nodes of the largest card.
const LARGEST: usize = 600;

/// The cards of a page, in page order.
#[derive(Default)]
pub(super) struct Cards {
    pub listings: Vec<Listing>,
    /// Element of each.
    blocks: Vec<Id>,
    /// How much they say: two for a card that names its goods, one for one that may not.
    worth: usize,
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
    // How many groups each level has around them without prices of others.
    let depths = depths(tree);
    let mut levels: HashMap<(u32, &str), usize> = HashMap::new();
    for (at, group) in groups.iter().enumerate() {
        let before = if at > 0 { prices[groups[at - 1].until - 1].id + 1 } else { 0 };
        let after = groups.get(at + 1).map_or(tree.nodes.len(), |next| prices[next.from].id);
        let (first, last) = (prices[group.from].id, prices[group.until - 1].id);
        let alone = around(tree, first)
            .take_while(|&a| a >= before && tree.nodes[a].end <= after)
            .filter(|&a| last < tree.nodes[a].end);
        for a in alone {
            *levels.entry((depths[a], tree.name(a))).or_default() += 1;
        }
    }
    let mut levels: Vec<((u32, &str), usize)> = levels.into_iter().filter(|(_, n)| *n >= FEWEST).collect();
    // Most cards first; of equals the widest level, so that link and name are inside.
    levels.sort_by_key(|&((depth, tag), n)| (std::cmp::Reverse(n), depth, tag));
    let mut best = Cards::default();
    for ((depth, tag), n) in levels.into_iter().take(LEVELS_TRIED) {
        let found = at_level(page, url, &prices, &groups, |a| depths[a] == depth && tree.name(a) == tag);
        if found.listings.len() >= FEWEST && found.listings.len() * 3 >= n * 2 && found.worth > best.worth {
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

/// Elements that may be the card of a price, from the price's own.
fn around<'t>(tree: &'t Tree<'_>, price: Id) -> impl Iterator<Item = Id> + 't {
    std::iter::once(price)
        .chain(tree.ancestors(price))
        .take(LEVELS)
        .take_while(|&a| tree.nodes[a].end - a < LARGEST && !matches!(tree.name(a), "body" | "html"))
}

fn at_level(
    page: &Page<'_, '_>,
    url: Option<&Url>,
    prices: &[&Candidate],
    groups: &[Group],
    level: impl Fn(Id) -> bool,
) -> Cards {
    let tree = page.tree;
    let mut blocks: Vec<(Id, Group)> = Vec::new();
    let mut at = 0;
    while let Some(group) = groups.get(at) {
        at += 1;
        let Some(block) = around(tree, prices[group.from].id).find(|&a| level(a)) else { continue };
        // Prices apart in one card: with a link to conditions between them.
        let mut until = group.until;
        while let Some(next) = groups.get(at).filter(|next| prices[next.from].id < tree.nodes[block].end) {
            until = next.until;
            at += 1;
        }
        // A card that holds the page's title is the page's own product.
        if page.title.is_none_or(|t| t < block || t >= tree.nodes[block].end) {
            blocks.push((block, Group { from: group.from, until }));
        }
    }
    // What several cards lead to is no goods of one of them: conditions of delivery, a list of wishes.
    let mut shared: HashMap<&str, usize> = HashMap::new();
    for (block, _) in &blocks {
        let targets = (*block..tree.nodes[*block].end).filter_map(|id| target(tree, id));
        for target in targets.collect::<HashSet<&str>>() {
            *shared.entry(target).or_default() += 1;
        }
    }
    shared.retain(|_, cards| *cards >= FEWEST);
    let mut found = Cards::default();
    let mut addresses = HashSet::new();
    for (block, group) in blocks {
        if let Some((card, named)) = card(page, &prices[group.from..group.until], block, &shared, url)
            && addresses.insert(card.url.clone())
        {
            found.listings.push(card);
            found.blocks.push(block);
            found.worth += 1 + usize::from(named);
            if found.listings.len() >= CARDS {
                break;
            }
        }
    }
    found
}

/// The price of a card: what scores best of what is neither former nor per unit; of prices that are
/// only named former, the best of them, since a card asks one.
fn price_of<'c>(prices: &[&'c Candidate]) -> Option<&'c Candidate> {
    let best = |of: &dyn Fn(&Candidate) -> bool| {
        prices.iter().copied().filter(|c| of(c)).fold(None, |best: Option<&Candidate>, c| match best {
            Some(b) if b.score >= c.score => Some(b),
            _ => Some(c),
        })
    };
    let marked = prices.iter().any(|c| c.features.0[MARK] > 0.0);
    let money = |c: &Candidate| c.features.0[MARK] > 0.0 || !marked;
    best(&|c| money(c) && !c.old && c.per.is_none() && c.features.0[PER] == 0.0)
        .or_else(|| best(&|c| money(c) && !c.old))
        .or_else(|| best(&|c| c.features.0[STRUCK] == 0.0 && c.per.is_none()))
}

/// The listing of a card, and whether it surely names its goods.
fn card(
    page: &Page<'_, '_>,
    prices: &[&Candidate],
    block: Id,
    shared: &HashMap<&str, usize>,
    url: Option<&Url>,
) -> Option<(Listing, bool)> {
    let tree = page.tree;
    let price = price_of(prices)?;
    let own = |id: Id| target(tree, id).filter(|t| !shared.contains_key(t));
    let (name, at, named) = name(tree, block, &price.text, |id| own(id).is_some())?;
    // The link that the name stands in or that it is beside; the card may be the link itself.
    let around = std::iter::once(at).chain(tree.ancestors(at)).take(4);
    let link = around
        .filter(|&a| a + 1 >= block)
        .find_map(own)
        .or_else(|| (block..tree.nodes[block].end).find_map(own))
        .or_else(|| tree.ancestors(block).take(1).find_map(own))?;
    // Without the page's own address a relative link still tells the cards apart.
    let address = match join(url, link) {
        Some(address) => String::from(address),
        None if url.is_none() => link.to_owned(),
        None => return None,
    };
    let former = prices
        .iter()
        .find(|c| c.old && c.value > price.value && c.per.is_none() && c.value / 20 < price.value);
    let stated = |text: &str, c: &Candidate| Stated::new(text, Syntax::Visible, place(tree, c.id));
    // The least of several prices says so.
    let text = match from_word(tree, price) {
        Some(word) => format!("{word} {}", price.text),
        None => price.text.clone(),
    };
    let listing = Listing {
        url: Some(address),
        name: Some(Stated::new(name, Syntax::Visible, place(tree, at))),
        price: Some(stated(&text, price)),
        price_high: price.high.as_deref().map(|high| stated(high, price)),
        currency: price.currency.as_deref().map(|currency| stated(currency, price)),
        list_price: former.map(|c| stated(&c.text, c)),
        ..Listing::default()
    };
    Some((listing, named))
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
fn name(tree: &Tree<'_>, block: Id, price: &str, leads: impl Fn(Id) -> bool) -> Option<(String, Id, bool)> {
    let mut best: Option<((u8, usize), String, Id)> = None;
    let own = tree.ancestors(block).take(1).filter(|&a| tree.name(a) == "a");
    for at in own.chain(block..tree.nodes[block].end) {
        let tag = tree.name(at);
        let (rank, text) = match tag {
            "h1" | "h2" | "h3" | "h4" | "h5" => (4, tree.text(at, 200)),
            "a" if !leads(at) => continue,
            "a" => match tree.attr(at, "title") {
                Some(title) => (2, title.to_owned()),
                None => (1, tree.text(at, 200)),
            },
            "img" => (0, tree.attr(at, "alt").unwrap_or_default().to_owned()),
            "" | "body" | "html" => continue,
            _ => {
                if words(tree, at) & TITLED == 0 {
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
    best.map(|((rank, letters), text, at)| (text, at, rank >= 2 || letters >= 12))
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
        let Some(best) = page.best() else { return true };
        let tree = page.tree;
        let holds = |&block: &Id| block <= best.id && best.id < tree.nodes[block].end;
        let apart = best.features.0[AFTER_TITLE] < 0.3;
        let Some(at) = self.blocks.iter().position(holds) else {
            return apart && (self.len() >= 2 * FEWEST || best.score < stands_out);
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
        apart || beside.count() >= FEWEST
    }
}

#[cfg(test)]
mod tests {
    use crate::extract::extract;
    use model::{Listing, Rules};

    fn listings(html: &str) -> Vec<Listing> {
        extract(html, Some("https://shop.example/c/kettles"), &Rules::default()).listings
    }

    fn text(stated: &Option<model::Stated>) -> &str {
        stated.as_ref().map_or("", |s| s.text.as_str())
    }

    /// A card with a picture, a name, perhaps a former price, conditions and a button.
    fn card(n: usize, class: &str, former: &str) -> String {
        format!(
            "<li class='{class}'><a href=/p/{n}><img src=/i/{n}.jpg alt=''></a><div><a href=/p/{n}>Kettle number {n}</a>\
             {former}<div class=price>{n},50 €</div><small>plus <a href=/delivery>costs of delivery</a></small>\
             <button>Add to cart</button></div></li>"
        )
    }

    #[test]
    fn cards_that_differ_and_have_advertisements_between_give_a_listing_each() {
        let former = "<del>99,00 €</del>";
        let cards: String = (11..23)
            .map(|n| {
                let advertisement =
                    if n == 15 { "<li class=ad><a href=/ad>Our card: no fee</a></li>" } else { "" };
                card(n, if n % 3 == 0 { "item first" } else { "item" }, if n % 2 == 0 { former } else { "" })
                    + advertisement
            })
            .collect();
        let found = listings(&format!("<h1>Kettles</h1><ul>{cards}</ul>"));
        assert_eq!(found.len(), 12);
        for (listing, n) in found.iter().zip(11..) {
            assert_eq!(listing.url.as_deref(), Some(&*format!("https://shop.example/p/{n}")));
            assert_eq!(text(&listing.name), format!("Kettle number {n}"));
            assert_eq!(text(&listing.price), format!("{n},50 €"));
            assert_eq!(text(&listing.list_price), if n % 2 == 0 { "99,00 €" } else { "" });
            assert!(listing.confidence.unwrap().share() > 0.6, "{:?}", listing.confidence);
        }
    }

    #[test]
    fn rows_of_a_table_give_a_listing_each() {
        let rows: String = (1..9)
            .map(|n| format!("<tr><td><a href=/p/{n}>Hose of {n} metres</a><td>{n}<td>from £{n}.20"))
            .collect();
        let found = listings(&format!("<h1>Hoses</h1><table><tr><th>Name<th>Metres<th>Price{rows}</table>"));
        assert_eq!(found.len(), 8);
        assert_eq!((text(&found[2].name), text(&found[2].price)), ("Hose of 3 metres", "from £3.20"));
    }

    #[test]
    fn goods_beside_a_product_are_not_its_listings() {
        let cards: String = (11..17).map(|n| card(n, "item", "")).collect();
        let found = listings(&format!(
            "<h1>Kettle of steel</h1><div><span class=price>39,90 €</span> <button>Add to cart</button></div>\
             <h2>Others bought</h2><ul>{cards}</ul>"
        ));
        let prices: Vec<&str> = found.iter().map(|l| text(&l.price)).collect();
        assert_eq!(prices, ["39,90 €"]);
    }
}
