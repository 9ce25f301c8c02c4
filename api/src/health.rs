//! The health of a source.

pub mod drift;
