//! The numbers that the processes and the one who disturbs them share. They are small, so that a run is short, and far
//! larger than what a busy machine is late by.

use std::time::Duration;

use gatepass::renewal::{Deadlines, Rotation};

use crate::Kind;

/// How many processes share the store.
pub const PROCESSES: usize = 3;
/// How many requests each gets at once.
pub const CROWD: usize = 32;

/// The whole time of one request to the provider.
pub(crate) const HTTP: Duration = Duration::from_millis(2500);
const ARRIVAL: Duration = Duration::from_millis(500);
const MARGIN: Duration = Duration::from_millis(500);
/// How long a claim holds, and hence how long others wait for a process that was killed.
const LEASE: Duration = Duration::from_millis(5000);
/// How long the provider takes a refresh token that it has replaced, where it does.
pub(crate) const GRACE: Duration = Duration::from_secs(30);

pub(crate) fn deadlines() -> Deadlines {
    Deadlines::DEFAULT.http(HTTP).margin(MARGIN).lease(LEASE)
}

/// What the processes know of the provider.
pub(crate) fn rotation(kind: Kind) -> Rotation {
    let known = Rotation::STRICT.arrival(ARRIVAL);
    match kind {
        Kind::Strict => known,
        Kind::Grace => known.grace(GRACE, false),
        Kind::GraceIdempotent => known.grace(GRACE, true),
    }
}
