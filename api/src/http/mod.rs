//! The server: pages for the officer and the public, and the JSON API. It parses requests, calls
//! the checker and hands its one [`Verdict`] to `pages`; it decides nothing about prices.

mod handlers;
mod hs;
mod listening;
mod observation;
mod openapi;
mod problem;
mod request;
#[cfg(test)]
mod tests;

use crate::declared::{LineErrors, LineInput};
use axum::Router;
use chrono::NaiveDate;
use model::{HsCode, Verdict};
use serde::Serialize;
use statistics::{Detail, ReferenceIndex, SnapshotSummary};
use std::sync::Arc;
use store::MoveRow;

pub use listening::{Limits, listen};
pub use openapi::document as openapi_document;

/// What the server needs of the rest of the application.
pub trait CheckService: Send + Sync {
    /// Holds one declared line to the reference, with as much of the schedule as is wanted.
    fn check(&self, line: &LineInput, detail: Detail) -> Result<Verdict, LineErrors>;
    /// The reference in use; `None` before the first snapshot is built.
    fn index(&self) -> Option<&ReferenceIndex>;
    /// Its snapshot, without the offers.
    fn snapshot(&self) -> Option<&SnapshotSummary> {
        self.index().map(ReferenceIndex::snapshot)
    }
    /// The day that stands for an absent export date.
    fn today(&self) -> NaiveDate;
    /// Where the prices come from, and by what permission.
    fn sources(&self) -> Vec<SourceNote>;
    /// What became of a code of another edition of the nomenclature, as far as it was imported.
    fn successors(&self, _code: &HsCode) -> Vec<MoveRow> {
        Vec::new()
    }
}

/// A source as reports print it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceNote {
    /// Its name.
    pub name: String,
    /// The permission or legal basis of collecting there.
    pub basis: String,
    /// Whom to ask.
    pub contact: String,
}

/// An example that the form offers as a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Text of the link.
    pub label: String,
    /// The line it fills in.
    pub line: LineInput,
}

/// Largest request body in bytes: one declared line is some hundred.
pub const BODY_LIMIT: usize = 64 * 1024;

/// The whole site over one checker, without examples on the form.
pub fn router(service: Arc<dyn CheckService>) -> Router {
    router_with(service, Vec::new())
}

/// The whole site over one checker, with examples on the form.
pub fn router_with(service: Arc<dyn CheckService>, examples: Vec<Example>) -> Router {
    handlers::routes(service, examples)
}
