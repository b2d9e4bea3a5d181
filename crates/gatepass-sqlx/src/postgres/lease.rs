//! A connection of the pool while it is in use. It goes back only after a statement that ended; one whose answer is
//! still out, because time ran out or the caller went away, is closed.

use gatepass_core::ports::{StoreError, StoreErrorKind};
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgConnection;
use tokio::time::error::Elapsed;

use super::{kind_of, sorted};
use crate::error::too_late;

pub(super) struct Lease {
    connection: PoolConnection<sqlx::Postgres>,
    ended: bool,
}

/// What became of a statement.
pub(super) enum Tried<T> {
    Done(T),
    /// The database undid it for the sake of another transaction: it may be tried again.
    Again(StoreError),
    Failed(StoreError),
}

impl<T> From<Tried<T>> for Result<T, StoreError> {
    fn from(tried: Tried<T>) -> Self {
        match tried {
            Tried::Done(value) => Ok(value),
            Tried::Again(why) | Tried::Failed(why) => Err(why),
        }
    }
}

impl Lease {
    pub(super) fn new(connection: PoolConnection<sqlx::Postgres>) -> Self {
        Self { connection, ended: false }
    }

    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    pub(super) fn give_back(mut self) {
        self.ended = true;
    }

    pub(super) fn settle<T>(mut self, outcome: Result<Result<T, sqlx::Error>, Elapsed>) -> Tried<T> {
        let why = match outcome {
            Err(_) => return Tried::Failed(too_late()),
            Ok(Ok(value)) => {
                self.ended = true;
                return Tried::Done(value);
            }
            Ok(Err(why)) => why,
        };
        let code = why.as_database_error().and_then(|said| said.code()).map(|code| code.into_owned());
        let Some(code) = code else { return Tried::Failed(sorted(why)) };
        let undone = code == "40001" || code == "40P01";
        self.ended = undone || kind_of(&code) == StoreErrorKind::Refused;
        if undone { Tried::Again(sorted(why)) } else { Tried::Failed(sorted(why)) }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.ended {
            self.connection.close_on_drop();
        }
    }
}
