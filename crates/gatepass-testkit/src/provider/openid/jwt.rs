//! Signed tokens (RFC 7515, RFC 7519): claims in, with the faults that are ordered for this token, a compact text out.

use super::algorithm::Algorithm;
use super::key::{SigningKey, made};
use super::knob::{Knob, Token};
use crate::provider::state::State;
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::EncodingKey;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use serde_json::{Map, Value, json};

/// The token of a kind for a client, as the misbehaviour wants it.
pub(crate) fn signed(
    state: &mut State,
    token: Token,
    client_id: &str,
    media_type: &str,
    mut claims: Map<String, Value>,
) -> String {
    let now = state.clock.now();
    state.misbehaviour.change(token.into(), &mut claims, now);
    let mut header = Map::new();
    header.insert("typ".into(), media_type.into());
    if state.misbehaviour.has(&Knob::Unsigned(token)) {
        header.insert("alg".into(), "none".into());
        return format!("{}.", message(header, claims));
    }
    let damaged = state.misbehaviour.has(&Knob::DamagedSignature(token));
    let without_key_id = state.misbehaviour.has(&Knob::WithoutKeyId(token));
    let mut algorithm = algorithm(state, token, client_id);
    let secret = state.client(client_id).and_then(|client| client.secret.clone());
    if algorithm == Algorithm::Hs256 && secret.is_none() {
        algorithm = Algorithm::Rs256;
    }
    header.insert("alg".into(), algorithm.name().into());
    let key = state.openid.as_mut().and_then(|op| op.keys.key(algorithm));
    let private = match key {
        Some(SigningKey { kid, private, used, .. }) => {
            *used = true;
            if !without_key_id {
                header.insert("kid".into(), kid.clone().into());
            }
            private.clone()
        }
        None => EncodingKey::from_secret(secret.unwrap_or_default().as_bytes()),
    };
    let message = message(header, claims);
    let mut signature = signature(algorithm, &private, message.as_bytes());
    if damaged {
        let middle = signature.len() / 2;
        signature[middle] ^= 0x5a;
    }
    format!("{message}.{}", BASE64URL_NOPAD.encode(&signature))
}

/// What this token is signed by for this client: as registered, as the provider does, or as ordered.
pub(crate) fn algorithm(state: &State, token: Token, client_id: &str) -> Algorithm {
    if token == Token::UserInfo {
        let usual = state.openid.as_ref().and_then(|op| op.settings.signed_user_info);
        let ordered = state.misbehaviour.signs_user_info().or(usual).unwrap_or_default();
        return state.misbehaviour.algorithm(token, ordered);
    }
    let registered = state.client(client_id).and_then(|client| client.signed_by);
    let usual = registered.or(state.openid.as_ref().map(|op| op.settings.algorithm)).unwrap_or_default();
    state.misbehaviour.algorithm(token, usual)
}

fn message(header: Map<String, Value>, claims: Map<String, Value>) -> String {
    let part = |members: Map<String, Value>| BASE64URL_NOPAD.encode(json!(members).to_string().as_bytes());
    format!("{}.{}", part(header), part(claims))
}

fn signature(algorithm: Algorithm, key: &EncodingKey, message: &[u8]) -> Vec<u8> {
    made(made((DEFAULT_PROVIDER.signer_factory)(&algorithm.jose(), key)).try_sign(message))
}

/// A token of somebody else: its key is known to nobody.
pub(crate) fn foreign(claims: Map<String, Value>) -> String {
    let key = SigningKey::generate(Algorithm::Es256);
    let header = json!({ "alg": key.algorithm.name(), "kid": key.kid, "typ": "JWT" });
    let message = message(header.as_object().cloned().unwrap_or_default(), claims);
    format!(
        "{message}.{}",
        BASE64URL_NOPAD.encode(&signature(key.algorithm, &key.private, message.as_bytes()))
    )
}
