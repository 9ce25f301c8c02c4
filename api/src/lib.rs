//! Touchstone's one application: where crawler, normalizer, statistics and store meet.

pub mod checking;
pub mod declared;
