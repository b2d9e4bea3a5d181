//! The few instants of the model: one second is one tick, and the store's clock always reads `NOW`.
//!
//! Time does not move forward; the past moves back. Two states that differ only in when they are reached are one.

use std::time::Duration;

use gatepass_core::Timestamp;
use gatepass_core::ports::Revision;
use gatepass_core::renewal::{AttemptId, Deadlines, Fingerprint, Journal, Policy, Reach, Rotation};

use crate::provider::{Kind, Token};

pub const NOW: Timestamp = Timestamp::from_unix_seconds(1_000);
pub const TICK: Duration = Duration::from_secs(1);
/// A request takes at most a tick, and travels for at most another.
pub const HTTP: u8 = 1;
pub const ARRIVAL: u8 = 1;
pub const LEASE: u8 = 3;
/// The window in which a provider of such a kind takes a used token.
pub const GRACE: u8 = 7;
pub const TOMBSTONE: u8 = 2;

/// The row's revision, and all that it was before.
pub const CURRENT: Revision = Revision::new(1);
pub const STALE: Revision = Revision::new(0);

pub const NOBODY: AttemptId = AttemptId::new([0xee; 16]);

pub fn ticks(count: u8) -> Duration {
    TICK * u32::from(count)
}

pub fn fingerprint(token: Token) -> Fingerprint {
    Fingerprint::from_stored([token; 16])
}

pub fn token(fingerprint: Fingerprint) -> Token {
    fingerprint.as_bytes()[0]
}

pub fn holder(index: usize) -> AttemptId {
    AttemptId::new([index as u8 + 1; 16])
}

/// What the profile says of such a provider.
pub fn rotation(kind: Kind, reach: Reach) -> Rotation {
    let rotation = Rotation::STRICT.arrival(ticks(ARRIVAL)).reach(reach);
    match kind {
        Kind::Strict => rotation,
        Kind::Same => rotation.grace(ticks(GRACE), true),
        Kind::Fork | Kind::Newest => rotation.grace(ticks(GRACE), false),
        Kind::Stable => rotation.stable(),
    }
}

pub fn policy(rotation: Rotation) -> Policy {
    let deadlines = Deadlines::DEFAULT
        .http(ticks(HTTP))
        .margin(Duration::ZERO)
        .lease(ticks(LEASE))
        .tombstone(ticks(TOMBSTONE));
    Policy::new(rotation, deadlines).expect("the model's numbers fit")
}

/// The journal, some ticks later. What no rule can tell apart any more becomes one.
pub fn aged(mut journal: Journal, count: u8) -> Journal {
    let back =
        |time: Timestamp, floor: u8| time.saturating_sub(ticks(count)).max(NOW.saturating_sub(ticks(floor)));
    journal.first_sent = journal.first_sent.map(|time| back(time, GRACE + 2));
    journal.lease_until = journal.lease_until.map(|time| back(time, 0));
    journal
}
