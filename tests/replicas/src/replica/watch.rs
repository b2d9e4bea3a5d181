//! A store that says what it is about to write and what became of it, and that takes its time with both, so that a
//! process can be killed in between.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use gatepass::Timestamp;
use gatepass::ports::{GrantKey, GrantStore, Owner, Reading, Revision, Row, StoreError, Swap, blocking};
use gatepass::renewal::State;

use super::{Settings, say};
use crate::dice::Dice;

/// The store beneath, asynchronous or blocking, and the notes.
#[derive(Debug)]
pub(super) struct Watched<S: ?Sized> {
    dice: Option<Mutex<Dice>>,
    store: Arc<S>,
}

impl<S: ?Sized> Watched<S> {
    pub(super) fn new(store: Arc<S>, settings: &Settings) -> Self {
        let dice = settings.slow.then(|| Mutex::new(Dice::new(settings.seed, "store")));
        Self { dice, store }
    }

    /// Mostly short, sometimes long.
    fn pause(&self) -> Duration {
        let Some(dice) = &self.dice else { return Duration::ZERO };
        let mut dice = dice.lock().unwrap_or_else(PoisonError::into_inner);
        if dice.index(2) == 0 { dice.millis(60, 160) } else { dice.millis(0, 20) }
    }
}

/// `note GRANT KIND GENERATION ATTEMPT TOKEN`, and then what became of it.
fn note(key: &GrantKey, next: Option<&Row>, became: &str) {
    let (Owner::User(name), Some(row)) = (key.owner(), next) else { return };
    let kind = match row.journal.state {
        State::Active => "active",
        State::Refreshing => "claim",
        State::Suspect => "suspect",
        _ => "end",
    };
    let attempt = hex(row.journal.attempt.as_ref().map_or(&[], |attempt| attempt.as_bytes()));
    let current = hex(row.journal.current.as_ref().map_or(&[], |current| current.as_bytes()));
    say(&format!("note {name} {kind} {} {attempt} {current} {became}", row.journal.generation));
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold("x".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn became(swapped: &Result<Swap, StoreError>) -> &'static str {
    match swapped {
        Ok(Swap::Done { .. }) => "done",
        Ok(_) => "moved",
        Err(_) => "unsure",
    }
}

#[async_trait]
impl GrantStore for Watched<dyn GrantStore> {
    async fn read(&self, key: &GrantKey) -> Result<Reading, StoreError> {
        self.store.read(key).await
    }

    async fn swap(
        &self,
        key: &GrantKey,
        expected: Option<Revision>,
        next: Option<Row>,
    ) -> Result<Swap, StoreError> {
        note(key, next.as_ref(), "begun");
        tokio::time::sleep(self.pause()).await;
        let swapped = self.store.swap(key, expected, next.clone()).await;
        tokio::time::sleep(self.pause()).await;
        note(key, next.as_ref(), became(&swapped));
        swapped
    }

    async fn due(&self, before: Timestamp, limit: u32) -> Result<Vec<GrantKey>, StoreError> {
        self.store.due(before, limit).await
    }

    async fn scan(
        &self,
        after: Option<&GrantKey>,
        limit: u32,
    ) -> Result<Vec<(GrantKey, Revision, Row)>, StoreError> {
        self.store.scan(after, limit).await
    }
}

impl blocking::GrantStore for Watched<dyn blocking::GrantStore> {
    fn read(&self, key: &GrantKey) -> Result<Reading, StoreError> {
        self.store.read(key)
    }

    fn swap(
        &self,
        key: &GrantKey,
        expected: Option<Revision>,
        next: Option<Row>,
    ) -> Result<Swap, StoreError> {
        note(key, next.as_ref(), "begun");
        std::thread::sleep(self.pause());
        let swapped = self.store.swap(key, expected, next.clone());
        std::thread::sleep(self.pause());
        note(key, next.as_ref(), became(&swapped));
        swapped
    }

    fn due(&self, before: Timestamp, limit: u32) -> Result<Vec<GrantKey>, StoreError> {
        self.store.due(before, limit)
    }

    fn scan(
        &self,
        after: Option<&GrantKey>,
        limit: u32,
    ) -> Result<Vec<(GrantKey, Revision, Row)>, StoreError> {
        self.store.scan(after, limit)
    }
}
