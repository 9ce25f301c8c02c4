//! Fetching one address.
