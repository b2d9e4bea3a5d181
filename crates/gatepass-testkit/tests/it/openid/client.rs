//! A login with an ID token, and its reading by a library.

use crate::support::*;
use data_encoding::BASE64URL_NOPAD;
use gatepass_testkit::Provider;
use gatepass_testkit::provider::openid::OpenId;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;

pub(crate) const NONCE: &str = "n-0S6_WzA2Mj";

pub(crate) fn provider() -> Provider {
    Provider::builder().openid(OpenId::new()).start().unwrap()
}

/// Asks for a code with `openid` in the scope and these parameters changed.
pub(crate) fn ask(provider: &Provider, changes: &[(&str, &str)]) -> Reply {
    let mut all = vec![("scope", "openid profile email"), ("nonce", NONCE)];
    all.extend_from_slice(changes);
    authorize(provider, &all)
}

/// The answer of the token endpoint to a new login.
pub(crate) fn log_in(provider: &Provider) -> Reply {
    log_in_with(provider, &[])
}

pub(crate) fn log_in_with(provider: &Provider, changes: &[(&str, &str)]) -> Reply {
    let code = ask(provider, changes).back("code").unwrap();
    let reply = exchange(provider, &code);
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply
}

/// A part of a compact token, without any check.
pub(crate) fn part(token: &str, at: usize) -> Value {
    let part = token.split('.').nth(at).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
}

pub(crate) fn head(token: &str) -> Value {
    part(token, 0)
}

pub(crate) fn claims(token: &str) -> Value {
    part(token, 1)
}

pub(crate) fn keys(provider: &Provider) -> Vec<Jwk> {
    let reply = get(&provider.jwks_uri(), &[]);
    assert_eq!(reply.status, 200);
    serde_json::from_slice::<JwkSet>(&reply.body).unwrap().keys
}

/// Whether the library takes the signature under a key; no claim is looked at.
pub(crate) fn fits(token: &str, key: &DecodingKey) -> bool {
    let Ok(header) = jsonwebtoken::decode_header(token) else {
        return false;
    };
    let mut validation = Validation::new(header.alg);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    jsonwebtoken::decode::<Value>(token, key, &validation).is_ok()
}

/// How many of the provider's keys fit.
pub(crate) fn fitting(provider: &Provider, token: &str) -> usize {
    keys(provider).iter().filter(|jwk| fits(token, &DecodingKey::from_jwk(jwk).unwrap())).count()
}

/// Whether it is signed by this algorithm and the key that its header names.
#[track_caller]
pub(crate) fn assert_signed(provider: &Provider, token: &str, algorithm: Algorithm) {
    let header = jsonwebtoken::decode_header(token).unwrap();
    assert_eq!(header.alg, algorithm);
    let keys = keys(provider);
    let named: Vec<_> = keys.iter().filter(|jwk| jwk.common.key_id == header.kid).collect();
    assert_eq!(named.len(), 1, "{header:?}");
    assert!(fits(token, &DecodingKey::from_jwk(named[0]).unwrap()));
}

pub(crate) fn user_info(provider: &Provider, tokens: &Reply) -> Reply {
    let bearer = format!("Bearer {}", tokens.member("access_token"));
    get(&provider.user_info_endpoint(), &[("authorization", &bearer)])
}
