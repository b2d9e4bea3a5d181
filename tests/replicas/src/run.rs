//! A run: one provider, one store, and a sequence of expiries.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use gatepass_testkit::Provider;
use gatepass_testkit::provider::Rotation;

use crate::dice::Dice;
use crate::expiry::Scene;
use crate::numbers::GRACE;
use crate::place::Place;
use crate::{Disturbance, Kind, Store, Tally};

/// What is run.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Plan {
    /// The provider's habit.
    pub kind: Kind,
    /// The store, and how the processes work.
    pub store: Store,
    /// Decides everything else.
    pub seed: u64,
    /// How many people are logged in: each has a grant, and the requests are shared out among them.
    pub people: usize,
}

impl Plan {
    /// A run by this seed, with eight people.
    #[must_use]
    pub const fn new(kind: Kind, store: Store, seed: u64) -> Self {
        Self { kind, store, seed, people: 8 }
    }

    /// The same with another number of people.
    #[must_use]
    pub const fn people(mut self, people: usize) -> Self {
        self.people = people;
        self
    }
}

/// How to run it again.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, store, seed, .. } = self;
        write!(f, "cargo xtask replicas --seed {seed} --provider {} --store {}", kind.name(), store.name())
    }
}

/// What came of it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Outcome {
    /// The numbers.
    pub rows: BTreeMap<Disturbance, Tally>,
    /// What must not be: a line each.
    pub wrong: Vec<String>,
}

/// Plays these disturbances in an order that the seed decides, an expiry each, with an undisturbed one at the end, which
/// shows that all logins still last. `program` is this crate's program. `None`: there is no PostgreSQL on this machine.
///
/// # Errors
/// Why it could not be played.
pub fn run(plan: Plan, disturbances: &[Disturbance], program: &Path) -> Result<Option<Outcome>, String> {
    let Some(place) = Place::new(plan.store)? else { return Ok(None) };
    let rotation = match plan.kind {
        Kind::Strict => Rotation::Strict,
        Kind::Grace => Rotation::Grace { window: GRACE, idempotent: false },
        Kind::GraceIdempotent => Rotation::Grace { window: GRACE, idempotent: true },
    };
    let provider = Provider::builder().rotation(rotation).start().map_err(|why| why.to_string())?;
    let mut order = disturbances.to_vec();
    Dice::new(plan.seed, "order").shuffle(&mut order);
    let slow = order.iter().any(|disturbance| *disturbance != Disturbance::Nothing);
    if slow {
        order.push(Disturbance::Nothing);
    }
    let mut outcome = Outcome::default();
    let mut scene = Scene::new(plan, slow, program, &provider, place)?;
    for (number, disturbance) in order.into_iter().enumerate() {
        let tally = outcome.rows.entry(disturbance).or_default();
        let mut wrong = Vec::new();
        scene.expiry(disturbance, tally, &mut wrong)?;
        let place = format!("expiry {number}, {}", disturbance.name());
        outcome.wrong.extend(wrong.into_iter().map(|wrong| format!("{place}: {wrong}")));
    }
    Ok(Some(outcome))
}
