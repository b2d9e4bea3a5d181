//! What runs although nobody may wait for it any more, counted so that a program can end in good order.

use std::sync::{Arc, PoisonError};

use super::board::{Board, Seat};
use super::primitives::Mutex;

/// The count of running tasks.
#[derive(Debug)]
pub(crate) struct Tasks {
    running: Mutex<usize>,
    ended: Arc<Board<usize>>,
}

impl Tasks {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { running: Mutex::new(0), ended: Board::new() })
    }

    pub(crate) fn begin(self: &Arc<Self>) -> Task {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        Task(Arc::clone(self))
    }

    /// How many run, and a seat for the next one that ends.
    pub(crate) fn running(&self) -> (usize, Seat<usize>) {
        let seat = self.ended.seat();
        (*self.running.lock().unwrap_or_else(PoisonError::into_inner), seat)
    }
}

/// One that runs until this is dropped.
#[derive(Debug)]
pub(crate) struct Task(Arc<Tasks>);

impl Drop for Task {
    fn drop(&mut self) {
        let left = {
            let mut running = self.0.running.lock().unwrap_or_else(PoisonError::into_inner);
            *running -= 1;
            *running
        };
        self.0.ended.post(left);
    }
}
