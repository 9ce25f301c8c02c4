//! The page as a flat list of nodes in document order, so that every pass is a loop: no recursion
//! over what a page nests, and "inside" is a range of indices. Not a parser: `quick_tree` or html5ever
//! built it.

use super::element_words::{Named, Words};
use super::flat::{Attribute, Flat, emptied};
use super::terms::is_folded;
use super::text_signs::{Signs, signs};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};

/// Index of a node in [`Tree::nodes`].
pub(super) type Id = usize;

/// An element: its name and attributes.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    name: &'a str,
    attributes: &'a [Attribute<'a>],
}

impl<'a> Element<'a> {
    /// Tag name, in lower case.
    pub fn name(self) -> &'a str {
        self.name
    }

    /// Names and values, as written but decoded.
    pub fn attrs(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.attributes.iter().map(|(name, value)| (&**name, &**value))
    }
}

/// One element or text.
pub(super) struct Node<'a> {
    /// The element; `None` for a text.
    pub element: Option<Element<'a>>,
    /// The text; empty for an element.
    pub text: &'a str,
    /// Index of the parent; the root is its own parent.
    pub parent: Id,
    /// One past the last node inside.
    pub end: Id,
    /// What may stand in the text; none for an element.
    pub signs: Signs,
}

/// Nodes of the largest page whose room is kept for the next one.
const KEPT: usize = 4_000;

/// Bytes of a text that most shown ones stay below.
const ROOM: usize = 128;

thread_local! {
    static SPARE: RefCell<(Vec<Node<'static>>, Vec<Cell<Words>>)> = RefCell::default();
}

/// The page.
pub(super) struct Tree<'a> {
    pub nodes: Vec<Node<'a>>,
    /// What the names of each element say of it, once read; see `element_words`.
    pub words: Vec<Cell<Words>>,
    /// What names said that were read before.
    pub named: Named<'a>,
}

impl<'a> Tree<'a> {
    pub fn new(flat: &'a Flat<'a>) -> Self {
        let (mut nodes, mut words): (Vec<Node<'a>>, _) = SPARE.take();
        nodes.extend(flat.nodes.iter().map(|node| {
            let said: &'a str = &node.said;
            let (parent, end) = (node.parent, node.end);
            match &node.attributes {
                Some(range) => {
                    let attributes = &flat.attributes[range.start as usize..range.end as usize];
                    let element = Some(Element { name: said, attributes });
                    Node { element, text: "", parent, end, signs: 0 }
                }
                None => {
                    let above = &flat.nodes[parent];
                    let within = above.attributes.as_ref().map_or("", |_| &above.said);
                    Node { element: None, text: said, parent, end, signs: signs(said, within) }
                }
            }
        }));
        words.resize(nodes.len(), Cell::new(0));
        Tree { nodes, words, named: Named::new() }
    }

    /// Leaves the room to the next page of this thread.
    pub fn give_back(mut self) {
        if self.nodes.capacity() <= KEPT {
            self.words.clear();
            SPARE.set((emptied(self.nodes), self.words));
        }
    }

    /// Tag name; empty for a text.
    pub fn name(&self, id: Id) -> &'a str {
        self.nodes[id].element.map_or("", |e| e.name())
    }

    /// An attribute, trimmed; `None` where absent or empty.
    pub fn attr(&self, id: Id, name: &str) -> Option<&'a str> {
        self.nodes[id].element.and_then(|e| attribute(e, name)).map(str::trim).filter(|v| !v.is_empty())
    }

    /// All elements, in document order.
    pub fn elements(&self) -> impl Iterator<Item = (Id, Element<'a>)> + '_ {
        self.nodes.iter().enumerate().filter_map(|(id, n)| n.element.map(|e| (id, e)))
    }

    /// The node's ancestors, nearest first, without the node itself.
    pub fn ancestors(&self, id: Id) -> impl Iterator<Item = Id> + '_ {
        let mut at = id;
        std::iter::from_fn(move || {
            let parent = self.nodes[at].parent;
            if parent == at {
                return None;
            }
            at = parent;
            Some(parent)
        })
    }

    /// Elements directly inside; at most `limit`.
    pub fn children(&self, id: Id, limit: usize) -> Vec<Id> {
        let mut found = Vec::new();
        let mut at = id + 1;
        while at < self.nodes[id].end && found.len() < limit {
            if self.nodes[at].element.is_some() {
                found.push(at);
            }
            at = self.nodes[at].end.max(at + 1);
        }
        found
    }

    /// The first elements directly inside, and how many there are up to `N`.
    pub fn first_children<const N: usize>(&self, id: Id) -> ([Id; N], usize) {
        let (mut found, mut count) = ([0; N], 0);
        let mut at = id + 1;
        while at < self.nodes[id].end && count < N {
            if self.nodes[at].element.is_some() {
                found[count] = at;
                count += 1;
            }
            at = self.nodes[at].end.max(at + 1);
        }
        (found, count)
    }

    /// What a person reads inside, white space folded, at most `limit` bytes (and a bounded number
    /// of nodes). A cents element after a whole number is joined with a decimal separator, as a
    /// raised "99" is read.
    pub fn text(&self, id: Id, limit: usize) -> String {
        self.shown(id, limit).into_owned()
    }

    /// The same, lent where it stands so in the page.
    pub fn shown(&self, id: Id, limit: usize) -> Cow<'a, str> {
        // One plain text and nothing else is what it is.
        if self.nodes[id].end == id + 2
            && let text = self.nodes[id + 1].text
            && text.len() < limit
            && is_folded(text)
        {
            return Cow::Borrowed(text);
        }
        Cow::Owned(self.collected(id, limit))
    }

    /// The signs that may stand in the texts inside.
    pub fn signs(&self, id: Id) -> Signs {
        self.nodes[id..self.nodes[id].end].iter().fold(0, |signs, node| signs | node.signs)
    }

    fn collected(&self, id: Id, limit: usize) -> String {
        let mut out = String::with_capacity(limit.min(ROOM));
        let mut space = false;
        let mut joined = false;
        let mut at = id;
        let end = self.nodes[id].end;
        let mut seen = 0;
        while at < end && out.len() < limit && seen < limit + 64 {
            seen += 1;
            let node = &self.nodes[at];
            if node.element.is_some() {
                let name = self.name(at);
                if unread(name) && at != id {
                    at = node.end;
                    continue;
                }
                if is_block(name) {
                    space = true;
                } else if at != id && self.continues_decimal(at, &out) {
                    // "149," and "62" in two elements, with or without blanks between.
                    space = false;
                    joined = true;
                } else if at != id && self.is_cents(at, &out) {
                    // "12€99" is how French shops write it; elsewhere a separator is due.
                    if !out.ends_with('€') {
                        out.push('.');
                    }
                    space = false;
                    joined = true;
                }
            } else {
                // "$200" and "2 bids" in two elements are two numbers.
                if !joined
                    && node.text.starts_with(|c: char| c.is_ascii_digit())
                    && out.ends_with(|c: char| c.is_ascii_digit())
                {
                    space = true;
                }
                let mut text = node.text;
                if joined || self.is_lone_separator(at, &out) {
                    text = text.trim_start();
                    space = false;
                }
                joined = false;
                // Plain words go over as they are, with the white space around them folded.
                let words = text.trim_ascii();
                if words.len() + out.len() + 1 < limit && is_folded(words) {
                    if !words.is_empty() {
                        if (space || !text.starts_with(words)) && !out.is_empty() {
                            out.push(' ');
                        }
                        out.push_str(words);
                        space = false;
                    }
                    space |= !text.ends_with(words) || words.is_empty() && !text.is_empty();
                    text = "";
                }
                for c in text.chars() {
                    if c.is_whitespace() && c != '\u{a0}' && c != '\u{202f}' || c == '\u{200b}' {
                        space = true;
                        continue;
                    }
                    if matches!(c, '\u{200e}' | '\u{200f}' | '\u{ad}' | '\u{feff}') {
                        continue;
                    }
                    if space && !out.is_empty() {
                        out.push(' ');
                    }
                    space = false;
                    out.push(c);
                    if out.len() >= limit {
                        break;
                    }
                }
                // A block that ends separates too.
                if self.closes_block(at, end) {
                    space = true;
                }
            }
            at += 1;
        }
        let blank = |c: char| c.is_whitespace() || c == '\u{a0}';
        let shown = out.trim_end_matches(blank).len();
        out.truncate(shown);
        if out.starts_with(blank) { out.trim_start_matches(blank).to_owned() } else { out }
    }

    fn closes_block(&self, at: Id, within: Id) -> bool {
        self.ancestors(at)
            .take(4)
            .take_while(|&a| self.nodes[a].end == at + 1 && self.nodes[a].end <= within)
            .any(|a| is_block(self.name(a)))
    }

    /// Whether a number whose decimal separator ends the text before goes on in this element: two
    /// digits and nothing else, or the separator itself in an element of its own before such.
    fn continues_decimal(&self, id: Id, before: &str) -> bool {
        if self.nodes[id].end - id > 3 {
            return false;
        }
        let separated =
            before.strip_suffix([',', '.']).is_some_and(|b| b.ends_with(|c: char| c.is_ascii_digit()));
        let open = before.ends_with(|c: char| c.is_ascii_digit());
        if !separated && !open {
            return false;
        }
        let mut inner =
            (id + 1..self.nodes[id].end).map(|i| self.nodes[i].text.trim()).filter(|t| !t.is_empty());
        let (Some(first), None) = (inner.next(), inner.next()) else { return false };
        if separated {
            return first.len() == 2 && first.bytes().all(|b| b.is_ascii_digit());
        }
        matches!(first, "," | ".") && self.cents_follow(self.nodes[id].end)
    }

    /// A text that is nothing but the separator between a number and its cents.
    fn is_lone_separator(&self, id: Id, before: &str) -> bool {
        before.ends_with(|c: char| c.is_ascii_digit())
            && matches!(self.nodes[id].text.trim(), "," | ".")
            && self.cents_follow(id + 1)
    }

    fn cents_follow(&self, from: Id) -> bool {
        (from..self.nodes.len().min(from + 4))
            .find_map(|i| Some(self.nodes[i].text.trim()).filter(|t| !t.is_empty()))
            .is_some_and(|t| t.len() == 2 && t.bytes().all(|b| b.is_ascii_digit()))
    }

    fn is_cents(&self, id: Id, before: &str) -> bool {
        let number = before.strip_suffix('€').unwrap_or(before);
        if !number.ends_with(|c: char| c.is_ascii_digit()) || self.nodes[id].end - id > 3 {
            return false;
        }
        let raised = self.name(id) == "sup"
            || self.attr(id, "class").is_some_and(|c| {
                let c = c.to_ascii_lowercase();
                ["cent", "decimal", "fraction", "-dec", "_dec", "penny"].iter().any(|w| c.contains(w))
            });
        if !raised {
            return false;
        }
        let digits: String = (id + 1..self.nodes[id].end).map(|i| self.nodes[i].text.trim()).collect();
        digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit())
    }

    /// The raw text of a script or title.
    pub fn raw_text(&self, id: Id) -> Cow<'a, str> {
        let inner = &self.nodes[id + 1..self.nodes[id].end];
        match inner {
            [one] => Cow::Borrowed(one.text),
            many => many.iter().map(|n| n.text).collect(),
        }
    }
}

/// An attribute as written. Elements have few: going through them is cheaper than to make a
/// qualified name to search for.
pub(super) fn attribute<'a>(element: Element<'a>, name: &str) -> Option<&'a str> {
    element.attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| &**value)
}

/// Elements whose text is not read by people.
pub(super) fn unread(name: &str) -> bool {
    matches!(name, "script" | "style" | "template" | "noscript" | "svg" | "iframe" | "select" | "head")
}

/// Elements that stand on lines or in cells of their own.
pub(super) fn is_block(name: &str) -> bool {
    matches!(
        name,
        "div"
            | "p"
            | "li"
            | "ul"
            | "ol"
            | "td"
            | "th"
            | "tr"
            | "table"
            | "dd"
            | "dt"
            | "dl"
            | "br"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "section"
            | "article"
            | "header"
            | "button"
            | "footer"
            | "main"
            | "aside"
            | "nav"
            | "form"
            | "label"
            | "del"
            | "s"
            | "strike"
            | "option"
            | "ins"
    )
}
