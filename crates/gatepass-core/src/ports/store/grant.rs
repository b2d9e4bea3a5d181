//! The register that holds grants.

use std::fmt;

use async_trait::async_trait;

use super::{Sealed, StoreError};
use crate::Timestamp;
use crate::renewal::Journal;

/// Whose a grant is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Owner {
    /// A login: it ends with the session of this stable id.
    Session(Box<str>),
    /// A connected account of a user of the application.
    User(Box<str>),
}

/// The key of a grant: the name of the provider's configuration and the owner.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GrantKey {
    provider: Box<str>,
    owner: Owner,
}

impl GrantKey {
    /// The grant that `owner` holds at the provider configured under this name.
    #[must_use]
    pub fn new(provider: impl Into<Box<str>>, owner: Owner) -> Self {
        Self { provider: provider.into(), owner }
    }

    /// The name of the provider's configuration.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// Whose it is.
    #[must_use]
    pub fn owner(&self) -> &Owner {
        &self.owner
    }
}

/// The revision of a row. Every write makes a new one, and none comes twice for one key, not even after a deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(i64);

impl Revision {
    /// Wraps the number that the store keeps.
    #[must_use]
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// The number that the store keeps.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }
}

/// A grant as a store sees it: a clear journal and sealed tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// The rotation journal.
    pub journal: Journal,
    /// The refresh token and the access-token slots.
    pub tokens: Sealed,
}

impl Row {
    /// A row of these parts.
    #[must_use]
    pub fn new(journal: Journal, tokens: Sealed) -> Self {
        Self { journal, tokens }
    }
}

/// What a read found, and the store's own clock at that moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading {
    /// The row and its revision; `None`: there is none under this key.
    pub row: Option<(Revision, Row)>,
    /// The database's clock.
    pub now: Timestamp,
}

impl Reading {
    /// A reading of these parts.
    #[must_use]
    pub fn new(row: Option<(Revision, Row)>, now: Timestamp) -> Self {
        Self { row, now }
    }
}

/// What became of a swap.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Swap {
    /// It was applied; the row now has this revision (of a deletion: the revision that was spent on it).
    Done {
        /// The new revision.
        revision: Revision,
        /// The database's clock.
        now: Timestamp,
    },
    /// The revision was another; nothing was written, and this is what is there.
    Moved(Reading),
}

/// A register of grants. It decides nothing: policy and sealing stand above it.
///
/// - GRANT-1: [`swap`](GrantStore::swap) is atomic: of several with the same expected revision, one is `Done`.
/// - GRANT-2: `expected: None` means "there is no row"; `next: None` deletes. Nothing for nothing is `Moved`.
/// - GRANT-3: a refused swap changes nothing and returns what is there.
/// - GRANT-4: what was swapped is read back to the letter: every field of the journal, every byte of the tokens.
/// - GRANT-5: no revision comes twice for one key, deletions in between included.
/// - GRANT-6: keys are compared byte by byte (case matters), and `Session("a")` is not `User("a")`.
/// - GRANT-7: a `Done` write survives the death of the process and of the machine.
/// - GRANT-8: `now` is the store's clock, the same for all replicas.
/// - GRANT-9: [`due`](GrantStore::due) finds the rows whose [`Journal::due`] is not after `before`, earliest first.
/// - GRANT-10: [`scan`](GrantStore::scan) walks all rows in the order of their keys, each once, however many pages.
#[async_trait]
pub trait GrantStore: Send + Sync + fmt::Debug {
    /// Reads one row.
    ///
    /// # Errors
    /// [`StoreError`], when the store could not be read.
    async fn read(&self, key: &GrantKey) -> Result<Reading, StoreError>;

    /// Replaces the row if its revision is the expected one.
    ///
    /// # Errors
    /// [`StoreError`]; of kind `Unavailable`, the write may have been applied.
    async fn swap(
        &self,
        key: &GrantKey,
        expected: Option<Revision>,
        next: Option<Row>,
    ) -> Result<Swap, StoreError>;

    /// Finds at most `limit` grants that a sweeper must look at.
    ///
    /// # Errors
    /// [`StoreError`], when the store could not be read.
    async fn due(&self, before: Timestamp, limit: u32) -> Result<Vec<GrantKey>, StoreError>;

    /// Walks over all rows: at most `limit` whose keys come after `after`.
    ///
    /// # Errors
    /// [`StoreError`], when the store could not be read.
    async fn scan(
        &self,
        after: Option<&GrantKey>,
        limit: u32,
    ) -> Result<Vec<(GrantKey, Revision, Row)>, StoreError>;
}
