//! What is under way in this process, one flight a route: whoever has the same question waits for the same answer.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, PoisonError};

use super::board::{Board, Seat};
use super::primitives::{Mutex, MutexGuard};

/// All flights that are in the air.
#[derive(Debug)]
pub(crate) struct Flights<R, T: Clone>(Mutex<HashMap<R, Arc<Board<T>>>>);

/// What comes of asking for a flight.
pub(crate) enum Boarding<R: Eq + Hash, T: Clone> {
    /// There is one already.
    Joined(Seat<T>),
    /// There was none: whoever asked flies it.
    Fly(Flight<R, T>, Seat<T>),
}

impl<R: Eq + Hash + Clone, T: Clone> Flights<R, T> {
    /// Joins the flight on a route, or begins one, whose passengers are answered `lost` if its pilot is.
    pub(crate) fn board(self: &Arc<Self>, route: R, lost: T) -> Boarding<R, T> {
        let mut aloft = self.aloft();
        if let Some(board) = aloft.get(&route) {
            return Boarding::Joined(board.seat());
        }
        let board = Board::new();
        let seat = board.seat();
        aloft.insert(route.clone(), Arc::clone(&board));
        Boarding::Fly(Flight { flights: Arc::clone(self), route, board, lost: Some(lost) }, seat)
    }
}

impl<R, T: Clone> Flights<R, T> {
    fn aloft(&self) -> MutexGuard<'_, HashMap<R, Arc<Board<T>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R, T: Clone> Default for Flights<R, T> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

/// A flight. It ends however its pilot does: one who panics or is dropped leaves an answer to those who wait.
pub(crate) struct Flight<R: Eq + Hash, T: Clone> {
    flights: Arc<Flights<R, T>>,
    route: R,
    board: Arc<Board<T>>,
    lost: Option<T>,
}

impl<R: Eq + Hash, T: Clone> Flight<R, T> {
    /// Answers whoever waits now, and flies on.
    pub(crate) fn answer(&self, answer: T) {
        self.board.post(answer);
    }

    pub(crate) fn land(mut self, answer: T) {
        self.lost = None;
        self.end(answer);
    }

    /// Nobody joins any more before the last answer is posted, so that nobody waits for a next one.
    fn end(&self, answer: T) {
        self.flights.aloft().remove(&self.route);
        self.board.post(answer);
    }
}

impl<R: Eq + Hash, T: Clone> Drop for Flight<R, T> {
    fn drop(&mut self) {
        if let Some(lost) = self.lost.take() {
            self.end(lost);
        }
    }
}
