//! Repetition on the visible page: cards of a product list, each with its own link and price, and
//! ladders of quantity and price. What is the main product is decided in `merge`.

use super::links::join;
use super::name_lists::LADDER_WORDS;
use super::price_text;
use super::selectors::step;
use super::terms::name_words;
use super::tree::{Id, Tree};
use super::visible::{Candidate, Page};
use model::{Listing, QuantityBreak, Stated, Syntax};
use std::collections::HashMap;
use url::Url;

/// Cards kept of one page.
const CARDS: usize = 400;

/// The cards of a product list, in page order, and the shape of price they have in common. Empty
/// where fewer than three prices of one shape stand in blocks with links of their own.
pub(super) fn cards(page: &Page<'_, '_>, url: Option<&Url>) -> (Vec<Listing>, Option<u64>) {
    let prices: Vec<&Candidate> =
        page.candidates.iter().filter(|c| !c.outside && !c.old && c.per.is_none()).collect();
    let mut groups: HashMap<u64, Vec<usize>> = HashMap::new();
    for (i, c) in prices.iter().enumerate() {
        groups.entry(c.shape).or_default().push(i);
    }
    let mut best: (Vec<Listing>, Option<u64>) = (Vec::new(), None);
    let mut shapes: Vec<(u64, Vec<usize>)> = groups.into_iter().filter(|(_, m)| m.len() >= 3).collect();
    shapes.sort_by_key(|(_, members)| members[0]);
    for (shape, members) in shapes.into_iter().take(20) {
        let mut found = Vec::new();
        let mut addresses = std::collections::HashSet::new();
        for (at, &i) in members.iter().enumerate().take(CARDS) {
            let before = if at > 0 { prices[members[at - 1]].id + 1 } else { 0 };
            let after = members.get(at + 1).map_or(page.tree.nodes.len(), |&n| prices[n].id);
            if let Some(card) = card(page, prices[i], before, after, url)
                && addresses.insert(card.url.clone())
            {
                found.push(card);
            }
        }
        if found.len() >= 3 && found.len() * 3 >= members.len() * 2 && found.len() > best.0.len() {
            best = (found, Some(shape));
        }
    }
    best
}

/// One card: the widest block around the price that holds no other price of the group.
fn card(page: &Page<'_, '_>, price: &Candidate, from: Id, until: Id, url: Option<&Url>) -> Option<Listing> {
    let tree = page.tree;
    let block = std::iter::once(price.id)
        .chain(tree.ancestors(price.id))
        .take(14)
        .take_while(|&a| a >= from && tree.nodes[a].end <= until && tree.nodes[a].end - a < 600)
        .last()?;
    let mut link: Option<&str> = None;
    let mut name: Option<(u8, String, Id)> = None;
    let inside = tree.nodes[block].end;
    // The card may be the link itself.
    let around = tree.ancestors(block).take(1).find(|&a| tree.name(a) == "a");
    for at in around.into_iter().chain(block..inside) {
        let tag = tree.name(at);
        if tag == "a" && link.is_none() {
            link = tree.attr(at, "href").filter(|h| !h.starts_with('#') && !h.starts_with("javascript:"));
        }
        let (rank, text) = match tag {
            "h2" | "h3" | "h4" | "h5" => (4, tree.text(at, 200)),
            "a" => match tree.attr(at, "title") {
                Some(title) => (2, title.to_owned()),
                None => (1, tree.text(at, 200)),
            },
            "img" => (0, tree.attr(at, "alt").unwrap_or_default().to_owned()),
            _ => {
                let named = tree.attr(at, "class").is_some_and(|c| {
                    name_words(c)
                        .any(|w| matches!(w.as_str(), "name" | "title" | "titel" | "nombre" | "titulo"))
                });
                if !named {
                    continue;
                }
                (3, tree.text(at, 200))
            }
        };
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        if letters >= 4 && name.as_ref().is_none_or(|(r, ..)| rank > *r) {
            name = Some((rank, text, at));
        }
    }
    let link = link?;
    // Without the page's own address a relative link still tells the cards apart.
    let address = match join(url, link) {
        Some(address) => String::from(address),
        None if url.is_none() => link.to_owned(),
        None => return None,
    };
    let (_, name, at) = name?;
    let name = match name.split_once(&price.text) {
        Some((before, _)) if before.trim().chars().count() >= 4 => before.trim().to_owned(),
        _ => name,
    };
    let old =
        page.candidates.iter().find(|c| c.old && c.id > block && c.id < inside && c.value > price.value);
    let place = |id: Id| place(tree, id);
    Some(Listing {
        url: Some(address),
        name: Some(Stated::new(name, Syntax::Visible, place(at))),
        price: Some(Stated::new(&price.text, Syntax::Visible, place(price.id))),
        currency: price.currency.as_ref().map(|c| Stated::new(c, Syntax::Visible, place(price.id))),
        list_price: old.map(|c| Stated::new(&c.text, Syntax::Visible, place(c.id))),
        ..Listing::default()
    })
}

/// The element as a person finds it again: tag, id or first class, number in document order.
pub(super) fn place(tree: &Tree<'_>, id: Id) -> String {
    let mut out = tree.name(id).to_owned();
    if let Some(own) = tree.attr(id, "id") {
        out.push('#');
        out.push_str(own.get(..own.len().min(40)).unwrap_or_default());
    } else if let Some(class) = tree.attr(id, "class").and_then(|c| c.split_ascii_whitespace().next()) {
        out.push('.');
        out.push_str(class.get(..class.len().min(40)).unwrap_or_default());
    }
    format!("{out}[{id}]")
}

/// A ladder of quantity and price: two or more rows, quantities rising, prices not rising, at
/// least one row with a currency or under a heading that names quantities.
pub(super) fn quantity_breaks(page: &mut Page<'_, '_>) -> Vec<QuantityBreak> {
    let tree = page.tree;
    let mut at = 0;
    let mut looked = 0;
    while at < tree.nodes.len() && looked < 400 {
        let id = at;
        at += 1;
        let table = matches!(tree.name(id), "table" | "tbody");
        let named = table
            || matches!(tree.name(id), "ul" | "ol" | "dl" | "div")
                && ["class", "id"]
                    .iter()
                    .filter_map(|a| tree.attr(id, a))
                    .any(|n| name_words(n).any(|w| LADDER_WORDS.contains(&w.as_str())));
        if !named {
            continue;
        }
        looked += 1;
        // A ladder without any money is none.
        if !page.has_mark(id) {
            continue;
        }
        let mut rows: Vec<Id> = Vec::new();
        if table {
            let end = tree.nodes[id].end.min(id + 2_000);
            rows.extend((id..end).filter(|&r| tree.name(r) == "tr").take(60));
        } else {
            rows = tree.children(id, 60);
        }
        let steps: Vec<(Id, u64, QuantityBreak)> = rows
            .iter()
            .filter_map(|&row| {
                let cells = tree.children(row, 5);
                let (quantity, price) = if table && cells.len() >= 2 {
                    // Read by cell, so that a number in a further column does no harm.
                    let quantity = tree.text(cells[0], 60);
                    let price = cells[1..].iter().map(|&c| tree.text(c, 60)).find(|t| {
                        price_text::find(t, 2).iter().any(|f| f.currency.is_some() || t.contains(['.', ',']))
                    })?;
                    (quantity, price)
                } else {
                    step(&tree.text(row, 200))?
                };
                let count = quantity_of(&quantity)?;
                let value = price_text::find(&price, 2).first()?.value;
                let place = place(tree, row);
                let stated = QuantityBreak {
                    min_quantity: Stated::new(quantity, Syntax::Visible, &*place),
                    price: Stated::new(price, Syntax::Visible, &*place),
                };
                Some((row, count, stated)).filter(|_| value > 0)
            })
            .collect();
        let priced = steps
            .iter()
            .any(|(_, _, s)| price_text::find(&s.price.text, 2).iter().any(|f| f.currency.is_some()));
        let value = |s: &QuantityBreak| price_text::find(&s.price.text, 2).first().map_or(0, |f| f.value);
        let rising = steps.windows(2).all(|w| w[0].1 < w[1].1 && value(&w[0].2) >= value(&w[1].2));
        if steps.len() >= 2 && priced && rising && steps.len() * 3 >= rows.len() * 2 && !page.outside(id) {
            return steps.into_iter().map(|(_, _, s)| s).collect();
        }
    }
    Vec::new()
}

/// The number of a quantity: the first of the text, which has to be about quantities alone.
fn quantity_of(text: &str) -> Option<u64> {
    let found = price_text::find(text, 3);
    let first = found.first().map(|f| (f.value, f.currency.is_some())).or_else(|| {
        // "100+" and "100pcs" are glued to what follows.
        let digits: String = text
            .chars()
            .skip_while(|c| !c.is_ascii_digit())
            .take_while(char::is_ascii_digit)
            .take(9)
            .collect();
        digits.parse::<u64>().ok().map(|n| (n * 100, false))
    })?;
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    (!first.1 && letters <= 24 && first.0 > 0).then_some(first.0 / 100)
}
