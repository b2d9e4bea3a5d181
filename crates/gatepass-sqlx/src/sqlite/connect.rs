//! Where a database is, and how a connection to it is set up.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

use gatepass_core::ports::StoreError;
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteSynchronous};

use super::sorted;
use crate::error::bad_url;

/// How long a statement waits for another connection's lock.
const BUSY: Duration = Duration::from_secs(5);

pub(super) struct Place {
    options: SqliteConnectOptions,
    file: Option<PathBuf>,
    make: bool,
}

impl Place {
    pub(super) fn parse(url: &str) -> Result<Self, StoreError> {
        if !url.starts_with("sqlite:") {
            return Err(bad_url());
        }
        let options = SqliteConnectOptions::from_str(url).map_err(|_| bad_url())?;
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let mode = query.split('&').find_map(|parameter| parameter.strip_prefix("mode="));
        // SQLite takes an empty name and `file:` for databases of its own kinds; SQLx names those in memory so.
        let name = options.get_filename();
        let special = mode == Some("memory")
            || name.as_os_str().is_empty()
            || name.to_string_lossy().starts_with("file:");
        let file = (!special).then(|| name.to_owned());
        let make = mode.is_none_or(|mode| mode == "rwc");
        let mut options = options
            // A statement in a log would show no value, but neither does anybody need it.
            .disable_statement_logging()
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .synchronous(SqliteSynchronous::Full);
        if make {
            options = options.create_if_missing(true);
        }
        Ok(Self { options, file, make })
    }

    pub(super) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Whether every connection reaches the same database.
    pub(super) fn is_shared_file(&self) -> bool {
        self.file.is_some()
    }

    pub(super) async fn connect(&self) -> Result<SqliteConnection, StoreError> {
        self.make_private();
        let mut connection = self.options.connect().await.map_err(sorted)?;
        if self.is_shared_file() {
            write_ahead(&mut connection).await.map_err(sorted)?;
        }
        Ok(connection)
    }

    /// Makes a missing file so that only its owner can read it; SQLite gives the files beside it the same mode.
    /// If this fails, SQLite says why.
    fn make_private(&self) {
        let Some(file) = self.file.as_ref().filter(|_| self.make) else { return };
        let mut new = std::fs::OpenOptions::new();
        new.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
        drop(new.open(file));
    }
}

/// Switches to the write-ahead log, which the file then keeps. The switch does not wait for other connections, so a
/// refused one is tried again after having waited for the write lock.
async fn write_ahead(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let deadline = Instant::now() + BUSY;
    loop {
        let switched = sqlx::query("PRAGMA journal_mode = WAL").fetch_all(&mut *connection).await;
        match switched {
            // A file system without shared memory keeps its old mode and says so; it works without.
            Ok(_) => return Ok(()),
            Err(why) if !is_busy(&why) || Instant::now() > deadline => return Err(why),
            Err(_) => {
                sqlx::raw_sql("BEGIN IMMEDIATE; ROLLBACK").execute(&mut *connection).await?;
            }
        }
    }
}

fn is_busy(why: &sqlx::Error) -> bool {
    let code = why.as_database_error().and_then(|said| said.code().and_then(|code| code.parse::<i32>().ok()));
    code.is_some_and(|code| matches!(code & 0xff, 5 | 6))
}
