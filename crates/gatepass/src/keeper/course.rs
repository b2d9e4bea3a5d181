//! The loop of tasks: asks the world what an undertaking wants to know, until it ends.

use gatepass_core::drive;
use gatepass_core::renewal::Verdict;

use super::Keeper;
use crate::undertaking::{Ask, Reply, Undertaking};

impl Keeper {
    /// Carries an undertaking to its end. `away` is called whenever it has to wait for the store.
    pub(super) async fn course(
        &self,
        undertaking: &mut Undertaking,
        away: impl Fn(&Undertaking) + Send,
    ) -> Verdict {
        let key = undertaking.key().clone();
        let (store, world) = (&self.0.store, &self.0.world);
        let mut ask = undertaking.begin();
        loop {
            let reply = match ask {
                Ask::Read => Reply::Read(store.read(&key).await),
                Ask::Swap { expected, next } => Reply::Swapped(store.swap(&key, expected, next).await),
                Ask::Refresh(leg, limits) => Reply::Refreshed(drive(*leg, world, &limits).await),
                Ask::Revoke(leg, limits) => Reply::Revoked(drive(*leg, world, &limits).await),
                Ask::Wait { pause, store_away } => {
                    if store_away {
                        away(undertaking);
                    }
                    world.timer.sleep(pause).await;
                    Reply::Woke
                }
                Ask::Done(verdict) => return verdict,
            };
            ask = undertaking.heard(reply);
        }
    }
}
