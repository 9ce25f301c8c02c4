//! The end of a formatting element, by the standard's "adoption agency": formatting that was closed
//! around a block (`<b><p>x</b>y`) is closed before it and opened again within it.
//!
//! What moves is the block with all that stands in it, which is the end of the page so far. So the order
//! of the nodes stays: they only get other parents, and a few elements are put in before the block and
//! first in it. How much is moved is bounded, as each time costs the length of the block.

use super::super::element_kinds::{Kind, SPECIAL};
use super::super::flat::FlatNode;
use super::stack::in_table;
use super::{Builder, Open, Refusal};

/// Blocks that one closing tag is carried through; the standard's number.
const BLOCKS: usize = 8;
/// Elements between formatting and block that are opened again; the standard's number.
const AGAIN: usize = 3;

impl<'s> Builder<'s> {
    /// The end of a formatting element.
    pub(super) fn adopt(&mut self, key: u64) -> Result<(), Refusal> {
        if let Some(top) = self.top()
            && (top.key, top.foreign) == (key, false)
            && !self.active.iter().flatten().any(|e| e.node == top.node)
        {
            self.pop();
            return Ok(());
        }
        for _ in 0..BLOCKS {
            let entry = (0..self.active.len())
                .rev()
                .take_while(|&at| self.active[at].is_some())
                .find(|&at| self.active[at].is_some_and(|e| e.key == key));
            let Some((entry, node)) = entry.and_then(|at| self.active[at].map(|e| (at, e.node))) else {
                self.end_other(key);
                return Ok(());
            };
            let Some(at) = self.open.iter().rposition(|o| o.node == node) else {
                self.active.remove(entry);
                return Ok(());
            };
            if self.in_scope(|o| o.node == node).is_none() {
                return Ok(());
            }
            let Some(block) = (at..self.open.len()).find(|&i| self.open[i].flags & SPECIAL != 0) else {
                self.pop_to(at);
                self.active.remove(entry);
                return Ok(());
            };
            self.move_out(at, block)?;
        }
        Ok(())
    }

    /// Takes the block that stands open at `block` out of the formatting that stands open at `at`.
    fn move_out(&mut self, at: usize, block: usize) -> Result<(), Refusal> {
        let outer = at.checked_sub(1).map(|i| self.open[i]).filter(|o| o.kind != Kind::Ghost && !in_table(o));
        let Some(outer) = outer.filter(|_| !self.open[at..].iter().any(|o| o.foreign)) else {
            return Err("formatting closed around a block in a table");
        };
        let (format, first) = (self.open[at], self.open[block].node);
        self.moved += self.flat.nodes.len() - first;
        if self.moved > self.html.len() {
            return Err("blocks moved out of formatting very often");
        }
        // What stands between is opened again around the block, from the inside out, or only closed.
        let mut again: Vec<(usize, Open)> = Vec::new();
        let mut looked = 0;
        for i in (at + 1..block).rev() {
            let open = self.open[i];
            // A form that was closed before is on the standard's stack no more.
            looked += usize::from(open.kind != Kind::Ghost);
            let known = self.active.iter().position(|e| e.is_some_and(|e| e.node == open.node));
            match known {
                Some(entry) if looked > AGAIN => drop(self.active.remove(entry)),
                Some(_) => again.push((i, open)),
                None => {}
            }
        }
        let count = again.len();
        let within = first + count + 1;
        let moved = |id: usize| match id {
            id if id > first => id + count + 1,
            id if id == first => first + count,
            id => id,
        };
        for open in &self.open[at..block] {
            self.flat.nodes[open.node].end = first;
        }
        for id in first..self.flat.nodes.len() {
            let node = &mut self.flat.nodes[id];
            node.parent = if node.parent == first { within } else { moved(node.parent) };
            node.end += count + 1;
        }
        let copy = |flat: &[FlatNode<'s>], of: usize, parent: usize, id: usize| {
            let (said, attributes) = (flat[of].said.clone(), flat[of].attributes.clone());
            FlatNode { said, attributes, parent, end: id + 1 }
        };
        let mut copies = Vec::with_capacity(count);
        let mut parent = outer.node;
        for (step, (_, open)) in again.iter().rev().enumerate() {
            copies.push(copy(&self.flat.nodes, open.node, parent, first + step));
            parent = first + step;
        }
        self.flat.nodes[first].parent = parent;
        let inside = copy(&self.flat.nodes, format.node, first + count, within);
        self.flat.nodes.splice(first..first, copies);
        self.flat.nodes.insert(within, inside);

        // The lists of what stands open, with the new places of what was moved.
        let reopened: Vec<Open> =
            again.iter().rev().enumerate().map(|(step, (_, o))| Open { node: first + step, ..*o }).collect();
        let own = Open { node: within, ..format };
        let innermost = reopened.last().map(|o| o.node);
        for entry in self.active.iter_mut().flatten() {
            let old = again.iter().rev().position(|(_, o)| o.node == entry.node);
            entry.node = old.map_or_else(|| moved(entry.node), |step| reopened[step].node);
        }
        let place = |active: &[Option<Open>], node: usize| {
            active.iter().position(|e| e.is_some_and(|e| e.node == node))
        };
        if let Some(after) = innermost.and_then(|node| place(&self.active, node)) {
            self.active.insert(after + 1, Some(own));
            if let Some(old) = place(&self.active, format.node) {
                self.active.remove(old);
            }
        } else if let Some(old) = place(&self.active, format.node) {
            self.active[old] = Some(own);
        }
        for open in &mut self.open[block..] {
            open.node = moved(open.node);
        }
        self.open.insert(block + 1, own);
        self.open.splice(at..block, reopened);
        self.form = self.form.map(moved);
        self.bounded()
    }
}
