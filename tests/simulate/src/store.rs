//! The register as a replica reaches it: over a network that delays, fails, and loses replies.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use gatepass::Timestamp;
use gatepass::ports::{
    GrantKey, GrantStore, Reading, Revision, Row, StoreError, StoreErrorKind, Swap, blocking,
};
use gatepass::renewal::State;

use crate::mutant::Mutant;
use crate::sim::{Later, Life, lock};
use crate::stage::Stage;
use crate::threads::block;

#[derive(Debug)]
pub struct Store {
    pub stage: Arc<Stage>,
    pub life: Life,
    /// What was read last, for a driver that is broken.
    stale: Mutex<Option<Reading>>,
}

type Answer<T> = Later<Result<T, StoreError>>;

fn away() -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable)
}

impl Store {
    pub fn new(stage: Arc<Stage>, life: Life) -> Self {
        Self { stage, life, stale: Mutex::default() }
    }

    /// Sends an operation on its way; it is applied, or not, whatever becomes of whoever asked.
    fn ask<T: Send + 'static>(
        &self,
        what: &'static str,
        writes: bool,
        apply: impl FnOnce(&Stage) -> T + Send + 'static,
    ) -> Answer<T> {
        let (stage, life, sim) = (Arc::clone(&self.stage), self.life, Arc::clone(&self.stage.sim));
        let answer = Answer::new();
        let reply = answer.clone();
        let (mut there, mut back) = sim.dice(|dice| (dice.between(0, 8), dice.between(0, 8)));
        let slow = self.stage.fault("store slow", |faults| faults.store_slow);
        if slow {
            let more = sim.dice(|dice| dice.between(500, 9_000));
            if sim.dice(|dice| dice.happens(500)) { there += more } else { back += more }
        }
        let fails = self.stage.fault("store fails", |faults| faults.store_fails);
        let late =
            writes && !fails && self.stage.fault("store write applied late", |faults| faults.store_late);
        let loses = !fails && !late && self.stage.fault("store reply lost", |faults| faults.store_reply_lost);
        if slow || fails || late || loses {
            self.stage.truth().hampered(life.replica, sim.now() + there + back);
        }
        sim.clone().after(there, move || {
            if fails || stage.away.load(Ordering::SeqCst) {
                sim.note(format_args!("! {life}: the store does not answer a {what}"));
                stage.truth().hampered(life.replica, sim.now());
                return reply.put(Err(away()));
            }
            if late {
                let after = sim.dice(|dice| dice.between(20, 12_000));
                sim.note(format_args!("! {life}: the store does not answer a {what}, which hangs"));
                reply.put(Err(away()));
                return sim.clone().after(after, move || drop(apply(&stage)));
            }
            let value = apply(&stage);
            sim.clone().after(back, move || {
                if loses {
                    sim.note(format_args!("! {life}: the reply to a {what} is lost"));
                    reply.put(Err(away()));
                } else {
                    reply.put(Ok(value));
                }
            });
        });
        answer
    }
}

#[async_trait]
impl GrantStore for Store {
    async fn read(&self, key: &GrantKey) -> Result<Reading, StoreError> {
        self.stage.sim.counts_read();
        if self.stage.is(Mutant::ReadsAreStale)
            && let Some(stale) = lock(&self.stale).clone()
        {
            return Ok(stale);
        }
        let (key, life) = (key.clone(), self.life);
        let reading = self
            .ask("read", false, move |stage| {
                let (now, truth) = (stage.sim.now(), stage.truth());
                let reading = truth.read(now, &key);
                let told = truth.tell(reading.row.as_ref().map(|(_, row)| row));
                stage.sim.note(format_args!("{life} reads grant {}: {told}", truth.grant_of(&key)));
                reading
            })
            .await;
        if let Ok(reading) = &reading {
            *lock(&self.stale) = Some(reading.clone());
        }
        reading
    }

    async fn swap(
        &self,
        key: &GrantKey,
        expected: Option<Revision>,
        next: Option<Row>,
    ) -> Result<Swap, StoreError> {
        let (now, life, of) = (self.stage.sim.now(), self.life, key.clone());
        let commits = next.as_ref().is_some_and(|next| {
            let before = self.stage.truth().read(now, key).row;
            next.journal.state == State::Active
                && before.is_some_and(|(_, row)| row.journal.generation < next.journal.generation)
        });
        let written = next.clone();
        let answer = self.ask("write", true, move |stage| {
            let (now, mut truth) = (stage.sim.now(), stage.truth());
            let (swap, told) = truth.swap(now, life, &of, expected, next);
            stage.sim.note(format_args!("{life} for grant {} {told}", truth.grant_of(&of)));
            swap
        });
        if commits && self.stage.is(Mutant::HandsOutBeforeCommit) {
            let now = crate::truth::Truth::store_time(now);
            return Ok(Swap::Done { revision: Revision::new(i64::MAX), now });
        }
        let swap = answer.await?;
        if self.stage.is(Mutant::ReadsAreStale) {
            *lock(&self.stale) = match &swap {
                Swap::Moved(reading) => Some(reading.clone()),
                _ => None,
            };
        }
        match swap {
            Swap::Moved(reading) if self.stage.is(Mutant::RefusedSwapCountsAsDone) && written.is_some() => {
                let revision = reading.row.map_or(Revision::new(0), |(revision, _)| revision);
                Ok(Swap::Done { revision, now: reading.now })
            }
            other => Ok(other),
        }
    }

    async fn due(&self, before: Timestamp, limit: u32) -> Result<Vec<GrantKey>, StoreError> {
        self.ask("look for what is due", false, move |stage| stage.truth().due(before, limit)).await
    }

    async fn scan(
        &self,
        after: Option<&GrantKey>,
        limit: u32,
    ) -> Result<Vec<(GrantKey, Revision, Row)>, StoreError> {
        let after = after.cloned();
        self.ask("scan", false, move |stage| stage.truth().scan(after.as_ref(), limit)).await
    }
}

impl blocking::GrantStore for Store {
    fn read(&self, key: &GrantKey) -> Result<Reading, StoreError> {
        block(GrantStore::read(self, key))
    }

    fn swap(
        &self,
        key: &GrantKey,
        expected: Option<Revision>,
        next: Option<Row>,
    ) -> Result<Swap, StoreError> {
        block(GrantStore::swap(self, key, expected, next))
    }

    fn due(&self, before: Timestamp, limit: u32) -> Result<Vec<GrantKey>, StoreError> {
        block(GrantStore::due(self, before, limit))
    }

    fn scan(
        &self,
        after: Option<&GrantKey>,
        limit: u32,
    ) -> Result<Vec<(GrantKey, Revision, Row)>, StoreError> {
        block(GrantStore::scan(self, after, limit))
    }
}
