//! The real keepers of many replicas in virtual time: seeded faults, crashes and schedules, and an observer who knows all.
//!
//! What runs is `gatepass::Keeper` as it ships. What is simulated is everything that it meets through its ports: a
//! register, a provider, a network, clocks, tasks and timers. One thing happens at a time and a seed says which, so that
//! a seed tells the same story every time.
#![allow(
    missing_docs,
    unnameable_types,
    unreachable_pub,
    clippy::exhaustive_enums,
    clippy::exhaustive_structs,
    clippy::must_use_candidate,
    clippy::new_without_default,
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's model: nobody depends on it, and a wrong assumption of the model has to stop it"
)]

mod dice;
mod kept;
mod log;
mod mutant;
mod network;
mod people;
mod plan;
mod provider;
mod replica;
mod run;
mod sim;
mod stage;
mod store;
mod threads;
mod totals;
mod truth;

pub use log::Told;
pub use mutant::Mutant;
pub use plan::{Faults, Plan};
pub use provider::Kind;
pub use run::{Outcome, run};
pub use totals::Totals;
pub use truth::{Counts, Wrong};
