//! What an OpenID provider remembers beside what every provider does.

use super::algorithm::Algorithm;
use super::key_ring::KeyRing;
use super::knob::Knob;
use super::misbehaviour::Misbehaviour;
use super::settings::OpenId;
use crate::provider::random;

#[derive(Debug)]
pub(crate) struct Op {
    pub(crate) settings: OpenId,
    pub(crate) keys: KeyRing,
    /// Below the issuer.
    pub(crate) jwks_path: String,
    /// Every ID token that was given out, so that a hint is known without verifying anything.
    pub(crate) given: Vec<Given>,
    rotation_before_signing: bool,
    rotation_between_logins: bool,
}

/// An ID token, whom it was given to, and about whom.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) token: String,
    pub(crate) client_id: String,
    pub(crate) sub: String,
    pub(crate) sid: String,
}

impl Op {
    pub(crate) fn new(settings: OpenId) -> Self {
        let mut keys = KeyRing::default();
        for algorithm in std::iter::once(settings.algorithm).chain(settings.signed_user_info) {
            keys.key(algorithm);
        }
        let jwks_path = settings.jwks_path.clone();
        Self {
            settings,
            keys,
            jwks_path,
            given: Vec::new(),
            rotation_before_signing: false,
            rotation_between_logins: false,
        }
    }

    /// What the knobs need before a request comes: keys that exist, the place of the keys, changes of keys that are due.
    pub(crate) fn prepare(&mut self, misbehaviour: &Misbehaviour) {
        self.keys.hide_decoys();
        self.jwks_path.clone_from(&self.settings.jwks_path);
        self.rotation_before_signing = misbehaviour.has(&Knob::RotationBeforeSigning);
        self.rotation_between_logins = misbehaviour.has(&Knob::RotationBetweenLogins);
        if misbehaviour.has(&Knob::MovedKeys) {
            self.jwks_path = random::unguessable("/keys/");
        }
        let mut signs_by = self.settings.algorithm;
        for knob in misbehaviour.knobs() {
            match knob {
                Knob::Algorithm(algorithm) | Knob::SignedUserInfo(algorithm) => {
                    self.keys.key(algorithm);
                    signs_by = algorithm;
                }
                Knob::OtherAlgorithm(_) => {
                    self.keys.key(signs_by.another());
                }
                Knob::SecondKey => self.keys.show_decoy(signs_by),
                _ => {}
            }
        }
    }

    /// Called as a login begins.
    pub(crate) fn login_begins(&mut self) {
        if self.keys.is_used() && std::mem::take(&mut self.rotation_between_logins) {
            self.keys.rotate();
        }
    }

    /// Called before an ID token is signed.
    pub(crate) fn id_token_is_due(&mut self) {
        if std::mem::take(&mut self.rotation_before_signing) {
            self.keys.rotate();
        }
    }

    /// The latest ID token that a client has about a person.
    pub(crate) fn latest(&self, client_id: &str, sub: &str) -> Option<&Given> {
        self.given.iter().rev().find(|given| given.client_id == client_id && given.sub == sub)
    }

    /// What the metadata says about algorithms.
    pub(crate) fn algorithm_names() -> [&'static str; 5] {
        Algorithm::ALL.map(Algorithm::name)
    }
}
