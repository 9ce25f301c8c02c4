//! Touchstone's one application: where crawler, normalizer, statistics and store meet.

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod assessed;
pub mod batch;
pub mod charts;
pub mod checking;
pub mod commands;
mod contradiction;
pub mod declared;
pub mod declared_file;
mod digits;
pub mod draft;
pub mod explained;
pub mod failure;
pub mod health;
mod hs_model;
pub mod http;
pub mod import;
pub mod inspection;
pub mod metrics;
pub mod nomenclature;
mod numerals;
pub mod online_check;
pub mod pages;
pub mod pipeline;
pub mod price_table;
pub mod reading;
pub mod reference;
pub mod replay;
pub mod results;
pub mod settings;
pub mod sources;
pub mod statistics_file;
pub mod validation;
pub mod verdict_text;
pub mod visitor;
mod whole_file;
pub mod words;
pub mod workbook;
pub mod worksheet;

/// Threads that work which can be shared is spread over: as many as the machine has processors.
pub(crate) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
