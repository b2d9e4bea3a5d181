//! The conformance suite's client modules that this provider plays, and those that it does not.

use super::knob::Knob;
use super::modules::{basic, fapi, logout, single};
use serde::Serialize;

/// What a client owes to the provider of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Owes {
    /// The login, or the logout, comes to its end.
    Acceptance,
    /// It is refused, and not one further request of that login reaches the provider.
    Refusal,
}

/// One module of the OpenID Foundation's conformance suite for clients, as this provider plays it.
#[derive(Debug, Clone, Copy)]
pub struct Module {
    pub(crate) name: &'static str,
    pub(crate) plays: &'static str,
    pub(crate) owes: Owes,
    pub(crate) ground: fn() -> Vec<Knob>,
    pub(crate) fault: fn() -> Vec<Knob>,
}

impl Module {
    /// All modules that are played, in the order of their plans. A module of several plans comes once.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        [basic::MODULES, single::MODULES, logout::MODULES, fapi::MODULES].into_iter().flatten()
    }

    /// The module of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::all().find(|module| module.name == name)
    }

    /// The modules of the suite that this provider does not play, each with the reason.
    #[must_use]
    pub fn not_played() -> &'static [(&'static str, &'static str)] {
        super::modules::NOT_PLAYED
    }

    /// Its name in the suite.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What its provider does, in one clause.
    #[must_use]
    pub fn plays(&self) -> &'static str {
        self.plays
    }

    /// What a client owes to it.
    #[must_use]
    pub fn owes(&self) -> Owes {
        self.owes
    }

    pub(crate) fn ground(&self) -> Vec<Knob> {
        (self.ground)()
    }

    pub(crate) fn fault(&self) -> Vec<Knob> {
        (self.fault)()
    }

    /// A provider without a fault, on this ground.
    pub(crate) const fn sound(name: &'static str, plays: &'static str, ground: fn() -> Vec<Knob>) -> Self {
        Self { name, plays, owes: Owes::Acceptance, ground, fault: Vec::new }
    }

    /// Something unusual that a client has to bear.
    pub(crate) const fn unusual(name: &'static str, plays: &'static str, fault: fn() -> Vec<Knob>) -> Self {
        Self { name, plays, owes: Owes::Acceptance, ground: Vec::new, fault }
    }

    /// Something wrong that a client has to refuse.
    pub(crate) const fn wrong(name: &'static str, plays: &'static str, fault: fn() -> Vec<Knob>) -> Self {
        Self { name, plays, owes: Owes::Refusal, ground: Vec::new, fault }
    }

    pub(crate) const fn on(mut self, ground: fn() -> Vec<Knob>) -> Self {
        self.ground = ground;
        self
    }
}
