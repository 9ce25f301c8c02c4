//! Ladders of quantity and price on the visible page, and how a place of it is named. Cards of a list
//! are read in `cards`.

use super::element_words::{LADDER, words};
use super::price_text;
use super::selectors::step;
use super::tree::{Id, Tree};
use super::visible::Page;
use model::{QuantityBreak, Stated, Syntax};

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
        // A ladder without any money is none.
        if tree.nodes[id].element.is_none() || !page.has_mark(id) {
            continue;
        }
        let table = matches!(tree.name(id), "table" | "tbody");
        let named =
            table || matches!(tree.name(id), "ul" | "ol" | "dl" | "div") && words(tree, id) & LADDER != 0;
        if !named {
            continue;
        }
        looked += 1;
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
