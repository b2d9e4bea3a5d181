//! A notice board: something is posted on it, perhaps several times, and whoever took a seat before gets the next.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use super::primitives::{Condvar, Mutex, MutexGuard};

/// The board. It is read by tasks, which are woken, and by threads, which block.
pub(crate) struct Board<T> {
    posted: Mutex<Posted<T>>,
    changed: Condvar,
}

struct Posted<T> {
    version: u64,
    latest: Option<T>,
    waiting: Vec<Waker>,
}

impl<T: Clone> Board<T> {
    pub(crate) fn new() -> Arc<Self> {
        let posted = Posted { version: 0, latest: None, waiting: Vec::new() };
        Arc::new(Self { posted: Mutex::new(posted), changed: Condvar::new() })
    }

    /// Waits for what is posted after now.
    pub(crate) fn seat(self: &Arc<Self>) -> Seat<T> {
        Seat { seen: self.lock().version, board: Arc::clone(self) }
    }

    pub(crate) fn post(&self, value: T) {
        let waiting = {
            let mut posted = self.lock();
            posted.version += 1;
            posted.latest = Some(value);
            std::mem::take(&mut posted.waiting)
        };
        self.changed.notify_all();
        waiting.into_iter().for_each(Waker::wake);
    }

    fn lock(&self) -> MutexGuard<'_, Posted<T>> {
        self.posted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A seat in front of a board: a future for tasks, a wait for threads.
pub(crate) struct Seat<T> {
    seen: u64,
    board: Arc<Board<T>>,
}

impl<T: Clone> Seat<T> {
    /// Blocks until something is posted, but not beyond a time.
    pub(crate) fn wait_for(self, at_most: Duration) -> Option<T> {
        let began = Instant::now();
        let mut posted = self.board.lock();
        loop {
            if let Some(value) = posted.latest.as_ref().filter(|_| posted.version > self.seen) {
                return Some(value.clone());
            }
            let left = at_most.checked_sub(began.elapsed()).filter(|left| !left.is_zero())?;
            let waited = self.board.changed.wait_timeout(posted, left);
            posted = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl<T: Clone> Future for Seat<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut posted = self.board.lock();
        if let Some(value) = posted.latest.as_ref().filter(|_| posted.version > self.seen) {
            return Poll::Ready(value.clone());
        }
        if !posted.waiting.iter().any(|waker| waker.will_wake(context.waker())) {
            posted.waiting.push(context.waker().clone());
        }
        Poll::Pending
    }
}

/// The right to post an answer, which is used even if its holder panics or is dropped: then `lost` is posted.
pub(crate) struct Posting<T: Clone> {
    board: Arc<Board<T>>,
    lost: Option<T>,
}

impl<T: Clone> Posting<T> {
    pub(crate) fn new(lost: T) -> (Self, Seat<T>) {
        let board = Board::new();
        let seat = board.seat();
        (Self { board, lost: Some(lost) }, seat)
    }

    /// Answers whoever waits now; another answer may follow.
    pub(crate) fn early(&self, value: T) {
        self.board.post(value);
    }

    pub(crate) fn last(mut self, value: T) {
        self.lost = None;
        self.board.post(value);
    }
}

impl<T: Clone> Drop for Posting<T> {
    fn drop(&mut self) {
        if let Some(lost) = self.lost.take() {
            self.board.post(lost);
        }
    }
}

impl<T: Clone> fmt::Debug for Board<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Board").field("version", &self.lock().version).finish_non_exhaustive()
    }
}
