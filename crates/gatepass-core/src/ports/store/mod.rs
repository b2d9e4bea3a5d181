//! What every store shares: sealed bytes and errors.

use std::fmt;

pub(super) mod grant;
pub(super) mod pending;
pub(super) mod session;

/// Bytes that the sealing layer made. A store keeps them and gives them back; it cannot read them, and foreign bytes
/// do not open.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Box<[u8]>);

impl Sealed {
    /// Rebuilds what a store kept.
    #[must_use]
    pub fn from_stored(bytes: impl Into<Box<[u8]>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes to keep.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// What kept a store from doing its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The database cannot be reached or did not answer: whether a write was applied is unknown.
    Unavailable,
    /// The database refused: wrong schema (run `migrate`), no permission, no space.
    Refused,
    /// What was read is not what a store writes.
    Corrupt,
    /// The database itself is damaged, or is none: what was opened is something else.
    Damaged,
}

/// A store that did not do its work. Shows no bound value and no row.
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl StoreError {
    /// An error of a kind.
    #[must_use]
    pub fn new(kind: StoreErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// The same error with its cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            StoreErrorKind::Unavailable => "the store cannot be reached",
            StoreErrorKind::Refused => "the store refused the statement (was it migrated?)",
            StoreErrorKind::Corrupt => "the store holds a row that this version cannot read",
            StoreErrorKind::Damaged => "the store is damaged, or is no database",
        })
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
