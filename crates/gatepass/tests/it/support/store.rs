//! The store in memory, which can go away and which counts.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use gatepass::Timestamp;
use gatepass::ports::{
    Clock, GrantKey, GrantStore, Reading, Revision, Row, StoreError, StoreErrorKind, Swap, blocking,
};
use gatepass::renewal::Journal;
use gatepass_testkit::memory::MemoryStore;

pub(crate) struct FlakyStore {
    pub(crate) memory: MemoryStore,
    away: AtomicBool,
    read_only: AtomicBool,
    lose_reply: AtomicBool,
    reads: AtomicUsize,
    swaps: AtomicUsize,
    first: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    then: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    read: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl fmt::Debug for FlakyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlakyStore").field("memory", &self.memory).finish_non_exhaustive()
    }
}

impl FlakyStore {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            memory: MemoryStore::with_clock(clock),
            away: AtomicBool::new(false),
            read_only: AtomicBool::new(false),
            lose_reply: AtomicBool::new(false),
            reads: AtomicUsize::new(0),
            swaps: AtomicUsize::new(0),
            first: Mutex::default(),
            then: Mutex::default(),
            read: Mutex::default(),
        }
    }

    pub(crate) fn go_away(&self) {
        self.away.store(true, Ordering::SeqCst);
    }

    pub(crate) fn come_back(&self) {
        self.away.store(false, Ordering::SeqCst);
        self.read_only.store(false, Ordering::SeqCst);
    }

    pub(crate) fn refuse_writes(&self) {
        self.read_only.store(true, Ordering::SeqCst);
    }

    /// The next write is applied and its reply is lost.
    pub(crate) fn lose_next_reply(&self) {
        self.lose_reply.store(true, Ordering::SeqCst);
    }

    /// Something happens before the next write, after whoever writes has read.
    pub(crate) fn before_next_write(&self, first: impl FnOnce() + Send + 'static) {
        *self.first.lock().unwrap() = Some(Box::new(first));
    }

    /// Something happens after the next write, before anybody hears of it.
    pub(crate) fn after_next_write(&self, then: impl FnOnce() + Send + 'static) {
        *self.then.lock().unwrap() = Some(Box::new(then));
    }

    /// Something happens after the next read, before whoever reads hears of it.
    pub(crate) fn after_next_read(&self, then: impl FnOnce() + Send + 'static) {
        *self.read.lock().unwrap() = Some(Box::new(then));
    }

    pub(crate) fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }

    pub(crate) fn swaps(&self) -> usize {
        self.swaps.load(Ordering::SeqCst)
    }

    pub(crate) fn row(&self, key: &GrantKey) -> Option<(Revision, Row)> {
        blocking::GrantStore::read(&self.memory, key).unwrap().row
    }

    pub(crate) fn journal(&self, key: &GrantKey) -> Journal {
        self.row(key).expect("a row").1.journal
    }

    /// Writes over whatever is there, as somebody who can reach into the database.
    pub(crate) fn put(&self, key: &GrantKey, row: Row) {
        let expected = self.row(key).map(|(revision, _)| revision);
        let swap = blocking::GrantStore::swap(&self.memory, key, expected, Some(row)).unwrap();
        assert!(matches!(swap, Swap::Done { .. }));
    }

    fn there(&self) -> Result<(), StoreError> {
        match self.away.load(Ordering::SeqCst) {
            true => Err(StoreError::new(StoreErrorKind::Unavailable)),
            false => Ok(()),
        }
    }

    fn write(
        &self,
        key: &GrantKey,
        expected: Option<Revision>,
        next: Option<Row>,
    ) -> Result<Swap, StoreError> {
        self.there()?;
        self.swaps.fetch_add(1, Ordering::SeqCst);
        if self.read_only.load(Ordering::SeqCst) {
            return Err(StoreError::new(StoreErrorKind::Refused));
        }
        let first = self.first.lock().unwrap().take();
        if let Some(first) = first {
            first();
        }
        let swap = blocking::GrantStore::swap(&self.memory, key, expected, next)?;
        if let Some(then) = self.then.lock().unwrap().take() {
            then();
        }
        match self.lose_reply.swap(false, Ordering::SeqCst) {
            true => Err(StoreError::new(StoreErrorKind::Unavailable)),
            false => Ok(swap),
        }
    }
}

#[async_trait]
impl GrantStore for FlakyStore {
    async fn read(&self, key: &GrantKey) -> Result<Reading, StoreError> {
        blocking::GrantStore::read(self, key)
    }

    async fn swap(
        &self,
        key: &GrantKey,
        expected: Option<Revision>,
        next: Option<Row>,
    ) -> Result<Swap, StoreError> {
        self.write(key, expected, next)
    }

    async fn due(&self, before: Timestamp, limit: u32) -> Result<Vec<GrantKey>, StoreError> {
        blocking::GrantStore::due(self, before, limit)
    }

    async fn scan(
        &self,
        after: Option<&GrantKey>,
        limit: u32,
    ) -> Result<Vec<(GrantKey, Revision, Row)>, StoreError> {
        blocking::GrantStore::scan(self, after, limit)
    }
}

impl blocking::GrantStore for FlakyStore {
    fn read(&self, key: &GrantKey) -> Result<Reading, StoreError> {
        self.there()?;
        self.reads.fetch_add(1, Ordering::SeqCst);
        let reading = blocking::GrantStore::read(&self.memory, key);
        let then = self.read.lock().unwrap().take();
        if let Some(then) = then {
            then();
        }
        reading
    }

    fn swap(
        &self,
        key: &GrantKey,
        expected: Option<Revision>,
        next: Option<Row>,
    ) -> Result<Swap, StoreError> {
        self.write(key, expected, next)
    }

    fn due(&self, before: Timestamp, limit: u32) -> Result<Vec<GrantKey>, StoreError> {
        self.there()?;
        blocking::GrantStore::due(&self.memory, before, limit)
    }

    fn scan(
        &self,
        after: Option<&GrantKey>,
        limit: u32,
    ) -> Result<Vec<(GrantKey, Revision, Row)>, StoreError> {
        self.there()?;
        blocking::GrantStore::scan(&self.memory, after, limit)
    }
}
