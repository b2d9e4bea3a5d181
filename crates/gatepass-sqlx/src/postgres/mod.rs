//! PostgreSQL: the store, and how statements reach the database.

mod lease;
mod migrate;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use gatepass_core::ports::StoreErrorKind;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgRow};
use sqlx::{ConnectOptions, Connection, Row as _};
use tokio::time::timeout;

use self::lease::{Lease, Tried};
use crate::engine::{Cells, Engine, Step, Value};
use crate::error::{bad_url, classify};
use crate::migrate::MigrateError;
use crate::ports::{async_ports, port_types};
use crate::sql::{self, Statements};

port_types!();

/// How long a connection may take to come, and how long a statement may take on it.
const PATIENCE: Duration = Duration::from_secs(4);

/// A connection that was idle for this long is asked whether it still stands before it is used.
const FRESH: Duration = Duration::from_secs(1);

/// How often a statement is tried that the database undoes for another's sake.
const TRIES: usize = 5;

/// The store of grants, pending logins and sessions in one PostgreSQL database, for any number of replicas.
///
/// Cheap to clone; clones share one pool. A database that does not answer within a few seconds is
/// [`StoreErrorKind::Unavailable`]. It needs tokio.
#[derive(Clone, Debug)]
pub struct PostgresStore {
    engine: Arc<Postgres>,
}

impl PostgresStore {
    /// Connects to a database: `postgres://user:password@host/database`, or any other URL of PostgreSQL that SQLx
    /// takes.
    ///
    /// # Errors
    /// [`StoreError`], when the URL is none or the database does not let us in.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        Ok(Self { engine: Arc::new(Postgres::connect(url).await?) })
    }

    /// Makes the tables or brings them up to date. Does nothing if they are; several replicas may do it at once. They
    /// are made in the first schema of the search path.
    ///
    /// # Errors
    /// [`MigrateError`], when the tables are of a later version or the database refused.
    pub async fn migrate(&self) -> Result<(), MigrateError> {
        // As long as it takes: a table may be large, or another replica may be at it.
        let mut lease = self.engine.lease().await?;
        migrate::bring_up_to_date(lease.connection()).await?;
        lease.give_back();
        Ok(())
    }
}

async_ports!(PostgresStore);

/// The database.
pub(crate) struct Postgres {
    pool: PgPool,
}

impl Postgres {
    async fn connect(url: &str) -> Result<Self, StoreError> {
        if !url.starts_with("postgres:") && !url.starts_with("postgresql:") {
            return Err(bad_url());
        }
        let options = PgConnectOptions::from_str(url).map_err(|_| bad_url())?;
        let pool = PgPoolOptions::new()
            .acquire_timeout(PATIENCE)
            .test_before_acquire(false)
            .before_acquire(|connection, idle| {
                Box::pin(async move {
                    if idle.idle_for > FRESH {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .after_connect(|connection, _| Box::pin(durable(connection)))
            // A statement in a log would show no value, but neither does anybody need it.
            .connect_with(options.disable_statement_logging())
            .await
            .map_err(sorted)?;
        Ok(Self { pool })
    }

    async fn lease(&self) -> Result<Lease, StoreError> {
        Ok(Lease::new(self.pool.acquire().await.map_err(sorted)?))
    }
}

/// A commit that was answered must survive, whatever the database's default; a stricter default stays.
async fn durable(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
    )
    .execute(connection)
    .await
    .map(drop)
}

impl Engine for Postgres {
    type Row = PgRow;

    fn sql(&self) -> &'static Statements {
        &sql::POSTGRES
    }

    async fn read(&self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<PgRow>, StoreError> {
        let mut tries = 0..TRIES;
        loop {
            let mut lease = self.lease().await?;
            let outcome = timeout(PATIENCE, run(lease.connection(), sql, values)).await;
            match lease.settle(outcome) {
                Tried::Again(_) if tries.next().is_some() => {}
                tried => return tried.into(),
            }
        }
    }

    async fn write(&self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<PgRow>, StoreError> {
        self.read(sql, values).await
    }

    async fn atomically(&self, steps: &[Step<'_>]) -> Result<Option<usize>, StoreError> {
        let mut tries = 0..TRIES;
        loop {
            let mut lease = self.lease().await?;
            let outcome = timeout(PATIENCE, run_all(lease.connection(), steps)).await;
            match lease.settle(outcome) {
                Tried::Again(_) if tries.next().is_some() => {}
                tried => return tried.into(),
            }
        }
    }
}

async fn run_all(connection: &mut PgConnection, steps: &[Step<'_>]) -> Result<Option<usize>, sqlx::Error> {
    // Each step must see what others committed before it, whatever the database's default.
    let mut tx = connection.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED").await?;
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
    connection: &mut PgConnection,
    sql: &'static str,
    values: &[Value<'_>],
) -> Result<Vec<PgRow>, sqlx::Error> {
    let mut query = sqlx::query(sql);
    for value in values {
        query = match *value {
            Value::Int(value) => query.bind(value),
            Value::MaybeInt(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
            Value::MaybeText(value) => query.bind(value),
            Value::Bytes(value) => query.bind(value),
            Value::MaybeBytes(value) => query.bind(value),
        };
    }
    query.fetch_all(connection).await
}

impl Cells for PgRow {
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

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres").finish_non_exhaustive()
    }
}

fn sorted(why: sqlx::Error) -> StoreError {
    classify(why, kind_of)
}

/// What an SQLSTATE means.
fn kind_of(code: &str) -> StoreErrorKind {
    match code {
        // Full disk: nothing that waiting mends.
        "53100" => StoreErrorKind::Refused,
        // Demoted to a standby, a lock that was not had.
        "25006" | "55P03" => StoreErrorKind::Unavailable,
        // Connection, transaction undone, resources, operator's intervention, system.
        _ if ["08", "40", "53", "57", "58"].iter().any(|class| code.starts_with(class)) => {
            StoreErrorKind::Unavailable
        }
        // Data corrupted, index corrupted.
        "XX001" | "XX002" => StoreErrorKind::Damaged,
        _ => StoreErrorKind::Refused,
    }
}
