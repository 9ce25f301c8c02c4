//! Published tables of the nomenclature, by edition and language, and which codes of one edition became
//! which of another.

use crate::StoreError;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{ContentHash, HsCode};
use serde::{Deserialize, Serialize};

/// An imported table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditionRow {
    /// Its edition: `HS 2022`, `CN 2023`.
    pub edition: String,
    /// Language of its texts, ISO 639-1.
    pub language: String,
    /// The layout it was read by.
    pub format: String,
    /// SHA-256 of the file, unpacked.
    pub content_hash: ContentHash,
    /// When it was imported.
    pub imported_at: DateTime<Utc>,
    /// Lines kept of it.
    pub lines: u64,
}

/// A line of an imported table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TariffRow {
    /// Its code, two to twelve digits.
    pub code: HsCode,
    /// Language of its text, ISO 639-1.
    pub language: String,
    /// Its place in the table, from 0.
    pub place: u64,
    /// What it lies under.
    pub parent: Option<HsCode>,
    /// Headlines without a code between it and its parent, outermost first.
    pub headlines: Vec<String>,
    /// The text, in the publisher's words.
    pub description: String,
    /// Units of quantity.
    pub units: Vec<String>,
}

/// One code that became another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MoveRow {
    /// The earlier edition.
    pub from_edition: String,
    /// Its code.
    pub from_code: HsCode,
    /// The later edition.
    pub to_edition: String,
    /// Its code; `None` where nothing took the earlier one's place.
    pub to_code: Option<HsCode>,
    /// Which part moved, or why.
    pub note: Option<String>,
}

/// Imported nomenclature.
#[async_trait]
pub trait Tariffs: Send + Sync {
    /// Keeps a table in place of the one of the same edition and language, in one transaction. No
    /// code may stand in it twice.
    async fn put_edition(&self, edition: &EditionRow, lines: &[TariffRow]) -> Result<(), StoreError>;
    /// Every imported table, by edition and language.
    async fn editions(&self) -> Result<Vec<EditionRow>, StoreError>;
    /// The lines of an edition at a code and under it, by language, in the order of the table.
    async fn tariff_lines(&self, edition: &str, code: &HsCode) -> Result<Vec<TariffRow>, StoreError>;
    /// Keeps moves in place of all between the same pairs of editions, in one transaction. No move
    /// may stand among them twice.
    async fn put_moves(&self, moves: &[MoveRow]) -> Result<(), StoreError>;
    /// Every move, by earlier code and editions.
    async fn moves(&self) -> Result<Vec<MoveRow>, StoreError>;
    /// What became of a code and those under it.
    async fn moves_from(&self, code: &HsCode) -> Result<Vec<MoveRow>, StoreError>;
}
