//! Where logins, sessions and tokens are kept, and the key under which they are sealed.

use std::error::Error;
use std::path::PathBuf;

use gatepass::KeyRing;
use gatepass_sqlx::{PostgresStore, SqliteStore};

/// One of the databases.
pub(crate) enum Store {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

/// Whether a store is a PostgreSQL database.
pub(crate) fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres:") || url.starts_with("postgresql:")
}

/// Opens the database and makes or updates its tables.
pub(crate) async fn open(url: &str) -> Result<Store, Box<dyn Error>> {
    if is_postgres(url) {
        let store = PostgresStore::connect(url).await?;
        store.migrate().await?;
        return Ok(Store::Postgres(store));
    }
    let store = SqliteStore::open(url).await?;
    store.migrate().await?;
    Ok(Store::Sqlite(store))
}

/// The keys of `STORE_KEY`; else those in the file beside the database, which is made if it is missing; else, for a
/// database in memory, a key of this process.
pub(crate) fn key_ring(store: &str, keys: Option<&KeyRing>) -> Result<KeyRing, Box<dyn Error>> {
    match (keys, file_of(store)) {
        (Some(keys), _) => Ok(keys.clone()),
        (None, Some(file)) => Ok(KeyRing::kept_in(&file)?),
        (None, None) => Ok(KeyRing::generate()?),
    }
}

/// The key file of an SQLite database; `None`: it is in memory.
fn file_of(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite:")?;
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let (name, query) = rest.split_once('?').unwrap_or((rest, ""));
    let in_memory =
        name.is_empty() || name == ":memory:" || query.split('&').any(|pair| pair == "mode=memory");
    (!in_memory).then(|| PathBuf::from(format!("{name}.key")))
}
