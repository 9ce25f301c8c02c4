//! What an opening tag does: which open elements it closes first, which it implies, where it goes.

use super::super::element_kinds::{BREAKOUT, Kind, SCOPE, SPECIAL};
use super::stack::{bounds_table, in_table, text_key};
use super::{Builder, Mode, New, Open, Refusal};
use std::borrow::Cow;

impl<'s> Builder<'s> {
    /// Opens an element; gives its name where what follows is its raw text.
    pub(super) fn start_tag(
        &mut self,
        new: New<'s>,
        self_closing: bool,
    ) -> Result<Option<&'static str>, Refusal> {
        let foreign = self.top().is_some_and(|top| top.foreign);
        if self.mode == Mode::InBody && (foreign || !matches!(new.kind, Kind::Html | Kind::Refused)) {
            return self.start_in_body(&new, self_closing);
        }
        loop {
            match self.mode {
                Mode::Initial => self.reach(Mode::BeforeHtml),
                Mode::BeforeHtml if new.kind == Kind::Html => {
                    self.push(&new);
                    self.mode = Mode::BeforeHead;
                    return Ok(None);
                }
                Mode::BeforeHtml => self.reach(Mode::BeforeHead),
                Mode::BeforeHead if new.kind == Kind::Head => {
                    self.push(&new);
                    self.mode = Mode::InHead;
                    return Ok(None);
                }
                _ if new.kind == Kind::Html => {
                    match self.templates.last_mut() {
                        Some((_, begun)) => *begun = true,
                        None => self.add_attributes(0, &new),
                    }
                    return Ok(None);
                }
                Mode::BeforeHead => self.reach(Mode::InHead),
                Mode::InHead | Mode::AfterHead if new.kind == Kind::Head => return Ok(None),
                Mode::InHead if new.kind == Kind::HeadVoid => {
                    self.insert(&new);
                    return Ok(None);
                }
                Mode::InHead if raw_name(&new).is_some() && of_head(&new) => {
                    self.push(&new);
                    return Ok(raw_name(&new));
                }
                Mode::InHead if new.kind == Kind::Template => {
                    self.start_template(&new)?;
                    return Ok(None);
                }
                _ if new.kind == Kind::Refused => return Err("an element with rules of its own"),
                Mode::InHead => self.reach(Mode::AfterHead),
                Mode::AfterHead if new.kind == Kind::Body => {
                    self.push(&new);
                    self.mode = Mode::InBody;
                    return Ok(None);
                }
                Mode::AfterHead
                    if matches!(new.kind, Kind::HeadVoid | Kind::Template)
                        || of_head(&new) && *new.name != *"noscript" =>
                {
                    return Err("an element of the head after it");
                }
                Mode::AfterHead => self.reach(Mode::InBody),
                Mode::InBody => return self.start_in_body(&new, self_closing),
            }
        }
    }

    pub(super) fn start_in_body(
        &mut self,
        new: &New<'s>,
        self_closing: bool,
    ) -> Result<Option<&'static str>, Refusal> {
        self.bounded()?;
        if self.top().is_some_and(|top| top.foreign) {
            return self.start_foreign(new, self_closing);
        }
        if let Some((_, begun)) = self.templates.last_mut()
            && !*begun
        {
            match new.kind {
                Kind::HeadVoid | Kind::Title | Kind::Script | Kind::Template => {}
                Kind::HeadRaw if *new.name != *"noscript" => {}
                Kind::Caption | Kind::Col | Kind::Colgroup | Kind::Section | Kind::Row | Kind::Cell => {
                    return Err("parts of a table in a template");
                }
                _ => *begun = true,
            }
        }
        loop {
            let Some(top) = self.top() else { return Err("no open element") };
            if in_table(&top) {
                return self.start_in_table(new);
            }
            let part = matches!(
                new.kind,
                Kind::Caption | Kind::Col | Kind::Colgroup | Kind::Section | Kind::Row | Kind::Cell
            );
            if part && self.close_cell() {
                continue;
            }
            break;
        }
        match new.kind {
            Kind::Head | Kind::Frame => {}
            Kind::Caption | Kind::Col | Kind::Colgroup | Kind::Section | Kind::Row | Kind::Cell => {}
            Kind::Body if !self.templates.is_empty() => {}
            Kind::Body => {
                let body = self.open.get(1).filter(|o| o.kind == Kind::Body).map(|o| o.node);
                if let Some(body) = body {
                    self.add_attributes(body, new);
                }
            }
            Kind::Html | Kind::Refused | Kind::Ghost => return Err("an element with rules of its own"),
            Kind::HeadVoid | Kind::Param => drop(self.insert(new)),
            Kind::Title | Kind::Textarea | Kind::Script | Kind::HeadRaw | Kind::Raw => {
                self.push(new);
                return Ok(raw_name(new));
            }
            Kind::Xmp => {
                self.close_paragraph();
                self.reconstruct()?;
                self.push(new);
                return Ok(raw_name(new));
            }
            Kind::Block | Kind::Paragraph => {
                self.close_paragraph();
                self.push(new);
            }
            Kind::Pre => {
                self.close_paragraph();
                self.push(new);
                self.skip_line = true;
            }
            Kind::Heading => {
                self.close_paragraph();
                if self.top().is_some_and(|top| top.kind == Kind::Heading) {
                    self.pop();
                }
                self.push(new);
            }
            Kind::ListItem | Kind::Definition => {
                let bounds = |o: &Open| {
                    o.flags & SPECIAL != 0
                        && o.kind != Kind::Paragraph
                        && o.key != const { text_key(b"address") }
                        && o.key != const { text_key(b"div") }
                };
                if let Some(at) = self.within(|o| o.kind == new.kind, bounds) {
                    self.pop_to(at);
                }
                self.close_paragraph();
                self.push(new);
            }
            Kind::Form => {
                let apart = !self.templates.is_empty();
                if apart || self.form.is_none() {
                    self.close_paragraph();
                    let open = self.push(new);
                    self.form = if apart { self.form } else { Some(open.node) };
                }
            }
            Kind::Button => {
                if let Some(at) = self.in_scope(|o| o.kind == Kind::Button) {
                    self.imply_ends(0);
                    self.pop_to(at);
                }
                self.reconstruct()?;
                self.push(new);
            }
            Kind::Select => match self.in_scope_select() {
                Some(at) => self.pop_to(at),
                None => {
                    self.reconstruct()?;
                    self.push(new);
                }
            },
            Kind::Option | Kind::Optgroup => {
                if self.in_scope_select().is_some() {
                    let spared = if new.kind == Kind::Option { const { text_key(b"optgroup") } } else { 0 };
                    self.imply_ends(spared);
                } else if self.top().is_some_and(|top| top.kind == Kind::Option) {
                    self.pop();
                }
                self.reconstruct()?;
                self.push(new);
            }
            Kind::Anchor => {
                let known = self.active.iter().rev().map_while(|e| *e).find(|e| e.kind == Kind::Anchor);
                if let Some(known) = known {
                    self.adopt(new.key)?;
                    self.active.retain(|e| e.is_none_or(|e| e.node != known.node));
                    if self.open.iter().any(|o| o.node == known.node) {
                        return Err("a link within a link");
                    }
                }
                self.reconstruct()?;
                self.format(new)?;
            }
            Kind::Formatting => {
                self.reconstruct()?;
                self.format(new)?;
            }
            Kind::Nobr => {
                self.reconstruct()?;
                if self.in_scope(|o| o.kind == Kind::Nobr).is_some() {
                    self.adopt(new.key)?;
                    self.reconstruct()?;
                }
                self.format(new)?;
            }
            Kind::Object => {
                self.reconstruct()?;
                self.push(new);
                self.active.push(None);
            }
            Kind::Void => {
                self.reconstruct()?;
                self.insert(new);
            }
            Kind::Input => {
                if let Some(at) = self.in_scope_select() {
                    self.pop_to(at);
                }
                self.reconstruct()?;
                self.insert(new);
            }
            Kind::Rule => {
                self.close_paragraph();
                if self.in_scope_select().is_some() {
                    self.imply_ends(0);
                }
                self.insert(new);
            }
            Kind::Table => {
                if self.quirks != Some(true) {
                    let before = self.open.len();
                    self.close_paragraph();
                    if self.quirks.is_none() && self.open.len() != before {
                        return Err("a table in a paragraph under an old doctype");
                    }
                }
                self.push(new);
            }
            Kind::Template => self.start_template(new)?,
            Kind::Ruby => {
                if self.in_scope(|o| o.key == const { text_key(b"ruby") }).is_some() {
                    let rtc = const { text_key(b"rtc") };
                    let spared = if matches!(&*new.name, "rp" | "rt") { rtc } else { 0 };
                    self.imply_ends(spared);
                }
                self.push(new);
            }
            Kind::Image => {
                let attributes = new.attributes.clone();
                return self.start_in_body(&New { attributes, ..New::implied("img") }, self_closing);
            }
            Kind::Svg => {
                self.reconstruct()?;
                self.insert_foreign(new, self_closing);
            }
            Kind::Other => {
                self.reconstruct()?;
                self.push(new);
            }
        }
        Ok(None)
    }

    fn start_template(&mut self, new: &New<'s>) -> Result<(), Refusal> {
        let own = &self.flat.attributes[new.attributes.start as usize..new.attributes.end as usize];
        if own.iter().any(|(name, _)| name == "shadowrootmode") {
            return Err("a template that is the inside of an element");
        }
        self.push(new);
        self.active.push(None);
        self.templates.push((self.mode, false));
        self.mode = Mode::InBody;
        Ok(())
    }

    /// What a second `<html>` or `<body>` says beyond the first.
    pub(super) fn add_attributes(&mut self, node: usize, new: &New<'s>) {
        let known = self.flat.nodes[node].attributes.clone().unwrap_or_default();
        let from = self.flat.attributes.len();
        for at in known.clone().chain(new.attributes.clone()) {
            let attribute = self.flat.attributes[at as usize].clone();
            if !self.flat.attributes[from..].iter().any(|(name, _)| *name == attribute.0) {
                self.flat.attributes.push(attribute);
            }
        }
        self.flat.nodes[node].attributes = Some(from as u32..self.flat.attributes.len() as u32);
    }

    pub(super) fn in_scope_select(&self) -> Option<usize> {
        let bounds = |o: &Open| o.flags & SCOPE != 0;
        self.within(|o| o.kind == Kind::Select, bounds)
    }

    pub(super) fn start_foreign(
        &mut self,
        new: &New<'s>,
        self_closing: bool,
    ) -> Result<Option<&'static str>, Refusal> {
        let integration = self.top().is_some_and(|top| top.flags & SCOPE != 0);
        if integration || new.flags & BREAKOUT != 0 || *new.name == *"math" {
            return Err("HTML within SVG");
        }
        self.insert_foreign(new, self_closing);
        Ok(None)
    }

    pub(super) fn insert_foreign(&mut self, new: &New<'s>, self_closing: bool) {
        for (name, _) in &mut self.flat.attributes[new.attributes.start as usize..new.attributes.end as usize]
        {
            for prefix in ["xlink:", "xml:", "xmlns:"] {
                if let Some(local) = name.strip_prefix(prefix) {
                    *name = Cow::Owned(local.to_owned());
                }
            }
        }
        let open = self.push(new);
        if self_closing {
            self.pop();
            return;
        }
        let integration = matches!(&*new.name, "title" | "desc" | "foreignobject");
        if let Some(top) = self.open.last_mut() {
            *top =
                Open { kind: Kind::Other, flags: if integration { SCOPE } else { 0 }, foreign: true, ..open };
        }
    }

    /// Closes the table cell or caption that is open; whether one was.
    pub(super) fn close_cell(&mut self) -> bool {
        let cell = |o: &Open| matches!(o.kind, Kind::Cell | Kind::Caption) && !o.foreign;
        let Some(at) = self.within(cell, bounds_table) else { return false };
        self.pop_to(at);
        self.clear_to_marker();
        true
    }

    pub(super) fn start_in_table(&mut self, new: &New<'s>) -> Result<Option<&'static str>, Refusal> {
        loop {
            let Some(top) = self.top() else { return Err("no open element") };
            let part = matches!(
                new.kind,
                Kind::Caption | Kind::Col | Kind::Colgroup | Kind::Section | Kind::Row | Kind::Cell
            );
            match (top.kind, new.kind) {
                (Kind::Row, Kind::Cell) | (Kind::Table, Kind::Caption) => {
                    self.push(new);
                    self.active.push(None);
                    return Ok(None);
                }
                (Kind::Section, Kind::Row) | (Kind::Table, Kind::Colgroup | Kind::Section) => {
                    self.push(new);
                    return Ok(None);
                }
                (Kind::Colgroup, Kind::Col) => {
                    self.insert(new);
                    return Ok(None);
                }
                (Kind::Section, Kind::Cell) => drop(self.push(&New::implied("tr"))),
                (Kind::Table, Kind::Row | Kind::Cell) => drop(self.push(&New::implied("tbody"))),
                (Kind::Table, Kind::Col) => drop(self.push(&New::implied("colgroup"))),
                (Kind::Row | Kind::Section, _) if part => self.pop(),
                (_, Kind::Script | Kind::HeadRaw)
                    if top.kind != Kind::Colgroup && !matches!(&*new.name, "noscript" | "noframes") =>
                {
                    self.push(new);
                    return Ok(raw_name(new));
                }
                (_, Kind::Template) => {
                    self.start_template(new)?;
                    return Ok(None);
                }
                (Kind::Colgroup, kind) if kind != Kind::Refused => self.pop(),
                (_, Kind::Form) => {
                    if self.templates.is_empty() && self.form.is_none() {
                        self.form = Some(self.insert(new));
                    }
                    return Ok(None);
                }
                (_, Kind::Input) if self.is_hidden(new) => {
                    self.insert(new);
                    return Ok(None);
                }
                _ => return Err("markup between the cells of a table"),
            }
        }
    }

    pub(super) fn is_hidden(&self, new: &New<'s>) -> bool {
        let own = &self.flat.attributes[new.attributes.start as usize..new.attributes.end as usize];
        own.iter().any(|(name, value)| name == "type" && value.eq_ignore_ascii_case("hidden"))
    }
}

/// Elements with raw text that belong into the head.
fn of_head(new: &New<'_>) -> bool {
    matches!(new.kind, Kind::Title | Kind::Script | Kind::HeadRaw)
}

/// The name of an element whose content is no markup.
fn raw_name(new: &New<'_>) -> Option<&'static str> {
    const NAMES: [&str; 9] =
        ["title", "textarea", "script", "style", "noframes", "noscript", "iframe", "noembed", "xmp"];
    NAMES.into_iter().find(|name| *name == &*new.name)
}
