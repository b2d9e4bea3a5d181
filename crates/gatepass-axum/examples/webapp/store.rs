//! Where logins, sessions and tokens are kept, and the key under which they are sealed.

use std::error::Error;
use std::fmt;

use gatepass::KeyRing;
use gatepass::ports::{StoreError, StoreErrorKind};
use gatepass_sqlx::{MigrateError, PostgresStore, SqliteStore};

/// What `STORE` or `STORE_KEY` names cannot be used, and trying again later would not help.
#[derive(Debug)]
pub(crate) struct Unusable(Box<dyn Error>);

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Error for Unusable {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

fn of_store(why: StoreError) -> Box<dyn Error> {
    match why.kind() {
        StoreErrorKind::Unavailable => why.into(),
        _ => Unusable(why.into()).into(),
    }
}

fn of_migration(why: MigrateError) -> Box<dyn Error> {
    match why {
        MigrateError::Store(why) => of_store(why),
        newer => Unusable(newer.into()).into(),
    }
}

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
        let store = PostgresStore::connect(url).await.map_err(of_store)?;
        store.migrate().await.map_err(of_migration)?;
        return Ok(Store::Postgres(store));
    }
    let store = SqliteStore::open(url).await.map_err(of_store)?;
    store.migrate().await.map_err(of_migration)?;
    Ok(Store::Sqlite(store))
}

impl Store {
    /// The keys of `STORE_KEY`; else those in the file beside the database, which is made if it is missing; else, for
    /// a database in memory, a key of this process.
    pub(crate) fn key_ring(&self, keys: Option<&KeyRing>) -> Result<KeyRing, Box<dyn Error>> {
        if let Some(keys) = keys {
            return Ok(keys.clone());
        }
        match self {
            Self::Sqlite(store) => match store.file() {
                Some(file) => {
                    let mut path = file.as_os_str().to_owned();
                    path.push(".key");
                    KeyRing::kept_in(path.as_ref()).map_err(|why| Unusable(why.into()).into())
                }
                None => Ok(KeyRing::generate()?),
            },
            Self::Postgres(_) => Err("STORE_KEY is needed for postgres".into()),
        }
    }
}
