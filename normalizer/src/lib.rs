//! From a listing to an observation: reads prices, sizes, conditions, units and codes out of the
//! words of a page or a list, and brings the price to the common basis.
//!
//! Pure: no file, clock or network. What the crate knows of the world comes in as [`Knowledge`].
//!
//! The walk of one listing is [`normalize`]; each stage has a module of its own and can be asked
//! alone: [`price::parse`], [`quantity::parse`], [`basis::apply`], [`exchange::RateTable`].

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod basis;
pub mod classify;
pub mod condition;
pub mod entity;
pub mod exchange;
pub mod explain;
pub mod identity;
pub mod kind;
pub mod language;
pub mod level;
pub mod nomenclature;
mod observe;
pub mod origin;
pub mod price;
pub mod quantity;
pub mod tariff;
pub mod text;
pub mod unit;
pub mod unit_price;

pub use classify::HsKeywords;
pub use observe::{HsModel, Knowledge, amount_priced, normalize};

use thiserror::Error;

/// What can be wrong with the data this crate is given to work by (not with a listing: that is a
/// [`model::Rejection`]).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NormalizeError {
    /// A file of exchange rates cannot be read.
    #[error("exchange rates, {place}: {problem}")]
    Rates {
        /// Line, column or part of the file.
        place: String,
        /// What is wrong and what is expected.
        problem: String,
    },
    /// A keyword file cannot be read.
    #[error("keywords, line {line}: {problem}")]
    Keywords {
        /// Line of the file, from 1.
        line: u64,
        /// What is wrong and what is expected.
        problem: String,
    },
    /// A table of the nomenclature or of correlations cannot be read at all.
    #[error("nomenclature: {problem}")]
    Tariff {
        /// What is wrong and what is expected.
        problem: String,
    },
    /// A market recipe cannot be read.
    #[error("market recipe: {problem}")]
    Recipe {
        /// What is wrong and what is expected.
        problem: String,
    },
}
