//! A keeper of either kind behind one face. Those of threads block where those of tasks wait, so they are asked in a
//! thread of the simulation.

use std::sync::Arc;
use std::time::Duration;

use gatepass::ports::{Clock, GrantKey};
use gatepass::{AccessToken, Attempt, KeepError, Keeper, Slot, TokenSet, Unavailable, blocking};

use crate::sim::Life;
use crate::stage::Stage;
use crate::threads;

#[derive(Clone, Debug)]
pub enum Kept {
    Tasks(Keeper),
    Threads(blocking::Keeper),
}

/// How often each process looks after what is due.
const SWEEP: Duration = Duration::from_secs(20);

impl Kept {
    pub async fn access_token(&self, key: &GrantKey, slot: &Slot) -> Result<AccessToken, Unavailable> {
        let usual = *slot == Slot::new();
        match self {
            Self::Tasks(keeper) if usual => keeper.access_token(key).await,
            Self::Tasks(keeper) => keeper.access_token_for(key, slot).await,
            Self::Threads(keeper) if usual => keeper.access_token(key),
            Self::Threads(keeper) => keeper.access_token_for(key, slot),
        }
    }

    pub async fn unauthorized(
        &self,
        key: &GrantKey,
        refused: AccessToken,
    ) -> Result<AccessToken, Unavailable> {
        match self {
            Self::Tasks(keeper) => keeper.unauthorized(key, refused).await,
            Self::Threads(keeper) => keeper.unauthorized(key, refused),
        }
    }

    pub async fn logout(&self, key: &GrantKey) -> Result<(), KeepError> {
        match self {
            Self::Tasks(keeper) => keeper.logout(key).await,
            Self::Threads(keeper) => keeper.logout(key),
        }
    }

    pub async fn install(&self, key: &GrantKey, tokens: TokenSet) -> Result<(), KeepError> {
        match self {
            Self::Tasks(keeper) => keeper.install(key, tokens).await,
            Self::Threads(keeper) => keeper.install(key, tokens),
        }
    }

    /// How much is still under way after the time. A keeper of threads waits for that by the system's clock, which the
    /// simulation does not have.
    pub async fn drain(&self, at_most: Duration) -> usize {
        match self {
            Self::Tasks(keeper) => keeper.drain(at_most).await,
            Self::Threads(_) => 0,
        }
    }

    pub fn attempt(&self) -> Attempt {
        match self {
            Self::Tasks(keeper) => keeper.world().attempt().unwrap(),
            Self::Threads(keeper) => keeper.world().attempt().unwrap(),
        }
    }

    pub fn clock(&self) -> Arc<dyn Clock> {
        match self {
            Self::Tasks(keeper) => Arc::clone(&keeper.world().clock),
            Self::Threads(keeper) => Arc::clone(&keeper.world().clock),
        }
    }

    pub fn start_sweeper(&self, stage: &Arc<Stage>, life: Life) {
        match self {
            Self::Tasks(keeper) => keeper.start_sweeper(SWEEP),
            Self::Threads(keeper) => {
                let (keeper, stage) = (keeper.clone(), Arc::clone(stage));
                threads::spawn(&stage.clone(), life, move || {
                    loop {
                        threads::block(stage.sleep(crate::sim::millis(SWEEP)));
                        drop(keeper.sweep(256));
                    }
                });
            }
        }
    }
}
