//! The items of a feed in XML, one at a time: RSS `<item>` and Atom `<entry>`, with what stands in
//! them. Forgiving: an item that is not closed or not well-formed is a problem, and reading goes on
//! with the next. What the elements mean is `attributes`'s.

use super::{Rank, RawItem, VALUES, Value, append, attribute_name};
use crate::read_source::ReadProblem;
use memchr::memmem;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use std::collections::HashMap;

/// Nesting that is followed; a feed nested deeper is not read on.
const DEPTH: usize = 64;
/// Places of one feed at which reading starts anew after markup that is not well-formed.
const RESTARTS: u32 = 100;
/// Bound namespace prefixes that are remembered.
const PREFIXES: usize = 100;

pub(super) struct Items<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    /// Where in `text` the reader began.
    from: usize,
    restarts: u32,
    ended: bool,
    /// Whether a prefix stands for the Google namespace. Declarations hold from where they stand on.
    prefixes: HashMap<String, bool>,
    /// Open elements outside an item, as written.
    outer: Vec<String>,
    item: Option<Open>,
    /// Items begun.
    count: u64,
    /// An item that began before the one at hand was closed.
    unclosed: Option<ReadProblem>,
}

/// The item that is being read.
struct Open {
    raw: RawItem,
    /// Its element, as written.
    name: String,
    /// Open elements inside it.
    inner: Vec<String>,
    text: String,
    cut: bool,
    /// Whether the element at hand has no elements inside it so far.
    leaf: bool,
    values_left_out: bool,
}

impl<'a> Items<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Items {
            text,
            reader: reader(text),
            from: 0,
            restarts: 0,
            ended: false,
            prefixes: HashMap::new(),
            outer: Vec::new(),
            item: None,
            count: 0,
            unclosed: None,
        }
    }

    pub(super) fn next(&mut self) -> Option<Result<RawItem, ReadProblem>> {
        while !self.ended {
            if let Some(problem) = self.unclosed.take() {
                return Some(Err(problem));
            }
            match self.reader.read_event() {
                Ok(Event::Start(tag)) => self.start(&tag),
                Ok(Event::Empty(tag)) => {
                    self.start(&tag);
                    if let Some(item) = self.end(tag.name().as_ref()) {
                        return Some(Ok(item));
                    }
                }
                Ok(Event::End(tag)) => {
                    if let Some(item) = self.end(tag.name().as_ref()) {
                        return Some(Ok(item));
                    }
                }
                Ok(Event::Text(text)) => self.take_text(&text),
                Ok(Event::CData(text)) => self.take_text(&text),
                Ok(Event::GeneralRef(entity)) => self.entity(&entity),
                Ok(Event::Eof) => {
                    self.ended = true;
                    let item = self.item.take()?;
                    let what = "the feed ends inside it, so it is left out: was it cut off?";
                    return Some(Err(ReadProblem::new(item.raw.place, what)));
                }
                Ok(_) => {}
                Err(error) => return Some(Err(self.broken(&error))),
            }
            let depth = self.outer.len() + self.item.as_ref().map_or(0, |item| item.inner.len());
            if depth > DEPTH {
                self.ended = true;
                let what = format!("its elements are nested more than {DEPTH} deep; it is not read on");
                return Some(Err(ReadProblem::new("feed", what)));
            }
        }
        self.unclosed.take().map(Err)
    }

    /// Goes on at the next item after markup that is not well-formed.
    fn broken(&mut self, error: &quick_xml::Error) -> ReadProblem {
        let position = |p: u64| usize::try_from(p).unwrap_or(usize::MAX);
        let at = self.from.saturating_add(position(self.reader.error_position())).min(self.text.len());
        let read = self.from.saturating_add(position(self.reader.buffer_position())).min(self.text.len());
        let line = self.text.as_bytes()[..at].iter().filter(|&&b| b == b'\n').count() + 1;
        let place = match self.item.take() {
            Some(item) => item.raw.place,
            None => "feed".to_owned(),
        };
        let what = format!("not well-formed at line {line}: {error}");
        // The reader may have run to the end in search of a missing mark: begin where that stood.
        let after = (at.min(read) + 1..=self.text.len()).find(|&at| self.text.is_char_boundary(at));
        let rest = after.map_or("", |at| &self.text[at..]);
        let next = ["<item", "<entry"]
            .iter()
            .filter_map(|name| memmem::find(rest.as_bytes(), name.as_bytes()))
            .min()
            .map(|found| self.text.len() - rest.len() + found);
        match next {
            Some(next) if self.restarts < RESTARTS => {
                self.restarts += 1;
                self.from = next;
                self.reader = reader(&self.text[next..]);
                ReadProblem::new(place, format!("{what}; reading goes on with the next item"))
            }
            _ => {
                self.ended = true;
                ReadProblem::new(place, format!("{what}; what follows is not read"))
            }
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>) {
        self.declarations(tag);
        let name = tag.name();
        let written = name.as_ref();
        let local = tag.local_name();
        let starts_item = name.prefix().is_none() && matches!(local.as_ref(), "item" | "entry");
        if let Some(open) = self.item.take_if(|open| starts_item && open.name == written) {
            let what = "the next one begins before it is closed, so it is left out";
            self.unclosed = Some(ReadProblem::new(open.raw.place, what));
        }
        match &mut self.item {
            Some(open) => {
                open.text.clear();
                open.cut = false;
                open.leaf = true;
                open.inner.push(written.to_owned());
                if local.as_ref() == "link" && open.inner.len() == 1 {
                    self.atom_link(tag);
                }
            }
            None if starts_item => {
                self.count += 1;
                let place = format!("/{}", self.outer.join("/"));
                let place = format!("{}/{written}[{}]", place.trim_end_matches('/'), self.count);
                let atom = local.as_ref() == "entry";
                self.item = Some(Open {
                    raw: RawItem { place, element: true, atom, ..RawItem::default() },
                    name: written.to_owned(),
                    inner: Vec::new(),
                    text: String::new(),
                    cut: false,
                    leaf: false,
                    values_left_out: false,
                });
            }
            None => self.outer.push(written.to_owned()),
        }
    }

    /// Namespaces: which prefixes stand for Google's.
    fn declarations(&mut self, tag: &BytesStart<'_>) {
        if !tag.attributes_raw().contains("xmlns:") {
            return;
        }
        for attribute in tag.attributes().with_checks(false).flatten() {
            if let Some(prefix) = attribute.key.as_ref().strip_prefix("xmlns:")
                && self.prefixes.len() < PREFIXES
            {
                let uri = attribute.value.trim().trim_end_matches('/');
                let google =
                    matches!(uri, "http://base.google.com/ns/1.0" | "https://base.google.com/ns/1.0");
                self.prefixes.insert(prefix.to_owned(), google);
            }
        }
    }

    /// `<link rel="alternate" href="…"/>`: the entry's page.
    fn atom_link(&mut self, tag: &BytesStart<'_>) {
        let (mut href, mut alternate) = (None, true);
        for attribute in tag.attributes().with_checks(false).flatten() {
            match attribute.key.as_ref() {
                "href" => href = attribute.normalized_value(XmlVersion::Implicit1_0).ok(),
                "rel" => alternate = attribute.value.trim() == "alternate",
                _ => {}
            }
        }
        if let (Some(href), true, Some(open)) = (href, alternate, &mut self.item) {
            open.text.clear();
            open.cut = !append(&mut open.text, &href);
        }
    }

    fn take_text(&mut self, text: &str) {
        if let Some(open) = self.item.as_mut().filter(|open| open.leaf) {
            open.cut |= !append(&mut open.text, text);
        }
    }

    fn entity(&mut self, entity: &BytesRef<'_>) {
        if let Ok(Some(character)) = entity.resolve_char_ref() {
            self.take_text(character.encode_utf8(&mut [0; 4]));
        } else if let Some(text) = resolve_xml_entity(entity) {
            self.take_text(text);
        } else {
            // HTML's names (&nbsp;, &uuml;) are no XML, but stand in feeds; who reads the text knows them.
            self.take_text(&format!("&{};", &**entity));
        }
    }

    /// An element ends. One that was never opened is passed over; one that was closes what is still
    /// open inside it.
    fn end(&mut self, written: &str) -> Option<RawItem> {
        let Some(open) = &mut self.item else {
            if let Some(at) = self.outer.iter().rposition(|name| name == written) {
                self.outer.truncate(at);
            }
            return None;
        };
        if open.name == written && !open.inner.iter().any(|name| name == written) {
            let mut open = self.item.take()?;
            if open.values_left_out {
                let what = format!("it has more than {VALUES} elements; the others are not read");
                open.raw.problems.push(ReadProblem::new(open.raw.place.clone(), what));
            }
            return Some(open.raw);
        }
        let at = open.inner.iter().rposition(|name| name == written)?;
        let whole = at + 1 == open.inner.len();
        if whole && open.leaf && !open.text.trim().is_empty() {
            let path = &open.inner[..=at];
            let names: Vec<String> = path.iter().map(|part| local_name(part)).collect();
            let rank = path.iter().map(|part| rank_of(part, &self.prefixes)).max().unwrap_or_default();
            if open.raw.values.len() < VALUES {
                open.raw.values.push(Value {
                    name: names.join("/"),
                    written: path.join("/"),
                    rank,
                    text: std::mem::take(&mut open.text),
                    cut: open.cut,
                });
            } else {
                open.values_left_out = true;
            }
        }
        open.text.clear();
        open.cut = false;
        open.leaf = false;
        open.inner.truncate(at);
        None
    }
}

fn local_name(written: &str) -> String {
    attribute_name(written.rsplit_once(':').map_or(written, |(_, local)| local))
}

fn rank_of(written: &str, prefixes: &HashMap<String, bool>) -> Rank {
    match written.split_once(':') {
        None => Rank::Plain,
        Some((prefix, _)) => match prefixes.get(prefix) {
            Some(true) => Rank::Attribute,
            // Some feeds forget to declare it.
            None if prefix == "g" => Rank::Attribute,
            _ => Rank::Foreign,
        },
    }
}

fn reader(text: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    reader
}
