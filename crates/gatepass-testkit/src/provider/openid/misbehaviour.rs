//! What the provider does wrong, as a sum of knobs, by hand or by the name of a module of the conformance suite.

use super::algorithm::Algorithm;
use super::knob::{Knob, Place, Token};
use super::module::Module;
use serde_json::{Map, Value};
use std::time::SystemTime;

/// What a provider does otherwise than a faultless one. By itself: nothing.
///
/// # Examples
///
/// ```
/// use gatepass_testkit::provider::openid::{Change, Knob, Misbehaviour, Token};
///
/// let by_hand = Misbehaviour::new().with(Knob::append(Token::IdToken, "iss", "1"));
/// let by_name = Misbehaviour::named("oidcc-client-test-invalid-iss").unwrap();
/// assert_eq!(by_hand.knobs(), by_name.knobs());
/// assert_eq!(by_name.without_fault(), Misbehaviour::new());
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[must_use = "hand it to Provider::misbehave"]
pub struct Misbehaviour {
    ground: Vec<Knob>,
    fault: Vec<Knob>,
}

impl Misbehaviour {
    /// No fault at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// The provider of that module of the OpenID Foundation's conformance suite; `None` for a module that is not played here.
    #[must_use]
    pub fn named(module: &str) -> Option<Self> {
        Module::named(module).map(|module| Self { ground: module.ground(), fault: module.fault() })
    }

    /// The same provider without the fault: what is left is what its fault needs to be seen, such as another algorithm.
    pub fn without_fault(&self) -> Self {
        Self { ground: self.ground.clone(), fault: Vec::new() }
    }

    /// Turns one more knob. Those of one kind apply in their order.
    pub fn with(mut self, knob: Knob) -> Self {
        self.fault.push(knob);
        self
    }

    /// Turns one more knob, which stays [without the fault](Self::without_fault).
    pub fn on_ground_of(mut self, knob: Knob) -> Self {
        self.ground.push(knob);
        self
    }

    /// All knobs that are turned.
    #[must_use]
    pub fn knobs(&self) -> Vec<Knob> {
        self.all().cloned().collect()
    }

    fn all(&self) -> impl Iterator<Item = &Knob> {
        self.ground.iter().chain(&self.fault)
    }

    pub(crate) fn has(&self, knob: &Knob) -> bool {
        self.all().any(|turned| turned == knob)
    }

    /// The algorithm that this token is signed by, when it should be by that one.
    pub(crate) fn algorithm(&self, token: Token, registered: Algorithm) -> Algorithm {
        self.all().fold(registered, |algorithm, knob| match knob {
            Knob::Algorithm(other) if token != Token::UserInfo => *other,
            Knob::OtherAlgorithm(meant) if *meant == token => algorithm.another(),
            _ => algorithm,
        })
    }

    pub(crate) fn signs_user_info(&self) -> Option<Algorithm> {
        self.all().find_map(|knob| match knob {
            Knob::SignedUserInfo(algorithm) => Some(*algorithm),
            _ => None,
        })
    }

    pub(crate) fn change(&self, place: Place, members: &mut Map<String, Value>, now: SystemTime) {
        for knob in self.all() {
            if let Knob::Member { place: meant, member, change } = knob
                && *meant == place
            {
                change.apply(members, member, now);
            }
        }
    }

    pub(crate) fn change_parameters(
        &self,
        place: Place,
        parameters: &mut Vec<(String, String)>,
        now: SystemTime,
    ) {
        for knob in self.all() {
            if let Knob::Member { place: meant, member, change } = knob
                && *meant == place
            {
                change.apply_to_parameter(parameters, member, now);
            }
        }
    }
}
