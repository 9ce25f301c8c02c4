//! The elements that stand open, and the formatting that is opened again where a block cut it off.

use super::super::element_kinds::{IMPLIED, Kind, SCOPE};
use super::super::flat::{Flat, FlatNode};
use super::{Builder, New, Open, Refusal};
use std::ops::Range;

/// Open elements at one time.
const DEPTH: usize = 400;
/// Unclosed formatting elements at one time.
const FORMATTING: usize = 40;

impl<'s> Builder<'s> {
    pub(super) fn top(&self) -> Option<Open> {
        self.open.last().copied()
    }

    pub(super) fn insert(&mut self, new: &New<'s>) -> usize {
        let id = self.flat.nodes.len();
        let parent = self.open.last().map_or(id, |top| top.node);
        let attributes = Some(new.attributes.clone());
        self.flat.nodes.push(FlatNode { said: new.name.clone(), attributes, parent, end: id + 1 });
        self.commented = false;
        id
    }

    pub(super) fn push(&mut self, new: &New<'s>) -> Open {
        let node = self.insert(new);
        let open = Open { node, key: new.key, kind: new.kind, flags: new.flags, foreign: false };
        self.open.push(open);
        open
    }

    pub(super) fn pop(&mut self) {
        if let Some(last) = self.open.pop() {
            self.flat.nodes[last.node].end = self.flat.nodes.len();
        }
        while self.open.last().is_some_and(|top| top.kind == Kind::Ghost) {
            self.pop();
        }
    }

    pub(super) fn pop_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            self.pop();
        }
    }

    /// Where an element stands open within a scope: above what `bounds` it.
    pub(super) fn within(
        &self,
        wanted: impl Fn(&Open) -> bool,
        bounds: impl Fn(&Open) -> bool,
    ) -> Option<usize> {
        for (at, open) in self.open.iter().enumerate().rev() {
            if wanted(open) {
                return Some(at);
            }
            if bounds(open) {
                return None;
            }
        }
        None
    }

    pub(super) fn in_scope(&self, wanted: impl Fn(&Open) -> bool) -> Option<usize> {
        self.within(wanted, |o| o.flags & SCOPE != 0)
    }

    pub(super) fn imply_ends(&mut self, but: u64) {
        while self.open.last().is_some_and(|o| o.flags & IMPLIED != 0 && o.key != but) {
            self.pop();
        }
    }

    pub(super) fn close_paragraph(&mut self) {
        let paragraph = |o: &Open| o.kind == Kind::Paragraph;
        let bounds = |o: &Open| o.flags & SCOPE != 0 || o.kind == Kind::Button;
        if let Some(at) = self.within(paragraph, bounds) {
            self.pop_to(at);
        }
    }

    pub(super) fn clear_to_marker(&mut self) {
        while let Some(Some(_)) = self.active.pop() {}
    }

    /// Opens again the formatting elements that were closed around.
    pub(super) fn reconstruct(&mut self) -> Result<(), Refusal> {
        let is_open = |entry: &Option<Open>, open: &[Open]| {
            entry.as_ref().is_none_or(|e| open.iter().rev().any(|o| o.node == e.node))
        };
        let Some(first) = self
            .active
            .iter()
            .rposition(|entry| is_open(entry, &self.open))
            .map_or((!self.active.is_empty()).then_some(0), |at| {
                (at + 1 < self.active.len()).then_some(at + 1)
            })
        else {
            return Ok(());
        };
        for at in first..self.active.len() {
            let Some(entry) = self.active[at] else { continue };
            let old = &self.flat.nodes[entry.node];
            let (name, attributes) = (old.said.clone(), old.attributes.clone().unwrap_or_default());
            let new = New { name, key: entry.key, kind: entry.kind, flags: entry.flags, attributes };
            let again = self.push(&new);
            self.active[at] = Some(again);
        }
        self.bounded()
    }

    pub(super) fn bounded(&self) -> Result<(), Refusal> {
        if self.open.len() > DEPTH || self.active.len() > FORMATTING + DEPTH {
            return Err("very deep nesting");
        }
        if self.flat.nodes.len() > self.html.len() + 64 {
            return Err("formatting opened again very often");
        }
        Ok(())
    }

    pub(super) fn format(&mut self, new: &New<'s>) -> Result<(), Refusal> {
        let same = |flat: &Flat<'_>, entry: &Open| {
            let range = |r: Range<u32>| r.start as usize..r.end as usize;
            let known = flat.nodes[entry.node].attributes.clone().map(range).unwrap_or_default();
            let (known, own) = (&flat.attributes[known], &flat.attributes[range(new.attributes.clone())]);
            entry.key == new.key && known.len() == own.len() && own.iter().all(|a| known.contains(a))
        };
        let equal: Vec<usize> = (0..self.active.len())
            .rev()
            .take_while(|&at| self.active[at].is_some())
            .filter(|&at| self.active[at].is_some_and(|e| same(&self.flat, &e)))
            .take(3)
            .collect();
        if let [_, _, first] = equal.as_slice() {
            self.active.remove(*first);
        }
        let open = self.push(new);
        self.active.push(Some(open));
        if self.active.iter().rev().take_while(|e| e.is_some()).count() > FORMATTING {
            return Err("very many open formatting elements");
        }
        Ok(())
    }
}

/// A name as `element_kinds::key` has it; for names of eight bytes at most.
pub(super) const fn text_key(name: &[u8]) -> u64 {
    let mut key = 0;
    let mut at = 0;
    while at < name.len() {
        key = key << 8 | name[at] as u64;
        at += 1;
    }
    key
}

/// What bounds the scope of a table's parts.
pub(super) fn bounds_table(open: &Open) -> bool {
    !open.foreign && matches!(open.kind, Kind::Table | Kind::Html | Kind::Template)
}

/// Whether what follows stands directly in a table, between its cells.
pub(super) fn in_table(top: &Open) -> bool {
    !top.foreign && matches!(top.kind, Kind::Table | Kind::Section | Kind::Row | Kind::Colgroup)
}
