//! What became of everything, in numbers: a row for each provider, store and disturbance.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;

use crate::death::Moment;
use crate::{Disturbance, Kind, Store};

/// The numbers of some expiries.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Tally {
    /// How often the access tokens of all ended.
    pub expiries: u64,
    /// Requests of the crowds.
    pub requests: u64,
    /// Refresh requests that reached the provider.
    pub refreshes: u64,
    /// Requests that were put off: the provider or the store was away.
    pub put_off: u64,
    /// Requests whose process died.
    pub cut_off: u64,
    /// Requests that were told to log in again, softly.
    pub asked: u64,
    /// Requests with any other end than those and success.
    pub failed: u64,
    /// Grants after whose expiry nobody could know whether the refresh token is spent.
    pub unknowable: u64,
    /// Grants that ended suspect: a soft login renewed them.
    pub logins: u64,
    /// Families that the provider revoked because a token was used again.
    pub revoked: u64,
    /// Kills by where the process was with a grant.
    pub(crate) kills: BTreeMap<Moment, u64>,
}

impl AddAssign<&Self> for Tally {
    fn add_assign(&mut self, other: &Self) {
        self.expiries += other.expiries;
        self.requests += other.requests;
        self.refreshes += other.refreshes;
        self.put_off += other.put_off;
        self.cut_off += other.cut_off;
        self.asked += other.asked;
        self.failed += other.failed;
        self.unknowable += other.unknowable;
        self.logins += other.logins;
        self.revoked += other.revoked;
        for (moment, count) in &other.kills {
            *self.kills.entry(*moment).or_default() += count;
        }
    }
}

/// All rows.
#[derive(Clone, Debug, Default)]
pub struct Table(BTreeMap<(Kind, Store, Disturbance), Tally>);

impl Table {
    /// Adds the numbers of one run.
    pub fn add(&mut self, kind: Kind, store: Store, rows: &BTreeMap<Disturbance, Tally>) {
        for (disturbance, tally) in rows {
            *self.0.entry((kind, store, *disturbance)).or_default() += tally;
        }
    }

    /// Everything in one row.
    #[must_use]
    pub fn sum(&self) -> Tally {
        self.0.values().fold(Tally::default(), |mut sum, tally| {
            sum += tally;
            sum
        })
    }
}

const HEAD: [&str; 10] = [
    "expiries",
    "requests",
    "refreshes",
    "put off",
    "cut off",
    "asked",
    "failed",
    "unknow.",
    "logins",
    "revoked",
];

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = format!("{:<17}{:<16}{:<11}", "provider", "store", "disturbance");
        write!(f, "{names}")?;
        for name in HEAD {
            write!(f, "{name:>10}")?;
        }
        let moments: Vec<&str> = Moment::ALL.iter().map(|(_, name)| *name).collect();
        writeln!(f, "   kills: {}", moments.join("/"))?;
        for ((kind, store, disturbance), tally) in &self.0 {
            line(f, [kind.name(), store.name(), disturbance.name()], tally)?;
        }
        line(f, ["all", "", ""], &self.sum())
    }
}

fn line(f: &mut fmt::Formatter<'_>, names: [&str; 3], tally: &Tally) -> fmt::Result {
    write!(f, "{:<17}{:<16}{:<11}", names[0], names[1], names[2])?;
    for number in [
        tally.expiries,
        tally.requests,
        tally.refreshes,
        tally.put_off,
        tally.cut_off,
        tally.asked,
        tally.failed,
        tally.unknowable,
        tally.logins,
        tally.revoked,
    ] {
        write!(f, "{number:>10}")?;
    }
    let kills: Vec<String> = Moment::ALL
        .iter()
        .map(|(moment, _)| tally.kills.get(moment).copied().unwrap_or_default().to_string())
        .collect();
    if tally.kills.is_empty() { writeln!(f) } else { writeln!(f, "   {}", kills.join("/")) }
}
