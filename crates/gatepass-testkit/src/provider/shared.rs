//! What the serving thread and the tests' handle share, and the course of one request.

use super::answer::Answer;
use super::endpoint::Endpoint;
use super::received::Received;
use super::state::State;
use super::wire::Wire;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
}

impl Shared {
    pub(crate) fn new(state: State) -> Self {
        Self { state: Mutex::new(state) }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works on one request; `None` when a fault has dealt with the connection.
    pub(crate) async fn answer(&self, request: Received, _wire: &Wire) -> Option<Answer> {
        let mut state = self.state();
        let endpoint = Endpoint::at(&request.path, &state.settings.issuer_path);
        Some(endpoint.process(&mut state, &request))
    }
}
