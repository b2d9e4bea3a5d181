//! The schema and its versions.

use std::fmt;

use gatepass_core::ports::StoreError;

/// The schema's versions of one database, the first at index 0.
pub(crate) type Migrations = &'static [&'static str];

#[cfg(feature = "sqlite")]
pub(crate) const SQLITE: Migrations = &[
    include_str!("../migrations/sqlite/0001_stores.sql"),
    include_str!("../migrations/sqlite/0002_pending_count.sql"),
    include_str!("../migrations/sqlite/0003_session_description.sql"),
    include_str!("../migrations/sqlite/0004_deeds.sql"),
];

#[cfg(feature = "postgres")]
pub(crate) const POSTGRES: Migrations = &[
    include_str!("../migrations/postgres/0001_stores.sql"),
    include_str!("../migrations/postgres/0002_pending_count.sql"),
    include_str!("../migrations/postgres/0003_session_description.sql"),
    include_str!("../migrations/postgres/0004_deeds.sql"),
];

/// Why the tables were not brought up to date. Nothing was changed.
#[derive(Debug)]
#[non_exhaustive]
pub enum MigrateError {
    /// A later version of this crate made the tables: run that version, this one could damage them.
    Newer {
        /// The version of the tables.
        found: i64,
        /// The latest version that this crate knows.
        known: i64,
    },
    /// The database did not carry it out.
    Store(StoreError),
}

impl fmt::Display for MigrateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newer { found, known } => write!(
                f,
                "the store's tables are of version {found} and this program knows up to {known}: run a later program"
            ),
            Self::Store(_) => f.write_str("the store's tables could not be brought up to date"),
        }
    }
}

impl std::error::Error for MigrateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Newer { .. } => None,
            Self::Store(why) => Some(why),
        }
    }
}

impl From<StoreError> for MigrateError {
    fn from(why: StoreError) -> Self {
        Self::Store(why)
    }
}

/// The migrations that lead on from the version that was found (0: none).
pub(crate) fn after(found: i64, all: Migrations) -> Result<Migrations, MigrateError> {
    let newer = || MigrateError::Newer { found, known: all.len() as i64 };
    all.get(usize::try_from(found).map_err(|_| newer())?..).ok_or_else(newer)
}
