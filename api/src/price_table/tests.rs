//! Price lists in every form against one another, and what becomes of bad rows and broken files.
