//! The statistics service: a declared line is held to a snapshot of offers and gets a verdict.
//!
//! Pure: values in, values out. No file, clock, network or database; the same code serves the
//! server, the command line and the reports. Terms, formulas and the order of the verdicts are
//! those of customs valuation as the project's domain page states them; nothing here computes a
//! customs value.
//!
//! The way of a line through [`assess`]: facts of the line → the rungs of the reference ladder,
//! narrowest first (`ladder`), goods like those described among them (`retrieval`) → the offers that may be held to it, each other one with its reason
//! (`evidence`) → one seller one vote, slips removed, evidence gates → the distribution of the
//! logs (`distribution`) → calibration on sibling groups (`borrowed`) → price levels, where there are several (`segments`) → the rules in
//! their order (`judge`) → sentences (`sentences`) and the schedule of offers (`schedule`).

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod assess;
mod attributes;
mod borrowed;
pub mod calibration;
mod captures;
pub mod columnar;
mod coverage;
pub mod diff;
mod distribution;
mod error;
mod evidence;
mod fast;
pub mod fdr;
mod figures;
mod format;
mod index;
mod judge;
mod ladder;
mod legal;
mod memo;
mod method;
mod mixture;
mod offer;
mod offers;
mod parameters;
mod prepare;
mod quantile;
pub mod release;
mod retrieval;
mod schedule;
mod segments;
mod sentences;
mod shelf;
mod signals;
mod snapshot;
mod spread;
pub mod table;
mod thesaurus;
mod votes;
mod words;

pub use assess::{DeclaredPrices, Detail, assess, assess_with};
pub use coverage::UngroupedBy;
pub use error::StatisticsError;
pub use fast::wide;
pub use format::{read_snapshot, write_snapshot};
pub use index::ReferenceIndex;
pub use method::{METHOD, method_named, methods_differ};
pub use offers::{
    Built, FEWEST_DIGITS, Found, KeptOffer, SnapshotBuilder, SnapshotSummary, holds_offers, method_of,
    read_columns,
};
pub use parameters::Parameters;
pub use snapshot::build_snapshot;
pub use thesaurus::Thesaurus;
