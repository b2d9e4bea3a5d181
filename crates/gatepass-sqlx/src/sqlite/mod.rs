//! SQLite: the store, and how statements reach the database.

mod connect;
mod lanes;
#[cfg(test)]
mod settings;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gatepass_core::ports::StoreErrorKind;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Connection, Row as _};

use self::lanes::Lanes;
use crate::engine::{Cells, Engine, Step, Value};
use crate::error::classify;
use crate::migrate::{self, MigrateError};
use crate::ports::{async_ports, port_types};
use crate::sql::{self, Statements};

port_types!();

/// How many connections read beside the one that writes.
const READERS: usize = 3;

/// The store of grants, pending logins and sessions in one SQLite database.
///
/// Cheap to clone; clones share the connections: one that writes and a few that read. Several processes may share one
/// file. Every write is on the disk when it returns (write-ahead log, `synchronous=FULL`). It needs no runtime.
///
/// ```
/// # fn wait<F: Future>(f: F) -> F::Output { tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(f) }
/// # wait(async {
/// use gatepass_core::ports::{GrantKey, GrantStore, Owner};
/// use gatepass_sqlx::SqliteStore;
///
/// let store = SqliteStore::open("sqlite::memory:").await?;
/// store.migrate().await?;
/// let grant = store.read(&GrantKey::new("example", Owner::User("ada".into()))).await?;
/// assert!(grant.row.is_none());
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct SqliteStore {
    engine: Arc<Sqlite>,
}

impl SqliteStore {
    /// Opens a database: `sqlite:gatepass.db`, `sqlite::memory:`, or any other URL of SQLite that SQLx takes.
    ///
    /// A file that is missing is made, readable by its owner only, unless the URL names a `mode`. A database in memory
    /// lives as long as the store and its clones.
    ///
    /// # Errors
    /// [`StoreError`], when the URL is none or the file cannot be opened.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Ok(Self { engine: Arc::new(Sqlite::open(url, READERS).await?) })
    }

    /// Makes the tables or brings them up to date. Does nothing if they are; several processes may do it at once.
    ///
    /// # Errors
    /// [`MigrateError`], when the tables are of a later version or the database refused.
    pub async fn migrate(&self) -> Result<(), MigrateError> {
        self.engine.migrate().await
    }

    /// The database's file; `None` for a database in memory. What belongs to it, such as a key file, has its place beside.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.engine.file()
    }
}

async_ports!(SqliteStore);

/// The database, as both stores use it.
pub(crate) struct Sqlite {
    lanes: Lanes,
    file: Option<PathBuf>,
}

impl Sqlite {
    pub(crate) async fn open(url: &str, readers: usize) -> Result<Self, StoreError> {
        let place = connect::Place::parse(url)?;
        let file = place.file().map(Path::to_owned);
        Ok(Self { lanes: Lanes::open(place, readers).await?, file })
    }

    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    pub(crate) async fn migrate(&self) -> Result<(), MigrateError> {
        let mut lane = self.lanes.writer().await?;
        let result = bring_up_to_date(lane.connection()?).await;
        if let Err(Failed::Sqlx(why)) = &result {
            lane.note(why);
        }
        result.map_err(|failed| match failed {
            Failed::Sqlx(why) => MigrateError::Store(sorted(why)),
            Failed::Migrate(why) => why,
        })
    }
}

enum Failed {
    Sqlx(sqlx::Error),
    Migrate(MigrateError),
}

impl From<sqlx::Error> for Failed {
    fn from(why: sqlx::Error) -> Self {
        Self::Sqlx(why)
    }
}

async fn bring_up_to_date(connection: &mut SqliteConnection) -> Result<(), Failed> {
    // The write lock is taken before the version is read: of several processes, one migrates and the others see it.
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::raw_sql(
        "CREATE TABLE IF NOT EXISTS gatepass_schema (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL) \
         STRICT",
    )
    .execute(&mut *tx)
    .await?;
    let versions = sqlx::query("SELECT version FROM gatepass_schema").fetch_all(&mut *tx).await?;
    let found = versions.first().map_or(Ok(0), |row| row.try_get::<i64, _>(0))?;
    let missing = migrate::after(found, migrate::SQLITE).map_err(Failed::Migrate)?;
    for migration in missing {
        sqlx::raw_sql(*migration).execute(&mut *tx).await?;
    }
    if !missing.is_empty() {
        sqlx::query(
            "INSERT INTO gatepass_schema (id, version) VALUES (1, $1) \
             ON CONFLICT (id) DO UPDATE SET version = excluded.version",
        )
        .bind(migrate::SQLITE.len() as i64)
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

impl Engine for Sqlite {
    type Row = SqliteRow;

    fn sql(&self) -> &'static Statements {
        &sql::SQLITE
    }

    async fn read(&self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<SqliteRow>, StoreError> {
        let mut lane = self.lanes.reader().await?;
        let result = run(lane.connection()?, sql, values).await;
        lane.settle(result)
    }

    async fn write(&self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<SqliteRow>, StoreError> {
        let mut lane = self.lanes.writer().await?;
        let result = run(lane.connection()?, sql, values).await;
        lane.settle(result)
    }

    async fn atomically(&self, steps: &[Step<'_>]) -> Result<Option<usize>, StoreError> {
        let mut lane = self.lanes.writer().await?;
        let result = run_all(lane.connection()?, steps).await;
        lane.settle(result)
    }
}

async fn run_all(
    connection: &mut SqliteConnection,
    steps: &[Step<'_>],
) -> Result<Option<usize>, sqlx::Error> {
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
    for (number, step) in steps.iter().enumerate() {
        if run(&mut tx, step.sql, step.values).await?.is_empty() && step.must_return {
            tx.rollback().await?;
            return Ok(Some(number));
        }
    }
    tx.commit().await?;
    Ok(None)
}

/// Runs one statement to its end. A statement that returns a row has not been committed when the row arrives, and to
/// stop at the row would hide a commit that fails: hence always all rows.
async fn run(
    connection: &mut SqliteConnection,
    sql: &'static str,
    values: &[Value<'_>],
) -> Result<Vec<SqliteRow>, sqlx::Error> {
    let mut query = sqlx::query(sql);
    for value in values {
        query = match *value {
            Value::Int(value) => query.bind(value),
            Value::MaybeInt(value) => query.bind(value),
            Value::Text(value) => query.bind(value.to_owned()),
            Value::MaybeText(value) => query.bind(value.map(str::to_owned)),
            Value::Bytes(value) => query.bind(value.to_owned()),
            Value::MaybeBytes(value) => query.bind(value.map(<[u8]>::to_owned)),
        };
    }
    query.fetch_all(connection).await
}

impl Cells for SqliteRow {
    fn maybe_int(&self, at: usize) -> Result<Option<i64>, StoreError> {
        self.try_get(at).map_err(sorted)
    }

    fn maybe_text(&self, at: usize) -> Result<Option<String>, StoreError> {
        self.try_get(at).map_err(sorted)
    }

    fn maybe_bytes(&self, at: usize) -> Result<Option<Vec<u8>>, StoreError> {
        self.try_get(at).map_err(sorted)
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite").finish_non_exhaustive()
    }
}

fn sorted(why: sqlx::Error) -> StoreError {
    classify(why, kind_of)
}

/// What a result code of SQLite means; the low byte is the primary one.
fn kind_of(code: &str) -> StoreErrorKind {
    match code.parse::<i32>().unwrap_or(1) & 0xff {
        // abort, busy, locked, no memory, interrupt, I/O error, locking protocol
        4 | 5 | 6 | 7 | 9 | 10 | 15 => StoreErrorKind::Unavailable,
        // malformed, not a database
        11 | 26 => StoreErrorKind::Damaged,
        _ => StoreErrorKind::Refused,
    }
}
