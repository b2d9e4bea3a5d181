//! Where a relying party has its keys from: one fetch at a time, shared by all who wait.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use gatepass_core::ports::Limits;
use gatepass_core::{Monotonic, World, drive};

use crate::{FetchKeys, Freshness, KeySet, Keys, Need, NoKeys};

/// The keys of one provider in an asynchronous program.
pub(crate) struct KeySource {
    state: Mutex<State>,
    limits: Limits,
}

struct State {
    keys: Keys,
    waiting: Vec<Waker>,
}

impl KeySource {
    pub(crate) fn new(freshness: Freshness) -> Arc<Self> {
        let state = State { keys: Keys::new(freshness), waiting: Vec::new() };
        Arc::new(Self { state: Mutex::new(state), limits: Limits::DEFAULT })
    }

    /// The keys as they stand, with their edition; fetched, if there are none.
    pub(crate) async fn current(
        self: &Arc<Self>,
        fetch: &FetchKeys,
        world: &World,
    ) -> Result<(KeySet, u64), NoKeys> {
        loop {
            let now = world.clock.monotonic();
            let need = self.lock().keys.look(now);
            if need == Need::UseAndFetch {
                self.fetch(fetch, world);
            }
            match need {
                Need::Use | Need::UseAndFetch => {
                    if let Some((set, edition)) = self.lock().keys.current(now) {
                        return Ok((set.clone(), edition));
                    }
                }
                need => self.act(need, fetch, world).await?,
            }
        }
    }

    /// The keys as they stand, fetched or not; `None`: there are none that may be used.
    pub(crate) fn at_hand(&self, now: Monotonic) -> Option<(KeySet, u64)> {
        self.lock().keys.current(now).map(|(set, edition)| (set.clone(), edition))
    }

    /// Keys that are newer than an edition in which one was missing.
    pub(crate) async fn newer_than(
        self: &Arc<Self>,
        edition: u64,
        fetch: &FetchKeys,
        world: &World,
    ) -> Result<(KeySet, u64), NoKeys> {
        loop {
            let now = world.clock.monotonic();
            let need = self.lock().keys.missed(edition, now);
            if need == Need::Use {
                return self.current(fetch, world).await;
            }
            self.act(need, fetch, world).await?;
        }
    }

    async fn act(self: &Arc<Self>, need: Need, fetch: &FetchKeys, world: &World) -> Result<(), NoKeys> {
        match need {
            Need::CoolDown(left) => return Err(NoKeys { retry_after: left }),
            Need::Fetch => self.fetch(fetch, world),
            Need::Wait | Need::Use | Need::UseAndFetch => {}
        }
        poll_fn(|context| {
            let mut state = self.lock();
            if !state.keys.is_fetching() {
                return Poll::Ready(());
            }
            state.waiting.push(context.waker().clone());
            Poll::Pending
        })
        .await;
        Ok(())
    }

    /// Begins a fetch in a task of its own, so that nobody who waits can cut it short; unless one is under way.
    fn fetch(self: &Arc<Self>, fetch: &FetchKeys, world: &World) {
        {
            let mut state = self.lock();
            if state.keys.is_fetching() {
                return;
            }
            state.keys.begin();
        }
        let mut end = End { source: self.clone(), world: world.clone(), set: None };
        let fetch = fetch.clone();
        world.spawn.spawn(Box::pin(async move {
            end.set = drive(fetch, &end.world, &end.source.limits).await.ok();
            drop(end);
        }));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end of a fetch, however it comes: a task that panics or is thrown away wakes those who wait too.
struct End {
    source: Arc<KeySource>,
    world: World,
    set: Option<KeySet>,
}

impl Drop for End {
    fn drop(&mut self) {
        let now = self.world.clock.monotonic();
        let mut state = self.source.lock();
        match self.set.take() {
            Some(set) => state.keys.fetched(set, now),
            None => state.keys.failed(now),
        }
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }
}
