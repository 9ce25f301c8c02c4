//! Requests to lines.
