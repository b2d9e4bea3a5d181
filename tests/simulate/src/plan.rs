//! What a seed stands for: a provider, how many replicas, what people do, and what goes wrong.

use std::fmt;
use std::time::Duration;

use gatepass::renewal::{Deadlines, Reach, Rotation};

use crate::dice::Dice;
use crate::provider::Kind;

/// What can go wrong, each so many times in a thousand; the last ones so many times in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// A store's operation fails and is not applied.
    pub store_fails: u64,
    /// It is applied and its reply is lost.
    pub store_reply_lost: u64,
    /// A write fails and is applied later all the same.
    pub store_late: u64,
    /// It takes seconds.
    pub store_slow: u64,
    pub no_connection: u64,
    /// A connection takes so long that it may be too late to send.
    pub connection_slow: u64,
    /// A replica stands still while it connects.
    pub stalls: u64,
    /// A request is lost on its way.
    pub request_lost: u64,
    /// The connection breaks while the request travels on.
    pub reset: u64,
    /// The answer is lost.
    pub reply_lost: u64,
    /// The answer comes late, or too late.
    pub reply_slow: u64,
    /// The request travels for almost as long as it may.
    pub request_slow: u64,
    /// 429, not processed.
    pub busy: u64,
    /// 503 by a gateway that did not pass the request on, or did and lost the answer.
    pub gateway: u64,
    /// 500 after it was processed.
    pub broken: u64,
    /// A refusal that says nothing about the token.
    pub declined: u64,
    /// A successor in an answer that must be refused.
    pub flawed: u64,
    /// A replica is killed after a step of one of its tasks.
    pub crashes: u64,
    /// A replica stands still for some time.
    pub freezes: u64,
    /// A replica's wall clock jumps.
    pub jumps: u64,
    /// The store is away for seconds.
    pub outages: u64,
}

/// A seed, spelled out.
#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    pub kind: Kind,
    pub reach: Reach,
    /// Milliseconds.
    pub grace: u64,
    pub arrival: u64,
    pub lifetime: u64,
    pub replicas: usize,
    pub grants: usize,
    /// Rounds of requests, each when the access tokens are about to end.
    pub scenes: u64,
    /// Requests in a round, over all replicas.
    pub requests: u64,
    pub logouts: u64,
    pub logins: u64,
    /// Keepers of blocking programs, whose tasks are threads.
    pub threads: bool,
    /// Of a thousand callers so many go away before they are answered.
    pub gone: u64,
    pub faults: Faults,
}

/// How long nothing goes wrong any more at the end, and everything is settled: longer than a provider can ask to be
/// left alone.
pub const TAIL: u64 = 700_000;

impl Plan {
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed ^ 0x706c_616e);
        let kind =
            dice.one_of(&[Kind::Strict, Kind::Strict, Kind::Same, Kind::Fork, Kind::Newest, Kind::Stable]);
        let grace = dice.one_of(&[45_000, 60_000, 60_000, 120_000, 25_000, 10_000]);
        let calm = dice.happens(150);
        let faults = if calm { Faults::default() } else { faults(&mut dice) };
        Self {
            seed,
            kind,
            reach: dice.one_of(&[Reach::Family, Reach::Token, Reach::Grant]),
            grace,
            arrival: dice.one_of(&[5_000, 5_000, 1_000, 3_000]),
            lifetime: dice.one_of(&[60_000, 120_000, 300_000, 3_600_000]),
            replicas: dice.between(1, 3) as usize,
            grants: dice.between(1, 2) as usize,
            scenes: dice.between(2, 4),
            requests: dice.between(3, 14),
            logouts: dice.below(3),
            logins: dice.below(3),
            gone: if dice.happens(400) { 250 } else { 0 },
            threads: seed % 8 == 7,
            faults,
        }
    }

    /// Whether nothing goes wrong.
    pub fn is_calm(&self) -> bool {
        self.faults == Faults::default()
    }

    pub fn rotation(&self) -> Rotation {
        let ms = Duration::from_millis;
        let rotation = Rotation::STRICT.arrival(ms(self.arrival)).reach(self.reach);
        match self.kind {
            Kind::Strict => rotation,
            Kind::Same => rotation.grace(ms(self.grace), true),
            Kind::Fork | Kind::Newest => rotation.grace(ms(self.grace), false),
            Kind::Stable => rotation.stable(),
        }
    }

    pub fn deadlines(&self) -> Deadlines {
        Deadlines::fitting(&self.rotation())
    }
}

/// A few kinds of faults a run, often enough that they meet.
fn faults(dice: &mut Dice) -> Faults {
    let mut faults = Faults::default();
    for _ in 0..dice.between(1, 5) {
        let often = dice.one_of(&[20, 60, 150, 300]);
        let few = dice.between(1, 3);
        match dice.below(21) {
            0 => faults.store_fails = often,
            1 => faults.store_reply_lost = often,
            2 => faults.store_late = often,
            3 => faults.store_slow = often / 2,
            4 => faults.no_connection = often,
            5 => faults.request_lost = often,
            6 => faults.reset = often,
            7 => faults.reply_lost = often,
            8 => faults.reply_slow = often,
            9 => faults.request_slow = often * 2,
            10 => faults.busy = often,
            11 => faults.gateway = often,
            12 => faults.broken = often,
            13 => faults.declined = often,
            14 => faults.flawed = often,
            15 => faults.crashes = few,
            16 => faults.freezes = few,
            17 => faults.jumps = few,
            18 => faults.connection_slow = often,
            19 => faults.stalls = often,
            _ => faults.outages = few,
        }
    }
    faults
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, reach, replicas, grants, scenes, requests, logouts, logins, .. } = self;
        let keepers = if self.threads { "threads" } else { "tasks" };
        write!(f, "seed {}: keepers of {keepers}, {kind:?} provider, reach {reach:?}", self.seed)?;
        if !matches!(kind, Kind::Strict | Kind::Stable) {
            write!(f, ", grace {} s", self.grace / 1000)?;
        }
        write!(
            f,
            ", {replicas} replicas, {grants} grants, {scenes} x {requests} requests, {logouts} logouts, {logins} logins"
        )?;
        if self.is_calm() { f.write_str(", nothing goes wrong") } else { write!(f, "\n  {:?}", self.faults) }
    }
}
