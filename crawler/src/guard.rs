//! Which network addresses may be asked.
