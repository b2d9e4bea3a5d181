//! Stores for programs without a runtime: the same statements on one connection, whose thread wakes the caller.

use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use gatepass_core::Timestamp;
use gatepass_core::ports::blocking::{GrantStore, PendingStore, SessionStore};
use gatepass_core::ports::{
    Claim, Found, GrantKey, Hash32, Parking, PendingKey, Reading, Revision, Room, Row, Sealed, SessionId,
    SessionRow, StoreError, Swap,
};

use crate::migrate::MigrateError;
use crate::sqlite::Sqlite;

/// The blocking store of grants, pending logins and sessions in one SQLite database.
///
/// Cheap to clone; clones share one connection. A call waits for its turn and for the database; it must not be made
/// on a thread that an asynchronous runtime needs.
///
/// ```
/// use gatepass_core::ports::{GrantKey, Owner, blocking::GrantStore};
/// use gatepass_sqlx::blocking::SqliteStore;
///
/// let store = SqliteStore::open("sqlite::memory:")?;
/// store.migrate()?;
/// let grant = store.read(&GrantKey::new("example", Owner::User("ada".into())))?;
/// assert!(grant.row.is_none());
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SqliteStore {
    engine: Arc<Sqlite>,
}

impl SqliteStore {
    /// Opens a database, as [`SqliteStore::open`](crate::SqliteStore::open) does.
    ///
    /// # Errors
    /// [`StoreError`], when the URL is none or the file cannot be opened.
    pub fn open(url: &str) -> Result<Self, StoreError> {
        Ok(Self { engine: Arc::new(wait(Sqlite::open(url, 0))?) })
    }

    /// Makes or brings up to date the tables, as [`SqliteStore::migrate`](crate::SqliteStore::migrate) does.
    ///
    /// # Errors
    /// [`MigrateError`], when the schema is of a later version or the database refused.
    pub fn migrate(&self) -> Result<(), MigrateError> {
        wait(self.engine.migrate())
    }

    /// The database's file, as [`SqliteStore::file`](crate::SqliteStore::file) has it.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.engine.file()
    }
}

impl GrantStore for SqliteStore {
    fn read(&self, key: &GrantKey) -> Result<Reading, StoreError> {
        wait(crate::grants::read(&*self.engine, key))
    }

    fn swap(
        &self,
        key: &GrantKey,
        expected: Option<Revision>,
        next: Option<Row>,
    ) -> Result<Swap, StoreError> {
        wait(crate::grants::swap(&*self.engine, key, expected, next))
    }

    fn due(&self, before: Timestamp, limit: u32) -> Result<Vec<GrantKey>, StoreError> {
        wait(crate::grants::due(&*self.engine, before, limit))
    }

    fn scan(
        &self,
        after: Option<&GrantKey>,
        limit: u32,
    ) -> Result<Vec<(GrantKey, Revision, Row)>, StoreError> {
        wait(crate::grants::scan(&*self.engine, after, limit))
    }
}

impl PendingStore for SqliteStore {
    fn park(
        &self,
        key: &PendingKey,
        login: Sealed,
        keep: Duration,
        room: Room,
    ) -> Result<Parking, StoreError> {
        wait(crate::pending::park(&*self.engine, key, login, keep, room))
    }

    fn claim(&self, key: &PendingKey) -> Result<Claim, StoreError> {
        wait(crate::pending::claim(&*self.engine, key))
    }

    fn land(&self, key: &PendingKey, outcome: Sealed, keep: Duration) -> Result<bool, StoreError> {
        wait(crate::pending::land(&*self.engine, key, outcome, keep))
    }

    fn purge(&self, limit: u32) -> Result<u64, StoreError> {
        wait(crate::pending::purge(&*self.engine, limit))
    }

    fn now(&self) -> Result<Timestamp, StoreError> {
        wait(crate::pending::now(&*self.engine))
    }
}

impl SessionStore for SqliteStore {
    fn create(&self, session: &SessionRow, cookie: Hash32) -> Result<(), StoreError> {
        wait(crate::sessions::create(&*self.engine, session, cookie))
    }

    fn find(&self, cookie: Hash32) -> Result<Found, StoreError> {
        wait(crate::sessions::find(&*self.engine, cookie))
    }

    fn rotate(&self, id: &SessionId, cookie: Hash32, keep_old: Duration) -> Result<bool, StoreError> {
        wait(crate::sessions::rotate(&*self.engine, id, cookie, keep_old))
    }

    fn touch(&self, id: &SessionId, last_seen: Timestamp, expires: Timestamp) -> Result<(), StoreError> {
        wait(crate::sessions::touch(&*self.engine, id, last_seen, expires))
    }

    fn end(&self, id: &SessionId) -> Result<bool, StoreError> {
        wait(crate::sessions::end(&*self.engine, id))
    }

    fn by_owner(&self, owner: &str) -> Result<Vec<SessionRow>, StoreError> {
        wait(crate::sessions::by_owner(&*self.engine, owner))
    }

    fn by_sid(&self, iss: &str, sid: &str) -> Result<Vec<SessionRow>, StoreError> {
        wait(crate::sessions::by_sid(&*self.engine, iss, sid))
    }

    fn by_subject(&self, iss: &str, sub: &str) -> Result<Vec<SessionRow>, StoreError> {
        wait(crate::sessions::by_subject(&*self.engine, iss, sub))
    }

    fn purge(&self, limit: u32) -> Result<Vec<SessionId>, StoreError> {
        wait(crate::sessions::purge(&*self.engine, limit))
    }

    fn remember(&self, deed: Hash32, until: Timestamp) -> Result<(), StoreError> {
        wait(crate::sessions::remember(&*self.engine, deed, until))
    }

    fn remembers(&self, deed: Hash32) -> Result<bool, StoreError> {
        wait(crate::sessions::remembers(&*self.engine, deed))
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Polls a future on this thread and sleeps until the database's thread wakes it.
pub(crate) fn wait<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
