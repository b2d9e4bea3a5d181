//! One undertaking on one grant, between the machine and the world: the machine's effects as questions that a driver
//! asks store, provider and timer, and their answers as the machine's events. It keeps the secrets beside the machine.
//!
//! It does no I/O, so that the drivers of tasks and of threads are a loop each, and a test can answer in their place.

mod anchor;
mod answer;
mod end;
mod hindrance;
mod legs;
#[cfg(test)]
mod tests;
mod vault;

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use gatepass_core::ports::{GrantKey, Guard, Limits, NoEntropy, Reading, Revision, Row, StoreError, Swap};
use gatepass_core::renewal::{
    Effect, Event, Fingerprint, Lineage, Machine, Seen, Tokens, Told, Verdict, Waiting,
};
use gatepass_core::{
    Client, DriveError, Monotonic, Refresh, Refreshed, Revocation, Secret, Timestamp, TokenKind, TokenSet,
};

use crate::book::{Book, Known};
use crate::sealing::SealError;
use crate::tokens::Slot;

use anchor::Anchor;
pub(crate) use answer::Unproven;
use answer::{Answer, Revoked};
pub(crate) use hindrance::Hindrance;
use vault::Vault;

/// Another holder who was looked for that often has had about a second: more than a renewal usually takes.
const LONG: u32 = 8;

/// Who has no client to tell a provider with tries again after this.
const NOBODY_TO_TELL: Duration = Duration::from_secs(60);

/// What a driver does next.
#[derive(Debug)]
pub(crate) enum Ask {
    /// Read the row.
    Read,
    /// Swap it.
    Swap { expected: Option<Revision>, next: Option<Row> },
    /// Drive this leg.
    Refresh(Box<Refresh>, Limits),
    /// Drive this one.
    Revoke(Box<Revocation>, Limits),
    /// Wait. With the store away, whoever waits for tokens is answered now.
    Wait { pause: Duration, store_away: bool },
    /// The end.
    Done(Verdict),
}

/// What became of it.
#[derive(Debug)]
pub(crate) enum Reply {
    Read(Result<Reading, StoreError>),
    Swapped(Result<Swap, StoreError>),
    Refreshed(Result<Refreshed, DriveError<Refresh>>),
    Revoked(Result<(), DriveError<Revocation>>),
    Woke,
}

/// An undertaking under way.
pub(crate) struct Undertaking {
    book: Arc<Book>,
    known: Known,
    /// `None`: nobody has to be asked anything, or nobody knows whom.
    client: Option<Client>,
    key: GrantKey,
    slot: Slot,
    machine: Machine,
    vault: Vault,
    /// Our clocks and the store's at its last answer.
    anchor: Option<Anchor>,
    /// Our clocks when the question that is out was asked.
    asked: (Timestamp, Monotonic),
    /// What the swap that is out writes.
    writing: Option<Row>,
    revoking: VecDeque<(Secret, TokenKind)>,
    told: Told,
    /// What the machine hears after a pause of the driver's own.
    after_pause: Option<Event>,
    failed_swaps: u32,
    looks: u32,
    away: Option<Arc<StoreError>>,
    hindered: Option<Hindrance>,
}

impl Undertaking {
    pub(crate) fn renew(
        book: &Arc<Book>,
        known: &Known,
        client: Client,
        key: &GrantKey,
        slot: &Slot,
        lineage: Lineage,
        generation: u64,
    ) -> Result<Self, NoEntropy> {
        let machine = Machine::renew(known.policy, book.attempt_id()?, lineage, generation);
        let known = (known, Some(client));
        Ok(Self::new(book, known, key, slot.clone(), machine, None))
    }

    pub(crate) fn install(
        book: &Arc<Book>,
        known: &Known,
        key: &GrantKey,
        tokens: TokenSet,
    ) -> Result<Self, NoEntropy> {
        let current = tokens.refresh_token().map(|token| Fingerprint::of(token.expose()));
        let machine = Machine::install(known.policy, book.attempt_id()?, book.new_lineage()?, current);
        // Whoever has tokens to install has had a client just now.
        let known = (known, known.source.at_hand());
        Ok(Self::new(book, known, key, Slot::new(), machine, Some(tokens)))
    }

    pub(crate) fn fence(book: &Arc<Book>, known: &Known, key: &GrantKey) -> Result<Self, NoEntropy> {
        let machine = Machine::fence(known.policy, book.attempt_id()?);
        Ok(Self::new(book, (known, None), key, Slot::new(), machine, None))
    }

    pub(crate) fn sweep(
        book: &Arc<Book>,
        known: &Known,
        client: Option<Client>,
        key: &GrantKey,
    ) -> Result<Self, NoEntropy> {
        let machine = Machine::sweep(known.policy, book.attempt_id()?);
        Ok(Self::new(book, (known, client), key, Slot::new(), machine, None))
    }

    pub(crate) fn distrust(book: &Arc<Book>, known: &Known, key: &GrantKey) -> Result<Self, NoEntropy> {
        let machine = Machine::distrust(known.policy, book.attempt_id()?);
        Ok(Self::new(book, (known, None), key, Slot::new(), machine, None))
    }

    fn new(
        book: &Arc<Book>,
        (known, client): (&Known, Option<Client>),
        key: &GrantKey,
        slot: Slot,
        machine: Machine,
        issued: Option<TokenSet>,
    ) -> Self {
        Self {
            book: Arc::clone(book),
            known: known.clone(),
            client,
            key: key.clone(),
            slot,
            machine,
            vault: Vault::new(issued),
            anchor: None,
            asked: (book.clock.now(), book.clock.monotonic()),
            writing: None,
            revoking: VecDeque::new(),
            told: Told::Done,
            after_pause: None,
            failed_swaps: 0,
            looks: 0,
            away: None,
            hindered: None,
        }
    }

    pub(crate) fn key(&self) -> &GrantKey {
        &self.key
    }

    pub(crate) fn slot(&self) -> &Slot {
        &self.slot
    }

    /// The first question.
    pub(crate) fn begin(&mut self) -> Ask {
        self.step(Event::Begin, self.estimate())
    }

    /// The next question after an answer.
    pub(crate) fn heard(&mut self, reply: Reply) -> Ask {
        match reply {
            Reply::Read(Ok(reading)) => {
                let found = self.saw(reading);
                self.step(Event::Read(found), self.estimate_at_anchor())
            }
            Reply::Read(Err(why)) => {
                self.away = Some(Arc::new(why));
                self.step(Event::StoreUnknown, self.estimate())
            }
            Reply::Swapped(Ok(Swap::Done { revision, now })) => {
                self.failed_swaps = 0;
                self.anchor_at(now);
                self.vault.wrote(revision, self.writing.take());
                self.step(Event::Swapped(revision), now)
            }
            Reply::Swapped(Ok(Swap::Moved(reading))) => {
                self.failed_swaps = 0;
                let found = self.saw(reading);
                self.step(Event::Moved(found), self.estimate_at_anchor())
            }
            Reply::Swapped(Err(why)) => {
                self.away = Some(Arc::new(why));
                self.swap_failed()
            }
            // `Swap` may grow: an outcome that is not known is one that may have been applied.
            Reply::Swapped(Ok(_)) => self.swap_failed(),
            Reply::Refreshed(result) => {
                let seen = self.vault.answered(result, &self.known, &self.book, &self.key);
                self.step(Event::Answered(seen), self.estimate())
            }
            Reply::Revoked(result) => {
                let revoked = Revoked::of(&result);
                self.book.revoked(&self.key, revoked.outcome());
                if let Some(again_in) = revoked.again_in() {
                    self.told = Told::NotNow { again_in };
                    self.revoking.clear();
                }
                self.revoke_next()
            }
            Reply::Woke => {
                let event = self.after_pause.take().unwrap_or(Event::Woke);
                self.step(event, self.estimate())
            }
        }
    }

    fn step(&mut self, event: Event, now: Timestamp) -> Ask {
        let (machine, effect) = self.machine.step(event, now);
        self.machine = machine;
        if let Some(happened) = machine.happened() {
            self.book.happened(&self.key, happened);
        }
        self.ask(effect, now)
    }

    fn ask(&mut self, effect: Effect, now: Timestamp) -> Ask {
        self.asked = (self.book.clock.now(), self.book.clock.monotonic());
        match effect {
            Effect::Read => Ask::Read,
            Effect::Swap { expected, next, tokens } => match self.row(next, tokens) {
                Ok(next) => {
                    self.writing.clone_from(&next);
                    Ask::Swap { expected, next }
                }
                Err(why) => {
                    self.hindered = Some(Hindrance::Unreadable(why));
                    self.swap_failed()
                }
            },
            Effect::Send { present, not_after } => match self.leg(present) {
                Ok(leg) => {
                    self.vault.sending(self.issue_time());
                    Ask::Refresh(Box::new(leg), self.limits().not_after(self.guard(not_after)))
                }
                Err(why) => {
                    self.book.hindered(&self.key, &why);
                    self.hindered = Some(why);
                    self.step(Event::Answered(Seen::NotSent), now)
                }
            },
            Effect::Revoke(which) => {
                self.told = Told::Done;
                self.revoking = VecDeque::new();
                if self.client.is_some() {
                    self.revoking = self.to_revoke(which);
                } else {
                    self.told = Told::NotNow { again_in: NOBODY_TO_TELL };
                }
                self.revoke_next()
            }
            Effect::Wait { until, why } => {
                let left = until.saturating_since(now);
                let pause = match why {
                    Waiting::Holder => left.min(self.look_again()),
                    _ => left,
                };
                Ask::Wait { pause, store_away: why == Waiting::Store }
            }
            Effect::Done(verdict) => Ask::Done(verdict),
            // `Effect` may grow with the machine, which this crate follows; what it cannot do, it does not do.
            _ => Ask::Done(Verdict::OutOfTurn),
        }
    }

    /// A swap that may not have been applied is looked at again at once; one that keeps failing while reads succeed
    /// (a full disk) with growing pauses, in which nobody is left waiting.
    fn swap_failed(&mut self) -> Ask {
        self.writing = None;
        self.failed_swaps += 1;
        if self.failed_swaps == 1 {
            return self.step(Event::StoreUnknown, self.estimate());
        }
        self.after_pause = Some(Event::StoreUnknown);
        let pause = Duration::from_millis(50 << self.failed_swaps.min(7));
        Ask::Wait { pause, store_away: true }
    }

    /// How long until another holder's row is looked at again.
    fn look_again(&mut self) -> Duration {
        self.looks += 1;
        if self.looks == LONG {
            let provider = self.key.provider();
            tracing::info!(provider, "a grant is held by another process, which takes long or is gone");
        }
        Duration::from_millis(5 << self.looks.min(8))
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits::DEFAULT.total(self.known.policy.deadlines().http)
    }

    fn row(
        &self,
        next: Option<gatepass_core::renewal::Journal>,
        tokens: Tokens,
    ) -> Result<Option<Row>, SealError> {
        let Some(journal) = next else { return Ok(None) };
        let issued = || self.anchor.as_ref().map_or(self.asked.0, |anchor| anchor.at(self.vault.issued_at()));
        self.vault.seal(&self.book, &self.key, &self.slot, journal, tokens, issued).map(Some)
    }

    /// Remembers a row that was found, and when the store's clock said what.
    fn saw(&mut self, reading: Reading) -> gatepass_core::renewal::Found {
        self.anchor_at(reading.now);
        self.vault.found(reading.row)
    }

    fn anchor_at(&mut self, store: Timestamp) {
        let after = (self.book.clock.now(), self.book.clock.monotonic());
        self.anchor = Some(Anchor { store, before: self.asked, after });
        // What was read or written here is newer than what was read for memory.
        self.book.forget(&self.key);
        self.book.saw(store);
    }

    fn guard(&self, not_after: Timestamp) -> Guard {
        let clock = Arc::clone(&self.book.clock);
        match &self.anchor {
            Some(anchor) => anchor.guard(clock, not_after),
            // Nothing was read, so nothing was claimed: a guard that has passed.
            None => Guard::new(clock, Timestamp::from_unix_millis(i64::MIN), Monotonic::default()),
        }
    }

    fn estimate(&self) -> Timestamp {
        let (wall, monotonic) = (self.book.clock.now(), self.book.clock.monotonic());
        self.anchor.as_ref().map_or(wall, |anchor| anchor.no_earlier(wall, monotonic))
    }

    fn estimate_at_anchor(&self) -> Timestamp {
        self.anchor.as_ref().map_or(self.asked.0, |anchor| anchor.store)
    }

    /// When a request that leaves now was issued, on the store's clock and not later than it was.
    fn issue_time(&self) -> Timestamp {
        let monotonic = self.book.clock.monotonic();
        self.anchor.as_ref().map_or(self.asked.0, |anchor| anchor.no_later(monotonic))
    }
}

impl fmt::Debug for Undertaking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Undertaking").field("machine", &self.machine).finish_non_exhaustive()
    }
}
