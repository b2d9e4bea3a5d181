//! The keys that the provider signs with, and the key set that it shows.

use super::algorithm::Algorithm;
use super::key::SigningKey;
use serde_json::{Value, json};

#[derive(Debug, Default)]
pub(crate) struct KeyRing {
    keys: Vec<SigningKey>,
    /// Shown and never signed with.
    decoys: Vec<SigningKey>,
}

impl KeyRing {
    /// The key of an algorithm, made now if there is none; `None` for HS256.
    pub(crate) fn key(&mut self, algorithm: Algorithm) -> Option<&mut SigningKey> {
        if algorithm == Algorithm::Hs256 {
            return None;
        }
        if !self.keys.iter().any(|key| key.algorithm == algorithm) {
            self.keys.push(SigningKey::generate(algorithm));
        }
        self.keys.iter_mut().find(|key| key.algorithm == algorithm)
    }

    /// New keys in place of all, which are shown no longer.
    pub(crate) fn rotate(&mut self) {
        for key in &mut self.keys {
            *key = SigningKey::generate(key.algorithm);
        }
    }

    /// Whether something was signed since the keys were made.
    pub(crate) fn is_used(&self) -> bool {
        self.keys.iter().any(|key| key.used)
    }

    /// Shows a second key of an algorithm, before the one that signs.
    pub(crate) fn show_decoy(&mut self, algorithm: Algorithm) {
        if algorithm != Algorithm::Hs256 {
            self.decoys.push(SigningKey::generate(algorithm));
        }
    }

    pub(crate) fn hide_decoys(&mut self) {
        self.decoys.clear();
    }

    /// The key set (RFC 7517 section 5).
    pub(crate) fn as_json(&self) -> Value {
        let shown: Vec<&Value> = self.decoys.iter().chain(&self.keys).map(|key| &key.public).collect();
        json!({ "keys": shown })
    }
}
