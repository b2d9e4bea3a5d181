//! ID tokens (OpenID Connect Core sections 2, 3.1.3.6 and 12.2).

use super::knob::{Knob, Token};
use super::op::Given;
use super::person::Login;
use super::{encrypted, jwt};
use crate::provider::state::State;
use aws_lc_rs::digest;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value};

/// The ID token beside an access token; `code` is what was exchanged, and `None` on refresh.
pub(crate) fn id_token(
    state: &mut State,
    client_id: &str,
    sub: &str,
    login: &Login,
    access_token: &str,
    code: Option<&str>,
) -> Option<String> {
    let lifetime = {
        let op = state.openid.as_mut()?;
        op.id_token_is_due();
        op.settings.id_token_lifetime
    };
    let token = if code.is_some() { Token::IdToken } else { Token::RefreshedIdToken };
    let algorithm = jwt::algorithm(state, token, client_id);
    let now = state.clock.now();
    let mut claims = Map::new();
    let mut claim = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    claim("iss", state.issuer().into());
    claim("sub", sub.into());
    claim("aud", client_id.into());
    claim("iat", super::seconds(now).into());
    claim("exp", super::seconds(now + lifetime).into());
    claim("auth_time", super::seconds(login.at).into());
    claim("acr", login.acr.clone().into());
    claim("sid", login.sid.clone().into());
    claim("at_hash", left_half(algorithm.hash(), access_token).into());
    if let Some(code) = code {
        if let Some(nonce) = &login.nonce {
            claim("nonce", nonce.clone().into());
        }
        if state.misbehaviour.has(&Knob::CodeHash) {
            claim("c_hash", left_half(algorithm.hash(), code).into());
        }
    }
    let mut compact = jwt::signed(state, token, client_id, "JWT", claims);
    if code.is_some() && state.misbehaviour.has(&Knob::EncryptedByRsa15) {
        compact = encrypted::by_rsa15(&compact);
    }
    state.stats.id_tokens += 1;
    state.issued.push(compact.clone());
    state.openid.as_mut()?.given.push(Given {
        token: compact.clone(),
        client_id: client_id.to_owned(),
        sub: sub.to_owned(),
        sid: login.sid.clone(),
    });
    Some(compact)
}

/// The left half of a hash, as `at_hash` and `c_hash` are made.
fn left_half(algorithm: &'static digest::Algorithm, text: &str) -> String {
    let hash = digest::digest(algorithm, text.as_bytes());
    BASE64URL_NOPAD.encode(&hash.as_ref()[..algorithm.output_len() / 2])
}
