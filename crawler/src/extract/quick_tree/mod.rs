//! The tree of a page in one pass, at a tenth of the cost of the full parser.
//!
//! Follows the tree construction of the HTML standard wherever a page is nested as honest pages are:
//! ends left out, formatting opened again or closed around blocks, tables, forms, templates, inline
//! SVG. Where the standard would move what it has already placed to another order (text within table
//! rows, an element of the head behind it), it refuses the page as a whole, and the full parser builds
//! the tree. So both give the same nodes; tests hold one to the other. Nothing here decides what a page
//! means.

mod adopting;
mod closing;
mod doctype;
mod opening;
mod stack;

use super::element_kinds::{Kind, SCOPE, key, kind};
use super::flat::{Flat, FlatNode};
use super::tokens::{self, Piece};
use memchr::memchr;
use stack::in_table;
use std::borrow::Cow;
use std::ops::Range;

/// Why a page is left to the full parser.
pub(super) type Refusal = &'static str;

/// The tree of a page, or why the full parser has to build it.
pub(super) fn read(html: &str) -> Result<Flat<'_>, Refusal> {
    if memchr(0, html.as_bytes()).is_some() {
        return Err("a NUL character");
    }
    let html = html.strip_prefix('\u{feff}').unwrap_or(html);
    let mut builder = Builder {
        html,
        flat: Flat::spare(),
        open: Vec::with_capacity(64),
        active: Vec::new(),
        mode: Mode::Initial,
        quirks: Some(true),
        form: None,
        commented: false,
        after_body: false,
        skip_line: false,
        templates: Vec::new(),
        moved: 0,
    };
    // About what honest pages hold; more costs a copy.
    builder.flat.nodes.reserve((html.len() / 10).min(20_000));
    builder.flat.attributes.reserve((html.len() / 40).min(10_000));
    builder.run()?;
    Ok(builder.flat)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Initial,
    BeforeHtml,
    BeforeHead,
    InHead,
    AfterHead,
    InBody,
}

/// An open element.
#[derive(Clone, Copy)]
struct Open {
    node: usize,
    key: u64,
    kind: Kind,
    flags: u8,
    foreign: bool,
}

/// An element to insert: its name and attributes.
struct New<'s> {
    name: Cow<'s, str>,
    key: u64,
    kind: Kind,
    flags: u8,
    attributes: Range<u32>,
}

impl New<'_> {
    /// An element that the page implies.
    fn implied(name: &'static str) -> Self {
        let key = key(name);
        let (kind, flags) = kind(key);
        New { name: Cow::Borrowed(name), key, kind, flags, attributes: 0..0 }
    }
}

struct Builder<'s> {
    html: &'s str,
    flat: Flat<'s>,
    open: Vec<Open>,
    /// The standard's list of active formatting elements; `None` is a marker.
    active: Vec<Option<Open>>,
    mode: Mode,
    /// Whether the page is read in quirks mode; `None` where its doctype leaves it to lists.
    quirks: Option<bool>,
    /// The form that is open by its pointer.
    form: Option<usize>,
    /// A comment stands after the last text.
    commented: bool,
    after_body: bool,
    /// A line end that follows directly is no text.
    skip_line: bool,
    /// The templates that stand open: where the page was before each, and whether its contents have
    /// begun as those of a body.
    templates: Vec<(Mode, bool)>,
    /// Nodes moved so far; see `adopting`.
    moved: usize,
}

impl<'s> Builder<'s> {
    fn run(&mut self) -> Result<(), Refusal> {
        let html = self.html;
        let bytes = html.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let from = at;
            let attributes = self.flat.attributes.len() as u32;
            let (mut search, mut written) = (at, false);
            let piece = loop {
                let (end, more) = tokens::text_end(bytes, search);
                search = end;
                written |= more;
                if search == bytes.len() {
                    break Piece::Broken;
                }
                match tokens::piece(html, search, &mut self.flat.attributes) {
                    Some(Piece::Text) => search += 1,
                    Some(other) => break other,
                    None => return Err("a tag with very many attributes"),
                }
            };
            if search > from {
                let text = &html[from..search];
                self.text(if written { tokens::decoded(text, false) } else { Cow::Borrowed(text) })?;
            }
            match piece {
                Piece::Tag(tag) => {
                    at = tag.end;
                    self.skip_line = false;
                    let key = tag.key;
                    let (kind, flags) = kind(key);
                    if tag.closing {
                        self.after_body &= matches!(kind, Kind::Body | Kind::Html);
                        self.end_tag(key, kind)?;
                        continue;
                    }
                    // A second `<html>` only adds to the first.
                    self.after_body &= kind == Kind::Html;
                    let attributes = attributes..self.flat.attributes.len() as u32;
                    let new = New { name: tag.name, key, kind, flags, attributes };
                    if let Some(raw) = self.start_tag(new, tag.self_closing)? {
                        let Some(end) = self.raw(raw, at) else { break };
                        at = end;
                    }
                }
                Piece::Comment(end) => {
                    // After a body a comment is put behind it, but within SVG it stays where it is.
                    self.commented |= !self.after_body || self.top().is_some_and(|top| top.foreign);
                    self.skip_line = false;
                    at = end;
                }
                Piece::Doctype(text, end) => {
                    if self.mode == Mode::Initial {
                        self.quirks = doctype::quirks(text.trim_end_matches('>'));
                        self.mode = Mode::BeforeHtml;
                    }
                    self.skip_line = false;
                    at = end;
                }
                Piece::Nothing(end) => at = end,
                Piece::Broken | Piece::Text => break,
            }
        }
        while !self.templates.is_empty() {
            self.end_template();
        }
        // The standard gives even an empty page a head and a body.
        self.reach(Mode::InBody);
        self.pop_to(0);
        Ok(())
    }

    /// The text of an element whose content is no markup, and its closing tag; gives where that
    /// ends. `None` where the page breaks off.
    fn raw(&mut self, name: &'static str, from: usize) -> Option<usize> {
        let html = self.html;
        let end = match name {
            "script" => tokens::script_end(html, from),
            _ => tokens::raw_end(html, from, name),
        };
        let text = &html[from..end];
        let text = match name {
            "title" | "textarea" => tokens::decoded(text, false),
            _ => tokens::lines(text),
        };
        let text = match text {
            Cow::Borrowed(text) if name == "textarea" => {
                Cow::Borrowed(text.strip_prefix('\n').unwrap_or(text))
            }
            Cow::Owned(text) if name == "textarea" && text.starts_with('\n') => {
                Cow::Owned(text[1..].to_owned())
            }
            other => other,
        };
        self.commented = false;
        if !text.is_empty() {
            self.insert_text(text);
        }
        self.pop();
        let mut ignored = Vec::new();
        match tokens::piece(html, end, &mut ignored) {
            Some(Piece::Tag(tag)) if end < html.len() => Some(tag.end),
            _ => None,
        }
    }

    fn text(&mut self, text: Cow<'s, str>) -> Result<(), Refusal> {
        let text =
            if std::mem::take(&mut self.skip_line) && text.starts_with('\n') { cut(text, 1) } else { text };
        let blank = tokens::blank(&text);
        if self.mode != Mode::InBody {
            let rest = blank < text.len();
            let (head, tail) = if rest { (part(&text, blank), Some(cut(text, blank))) } else { (text, None) };
            // White space before the head is dropped; within it and after it, it stays.
            if matches!(self.mode, Mode::InHead | Mode::AfterHead) && !head.is_empty() {
                self.insert_text(head);
            }
            let Some(tail) = tail else { return Ok(()) };
            if self.mode != Mode::AfterHead {
                self.reach(Mode::AfterHead);
            }
            self.reach(Mode::InBody);
            self.reconstruct()?;
            self.insert_text(tail);
            return Ok(());
        }
        if text.is_empty() {
            return Ok(());
        }
        let whole = blank == text.len();
        self.after_body &= whole;
        if self.top().is_some_and(|top| in_table(&top)) {
            if !whole {
                return Err("text between the cells of a table");
            }
        } else if !self.top().is_some_and(|top| top.foreign && top.flags & SCOPE == 0) {
            self.reconstruct()?;
        }
        self.insert_text(text);
        Ok(())
    }

    fn insert_text(&mut self, text: Cow<'s, str>) {
        let id = self.flat.nodes.len();
        let parent = self.open.last().map_or(id, |top| top.node);
        if !std::mem::take(&mut self.commented)
            && let Some(last) = self.flat.nodes.last_mut()
            && last.attributes.is_none()
            && last.parent == parent
        {
            last.said.to_mut().push_str(&text);
            return;
        }
        self.flat.nodes.push(FlatNode { said: text, attributes: None, parent, end: id + 1 });
    }

    /// Goes on to a mode, with the elements that the page leaves out.
    fn reach(&mut self, wanted: Mode) {
        while self.mode != wanted {
            self.mode = match self.mode {
                Mode::Initial => Mode::BeforeHtml,
                Mode::BeforeHtml => {
                    self.push(&New::implied("html"));
                    Mode::BeforeHead
                }
                Mode::BeforeHead => {
                    self.push(&New::implied("head"));
                    Mode::InHead
                }
                Mode::InHead => {
                    self.pop();
                    Mode::AfterHead
                }
                Mode::AfterHead => {
                    self.push(&New::implied("body"));
                    Mode::InBody
                }
                Mode::InBody => return,
            };
        }
    }
}

fn part<'s>(text: &Cow<'s, str>, to: usize) -> Cow<'s, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..to]),
        Cow::Owned(text) => Cow::Owned(text[..to].to_owned()),
    }
}

fn cut(text: Cow<'_, str>, from: usize) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[from..]),
        Cow::Owned(text) => Cow::Owned(text[from..].to_owned()),
    }
}
