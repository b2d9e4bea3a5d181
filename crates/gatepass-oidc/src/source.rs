//! Where a document of a provider's comes from: one question at a time, shared by all who wait for its answer.
//!
//! - Nothing is asked before somebody needs it.
//! - The lock is held to look and to note, never while the provider is asked: whoever only looks waits for nobody.
//! - A question ends once, however it comes: one that is dropped or panics wakes those who wait, too.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use gatepass_core::ports::{Clock, Limits};
use gatepass_core::{DriveError, Monotonic, Roundtrip, World, blocking, drive};

use crate::cached::{Cached, Missed};
use crate::primitives::{Condvar, Mutex, MutexGuard};
use crate::{DiscoveryError, FetchError, Freshness, Misfit, Need};

/// A question whose answer is kept.
pub(crate) trait Question: Send + Sync + 'static {
    /// What comes over the wire.
    type Document: Send;
    /// The question on its way.
    type Leg: Roundtrip<Sent: Send, Output = Self::Document, Error = DiscoveryError> + Send;
    /// What is kept of the answer.
    type Answer: Clone + Send + Sync;

    /// Asks.
    fn leg(&self) -> Self::Leg;

    /// Makes of a sound document what is kept, after what was kept before.
    fn read(&self, document: Self::Document, before: Option<&Self::Answer>) -> Result<Self::Answer, Misfit>;

    /// What is asked for, and of whom, in the words of a log.
    fn about(&self) -> (&'static str, &str);
}

/// One question and what is known of its answer.
pub(crate) struct Source<Q: Question> {
    question: Q,
    state: Mutex<State<Q::Answer>>,
    ended: Condvar,
}

struct State<T> {
    cached: Cached<T>,
    /// Why the last fetch failed; `None`: it did not.
    failure: Option<Arc<FetchError>>,
    /// Counts the fetches that ended, so that whoever waits for one does not wait for the next.
    flights: u64,
    waiting: Vec<Waker>,
}

/// There is no answer.
#[derive(Clone, Debug)]
pub(crate) struct Missing {
    /// Why; `None`: the provider was asked a moment ago, and there is nothing newer.
    pub(crate) why: Option<Arc<FetchError>>,
    /// When it can be asked again.
    pub(crate) retry_after: Duration,
}

/// What to do for an answer.
pub(crate) enum Look<Q: Question> {
    /// Here it is, with its edition; and a newer one is to be fetched at leisure, by this caller.
    Here(Q::Answer, u64, Option<Flight<Q>>),
    /// Carry this out, and then look for what came of it.
    Ask(Flight<Q>, u64),
    /// Somebody does: wait until this flight is over.
    Wait(u64),
    /// There is none.
    Missing(Missing),
}

impl<Q: Question> Source<Q> {
    pub(crate) fn new(question: Q, freshness: Freshness) -> Arc<Self> {
        Self::of(question, Cached::new(freshness))
    }

    pub(crate) fn of(question: Q, cached: Cached<Q::Answer>) -> Arc<Self> {
        let state = State { cached, failure: None, flights: 0, waiting: Vec::new() };
        Arc::new(Self { question, state: Mutex::new(state), ended: Condvar::new() })
    }

    pub(crate) fn question(&self) -> &Q {
        &self.question
    }

    /// What came last, whatever its age.
    pub(crate) fn last(&self) -> Option<Q::Answer> {
        self.lock().cached.last().cloned()
    }

    /// What is known, for somebody who asks elsewhere from now on.
    pub(crate) fn moved(&self) -> Cached<Q::Answer> {
        self.lock().cached.moved()
    }

    /// What may be used now, with its edition.
    pub(crate) fn at_hand(&self, now: Monotonic) -> Option<(Q::Answer, u64)> {
        self.lock().cached.current(now).map(|(answer, edition)| (answer.clone(), edition))
    }

    /// The answer, newer than an edition in which something was missed; asked for, if it is not there.
    pub(crate) async fn answer(
        self: &Arc<Self>,
        missed: Option<Missed>,
        world: &World,
    ) -> Result<(Q::Answer, u64), Missing> {
        let flight = match self.look(missed, &world.clock) {
            Look::Here(answer, edition, ahead) => {
                if let Some(flight) = ahead {
                    flight.spawn(world);
                }
                return Ok((answer, edition));
            }
            Look::Missing(why) => return Err(why),
            Look::Ask(flight, number) => {
                flight.spawn(world);
                number
            }
            Look::Wait(number) => number,
        };
        poll_fn(|context| {
            let mut state = self.lock();
            if state.flights > flight {
                return Poll::Ready(());
            }
            state.waiting.push(context.waker().clone());
            Poll::Pending
        })
        .await;
        self.found(missed, world.clock.monotonic())
    }

    /// Begins to ask for what will be needed soon, if it is not there, and waits for nothing.
    pub(crate) fn prepare(self: &Arc<Self>, world: &World) {
        match self.look(None, &world.clock) {
            Look::Here(_, _, Some(flight)) | Look::Ask(flight, _) => flight.spawn(world),
            Look::Here(_, _, None) | Look::Wait(_) | Look::Missing(_) => {}
        }
    }

    /// As [`answer`](Self::answer) in a blocking program: whoever finds nothing asks in its own thread.
    pub(crate) fn answer_blocking(
        self: &Arc<Self>,
        missed: Option<Missed>,
        world: &blocking::World,
    ) -> Result<(Q::Answer, u64), Missing> {
        match self.look(missed, &world.clock) {
            Look::Here(answer, edition, ahead) => {
                if let Some(flight) = ahead {
                    flight.thread(world);
                }
                return Ok((answer, edition));
            }
            Look::Missing(why) => return Err(why),
            Look::Ask(flight, _) => flight.carry_out(world),
            Look::Wait(number) => {
                let mut state = self.lock();
                while state.flights <= number {
                    state = self.ended.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
        self.found(missed, world.clock.monotonic())
    }

    /// Looks, and begins what is to be fetched.
    fn look(self: &Arc<Self>, missed: Option<Missed>, clock: &Arc<dyn Clock>) -> Look<Q> {
        let now = clock.monotonic();
        let mut state = self.lock();
        let need = match missed {
            Some(Missed { edition, by_stranger: false }) => state.cached.missed(edition, now),
            Some(Missed { edition, by_stranger: true }) => state.cached.missed_by_stranger(edition, now),
            None => state.cached.look(now),
        };
        let number = state.flights;
        let flight = |state: &mut State<Q::Answer>| {
            if missed.is_some_and(|missed| missed.by_stranger) {
                state.cached.begin_for_stranger();
            } else {
                state.cached.begin();
            }
            Flight { source: Arc::clone(self), clock: Arc::clone(clock), outcome: None }
        };
        match (need, state.cached.current(now).map(|(answer, edition)| (answer.clone(), edition))) {
            (Need::Fetch, _) => Look::Ask(flight(&mut state), number),
            (Need::Wait, _) => Look::Wait(number),
            (Need::UseAndFetch, Some((answer, edition))) => {
                Look::Here(answer, edition, Some(flight(&mut state)))
            }
            (Need::Use, Some((answer, edition))) => Look::Here(answer, edition, None),
            (Need::CoolDown(_) | Need::Use | Need::UseAndFetch, _) => Look::Missing(state.missing(now)),
        }
    }

    /// What came of a fetch that was waited for.
    fn found(&self, missed: Option<Missed>, now: Monotonic) -> Result<(Q::Answer, u64), Missing> {
        let state = self.lock();
        match state.cached.current(now) {
            Some((answer, edition)) if missed.is_none_or(|missed| edition > missed.edition) => {
                Ok((answer.clone(), edition))
            }
            _ => Err(state.missing(now)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<Q::Answer>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    fn missing(&self, now: Monotonic) -> Missing {
        Missing { why: self.failure.clone(), retry_after: self.cached.cooling(now).unwrap_or_default() }
    }
}

/// A question on its way.
#[must_use = "dropped, it has failed"]
pub(crate) struct Flight<Q: Question> {
    source: Arc<Source<Q>>,
    clock: Arc<dyn Clock>,
    outcome: Option<Result<Q::Answer, FetchError>>,
}

impl<Q: Question> Flight<Q> {
    /// Asks in a task of its own, so that nobody who waits can cut it short.
    fn spawn(mut self, world: &World) {
        let (spawn, world) = (Arc::clone(&world.spawn), world.clone());
        spawn.spawn(Box::pin(async move {
            let leg = self.source.question.leg();
            self.land(drive(leg, &world, &Limits::DEFAULT).await);
        }));
    }

    /// Asks in a thread of its own. Where there is none to be had, the question has failed.
    fn thread(self, world: &blocking::World) {
        let world = world.clone();
        let thread = std::thread::Builder::new().name("gatepass-oidc".to_owned());
        drop(thread.spawn(move || self.carry_out(&world)));
    }

    /// Asks, and waits for the answer.
    fn carry_out(mut self, world: &blocking::World) {
        let leg = self.source.question.leg();
        self.land(blocking::drive(leg, world, &Limits::DEFAULT));
    }

    fn land(&mut self, outcome: Result<Q::Document, DriveError<Q::Leg>>) {
        let before = self.source.last();
        let read =
            |document| self.source.question.read(document, before.as_ref()).map_err(FetchError::Misfit);
        self.outcome = Some(outcome.map_err(FetchError::of).and_then(read));
    }
}

impl<Q: Question> Drop for Flight<Q> {
    fn drop(&mut self) {
        let now = self.clock.monotonic();
        let mut state = self.source.lock();
        match self.outcome.take().unwrap_or(Err(FetchError::Abandoned)) {
            Ok(answer) => {
                state.cached.fetched(answer, now);
                state.failure = None;
            }
            Err(why) => {
                state.cached.failed(now);
                let (what, of) = self.source.question.about();
                let kept = state.cached.last().is_some();
                tracing::warn!(what, of, kept, why = %Chain(&why), "a provider's document could not be fetched");
                state.failure = Some(Arc::new(why));
            }
        }
        state.flights += 1;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        self.source.ended.notify_all();
        waiting.into_iter().for_each(Waker::wake);
    }
}

/// An error and all that it comes from, in one line.
struct Chain<'a>(&'a dyn Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, f)?;
        let mut source = self.0.source();
        while let Some(why) = source {
            write!(f, ": {why}")?;
            source = why.source();
        }
        Ok(())
    }
}
