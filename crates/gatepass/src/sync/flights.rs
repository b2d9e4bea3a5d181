//! Renewals under way in this process, one a slot: whoever needs the same token waits for the same flight.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gatepass_core::ports::GrantKey;

use super::board::{Board, Seat};
use crate::tokens::{AccessToken, Slot};
use crate::unavailable::Unavailable;

pub(crate) type Answer = Result<AccessToken, Unavailable>;
type Route = (GrantKey, Slot);

/// All flights that are in the air.
#[derive(Debug, Default)]
pub(crate) struct Flights(Mutex<HashMap<Route, Arc<Board<Answer>>>>);

/// What comes of asking for a flight.
pub(crate) enum Boarding {
    /// There is one already.
    Joined(Seat<Answer>),
    /// There was none: whoever asked flies it.
    Fly(Flight, Seat<Answer>),
}

impl Flights {
    pub(crate) fn board(self: &Arc<Self>, key: &GrantKey, slot: &Slot) -> Boarding {
        let route = (key.clone(), slot.clone());
        let mut aloft = self.aloft();
        if let Some(board) = aloft.get(&route) {
            return Boarding::Joined(board.seat());
        }
        let board = Board::new();
        let seat = board.seat();
        aloft.insert(route.clone(), Arc::clone(&board));
        Boarding::Fly(Flight { flights: Arc::clone(self), route, board, landed: false }, seat)
    }

    fn aloft(&self) -> MutexGuard<'_, HashMap<Route, Arc<Board<Answer>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A flight. It ends however its pilot does: one who panics or is dropped leaves "try again later" to those who wait.
pub(crate) struct Flight {
    flights: Arc<Flights>,
    route: Route,
    board: Arc<Board<Answer>>,
    landed: bool,
}

impl Flight {
    /// Answers whoever waits now, and flies on.
    pub(crate) fn answer(&self, answer: Answer) {
        self.board.post(answer);
    }

    pub(crate) fn land(mut self, answer: Answer) {
        self.end(answer);
    }

    /// Nobody joins any more before the last answer is posted, so that nobody waits for a next one.
    fn end(&mut self, answer: Answer) {
        self.landed = true;
        self.flights.aloft().remove(&self.route);
        self.board.post(answer);
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if !self.landed {
            self.end(Err(Unavailable::Later { retry_after: None }));
        }
    }
}
