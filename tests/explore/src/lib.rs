//! Every state that a grant, its holders and its provider can reach, breadth first, over the machine that ships.
//!
//! The machine is the one of `gatepass_core::renewal`; nothing of it is repeated here. What is modelled is everything
//! around it: the register that the store port promises, a provider, the network, processes that are killed or paused.
#![allow(
    missing_docs,
    missing_debug_implementations,
    unnameable_types,
    unreachable_pub,
    clippy::exhaustive_enums,
    clippy::exhaustive_structs,
    clippy::must_use_candidate,
    clippy::new_without_default,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's model: nobody depends on it, and a wrong assumption of the model has to stop it"
)]

pub mod catalogue;
mod hash;
mod moves;
pub mod numbers;
pub mod provider;
mod scenario;
mod search;
mod story;
pub mod trace;
mod world;

pub use provider::Kind;
pub use scenario::{Broken, Scenario};
pub use search::{Found, Story, explore};
pub use world::Wrong;
