//! Keys of every kind, made anew for each run, and the tokens and key sets of them.

use std::sync::OnceLock;

use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
    RSA_PSS_SHA512, RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatepass_oidc::{Algorithm, KeySet};
use serde_json::{Value, json};

pub(crate) fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// One key, with its name.
pub(crate) struct Signer {
    pub(crate) algorithm: Algorithm,
    pub(crate) kid: &'static str,
    key: Key,
}

enum Key {
    Rsa(&'static RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
    Mac(Vec<u8>),
}

/// RSA keys are slow to make: two for the whole run.
fn rsa(at: usize) -> &'static RsaKeyPair {
    static KEYS: [OnceLock<RsaKeyPair>; 2] = [OnceLock::new(), OnceLock::new()];
    KEYS[at].get_or_init(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
}

impl Signer {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        Self::named(algorithm, "k1")
    }

    pub(crate) fn named(algorithm: Algorithm, kid: &'static str) -> Self {
        let key = match algorithm {
            Algorithm::Es256 => Key::Ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()),
            Algorithm::Es384 => Key::Ec(EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap()),
            Algorithm::EdDsa => Key::Ed(Ed25519KeyPair::generate().unwrap()),
            Algorithm::Hs256 | Algorithm::Hs384 | Algorithm::Hs512 => Key::Mac(vec![b's'; 64]),
            _ => Key::Rsa(rsa(usize::from(kid != "k1"))),
        };
        Self { algorithm, kid, key }
    }

    /// A MAC with any key, for forgers.
    pub(crate) fn mac_with(secret: Vec<u8>) -> Self {
        Self { algorithm: Algorithm::Hs256, kid: "k1", key: Key::Mac(secret) }
    }

    /// The client secret of a MAC.
    pub(crate) fn secret(&self) -> String {
        match &self.key {
            Key::Mac(secret) => String::from_utf8(secret.clone()).unwrap(),
            _ => panic!("only a mac has a secret"),
        }
    }

    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = match &self.key {
            Key::Rsa(key) => {
                let parts = RsaPublicKeyComponents::<Vec<u8>>::from(key.public_key());
                json!({"kty": "RSA", "n": b64(parts.n), "e": b64(parts.e)})
            }
            Key::Ec(key) => {
                let point = key.public_key().as_ref();
                let (x, y) = point[1..].split_at((point.len() - 1) / 2);
                let curve = if x.len() == 32 { "P-256" } else { "P-384" };
                json!({"kty": "EC", "crv": curve, "x": b64(x), "y": b64(y)})
            }
            Key::Ed(key) => json!({"kty": "OKP", "crv": "Ed25519", "x": b64(key.public_key())}),
            Key::Mac(_) => panic!("a secret is not published"),
        };
        jwk["kid"] = json!(self.kid);
        jwk
    }

    pub(crate) fn keys(&self) -> KeySet {
        keys([self.jwk()])
    }

    /// A token with the header that is usual for the key.
    pub(crate) fn token(&self, claims: &Value) -> String {
        self.with_header(&json!({"alg": self.algorithm.name(), "kid": self.kid}), claims)
    }

    pub(crate) fn with_header(&self, header: &Value, claims: &Value) -> String {
        self.sign_text(&header.to_string(), &claims.to_string())
    }

    /// Signs header and payload as they stand, whatever they are.
    pub(crate) fn sign_text(&self, header: &str, payload: &str) -> String {
        let signed = format!("{}.{}", b64(header), b64(payload));
        let signature = self.sign(signed.as_bytes());
        format!("{signed}.{}", b64(signature))
    }

    /// What `at_hash` and `c_hash` must be of a text.
    pub(crate) fn half_hash(&self, text: &str) -> String {
        let hash = match self.algorithm {
            Algorithm::Es384 => digest(&SHA384, text.as_bytes()),
            Algorithm::Rs512 | Algorithm::EdDsa => digest(&SHA512, text.as_bytes()),
            _ => digest(&SHA256, text.as_bytes()),
        };
        b64(&hash.as_ref()[..hash.as_ref().len() / 2])
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.key {
            Key::Rsa(key) => {
                let encoding: &'static dyn aws_lc_rs::signature::RsaEncoding = match self.algorithm {
                    Algorithm::Rs384 => &RSA_PKCS1_SHA384,
                    Algorithm::Rs512 => &RSA_PKCS1_SHA512,
                    Algorithm::Ps256 => &RSA_PSS_SHA256,
                    Algorithm::Ps384 => &RSA_PSS_SHA384,
                    Algorithm::Ps512 => &RSA_PSS_SHA512,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(encoding, &random, message, &mut signature).unwrap();
                signature
            }
            Key::Ec(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Key::Ed(key) => key.sign(message).as_ref().to_vec(),
            Key::Mac(secret) => {
                let algorithm = match self.algorithm {
                    Algorithm::Hs384 => hmac::HMAC_SHA384,
                    Algorithm::Hs512 => hmac::HMAC_SHA512,
                    _ => hmac::HMAC_SHA256,
                };
                hmac::sign(&hmac::Key::new(algorithm, secret), message).as_ref().to_vec()
            }
        }
    }
}

pub(crate) fn keys(jwks: impl IntoIterator<Item = Value>) -> KeySet {
    let jwks: Vec<Value> = jwks.into_iter().collect();
    KeySet::read(json!({"keys": jwks}).to_string().as_bytes()).unwrap()
}
