//! What a closing tag does: which open elements it closes, or that it is ignored.

use super::super::element_kinds::{Kind, LIST, SCOPE, SPECIAL};
use super::stack::{bounds_table, in_table, text_key};
use super::{Builder, Mode, New, Open, Refusal};

impl<'s> Builder<'s> {
    pub(super) fn end_tag(&mut self, key: u64, kind: Kind) -> Result<(), Refusal> {
        let goes_on = matches!(kind, Kind::Body | Kind::Html) || key == const { text_key(b"br") };
        match self.mode {
            Mode::InBody => return self.end_in_body(key, kind),
            Mode::InHead if kind == Kind::Head => {
                self.reach(Mode::AfterHead);
                return Ok(());
            }
            Mode::Initial | Mode::BeforeHtml | Mode::BeforeHead if kind == Kind::Head => {
                self.reach(Mode::AfterHead);
                return Ok(());
            }
            Mode::Initial => self.reach(Mode::BeforeHtml),
            _ => {}
        }
        if goes_on {
            self.reach(Mode::InBody);
            return self.end_in_body(key, kind);
        }
        Ok(())
    }

    pub(super) fn end_in_body(&mut self, key: u64, kind: Kind) -> Result<(), Refusal> {
        if self.top().is_some_and(|top| top.foreign) {
            if kind == Kind::Paragraph || key == const { text_key(b"br") } {
                return Err("HTML within SVG");
            }
            for at in (0..self.open.len()).rev() {
                if !self.open[at].foreign {
                    break;
                }
                if self.open[at].key == key {
                    self.pop_to(at);
                    return Ok(());
                }
            }
        }
        if kind == Kind::Template {
            self.end_template();
            return Ok(());
        }
        // Before the contents of a template have begun nothing in it ends.
        if self.templates.last().is_some_and(|(_, begun)| !begun) {
            return Ok(());
        }
        if self.top().is_some_and(|top| in_table(&top)) {
            return self.end_in_table(key, kind);
        }
        let same = |o: &Open| o.key == key && !o.foreign;
        match kind {
            Kind::Body | Kind::Html => {
                self.after_body |= self.in_scope(|o| o.kind == Kind::Body).is_some();
            }
            Kind::Caption
            | Kind::Col
            | Kind::Colgroup
            | Kind::Section
            | Kind::Row
            | Kind::Cell
            | Kind::Table => {
                let cell = |o: &Open| matches!(o.kind, Kind::Cell | Kind::Caption) && !o.foreign;
                let Some(at) = self.within(cell, bounds_table) else { return Ok(()) };
                let inner = self.open[at];
                match (inner.kind, kind) {
                    (Kind::Cell, Kind::Cell) | (Kind::Caption, Kind::Caption) if inner.key == key => {
                        self.close_cell();
                    }
                    (Kind::Cell, Kind::Table | Kind::Section | Kind::Row)
                        if self.within(same, bounds_table).is_some() =>
                    {
                        self.close_cell();
                        return self.end_in_table(key, kind);
                    }
                    (Kind::Caption, Kind::Table) => {
                        self.close_cell();
                        return self.end_in_table(key, kind);
                    }
                    _ => {}
                }
            }
            Kind::Paragraph => {
                let bounds = |o: &Open| o.flags & SCOPE != 0 || o.kind == Kind::Button;
                if self.within(|o| o.kind == Kind::Paragraph, bounds).is_none() {
                    self.insert(&New::implied("p"));
                } else {
                    self.close_paragraph();
                }
            }
            Kind::Block | Kind::Pre | Kind::Button | Kind::Select => {
                let at = if kind == Kind::Select { self.in_scope_select() } else { self.in_scope(same) };
                if let Some(at) = at {
                    self.pop_to(at);
                }
            }
            Kind::Object => {
                if let Some(at) = self.in_scope(same) {
                    self.pop_to(at);
                    self.clear_to_marker();
                }
            }
            Kind::Form if !self.templates.is_empty() => {
                if let Some(at) = self.in_scope(|o| o.kind == Kind::Form) {
                    self.pop_to(at);
                }
            }
            Kind::Form => {
                let Some(form) = self.form.take() else { return Ok(()) };
                let Some(at) = self.in_scope(|o| o.node == form) else { return Ok(()) };
                self.imply_ends(0);
                if at + 1 == self.open.len() {
                    self.pop();
                } else if let Some(open) = self.open.get_mut(at) {
                    *open = Open { key: 0, kind: Kind::Ghost, flags: 0, foreign: false, ..*open };
                }
            }
            Kind::ListItem => {
                let bounds = |o: &Open| o.flags & (SCOPE | LIST) != 0;
                if let Some(at) = self.within(same, bounds) {
                    self.pop_to(at);
                }
            }
            Kind::Definition => {
                if let Some(at) = self.in_scope(same) {
                    self.pop_to(at);
                }
            }
            Kind::Heading => {
                if let Some(at) = self.in_scope(|o| o.kind == Kind::Heading) {
                    self.pop_to(at);
                }
            }
            Kind::Anchor | Kind::Formatting | Kind::Nobr => self.adopt(key)?,
            Kind::Void if key == const { text_key(b"br") } => {
                self.reconstruct()?;
                self.insert(&New::implied("br"));
            }
            _ => self.end_other(key),
        }
        Ok(())
    }

    pub(super) fn end_template(&mut self) {
        let template = |o: &Open| o.kind == Kind::Template;
        let Some((before, _)) = self.templates.pop() else { return };
        if let Some(at) = self.within(template, |_| false) {
            self.pop_to(at);
        }
        self.clear_to_marker();
        self.mode = before;
    }

    /// The end of an element without rules of its own.
    pub(super) fn end_other(&mut self, key: u64) {
        let same = |o: &Open| o.key == key && !o.foreign;
        if let Some(at) = self.within(same, |o| o.flags & SPECIAL != 0) {
            self.pop_to(at);
        }
    }

    pub(super) fn end_in_table(&mut self, key: u64, kind: Kind) -> Result<(), Refusal> {
        loop {
            let Some(top) = self.top() else { return Ok(()) };
            match (top.kind, kind) {
                (Kind::Colgroup, Kind::Colgroup) | (Kind::Row, Kind::Row) | (Kind::Table, Kind::Table) => {
                    self.pop();
                    return Ok(());
                }
                (Kind::Section, Kind::Section) => {
                    if top.key == key {
                        self.pop();
                    }
                    return Ok(());
                }
                (Kind::Colgroup, Kind::Col) => return Ok(()),
                (Kind::Row, Kind::Section) => {
                    if self.within(|o| o.key == key && !o.foreign, bounds_table).is_none() {
                        return Ok(());
                    }
                    self.pop();
                }
                (Kind::Row | Kind::Section | Kind::Colgroup, Kind::Table) | (Kind::Colgroup, _) => self.pop(),
                (_, Kind::Paragraph) => return Err("a paragraph between the cells of a table"),
                // A form that was opened outside is out of its scope here.
                (_, Kind::Form) if self.templates.is_empty() => {
                    self.form = None;
                    return Ok(());
                }
                _ if key == const { text_key(b"br") } => return Err("markup between the cells of a table"),
                _ => return Ok(()),
            }
        }
    }
}
