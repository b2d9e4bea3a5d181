//! What the serving thread and the tests' handle share, and the course of one request.

use super::answer::Answer;
use super::control;
use super::effect::{self, Effect};
use super::endpoint::Endpoint;
use super::fault::{Faults, Phase};
use super::openid;
use super::received::Received;
use super::state::State;
use super::wire::Wire;
use http::StatusCode;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    pub(crate) faults: Faults,
    pub(crate) gates: control::Gates,
}

impl Shared {
    pub(crate) fn new(state: State) -> Self {
        Self { state: Mutex::new(state), faults: Faults::default(), gates: control::Gates::default() }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets everything that happened, the faults that wait included.
    pub(crate) fn reset(&self) {
        self.faults.clear();
        self.gates.clear();
        self.state().forget();
    }

    /// Works on one request; `None` when a fault has dealt with the connection.
    pub(crate) async fn answer(&self, request: Received, wire: &Wire) -> Option<Answer> {
        if request.path.starts_with(control::PATH) && self.state().settings.control {
            let answer = control::answer(self, &request);
            let outbox = std::mem::take(&mut self.state().outbox);
            openid::deliver(self, outbox).await;
            return Some(answer);
        }
        let (endpoint, number) = {
            let mut state = self.state();
            let endpoint = Endpoint::at(&request.path, &state);
            let number = state.note(endpoint, request.clone());
            (endpoint, number)
        };
        let before = self.faults.take(Phase::Before, endpoint, &request);
        effect::wait(&before).await;
        if effect::ends_the_request(&before) {
            return self.conclude(number, &before, Answer::empty(StatusCode::OK), wire).await;
        }
        let (answer, outbox) = {
            let mut state = self.state();
            if let Some(entry) = state.noted(number) {
                entry.processed = true;
            }
            (endpoint.process(&mut state, &request), std::mem::take(&mut state.outbox))
        };
        openid::deliver(self, outbox).await;
        let after = self.faults.take(Phase::After, endpoint, &request);
        effect::wait(&after).await;
        self.conclude(number, &after, answer, wire).await
    }

    async fn conclude(
        &self,
        number: usize,
        effects: &[Effect],
        mut answer: Answer,
        wire: &Wire,
    ) -> Option<Answer> {
        effect::rewrite(effects, &mut answer);
        let on_the_wire = effect::on_the_wire(effects);
        if on_the_wire.is_none_or(Effect::shows_the_status)
            && let Some(entry) = self.state().noted(number)
        {
            entry.status = Some(answer.status.as_u16());
        }
        match on_the_wire {
            None => Some(answer),
            Some(effect) => {
                effect.play(&answer, wire).await;
                None
            }
        }
    }
}
