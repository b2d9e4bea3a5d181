//! One provider with a key of each kind, made for the run, and the words that stand for what it alone knows.
//!
//! `@nonce@` is the nonce of the login, `@at_hash@` and `@c_hash@` are the hashes of its access token and its code,
//! `@rsa@`, `@p256@` and `@ed25519@` the members of its public keys.

use std::sync::LazyLock;

use gatepass_oidc::{Algorithm, KeySet, OpenId, Rules};
use serde_json::Value;

use crate::provider::{Login, Signer, b64, keys, openid};

/// The provider, and two clients of it: one with keys, one with a secret.
pub(super) struct Op {
    signers: [Signer; 5],
    pub(super) jwks: Vec<Value>,
    pub(super) keys: KeySet,
    by_keys: OpenId,
    by_secret: OpenId,
}

pub(super) static OP: LazyLock<Op> = LazyLock::new(|| {
    let signers = [Algorithm::Rs256, Algorithm::Ps256, Algorithm::Es256, Algorithm::EdDsa, Algorithm::Hs256]
        .map(Signer::new);
    let jwks: Vec<Value> = [0, 2, 3].map(|at: usize| signers[at].jwk()).into();
    let by_keys = Rules::new().algorithms(signers[..4].iter().map(|signer| signer.algorithm));
    let by_secret = Rules::new().mac(Algorithm::Hs256, signers[4].secret().as_str().into());
    Op { keys: keys(jwks.clone()), by_keys: openid(by_keys), by_secret: openid(by_secret), jwks, signers }
});

/// What arrives, at which client.
pub(super) struct Arrived {
    pub(super) openid: &'static OpenId,
    /// `None`: the client verifies by keys.
    pub(super) secret: Option<String>,
    pub(super) token: String,
    /// Whether it was signed here, or arrives as it stands in the input.
    pub(super) is_signed: bool,
}

impl Op {
    /// Makes of an input what arrives: an algorithm, a header and a payload by line, which are signed, or any text.
    pub(super) fn arrived(&'static self, bytes: &[u8]) -> Option<Arrived> {
        let mut lines = bytes.splitn(3, |byte| *byte == b'\n');
        let name = lines.next().unwrap_or_default();
        let signer = self.signers.iter().find(|signer| signer.algorithm.name().as_bytes() == name);
        let Some(signer) = signer else {
            let token = std::str::from_utf8(bytes).ok()?.to_owned();
            return Some(Arrived { openid: &self.by_keys, secret: None, token, is_signed: false });
        };
        let mut part = || b64(self.spoken(lines.next().unwrap_or_default(), signer));
        let signed = format!("{}.{}", part(), part());
        let token = format!("{signed}.{}", b64(signer.sign(signed.as_bytes())));
        Some(if signer.algorithm.is_mac() {
            Arrived { openid: &self.by_secret, secret: Some(signer.secret()), token, is_signed: true }
        } else {
            Arrived { openid: &self.by_keys, secret: None, token, is_signed: true }
        })
    }

    pub(super) fn nonce(&self) -> String {
        Login::at(&self.by_keys).nonce
    }

    /// The signer of this name; the third, where none has it.
    pub(super) fn signer(&self, name: &str) -> &Signer {
        self.signers.iter().find(|signer| signer.algorithm.name() == name).unwrap_or(&self.signers[2])
    }

    /// Puts what the words stand for in their place.
    pub(super) fn spoken(&self, bytes: &[u8], signer: &Signer) -> Vec<u8> {
        let Ok(text) = std::str::from_utf8(bytes) else { return bytes.to_vec() };
        if !text.contains('@') {
            return bytes.to_vec();
        }
        let members = |at: usize| {
            let Value::Object(mut jwk) = self.jwks[at].clone() else { return String::new() };
            jwk.remove("kid");
            Value::from(jwk).to_string().trim_matches(['{', '}']).to_owned()
        };
        text.replace("@nonce@", &self.nonce())
            .replace("@at_hash@", &signer.half_hash("the-access-token"))
            .replace("@c_hash@", &signer.half_hash("the-code"))
            .replace("@rsa@", &members(0))
            .replace("@p256@", &members(1))
            .replace("@ed25519@", &members(2))
            .into_bytes()
    }
}
