//! So many at once, and no more: whoever finds no seat is told so and does not wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Seats that are taken and given back.
#[derive(Clone, Debug)]
pub(crate) struct Seats(Arc<AtomicUsize>);

/// A seat that is given back when it is dropped.
#[derive(Debug)]
#[must_use = "a seat that is dropped is free"]
pub(crate) struct Seat(Arc<AtomicUsize>);

impl Seats {
    pub(crate) fn new(count: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(count)))
    }

    /// Takes one; `None`: all are taken.
    pub(crate) fn take(&self) -> Option<Seat> {
        let left = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        left.ok().map(|_| Seat(Arc::clone(&self.0)))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
