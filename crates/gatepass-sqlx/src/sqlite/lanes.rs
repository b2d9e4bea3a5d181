//! The connections to one database: one writes, a few read, and in memory one does all.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_intrusive::sync::{Mutex, MutexGuard};
use gatepass_core::ports::StoreError;
use sqlx::sqlite::SqliteConnection;

use super::connect::Place;
use super::sorted;
use crate::error::refused;

/// A connection, or none yet. Whoever asks first gets it first: among many who start logins, nobody who finishes one or
/// renews a token waits for more than those before.
type Slot = Mutex<Option<SqliteConnection>>;

pub(super) struct Lanes {
    place: Place,
    writer: Slot,
    readers: Box<[Slot]>,
    turn: AtomicUsize,
}

impl Lanes {
    pub(super) async fn open(place: Place, readers: usize) -> Result<Self, StoreError> {
        let writer = slot(Some(place.connect().await?));
        // What is not an ordinary file would be another database for every connection.
        let readers = if place.is_shared_file() { readers } else { 0 };
        Ok(Self {
            place,
            writer,
            readers: std::iter::repeat_with(|| slot(None)).take(readers).collect(),
            turn: AtomicUsize::new(0),
        })
    }

    pub(super) async fn writer(&self) -> Result<Lane<'_>, StoreError> {
        self.ready(self.writer.lock().await).await
    }

    pub(super) async fn reader(&self) -> Result<Lane<'_>, StoreError> {
        if self.readers.is_empty() {
            return self.writer().await;
        }
        for slot in &self.readers {
            if let Some(slot) = slot.try_lock() {
                return self.ready(slot).await;
            }
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.readers.len();
        self.ready(self.readers[turn].lock().await).await
    }

    /// Opens a connection that is missing; a database in memory went with its own.
    async fn ready<'a>(
        &self,
        mut slot: MutexGuard<'a, Option<SqliteConnection>>,
    ) -> Result<Lane<'a>, StoreError> {
        if slot.is_none() {
            if !self.place.is_shared_file() {
                return Err(refused("the database in memory is gone"));
            }
            *slot = Some(self.place.connect().await?);
        }
        Ok(Lane { slot })
    }
}

fn slot(connection: Option<SqliteConnection>) -> Slot {
    Mutex::new(connection, true)
}

/// A connection in use.
pub(super) struct Lane<'a> {
    slot: MutexGuard<'a, Option<SqliteConnection>>,
}

impl Lane<'_> {
    pub(super) fn connection(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        self.slot.as_mut().ok_or_else(|| refused("the database in memory is gone"))
    }

    /// Drops a connection whose thread has ended, so that the next use opens another.
    pub(super) fn note(&mut self, why: &sqlx::Error) {
        if matches!(why, sqlx::Error::WorkerCrashed) {
            *self.slot = None;
        }
    }

    pub(super) fn settle<T>(&mut self, result: Result<T, sqlx::Error>) -> Result<T, StoreError> {
        result.map_err(|why| {
            self.note(&why);
            sorted(why)
        })
    }
}
