//! Brings the tables up to date, one replica at a time.

use sqlx::postgres::PgConnection;
use sqlx::{Connection, Row as _};

use super::sorted;
use crate::migrate::{MigrateError, POSTGRES, after};

/// Names the lock under which migrations run. The number means nothing else.
const LOCK: i64 = 0x6761_7465_7061_7373;

pub(super) async fn bring_up_to_date(connection: &mut PgConnection) -> Result<(), MigrateError> {
    let step = |why| MigrateError::Store(sorted(why));
    // The lock is taken before the version is read: of several replicas, one migrates and the others see it.
    let mut tx = connection.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED").await.map_err(step)?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *tx).await.map_err(step)?;
    // A role that may only use the tables may ask whether they are up to date.
    let table = sqlx::query("SELECT to_regclass('gatepass_schema') IS NOT NULL").fetch_one(&mut *tx).await;
    if !table.and_then(|row| row.try_get::<bool, _>(0)).map_err(step)? {
        sqlx::raw_sql(
            "CREATE TABLE gatepass_schema (id BIGINT PRIMARY KEY CHECK (id = 1), version BIGINT NOT NULL)",
        )
        .execute(&mut *tx)
        .await
        .map_err(step)?;
    }
    let versions =
        sqlx::query("SELECT version FROM gatepass_schema").fetch_all(&mut *tx).await.map_err(step)?;
    let found = versions.first().map_or(Ok(0), |row| row.try_get::<i64, _>(0)).map_err(step)?;
    let missing = after(found, POSTGRES)?;
    for migration in missing {
        sqlx::raw_sql(*migration).execute(&mut *tx).await.map_err(step)?;
    }
    if !missing.is_empty() {
        sqlx::query(
            "INSERT INTO gatepass_schema (id, version) VALUES (1, $1) \
             ON CONFLICT (id) DO UPDATE SET version = excluded.version",
        )
        .bind(POSTGRES.len() as i64)
        .execute(&mut *tx)
        .await
        .map_err(step)?;
    }
    tx.commit().await.map_err(step)
}
