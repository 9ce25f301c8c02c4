//! A page as parsed: elements and texts in document order, each with its parent and the end of what
//! stands inside it. Filled by `quick_tree`, or from the tree of html5ever; read through `tree`.

use scraper::Html;
use scraper::node::Node as Raw;
use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::Range;

/// An attribute: name in lower case, value decoded.
pub(super) type Attribute<'s> = (Cow<'s, str>, Cow<'s, str>);

/// One element or text.
pub(super) struct FlatNode<'s> {
    /// The element's name, or the text.
    pub said: Cow<'s, str>,
    /// Where the element's attributes stand in [`Flat::attributes`]; `None` for a text.
    pub attributes: Option<Range<u32>>,
    /// Index of the parent; the root is its own parent.
    pub parent: usize,
    /// One past the last node inside.
    pub end: usize,
}

/// Nodes of the largest page whose room is kept for the next one.
const KEPT: usize = 4_000;

thread_local! {
    static SPARE: RefCell<(Vec<FlatNode<'static>>, Vec<Attribute<'static>>)> = RefCell::default();
}

/// The room of a list without what stood in it. As both are laid out alike the list is only emptied.
pub(super) fn emptied<T, U>(mut list: Vec<T>) -> Vec<U> {
    list.clear();
    list.into_iter().filter_map(|_| None).collect()
}

/// The page.
#[derive(Default)]
pub(super) struct Flat<'s> {
    pub nodes: Vec<FlatNode<'s>>,
    pub attributes: Vec<Attribute<'s>>,
}

impl<'s> Flat<'s> {
    /// An empty page with the room of the one this thread read last: asking the system for memory
    /// again and again costs more than reading a small page.
    pub fn spare() -> Self {
        let (nodes, attributes) = SPARE.take();
        Flat { nodes, attributes }
    }

    /// Leaves the room to the next page.
    pub fn give_back(self) {
        if self.nodes.capacity() <= KEPT && self.attributes.capacity() <= KEPT {
            SPARE.set((emptied(self.nodes), emptied(self.attributes)));
        }
    }

    /// The tree of html5ever. The contents of a template stand inside it.
    pub fn of(html: &'s Html) -> Self {
        let mut flat = Flat::default();
        let mut open = Vec::new();
        for node in html.tree.root().descendants() {
            let text = match node.value() {
                Raw::Element(_) => None,
                Raw::Text(text) => Some(&**text),
                _ => continue,
            };
            let id = flat.nodes.len();
            let mut above = node.parent();
            while let Some(inner) = above.filter(|a| matches!(a.value(), Raw::Fragment)) {
                above = inner.parent();
            }
            let above = above.map(|a| a.id());
            while let Some(&(key, at)) = open.last() {
                if Some(key) == above {
                    break;
                }
                let at: usize = at;
                flat.nodes[at].end = id;
                open.pop();
            }
            let parent = open.last().map_or(0, |&(_, at)| at);
            let said = match (text, node.value()) {
                (Some(text), _) => text,
                (None, Raw::Element(element)) => element.name(),
                _ => continue,
            };
            let attributes = node.value().as_element().map(|element| {
                let from = flat.attributes.len() as u32;
                flat.attributes.extend(element.attrs().map(|(k, v)| (Cow::Borrowed(k), Cow::Borrowed(v))));
                from..flat.attributes.len() as u32
            });
            if attributes.is_some() {
                open.push((node.id(), id));
            }
            flat.nodes.push(FlatNode { said: Cow::Borrowed(said), attributes, parent, end: id + 1 });
        }
        let end = flat.nodes.len();
        for (_, at) in open {
            flat.nodes[at].end = end;
        }
        flat
    }

    /// The page without what it states for machines: scripts, meta tags, and attributes of microdata
    /// and RDFa. For learning and measuring what the visible page alone tells.
    pub fn without_markup(mut self) -> Self {
        const MARKUP: [&str; 8] =
            ["itemprop", "itemscope", "itemtype", "itemid", "typeof", "property", "vocab", "content"];
        for id in 0..self.nodes.len() {
            let Some(range) = self.nodes[id].attributes.clone() else {
                let above = &self.nodes[self.nodes[id].parent];
                if above.attributes.is_some() && above.said == "script" {
                    self.nodes[id].said = Cow::Borrowed("");
                }
                continue;
            };
            let machine = matches!(&*self.nodes[id].said, "script" | "meta");
            for (name, value) in &mut self.attributes[range.start as usize..range.end as usize] {
                if machine || MARKUP.contains(&&**name) {
                    *name = Cow::Borrowed("data-none");
                    *value = Cow::Borrowed("");
                }
            }
        }
        self
    }
}
