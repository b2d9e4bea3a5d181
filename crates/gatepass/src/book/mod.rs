//! What a keeper knows, whoever drives it: its clients, its keys, its clocks, and what is under way.

mod clients;
mod judge;
mod memory;
mod rest;
mod signals;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use gatepass_core::Timestamp;
use gatepass_core::ports::{ClientSource, Clock, Entropy, GrantKey, NoEntropy, Row};
use gatepass_core::renewal::{AttemptId, Deadlines, Lineage};

use crate::keep_error::{KeepError, KeeperError};
use crate::keeper::Progress;
use crate::sealing::{Binding, KeyRing, SealError};
use crate::sync::{self, Flights, Newsroom, Tasks};
use crate::tokens::{AccessToken, GrantTokens, Slot};
use crate::unavailable::Unavailable;

pub(crate) use clients::Known;
pub(crate) use judge::{Conclusion, Standing};
use memory::{Memory, Ticket};
use rest::Rests;

/// What is served from memory is no older than this, whatever was asked for.
const LONGEST_FROM_MEMORY: Duration = Duration::from_secs(300);

type Route = (GrantKey, Slot);
type Answer = Result<AccessToken, Unavailable>;

/// A renewal under way, for all in this process who need the same token.
pub(crate) type Flight = sync::Flight<Route, Answer>;

pub(crate) type Boarding = sync::Boarding<Route, Answer>;

/// The shared knowledge of a keeper.
pub(crate) struct Book {
    pub(crate) ring: KeyRing,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    flights: Arc<Flights<Route, Answer>>,
    pub(crate) tasks: Arc<Tasks>,
    pub(crate) rests: Rests,
    pub(crate) news: Newsroom,
    memory: Option<Memory>,
    clients: Vec<Known>,
    /// Drawn once, so that replicas do not renew at the same moment.
    salt: u64,
    /// How far the store's clock is ahead of ours, in milliseconds, as last seen.
    ahead: AtomicI64,
}

impl Book {
    pub(crate) fn new(
        clients: Vec<(Box<str>, Arc<dyn ClientSource>)>,
        deadlines: Option<Deadlines>,
        from_memory: Duration,
        ring: KeyRing,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Arc<Self>, KeeperError> {
        let clients = clients::checked(clients, deadlines)?;
        if from_memory > LONGEST_FROM_MEMORY {
            return Err(KeeperError::MemoryTooLong { longest: LONGEST_FROM_MEMORY });
        }
        let [random, _] = entropy.seed().map_err(KeeperError::NoEntropy)?.split();
        let mut salt = [0; 8];
        salt.copy_from_slice(&random[..8]);
        Ok(Arc::new(Self {
            ring,
            clock,
            entropy,
            flights: Arc::default(),
            tasks: Tasks::new(),
            rests: Rests::default(),
            news: Newsroom::default(),
            memory: Some(from_memory).filter(|most| !most.is_zero()).map(Memory::new),
            clients,
            salt: u64::from_be_bytes(salt),
            ahead: AtomicI64::new(0),
        }))
    }

    pub(crate) fn known(&self, name: &str) -> Option<&Known> {
        self.clients.iter().find(|known| &*known.name == name)
    }

    /// The token of a slot from memory; otherwise, if what is now read may be remembered, the ticket for that.
    pub(crate) fn recall(
        &self,
        key: &GrantKey,
        slot: &Slot,
        refused: Option<&AccessToken>,
    ) -> Result<AccessToken, Option<Ticket>> {
        match &self.memory {
            Some(memory) if refused.is_none() => memory.recall(key, slot, &*self.clock).map_err(Some),
            Some(_) | None => Err(None),
        }
    }

    pub(crate) fn remember(
        &self,
        ticket: Option<&Ticket>,
        key: &GrantKey,
        token: &AccessToken,
        fresh_for: Duration,
    ) {
        if let (Some(memory), Some(ticket)) = (&self.memory, ticket) {
            memory.remember(ticket, key, token, fresh_for);
        }
    }

    /// Serves nothing from memory that was read of this grant until now.
    pub(crate) fn forget(&self, key: &GrantKey) {
        if let Some(memory) = &self.memory {
            memory.forget(key);
        }
    }

    /// Joins the renewal of a token, or begins one.
    pub(crate) fn board(&self, key: &GrantKey, slot: &Slot) -> Boarding {
        self.flights.board((key.clone(), slot.clone()), Err(Unavailable::Later { retry_after: None }))
    }

    /// The longest time that a claim of ours holds a row.
    pub(crate) fn longest_lease(&self) -> Duration {
        self.clients.iter().map(|known| known.policy.deadlines().lease).max().unwrap_or_default()
    }

    pub(crate) fn attempt_id(&self) -> Result<AttemptId, NoEntropy> {
        let [random, _] = self.entropy.seed()?.split();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&random[..16]);
        Ok(AttemptId::new(bytes))
    }

    pub(crate) fn new_lineage(&self) -> Result<Lineage, NoEntropy> {
        let [random, _] = self.entropy.seed()?.split();
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&random[..8]);
        Ok(Lineage::new(u64::from_be_bytes(bytes)))
    }

    /// Remembers what the store's clock said, to know when something is due there.
    pub(crate) fn saw(&self, store: Timestamp) {
        let ahead = store.as_unix_millis().saturating_sub(self.clock.now().as_unix_millis());
        self.ahead.store(ahead, Ordering::Relaxed);
    }

    /// About what the store's clock says.
    pub(crate) fn store_now(&self) -> Timestamp {
        let ahead = self.ahead.load(Ordering::Relaxed);
        Timestamp::from_unix_millis(self.clock.now().as_unix_millis().saturating_add(ahead))
    }

    pub(crate) fn open(&self, key: &GrantKey, row: &Row) -> Result<GrantTokens, SealError> {
        let binding = Binding::grant(key, row.journal.lineage, row.journal.generation);
        let bytes = self.ring.open(&binding, &row.tokens)?;
        GrantTokens::from_bytes(&bytes).ok_or(SealError::Corrupt)
    }

    /// The same row under the first key of the ring; `None`: it is already, or it cannot be opened, which is counted.
    pub(crate) fn resealed(
        &self,
        key: &GrantKey,
        row: &Row,
        done: &mut Progress,
    ) -> Result<Option<Row>, KeepError> {
        if self.ring.is_current(&row.tokens) {
            return Ok(None);
        }
        let binding = Binding::grant(key, row.journal.lineage, row.journal.generation);
        let Ok(bytes) = self.ring.open(&binding, &row.tokens) else {
            done.failed += 1;
            return Ok(None);
        };
        let sealed = self.ring.seal(&binding, &bytes, &*self.entropy).map_err(KeepError::Sealing)?;
        Ok(Some(Row::new(row.journal, sealed)))
    }

    /// When a token is renewed before its end differs a little from token to token and from replica to replica.
    fn jitter(&self, lineage: Lineage, generation: u64, lifetime: Duration) -> Duration {
        let mut mixed =
            self.salt ^ lineage.number().rotate_left(17) ^ generation.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let most = (lifetime / 10).min(Duration::from_secs(30));
        most.mul_f64(((mixed >> 40) as f64) / ((1_u64 << 24) as f64))
    }
}

impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Book")
            .field("clients", &self.clients)
            .field("ring", &self.ring)
            .finish_non_exhaustive()
    }
}
