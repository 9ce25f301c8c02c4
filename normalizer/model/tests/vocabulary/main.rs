//! The vocabulary held to its promises: what parses, what is refused, and that every value comes
//! back unchanged from its text and from JSON.

#![allow(clippy::unwrap_used)]
#![recursion_limit = "256"]

mod amounts;
mod codes;
mod enumerations;
mod forms;
mod sources;
