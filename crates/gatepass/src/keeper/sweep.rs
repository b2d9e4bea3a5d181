//! The sweep: tells providers of logouts that they have not heard of, settles what dead holders left, removes what was
//! kept long enough.

use std::sync::Arc;
use std::time::Duration;

use gatepass_core::ports::GrantKey;
use gatepass_core::renewal::{Happened, Verdict};
use tracing::info_span;

use super::{Keeper, NO_ENTROPY};
use crate::book::Boarding;
use crate::keep_error::KeepError;
use crate::tokens::Slot;
use crate::undertaking::Undertaking;

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Swept {
    /// Grants that the provider was told of, or whose dead rows were removed.
    pub done: u32,
    /// Grants whose holder was gone and which were settled.
    pub settled: u32,
    /// Grants for which it is too early, or for which the provider could not be told now.
    pub put_off: u32,
    /// Grants that nothing was done about: another sweeper was there first, or no client is configured for them.
    pub left: u32,
}

impl Swept {
    pub(crate) fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Swept => self.done += 1,
            Verdict::Abandoned(..) => self.settled += 1,
            Verdict::NotYet(_) => self.put_off += 1,
            _ => self.left += 1,
        }
    }
}

impl Keeper {
    /// Looks after at most `limit` grants that are due. Call it now and then in every replica, or leave that to
    /// [`start_sweeper`](Self::start_sweeper).
    ///
    /// # Errors
    /// [`KeepError::StoreUnavailable`], when it cannot be learnt what is due.
    pub async fn sweep(&self, limit: u32) -> Result<Swept, KeepError> {
        let due = self.0.store.due(self.0.book.store_now(), limit).await;
        let mut swept = Swept::default();
        for key in due.map_err(|why| KeepError::StoreUnavailable(Arc::new(why)))? {
            swept.count(self.sweep_one(&key).await?);
        }
        Ok(swept)
    }

    /// Sweeps every so often, in a task that ends when the last other handle of this keeper is dropped.
    pub fn start_sweeper(&self, every: Duration) {
        let timer = Arc::clone(&self.0.world.timer);
        let keeper = Arc::downgrade(&self.0);
        self.0.world.spawn.spawn(Box::pin(async move {
            loop {
                timer.sleep(every).await;
                let Some(inner) = keeper.upgrade() else { return };
                if let Err(why) = Self(inner).sweep(256).await {
                    tracing::warn!(%why, "the sweep found nothing out");
                }
            }
        }));
    }

    /// Sweeps one grant in a task of its own, and once more if it is too early.
    pub(super) fn sweep_soon(&self, key: GrantKey) {
        let keeper = self.clone();
        self.task(info_span!("sweep", provider = key.provider()), async move {
            let Ok(Verdict::NotYet(due)) = keeper.sweep_one(&key).await else { return };
            let weak = Arc::downgrade(&keeper.0);
            let timer = Arc::clone(&keeper.0.world.timer);
            let pause = due.saturating_since(keeper.0.book.store_now());
            // Not counted: whoever drains does not wait for it, since the next sweeper takes it up.
            keeper.0.world.spawn.spawn(Box::pin(async move {
                timer.sleep(pause).await;
                if let Some(inner) = weak.upgrade() {
                    let again = Self(inner);
                    let keeper = again.clone();
                    let span = info_span!("sweep", provider = key.provider());
                    again.task(span, async move { drop(keeper.sweep_one(&key).await) });
                }
            }));
        });
    }

    async fn sweep_one(&self, key: &GrantKey) -> Result<Verdict, KeepError> {
        let book = &self.0.book;
        let Some(known) = book.known(key.provider()) else { return Ok(Verdict::Nothing) };
        // What needs no client is settled without one, and who is to be told has to wait.
        let client = known.source.client(&self.0.world).await.ok();
        let mut undertaking = Undertaking::sweep(book, known, client, key).map_err(|_| NO_ENTROPY)?;
        let verdict = self.course(&mut undertaking, |_| {}).await;
        if let Verdict::Abandoned(lineage, generation) = verdict {
            let slot = Slot::new();
            let seat = match book.board(key, &slot) {
                Boarding::Joined(seat) => seat,
                Boarding::Fly(flight, seat) => {
                    self.fly(known, key, &slot, flight, lineage, generation);
                    seat
                }
            };
            drop(seat.await);
        }
        if verdict == Verdict::StoreAway {
            book.happened(key, Happened::PersistRetry);
        }
        Ok(verdict)
    }
}
