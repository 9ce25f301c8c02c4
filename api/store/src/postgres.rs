//! The place of the PostgreSQL store.
//!
//! It will implement the same traits as the SQLite store, run the same `queries/*.sql` wherever
//! both databases read the same text (`$1`, `ON CONFLICT`, `RETURNING`), have its own beside
//! `queries/sqlite/` where they do not (claiming with `FOR UPDATE SKIP LOCKED`, arrays), and pass
//! the suite of `tests/contract` by one line beside the one in `tests/sqlite.rs`. Its migrations
//! lie in `migrations/postgres`, where a number means what it means in `migrations/sqlite`.
