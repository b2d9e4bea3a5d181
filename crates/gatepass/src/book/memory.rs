//! Fresh access tokens in memory, for a keeper that was told how old what it serves may be.
//!
//! - A token is served for at most so long after the question went to the store that brought it, by both clocks, and
//!   never from the moment on at which it is worth renewing.
//! - Whatever this process learns or writes of a grant makes it forget the grant; a read that began before that brings
//!   nothing back.
//! - A token is found by its grant and its slot and by nothing less. No more than a number of them are kept, and one
//!   that is forgotten is zeroized with its last holder.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gatepass_core::ports::{Clock, GrantKey};
use gatepass_core::{Monotonic, Timestamp};

use crate::tokens::{AccessToken, Slot};

/// Grants that do not meet at one lock.
const SHARDS: usize = 16;
/// More tokens than this are not kept in a shard: the one whose time is up first goes.
const MOST: usize = 256;

/// The tokens that are remembered.
pub(crate) struct Memory {
    at_most: Duration,
    hasher: RandomState,
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Default)]
struct Shard {
    grants: HashMap<GrantKey, Vec<Remembered>>,
    tokens: usize,
    /// How often something was forgotten.
    forgotten: u64,
    /// When it is looked for what is over.
    tidy_from: Monotonic,
}

struct Remembered {
    token: AccessToken,
    since: Timestamp,
    until: (Timestamp, Monotonic),
}

/// What a read of the store must show to be remembered: nothing was forgotten since it began.
pub(crate) struct Ticket {
    shard: usize,
    forgotten: u64,
    began: (Timestamp, Monotonic),
}

impl Memory {
    pub(crate) fn new(at_most: Duration) -> Self {
        Self { at_most, hasher: RandomState::new(), shards: Default::default() }
    }

    /// The token of a slot, if it is remembered; otherwise what the read begins with that is to be remembered.
    pub(crate) fn recall(
        &self,
        key: &GrantKey,
        slot: &Slot,
        clock: &dyn Clock,
    ) -> Result<AccessToken, Ticket> {
        let began = (clock.now(), clock.monotonic());
        let at = self.at(key);
        let mut shard = self.shard(at);
        let found = shard.grants.get(key).and_then(|all| all.iter().find(|one| one.token.slot() == slot));
        match found {
            Some(one) if one.holds(began) => Ok(one.token.clone()),
            found => {
                if found.is_some() {
                    shard.drop_those(|one| !one.holds(began));
                }
                Err(Ticket { shard: at, forgotten: shard.forgotten, began })
            }
        }
    }

    /// Remembers a token that was read under this ticket, and that is fresh for so long.
    pub(crate) fn remember(&self, ticket: &Ticket, key: &GrantKey, token: &AccessToken, fresh_for: Duration) {
        let mut shard = self.shard(ticket.shard);
        let keep = self.at_most.min(fresh_for);
        if shard.forgotten != ticket.forgotten || keep.is_zero() {
            return;
        }
        let (wall, monotonic) = ticket.began;
        if shard.tokens >= MOST || shard.tidy_from <= monotonic {
            shard.tidy_from = monotonic.saturating_add(self.at_most);
            shard.drop_those(|one| !one.holds(ticket.began));
        }
        while shard.tokens >= MOST {
            let Some(first) = shard.all().map(|one| one.until.1).min() else { break };
            shard.drop_those(|one| one.until.1 == first);
        }
        let until = (wall.saturating_add(keep), monotonic.saturating_add(keep));
        let of_grant = shard.grants.entry(key.clone()).or_default();
        let before = of_grant.len();
        of_grant.retain(|one| one.token.slot() != token.slot() && one.token.lineage() == token.lineage());
        of_grant.push(Remembered { token: token.clone(), since: wall, until });
        let after = of_grant.len();
        shard.tokens = shard.tokens + after - before;
    }

    /// Forgets a grant, and what reads that have begun would bring.
    pub(crate) fn forget(&self, key: &GrantKey) {
        let mut shard = self.shard(self.at(key));
        shard.forgotten += 1;
        let gone = shard.grants.remove(key).map_or(0, |all| all.len());
        shard.tokens -= gone;
    }

    fn at(&self, key: &GrantKey) -> usize {
        (self.hasher.hash_one(key) % SHARDS as u64) as usize
    }

    fn shard(&self, at: usize) -> MutexGuard<'_, Shard> {
        self.shards[at].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shard {
    fn all(&self) -> impl Iterator<Item = &Remembered> {
        self.grants.values().flatten()
    }

    fn drop_those(&mut self, over: impl Fn(&Remembered) -> bool) {
        let mut left = 0;
        self.grants.retain(|_, all| {
            all.retain(|one| !over(one));
            left += all.len();
            !all.is_empty()
        });
        self.tokens = left;
    }
}

impl Remembered {
    /// Whether its time is not up, whatever was done to either clock.
    fn holds(&self, (wall, monotonic): (Timestamp, Monotonic)) -> bool {
        self.since <= wall && wall < self.until.0 && monotonic < self.until.1
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("at_most", &self.at_most).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use gatepass_core::ports::Owner;
    use gatepass_core::renewal::Lineage;
    use gatepass_core::{Scopes, Secret};

    use super::*;
    use crate::tokens::Kept;

    const SECOND: Duration = Duration::from_secs(1);

    /// Two clocks in seconds.
    #[derive(Debug)]
    struct Hands {
        wall: AtomicU64,
        monotonic: AtomicU64,
    }

    impl Hands {
        fn new() -> Self {
            Self { wall: AtomicU64::new(1000), monotonic: AtomicU64::new(0) }
        }

        fn set(&self, wall: u64, monotonic: u64) {
            self.wall.store(wall, Ordering::Relaxed);
            self.monotonic.store(monotonic, Ordering::Relaxed);
        }
    }

    impl Clock for Hands {
        fn now(&self) -> Timestamp {
            Timestamp::EPOCH.saturating_add(SECOND * self.wall.load(Ordering::Relaxed) as u32)
        }

        fn monotonic(&self) -> Monotonic {
            Monotonic::since_origin(SECOND * self.monotonic.load(Ordering::Relaxed) as u32)
        }
    }

    fn key(id: usize) -> GrantKey {
        GrantKey::new("example", Owner::User(id.to_string().into()))
    }

    fn token(slot: Slot, lineage: u64) -> AccessToken {
        let (scopes, issued) = (Scopes::none(), Timestamp::EPOCH);
        let kept = Kept { slot, scopes, access: Secret::from("secret"), issued, expires: None };
        AccessToken::new(&kept, Lineage::new(lineage), 0, false)
    }

    fn remember(memory: &Memory, key: &GrantKey, token: &AccessToken, clock: &Hands) {
        let ticket = memory.recall(key, token.slot(), clock).map(drop).expect_err("it is not there yet");
        memory.remember(&ticket, key, token, Duration::MAX);
    }

    fn is_there(memory: &Memory, key: &GrantKey, clock: &Hands) -> bool {
        memory.recall(key, &Slot::new(), clock).is_ok()
    }

    fn count(memory: &Memory) -> usize {
        let count = |shard: &Mutex<Shard>| {
            let shard = shard.lock().unwrap();
            assert_eq!(shard.tokens, shard.all().count());
            shard.tokens
        };
        memory.shards.iter().map(count).sum()
    }

    #[test]
    fn either_clock_ends_it_and_a_wall_clock_that_is_set_back_too() {
        let (memory, clock) = (Memory::new(10 * SECOND), Hands::new());
        remember(&memory, &key(1), &token(Slot::new(), 1), &clock);
        for (wall, monotonic, served) in
            [(1009, 9, true), (1010, 9, false), (1009, 10, false), (999, 9, false)]
        {
            let (memory, clock) = (Memory::new(10 * SECOND), Hands::new());
            remember(&memory, &key(1), &token(Slot::new(), 1), &clock);
            clock.set(wall, monotonic);
            assert_eq!(is_there(&memory, &key(1), &clock), served, "{wall} {monotonic}");
            assert_eq!(count(&memory), usize::from(served), "what is over is not kept");
        }
    }

    #[test]
    fn it_counts_from_before_the_read_and_not_from_after_it() {
        let (memory, clock) = (Memory::new(10 * SECOND), Hands::new());
        let ticket = memory.recall(&key(1), &Slot::new(), &clock).map(drop).unwrap_err();
        clock.set(1009, 9);
        memory.remember(&ticket, &key(1), &token(Slot::new(), 1), Duration::MAX);
        assert!(is_there(&memory, &key(1), &clock));
        clock.set(1010, 10);
        assert!(!is_there(&memory, &key(1), &clock));
    }

    #[test]
    fn a_read_that_began_before_something_was_forgotten_brings_nothing_back() {
        let (memory, clock) = (Memory::new(10 * SECOND), Hands::new());
        let ticket = memory.recall(&key(1), &Slot::new(), &clock).map(drop).unwrap_err();
        memory.forget(&key(1));
        memory.remember(&ticket, &key(1), &token(Slot::new(), 1), Duration::MAX);
        assert!(!is_there(&memory, &key(1), &clock));
    }

    #[test]
    fn another_family_of_the_same_grant_ends_the_tokens_of_the_last_one() {
        let (memory, clock) = (Memory::new(10 * SECOND), Hands::new());
        remember(&memory, &key(1), &token(Slot::new(), 1), &clock);
        remember(&memory, &key(1), &token(Slot::new().resource("https://api.example"), 2), &clock);
        assert!(!is_there(&memory, &key(1), &clock));
        assert_eq!(count(&memory), 1);
    }

    #[test]
    fn no_more_than_a_number_of_tokens_are_kept_and_the_rest_is_let_go() {
        let (memory, clock) = (Memory::new(10_000 * SECOND), Hands::new());
        let tokens: Vec<_> = (0..SHARDS * MOST * 2).map(|_| token(Slot::new(), 1)).collect();
        for (at, token) in tokens.iter().enumerate() {
            clock.set(1000 + at as u64 / 4, at as u64 / 4);
            remember(&memory, &key(at), token, &clock);
        }
        let kept = count(&memory);
        assert!(kept > SHARDS * MOST / 2 && kept <= SHARDS * MOST, "{kept}");
        let held = tokens.iter().filter(|token| token.is_shared()).count();
        assert_eq!(held, kept, "what is not kept has no holder left in here");
        for at in 0..tokens.len() {
            memory.forget(&key(at));
        }
        assert!(!tokens.iter().any(AccessToken::is_shared));
    }

    #[test]
    fn what_is_over_is_let_go_though_nobody_asks_for_it() {
        let (memory, clock) = (Memory::new(10 * SECOND), Hands::new());
        let old: Vec<_> = (0..100).map(|_| token(Slot::new(), 1)).collect();
        for (at, token) in old.iter().enumerate() {
            remember(&memory, &key(at), token, &clock);
        }
        clock.set(1020, 20);
        for at in 100..400 {
            remember(&memory, &key(at), &token(Slot::new(), 1), &clock);
        }
        assert!(!old.iter().any(AccessToken::is_shared));
        assert!(!format!("{memory:?}").contains("secret"));
    }
}
