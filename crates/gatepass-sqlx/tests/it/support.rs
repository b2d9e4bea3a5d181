//! What several files of tests need: a database file, a row, an error's whole chain.

use std::error::Error;
use std::fmt::Write as _;

use gatepass_core::ports::{GrantKey, Owner, Row, Sealed};
use gatepass_core::renewal::{Fingerprint, Journal, Lineage};
use gatepass_sqlx::SqliteStore;
use sqlx::{Connection, SqliteConnection};

/// A database file in a folder of its own, not made yet.
pub(crate) struct File {
    folder: tempfile::TempDir,
}

impl File {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("gatepass.db")
    }

    pub(crate) fn url(&self) -> String {
        format!("sqlite:{}", self.path().display())
    }

    /// Opens the store and brings its tables up to date.
    pub(crate) async fn ready(&self) -> SqliteStore {
        let store = SqliteStore::open(&self.url()).await.unwrap();
        store.migrate().await.unwrap();
        store
    }

    /// Runs statements on a connection of their own, as an operator would.
    pub(crate) async fn run(&self, sql: &'static str) {
        let mut connection = SqliteConnection::connect(&format!("{}?mode=rwc", self.url())).await.unwrap();
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}

pub(crate) fn key(user: &str) -> GrantKey {
    GrantKey::new("provider", Owner::User(user.into()))
}

pub(crate) fn row(tokens: &[u8]) -> Row {
    Row::new(Journal::issued(Lineage::new(7), Some(Fingerprint::of("refresh"))), Sealed::from_stored(tokens))
}

/// Everything that an error shows, its `Debug` included.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut said = format!("{error:?}");
    let mut next = Some(error);
    while let Some(error) = next {
        write!(said, "\n{error}").unwrap();
        next = error.source();
    }
    said
}
