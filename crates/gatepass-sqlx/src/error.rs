//! Errors of the database by what they mean for the caller. Neither SQLx's errors nor a message that may quote a
//! value is passed on, since they can show bound values and the password in a URL.

use std::fmt;

use gatepass_core::ports::{StoreError, StoreErrorKind};

/// What the database said, without any value.
#[derive(Debug)]
struct Cause {
    code: Option<String>,
    text: String,
}

impl Cause {
    fn of(text: impl Into<String>) -> Self {
        Self { code: None, text: text.into() }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        match &self.code {
            Some(code) => write!(f, " (code {code})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Cause {}

fn error(kind: StoreErrorKind, cause: Cause) -> StoreError {
    StoreError::new(kind).with_source(cause)
}

/// A row that no version of the stores writes.
pub(crate) fn corrupt() -> StoreError {
    error(StoreErrorKind::Corrupt, Cause::of("a column holds a value that this version does not know"))
}

/// A statement that the store does not carry out.
pub(crate) fn refused(why: &'static str) -> StoreError {
    error(StoreErrorKind::Refused, Cause::of(why))
}

/// A row that others change between any two of our statements.
pub(crate) fn restless() -> StoreError {
    error(StoreErrorKind::Unavailable, Cause::of("the row changed with every look at it"))
}

/// A database that did not answer in time.
#[cfg(feature = "postgres")]
pub(crate) fn too_late() -> StoreError {
    error(StoreErrorKind::Unavailable, Cause::of("the database did not answer in time"))
}

/// A URL that cannot be opened as a store.
pub(crate) fn bad_url() -> StoreError {
    refused("the store's URL is not one that SQLx takes for this database")
}

/// Sorts an error of SQLx. `database` sorts what the database itself said.
pub(crate) fn classify(found: sqlx::Error, database: fn(&str) -> StoreErrorKind) -> StoreError {
    use StoreErrorKind::{Corrupt, Refused, Unavailable};
    match found {
        sqlx::Error::Database(said) => {
            let code = said.code().map(|code| code.into_owned()).unwrap_or_default();
            // The messages of data errors quote the value.
            let text = if code.len() == 5 && code.starts_with("22") {
                "the database refused a value".to_owned()
            } else {
                said.message().to_owned()
            };
            error(database(&code), Cause { code: Some(code), text })
        }
        sqlx::Error::Io(why) => {
            error(Unavailable, Cause::of(format!("no connection to the database: {}", why.kind())))
        }
        sqlx::Error::Tls(_) => error(Unavailable, Cause::of("no TLS with the database")),
        sqlx::Error::Protocol(_) => error(Unavailable, Cause::of("the database's answer makes no sense")),
        sqlx::Error::PoolTimedOut => error(
            Unavailable,
            Cause::of("no connection to the database was to be had in time: it is away, or all are in use"),
        ),
        sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            error(Unavailable, Cause::of("the connection to the database was closed"))
        }
        sqlx::Error::Configuration(_) => bad_url(),
        sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::ColumnIndexOutOfBounds { .. }
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::TypeNotFound { .. } => error(Corrupt, Cause::of("a column has another type")),
        _ => error(Refused, Cause::of("the database's driver refused the statement")),
    }
}
