//! Links, news feeds, canonical address, robots meta, language and title of a page.

use super::next_link::{self, Anchor, Pager, Texts};
use super::terms::fold;
use super::tree::{Id, Tree};
use super::{Extraction, Link};
use foldhash::fast::RandomState;
use scraper::{ElementRef, Html, Selector};
use std::collections::HashMap;
use std::time::Instant;
use url::{Position, Url};

/// Links kept of one page.
const LINKS: usize = 20_000;
/// News feeds kept of one page.
const FEEDS: usize = 20;
/// Longest address that is followed.
const LONGEST: usize = 2_000;

/// Nodes of one link that are looked at for a pager's words.
const NODES: usize = 24;

/// The place of each address among the links.
type Known = HashMap<String, usize, RandomState>;

/// Whether the links of a page are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// For going on from it.
    Followed,
    /// Not at all: only what the page says about itself.
    Left,
}

/// Fills everything but the listings. `base` is what the page's links are resolved against.
pub(super) fn read(tree: &Tree<'_>, url: Option<&Url>, page: &mut Extraction, wanted: Links) -> Option<Url> {
    let follow = wanted == Links::Followed;
    let mut base = url.cloned();
    let mut known = Known::with_hasher(RandomState::default());
    if follow {
        known.reserve(56);
    }
    let mut based = false;
    let mut head_next = None;
    let mut pager = Gather::default();
    for (id, element) in tree.elements() {
        match element.name() {
            "html" => {
                page.language = tree.attr(id, "lang").or_else(|| tree.attr(id, "xml:lang")).map(language)
            }
            "base" if !based => {
                if let Some(joined) = tree.attr(id, "href").and_then(|h| join(base.as_ref(), h)) {
                    base = Some(joined);
                    based = true;
                }
            }
            "title" if page.title.is_none() && !tree.ancestors(id).any(|a| tree.name(a) == "svg") => {
                page.title = Some(fold(&tree.raw_text(id))).filter(|t| !t.is_empty());
            }
            "meta" => meta(tree, id, page),
            "link" => {
                let rel = tree.attr(id, "rel").unwrap_or_default().to_ascii_lowercase();
                let says = |word: &str| rel.split_ascii_whitespace().any(|r| r == word);
                let target = || tree.attr(id, "href").and_then(|h| join(base.as_ref(), h));
                if says("canonical") && page.canonical.is_none() {
                    page.canonical = target().map(String::from);
                } else if says("next")
                    && follow
                    && let Some(target) = target()
                {
                    head_next.get_or_insert_with(|| target.clone());
                    add(page, &mut known, String::from(target), true, false);
                } else if says("alternate")
                    && tree.attr(id, "type").is_some_and(is_feed)
                    && let Some(feed) = target().map(String::from)
                    && page.feeds.len() < FEEDS
                    && !page.feeds.contains(&feed)
                {
                    page.feeds.push(feed);
                }
            }
            "a" | "area" if follow => {
                let Some(href) = tree.attr(id, "href") else { continue };
                if href.starts_with('#') || href.len() > LONGEST {
                    continue;
                }
                let Some(target) = joined(base.as_ref(), href) else { continue };
                let rel = tree.attr(id, "rel").unwrap_or_default().to_ascii_lowercase();
                pager.link(tree, id, || Url::parse(&target).ok(), &rel);
                let nofollow = rel.split_ascii_whitespace().any(|r| r == "nofollow");
                add(page, &mut known, target, false, nofollow);
            }
            _ => {}
        }
    }
    // Without an address of its own a page is compared with its base.
    if !pager.anchors.is_empty()
        && let Some(own) = url.or(base.as_ref())
    {
        let verdicts = next_link::judge(own, head_next.as_ref(), &pager.anchors);
        for (anchor, verdict) in pager.anchors.iter().zip(verdicts) {
            if let Some(&at) = known.get(anchor.url.as_str()) {
                page.links[at].rel_next |= verdict == Pager::Next;
                page.links[at].list_page |= verdict == Pager::Numbered;
            }
        }
    }
    base
}

/// The source's own rule for the next link prevails: only what it finds is one.
pub(super) fn by_rule(html: &Html, rule: &str, base: Option<&Url>, page: &mut Extraction) {
    for link in &mut page.links {
        link.rel_next = false;
    }
    let Ok(selector) = Selector::parse(rule) else { return };
    for found in html.select(&selector).take(100) {
        // The link itself, or what stands in it or holds it.
        let element = found
            .descendent_elements()
            .chain(found.ancestors().filter_map(ElementRef::wrap))
            .find(|e| matches!(e.value().name(), "a" | "area" | "link") && e.value().attr("href").is_some());
        let Some(target) = element.and_then(|e| join(base, e.value().attr("href")?)) else { continue };
        let target = String::from(target);
        match page.links.iter_mut().find(|link| link.url == target) {
            Some(link) => link.rel_next = true,
            None => page.links.push(Link { url: target, rel_next: true, ..Link::default() }),
        }
    }
}

fn is_feed(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(kind.as_str(), "application/rss+xml" | "application/atom+xml" | "application/rdf+xml")
}

/// Gathers the links that may be a pager's.
#[derive(Default)]
pub(super) struct Gather {
    pub(super) anchors: Vec<Anchor>,
    order: usize,
    /// One past the last node of the link before.
    end: Id,
    text: String,
    label: String,
    names: String,
}

impl Gather {
    /// The next link of the page, in page order.
    pub(super) fn link(&mut self, tree: &Tree<'_>, id: Id, target: impl FnOnce() -> Option<Url>, rel: &str) {
        let order = self.order;
        self.order += 1;
        let last_end = std::mem::replace(&mut self.end, tree.nodes[id].end);
        self.text.clear();
        self.label.clear();
        self.names.clear();
        for (key, value) in tree.nodes[id].element.iter().flat_map(|e| e.attrs()) {
            match key {
                "title" | "aria-label" => push(&mut self.label, [Some(value.trim())]),
                "class" | "id" => push(&mut self.names, [Some(value)]),
                _ => {}
            }
        }
        // Most links are too long to be a pager's, which ends the search early.
        let inside = &tree.nodes[id + 1..tree.nodes[id].end.min(id + 1 + NODES)];
        let long = inside.iter().any(|node| {
            if node.element.is_none() {
                push_text(&mut self.text, node.text);
            }
            self.text.len() > next_link::LONGEST_TEXT
        });
        if !long {
            for (key, value) in inside.iter().filter_map(|n| n.element).flat_map(|e| e.attrs()) {
                match key {
                    "class" => push(&mut self.names, [Some(value)]),
                    "alt" => push(&mut self.label, [Some(value.trim())]),
                    _ => {}
                }
            }
        }
        let mut above = tree.ancestors(id);
        if let Some(parent) = above.next() {
            for (key, value) in tree.nodes[parent].element.iter().flat_map(|e| e.attrs()) {
                if matches!(key, "class" | "id") {
                    push(&mut self.names, [Some(value)]);
                }
            }
        }
        if !next_link::may_page(&self.text, &self.label, rel, &self.names) {
            return;
        }
        let mut around = String::new();
        for outer in above.take(4) {
            push(&mut around, ["class", "id", "role", "aria-label"].map(|name| tree.attr(outer, name)));
        }
        let mut before = String::new();
        for node in &tree.nodes[last_end.min(id)..id] {
            push_text(&mut before, node.text);
            if before.len() > NODES {
                break;
            }
        }
        let texts = Texts {
            text: &self.text,
            label: &self.label,
            rel,
            names: &self.names,
            around: &around,
            before: &before,
        };
        self.anchors.extend(target().map(|target| Anchor::read(order, target, texts)));
    }
}

fn push<const N: usize>(to: &mut String, texts: [Option<&str>; N]) {
    for text in texts.into_iter().flatten() {
        if !to.is_empty() {
            to.push(' ');
        }
        to.push_str(text);
    }
}

/// Appends a text with its blanks folded, until it is longer than a pager's are.
fn push_text(to: &mut String, text: &str) {
    if text.len() == 1 && text.trim_ascii().is_empty() {
        return;
    }
    for word in text.split_whitespace() {
        if to.len() > next_link::LONGEST_TEXT {
            return;
        }
        push(to, [Some(word)]);
    }
}

fn language(code: &str) -> String {
    code.replace('_', "-")
}

fn meta(tree: &Tree<'_>, id: Id, page: &mut Extraction) {
    let Some(content) = tree.attr(id, "content") else { return };
    let key =
        tree.attr(id, "name").or_else(|| tree.attr(id, "property")).or_else(|| tree.attr(id, "http-equiv"));
    match key.map(str::to_ascii_lowercase).as_deref() {
        Some("robots") => {
            for word in content.to_ascii_lowercase().split([',', ' ']) {
                page.noindex |= matches!(word, "noindex" | "none");
                page.nofollow |= matches!(word, "nofollow" | "none");
            }
        }
        Some("content-language" | "language" | "og:locale") if page.language.is_none() => {
            let code = content.split([',', ' ']).next().unwrap_or_default();
            if (2..=10).contains(&code.len()) {
                page.language = Some(language(code));
            }
        }
        _ => {}
    }
}

/// An absolute http address without fragment.
pub(crate) fn join(base: Option<&Url>, href: &str) -> Option<Url> {
    let mut target = match base {
        Some(base) => base.join(href).ok()?,
        None => Url::parse(href).ok()?,
    };
    if !matches!(target.scheme(), "http" | "https") || target.as_str().len() > LONGEST {
        return None;
    }
    target.set_fragment(None);
    Some(target)
}

/// The same, as text. Most links of a page lead to its own host and are written as they are meant: for
/// those nothing is taken apart.
fn joined(base: Option<&Url>, href: &str) -> Option<String> {
    match base.and_then(|base| plainly_joined(base, href)) {
        Some(target) => Some(target),
        None => join(base, href).map(String::from),
    }
}

/// `None` where an address has to be parsed to be joined.
fn plainly_joined(base: &Url, href: &str) -> Option<String> {
    let host = &base[..Position::BeforePath];
    let path = match href.as_bytes() {
        [b'/', b'/', ..] => return None,
        [b'/', ..] => href,
        _ => href.strip_prefix(host).filter(|path| path.starts_with('/'))?,
    };
    let plain = |extra: &[u8], b: &u8| b.is_ascii_alphanumeric() || extra.contains(b);
    let (before, query) = path.split_once('?').unwrap_or((path, ""));
    // Steps like "." and "..", also written "%2e", are taken out of an address.
    let kept = matches!(base.scheme(), "http" | "https")
        && before.bytes().all(|b| plain(b"/-_.~,:;=+&@!*()%", &b))
        && !before.as_bytes().windows(2).any(|pair| matches!(pair, b"/." | b"/%"))
        && query.bytes().all(|b| plain(b"/-_.~,:;=+&@!*()%?[]", &b))
        && host.len() + path.len() <= LONGEST;
    kept.then(|| [host, path].concat())
}

fn add(page: &mut Extraction, known: &mut Known, url: String, rel_next: bool, nofollow: bool) {
    match known.get(&url) {
        // One followable occurrence makes the address followable.
        Some(&at) => {
            page.links[at].rel_next |= rel_next;
            page.links[at].nofollow &= nofollow;
        }
        None if page.links.len() < LINKS => {
            known.insert(url.clone(), page.links.len());
            page.links.push(Link { url, rel_next, nofollow, ..Link::default() });
        }
        None => {}
    }
}

/// See [`super::pager_links`].
pub(super) fn pager_links(tree: &Tree<'_>, url: &str) -> super::PagerLinks {
    let url = Url::parse(url).ok();
    let (mut base, mut head, mut seen) = (url.clone(), None, 0);
    let mut links = Vec::new();
    for (id, element) in tree.elements() {
        let href = || tree.attr(id, "href");
        match element.name() {
            "base" if base == url => base = href().and_then(|h| join(base.as_ref(), h)).or(base),
            "link" if tree.attr(id, "rel").is_some_and(|r| r.eq_ignore_ascii_case("next")) => {
                head = head.or_else(|| href().and_then(|h| join(base.as_ref(), h)));
            }
            "a" | "area" => {
                seen += 1;
                let Some(href) = href().filter(|h| !h.starts_with('#') && h.len() <= LONGEST) else {
                    continue;
                };
                let Some(target) = join(base.as_ref(), href) else { continue };
                let rel = tree.attr(id, "rel").unwrap_or_default().to_ascii_lowercase();
                links.push((seen - 1, id, target, rel));
            }
            _ => {}
        }
    }
    let begun = Instant::now();
    let mut pager = Gather::default();
    let mut numbers = Vec::new();
    for (number, id, target, rel) in &links {
        pager.link(tree, *id, || Some(target.clone()), rel);
        numbers.resize(pager.anchors.len(), *number);
    }
    let gathering = begun.elapsed();
    super::PagerLinks {
        head,
        all: links.len(),
        links: numbers.into_iter().zip(pager.anchors).collect(),
        gathering,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]
        #[test]
        fn plain_joining_is_joining(
            base in prop::sample::select(&[
                "https://shop.example/a/b?c#d", "http://shop.example:8080", "https://u:p@shop.example/x/",
                "HTTPS://Shop.example", "ftp://shop.example/a", "data:text/plain,x",
            ][..]),
            start in prop::sample::select(&["/", "", "//", "https://shop.example/", "https://shop.example"][..]),
            rest in "[a-zA-Z0-9/._~%2eE?&=;:@'\"#<>\\\\\\[\\]^`{}| é-]{0,24}",
        ) {
            let base = Url::parse(base).unwrap();
            let href = format!("{start}{rest}");
            if let Some(plain) = plainly_joined(&base, href.trim()) {
                prop_assert_eq!(Some(plain), join(Some(&base), href.trim()).map(String::from));
            }
        }
    }

    #[test]
    fn most_links_are_joined_plainly() {
        let base = Url::parse("https://shop.example/a/b").unwrap();
        for (href, target) in [
            ("/p/blue-hose_20.html?size=20&x[]=1", "https://shop.example/p/blue-hose_20.html?size=20&x[]=1"),
            ("https://shop.example/p/1", "https://shop.example/p/1"),
        ] {
            assert_eq!(plainly_joined(&base, href).as_deref(), Some(target));
        }
        for href in
            ["//cdn.example/x", "../x", "/a/../b", "/ä", "https://other.example/", "/a#b", "/a/%2e%2e/b"]
        {
            assert_eq!(plainly_joined(&base, href), None, "{href}");
        }
    }
}
