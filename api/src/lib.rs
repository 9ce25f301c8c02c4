//! Touchstone's one application: where crawler, normalizer, statistics and store meet.

pub mod checking;
pub mod declared;
pub mod declared_file;
pub mod import;
pub mod assessed;
pub mod http;
pub mod pages;
pub mod words;
pub mod workbook;
pub mod results;
