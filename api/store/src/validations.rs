//! Flag rates measured on cleared lines, with the method they were measured by. Counts only: nothing of
//! the lines is kept.

use crate::StoreError;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::ContentHash;
use serde::{Deserialize, Serialize};

/// One measurement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidationRow {
    /// SHA-256 of input, snapshot, parameters, program and counts.
    pub id: ContentHash,
    /// When it was measured, last where it was measured again.
    pub validated_at: DateTime<Utc>,
    /// Version of the program.
    pub program: String,
    /// The snapshot lines were held to.
    pub snapshot: ContentHash,
    /// Hash of the parameters of every rule.
    pub parameters: ContentHash,
    /// SHA-256 of the file of cleared lines.
    pub input_hash: ContentHash,
    /// Lines in it.
    pub lines: u64,
    /// Of these, held to a distribution of their own.
    pub compared: u64,
    /// Of these, with a reason to ask.
    pub flagged: u64,
    /// The whole report as JSON text.
    pub report: String,
}

/// The list of measurements.
#[async_trait]
pub trait Validations: Send + Sync {
    /// Keeps a measurement; the same again only renews its time.
    async fn put_validation(&self, validation: &ValidationRow) -> Result<(), StoreError>;
    /// Every measurement, last made first.
    async fn validations(&self) -> Result<Vec<ValidationRow>, StoreError>;
}
