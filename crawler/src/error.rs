//! What can go wrong in the crawler, in sentences for whoever runs it. An outcome of one page
//! (not found, refused, unreachable) is not an error: see [`crate::Outcome`].

use model::ContentHash;
use std::fmt;
use std::path::PathBuf;
use thiserror::Error;

/// An error of this crate.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CrawlError {
    /// A source file says something that cannot be meant.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The client for HTTP cannot be built.
    #[error("cannot set up the HTTP client for source '{source_id}': {reason}")]
    Client {
        /// The source.
        source_id: String,
        /// Why.
        reason: String,
    },
    /// The archive cannot be written (disk full, no permission). The crawl has to stop: a page
    /// that is not archived cannot be cited.
    #[error(
        "cannot write the archive file {path}: {error}: free space or permissions there, then run the crawl again; what was archived stays valid"
    )]
    ArchiveWrite {
        /// File or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
    /// An archive file is not there.
    #[error("cannot read the archive file {path}: No such file: restore it from a copy")]
    ArchiveMissing {
        /// Archive file.
        path: PathBuf,
    },
    /// An archived record cannot be read.
    #[error("cannot read the archived record at byte {offset} of {path}: {reason}")]
    ArchiveRead {
        /// Archive file.
        path: PathBuf,
        /// Byte offset of the record.
        offset: u64,
        /// Why.
        reason: String,
    },
    /// An archived payload is not what was archived.
    #[error(
        "the record at byte {offset} of {path} has changed since it was archived: its digest is {found}, it was {expected}"
    )]
    ArchiveDigest {
        /// Archive file.
        path: PathBuf,
        /// Byte offset of the record.
        offset: u64,
        /// Digest written beside the payload.
        expected: ContentHash,
        /// Digest of the payload found.
        found: ContentHash,
    },
    /// The payload is not text (an image, a compressed file under a false name).
    #[error("not text: {reason}")]
    NotText {
        /// What was seen.
        reason: String,
    },
}

/// A mistake in a source file: where, what, what to do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct SourceError {
    /// Name of the file.
    pub origin: String,
    /// Line, from 1; `None` when the file as a whole is meant.
    pub line: Option<usize>,
    /// Column in characters, from 1.
    pub column: Option<usize>,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)?;
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.problem)?;
        match &self.hint {
            Some(hint) => write!(f, ": {hint}"),
            None => Ok(()),
        }
    }
}
