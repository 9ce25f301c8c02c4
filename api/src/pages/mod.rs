//! The pages people read: form, result, observatory. Server-rendered, no script, printable.

use crate::http::SourceNote;
use chrono::NaiveDate;
use model::Snapshot;
use thiserror::Error;

/// A page that could not be drawn.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PageError {
    /// A template and its values do not fit: a bug.
    #[error("the page cannot be drawn: {0}")]
    Template(#[from] minijinja::Error),
}

/// The observatory as one standalone file: styles inside, nothing loaded from elsewhere.
pub fn observatory_html(
    snapshot: &Snapshot,
    sources: &[SourceNote],
    as_of: NaiveDate,
) -> Result<String, PageError> {
    let _ = (snapshot, sources, as_of);
    Ok(String::new())
}
