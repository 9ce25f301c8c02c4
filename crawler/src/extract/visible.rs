//! What a reader sees: the title, and the price candidates of the visible page. Which of them is the
//! price to pay is judged by `price_rank`; no site is known here. Also the visible availability and
//! breadcrumb.

use super::features::{
    AROUND, FORMER, Old, before_text, ends_with_any, hidden, is_old, is_price_name, is_zone, per_unit, shape,
    title,
};
use super::price_rank::{self, Features};
use super::price_text::{self, Found};
use super::terms::{availability_phrase, each_name_word, name_words, says_buy};
use super::text_signs::{DIGIT, MONEY};
use super::tree::{Id, Tree, attribute, unread};
use std::rc::Rc;

/// Price candidates looked at on one page.
const CANDIDATES: usize = 800;

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
    /// What tells the price to pay from other amounts; see `price_rank`.
    pub features: Features,
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
    /// For each node, how many texts before it hold a sign, word or code of money.
    marks: Vec<u32>,
    /// Blocks read last: many numbers of a list stand in the same one.
    blocks: Vec<Rc<Block>>,
}

/// What is read around a number: an element's text and the numbers in it.
struct Block {
    id: Id,
    text: String,
    found: Vec<Found>,
}

/// Blocks kept: as many as ancestors are looked at.
const BLOCKS: usize = 4;

impl<'t, 'a> Page<'t, 'a> {
    /// Reads the page; `names` are what markup and title call the product, best first.
    pub fn new(tree: &'t Tree<'a>, names: &[String]) -> Self {
        let mut page = Page {
            tree,
            title: title(tree, names),
            buy: None,
            candidates: Vec::new(),
            zones: vec![0; tree.nodes.len()],
            marks: marks(tree),
            blocks: Vec::new(),
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

    /// The nearest button that buys after the title; one before it only if there is none after.
    fn buy_button(&mut self) -> Option<Id> {
        let from = self.title.unwrap_or(0);
        let end = self.tree.nodes.len();
        (from..end).chain(0..from).find(|&id| self.buys(id) && !self.outside(id))
    }

    fn buys(&self, id: Id) -> bool {
        let Some(element) = self.tree.nodes[id].element else { return false };
        let button = match element.name() {
            "button" | "a" | "input" => true,
            "div" | "span" => {
                attribute(element, "onclick").is_some() || attribute(element, "role") == Some("button")
            }
            _ => attribute(element, "role") == Some("button"),
        };
        if !button || self.tree.nodes[id].end - id > 30 {
            return false;
        }
        let names = ["id", "class", "name"].iter().filter_map(|a| self.tree.attr(id, a));
        let named = names.clone().any(|n| {
            let (mut deed, mut button) = (false, false);
            each_name_word(n, |w| {
                deed |= matches!(
                    w,
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
                button |= matches!(w, "btn" | "button" | "add" | "submit" | "now");
            });
            deed && button
        });
        if named {
            return true;
        }
        let mut said = self.tree.text(id, 60);
        for key in ["value", "aria-label", "title", "id", "class", "name"] {
            if let Some(value) = attribute(element, key).filter(|v| v.len() < 200) {
                said.push(' ');
                said.push_str(value);
            }
        }
        if said.is_ascii() {
            said.make_ascii_lowercase();
            return says_buy(&said);
        }
        says_buy(&said.to_lowercase())
    }

    /// Whether a sign, word or code of money stands anywhere inside.
    pub fn has_mark(&self, id: Id) -> bool {
        self.marks[self.tree.nodes[id].end] > self.marks[id]
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
            } else if node.signs & DIGIT != 0 && at >= skip && price_text::has_digit(node.text) {
                skip = self.around(at).unwrap_or(skip);
            }
            at += 1;
        }
    }

    /// Takes the prices around a text with a digit; gives the end of the element they filled.
    fn around(&mut self, text_id: Id) -> Option<Id> {
        // A number without money anywhere near is a price only in an element named so.
        let near = || {
            let blocks = self.tree.ancestors(text_id).take(4);
            blocks.take_while(|&at| !matches!(self.tree.name(at), "body" | "html"))
        };
        if !near().last().is_some_and(|widest| self.has_mark(widest))
            && !near().any(|at| is_price_name(self.tree, at))
        {
            return None;
        }
        let mut bare: Option<(Id, String, Found)> = None;
        for at in self.tree.ancestors(text_id).take(4) {
            if matches!(self.tree.name(at), "body" | "html") {
                break;
            }
            let named = bare.is_none() && is_price_name(self.tree, at);
            if !named && !self.has_mark(at) && self.is_short(at) {
                continue;
            }
            // A long paragraph is read only by itself.
            let climbed = self.tree.nodes[text_id].parent != at;
            let block = self.block(at, climbed);
            let Block { text, found, .. } = &*block;
            let long = text.len() >= AROUND && (climbed || text.len() > 300);
            let priced: Vec<&Found> = found.iter().filter(|f| f.currency.is_some()).collect();
            if !priced.is_empty() || long {
                if long || (climbed && priced.len() > 1) {
                    // The number may go on in the next element, with other prices around it.
                    let own = self.tree.nodes[text_id].text.trim().trim_end_matches(['.', ',']);
                    let whole = priced.iter().find(|f| {
                        let number = &text[f.number.0..f.number.1];
                        climbed && number.len() > own.len() && number.starts_with(own)
                    });
                    if let Some(whole) = whole {
                        self.take(at, text, &[whole]);
                        return Some(self.tree.nodes[self.tree.nodes[text_id].parent].end);
                    }
                    break;
                }
                self.take(at, text, &priced);
                return Some(self.tree.nodes[at].end);
            }
            if named && found.len() == 1 {
                bare = Some((at, text.clone(), found[0].clone()));
            }
        }
        let (at, text, found) = bare?;
        self.take(at, &text, &[&found]);
        Some(self.tree.nodes[at].end)
    }

    /// The text of an element and its numbers; kept where others may ask for it again.
    fn block(&mut self, id: Id, keep: bool) -> Rc<Block> {
        if let Some(known) = self.blocks.iter().find(|block| block.id == id) {
            return Rc::clone(known);
        }
        let text = price_text::western(self.tree.text(id, AROUND));
        let found = price_text::find(&text, 8);
        let block = Rc::new(Block { id, text, found });
        if keep {
            if self.blocks.len() >= BLOCKS {
                self.blocks.remove(0);
            }
            self.blocks.push(Rc::clone(&block));
        }
        block
    }

    /// Whether all texts inside, with spaces between, stay below what is read around a number.
    fn is_short(&self, id: Id) -> bool {
        let inside = &self.tree.nodes[id..self.tree.nodes[id].end];
        inside.len() < AROUND && inside.iter().map(|node| node.text.len() + 2).sum::<usize>() < AROUND
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
            let after = self.after(id, text, end);
            let mut features = price_rank::of_place(self.tree, id, text, f.start, f.end);
            price_rank::of_words_after(&mut features, &after);
            let candidate = Candidate {
                id,
                text: slice.to_owned(),
                currency: f.currency.clone(),
                high,
                value: f.value,
                score: 0.0,
                old: false,
                outside,
                per: per_unit(&after),
                shape: shape(self.tree, id),
                features,
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
            let wider = price_text::western(self.tree.text(at, AROUND));
            if wider.len() > slice.len() {
                if let Some((_, after)) = wider.split_once(slice) {
                    return after.trim().to_owned();
                }
                return String::new();
            }
        }
        String::new()
    }

    /// Completes the features with what only the whole page tells, and weighs them.
    fn score(&mut self) {
        let mut around = price_rank::Around::of(&self.candidates);
        for i in 0..self.candidates.len() {
            let c = &self.candidates[i];
            let old = is_old(self.tree, c.id);
            let before = before_text(self.tree, c.id, &c.text);
            let former = ends_with_any(&before, FORMER);
            let mut features = c.features;
            price_rank::of_words_before(&mut features, &before);
            price_rank::of_age(&mut features, old, former);
            price_rank::of_page(&mut features, self.tree, c, self.title, self.buy, &mut around);
            features.set(price_rank::HIDDEN, hidden(self.tree, c.id));
            let c = &mut self.candidates[i];
            c.features = features;
            c.old = former || old != Old::No;
        }
        price_rank::of_neighbours(&mut self.candidates);
        for c in &mut self.candidates {
            c.score = price_rank::score(&c.features);
        }
    }

    /// Availability in words or by an active buy button, with the node that says it.
    pub fn availability(&mut self) -> Option<(&'static str, Id)> {
        let from = self.title.unwrap_or(0);
        let until = (from + 1_500).min(self.tree.nodes.len());
        let disabled = |id: Id| {
            self.tree.nodes[id].element.is_some_and(|e| {
                attribute(e, "disabled").is_some()
                    || attribute(e, "class").is_some_and(|c| name_words(c).any(|w| w == "disabled"))
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
                        v.len() < 200
                            && v.as_bytes().windows(4).any(|four| matches!(four, b"rumb" | b"RUMB"))
                            && {
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

/// Running counts of the texts that hold a sign, word or code of money, one more than nodes.
fn marks(tree: &Tree<'_>) -> Vec<u32> {
    let mut marks = Vec::with_capacity(tree.nodes.len() + 1);
    let mut count = 0;
    let mut unread_until = 0;
    marks.push(0);
    for (id, node) in tree.nodes.iter().enumerate() {
        if node.element.is_some() {
            if id >= unread_until && unread(tree.name(id)) {
                unread_until = node.end;
            }
        } else if id >= unread_until && node.signs & MONEY != 0 {
            count += 1;
        }
        marks.push(count);
    }
    marks
}
