//! The store ports in memory, asynchronous and blocking, for tests: nothing is kept when the process ends.

mod grants;
mod pending;
mod sessions;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use gatepass_core::ports::{
    self, Claim, Clock, Found, GrantKey, Hash32, Parking, PendingKey, Reading, Revision, Room, Row, Sealed,
    SessionId, SessionRow, StoreError, Swap,
};
use gatepass_core::{Monotonic, Timestamp};

use self::grants::Grants;
use self::pending::PendingLogins;
use self::sessions::Sessions;

/// Grants, pending logins and sessions in memory. Clones share the data.
///
/// ```
/// use gatepass_core::ports::{GrantKey, Owner, blocking::GrantStore};
/// use gatepass_testkit::memory::MemoryStore;
///
/// let store = MemoryStore::new();
/// let grant = GrantStore::read(&store, &GrantKey::new("example", Owner::User("ada".into())))?;
/// assert!(grant.row.is_none());
/// # Ok::<_, gatepass_core::ports::StoreError>(())
/// ```
#[derive(Clone)]
pub struct MemoryStore {
    tables: Arc<Mutex<Tables>>,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct Tables {
    grants: Grants,
    pending: PendingLogins,
    sessions: Sessions,
}

impl MemoryStore {
    /// An empty store on the system's clock.
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock(Instant::now())))
    }

    /// An empty store whose clock is this one.
    #[must_use]
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self { tables: Arc::default(), clock }
    }

    /// The tables, and the time read while nobody else has them, so that it never goes back from one use to the next
    /// while the clock does not.
    fn open(&self) -> (MutexGuard<'_, Tables>, Timestamp) {
        let tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        (tables, self.clock.now())
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("clock", &self.clock).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct SystemClock(Instant);

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::EPOCH.saturating_add(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic::since_origin(self.0.elapsed())
    }
}

/// Implements a port and its blocking twin by the methods of one table.
macro_rules! twins {
    ($port:ident by $table:ident { $(fn $name:ident($($arg:ident: $type:ty),*) -> $out:ty;)+ }) => {
        #[async_trait]
        impl ports::$port for MemoryStore {
            $(async fn $name(&self $(, $arg: $type)*) -> Result<$out, StoreError> {
                let (mut tables, now) = self.open();
                tables.$table.$name(now $(, $arg)*)
            })+
        }

        impl ports::blocking::$port for MemoryStore {
            $(fn $name(&self $(, $arg: $type)*) -> Result<$out, StoreError> {
                let (mut tables, now) = self.open();
                tables.$table.$name(now $(, $arg)*)
            })+
        }
    };
}

twins!(GrantStore by grants {
    fn read(key: &GrantKey) -> Reading;
    fn swap(key: &GrantKey, expected: Option<Revision>, next: Option<Row>) -> Swap;
    fn due(before: Timestamp, limit: u32) -> Vec<GrantKey>;
    fn scan(after: Option<&GrantKey>, limit: u32) -> Vec<(GrantKey, Revision, Row)>;
});

twins!(PendingStore by pending {
    fn park(key: &PendingKey, login: Sealed, keep: Duration, room: Room) -> Parking;
    fn claim(key: &PendingKey) -> Claim;
    fn land(key: &PendingKey, outcome: Sealed, keep: Duration) -> bool;
    fn purge(limit: u32) -> u64;
    fn now() -> Timestamp;
});

twins!(SessionStore by sessions {
    fn create(session: &SessionRow, cookie: Hash32) -> ();
    fn find(cookie: Hash32) -> Found;
    fn rotate(id: &SessionId, cookie: Hash32, keep_old: Duration) -> bool;
    fn touch(id: &SessionId, last_seen: Timestamp, expires: Timestamp) -> ();
    fn end(id: &SessionId) -> bool;
    fn by_owner(owner: &str) -> Vec<SessionRow>;
    fn by_sid(iss: &str, sid: &str) -> Vec<SessionRow>;
    fn by_subject(iss: &str, sub: &str) -> Vec<SessionRow>;
    fn purge(limit: u32) -> Vec<SessionId>;
    fn remember(deed: Hash32, until: Timestamp) -> ();
    fn remembers(deed: Hash32) -> bool;
});
