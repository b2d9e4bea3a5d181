//! The end of sessions at the provider, and the logout tokens that tell clients of it (OpenID Connect Back-Channel Logout 1.0).

use super::jwt;
use super::knob::Token;
use super::notice::LogoutNotice;
use crate::provider::random;
use crate::provider::state::{Session, State};
use serde_json::{Map, Value, json};
use std::time::Duration;

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
const LIFETIME: Duration = Duration::from_secs(120);

/// Ends sessions; the clients that have heard of one are told before the request is answered.
pub(crate) fn end(state: &mut State, ends: impl Fn(&Session) -> bool) {
    let ended: Vec<Session> = state.sessions.values().filter(|session| ends(session)).cloned().collect();
    state.sessions.retain(|_, session| !ends(session));
    for session in ended {
        for client_id in &session.clients {
            tell(state, client_id, &session.sub, &session.sid);
        }
    }
}

/// Puts a logout token on its way to a client; one without an address gets none.
pub(crate) fn tell(state: &mut State, client_id: &str, sub: &str, sid: &str) {
    let Some(uri) = state.client(client_id).and_then(|client| client.backchannel_logout_uri.clone()) else {
        return;
    };
    let token = logout_token(state, client_id, sub, sid);
    state.outbox.push(LogoutNotice::new(client_id, &uri, token));
}

/// A logout token (section 2.4).
pub(crate) fn logout_token(state: &mut State, client_id: &str, sub: &str, sid: &str) -> String {
    let now = state.clock.now();
    let mut claims = Map::new();
    let mut claim = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    claim("iss", state.issuer().into());
    claim("aud", client_id.into());
    claim("iat", super::seconds(now).into());
    claim("exp", super::seconds(now + LIFETIME).into());
    claim("jti", random::unguessable("gp_jti_").into());
    claim("sub", sub.into());
    claim("sid", sid.into());
    claim("events", json!({ EVENT: {} }));
    let token = jwt::signed(state, Token::LogoutToken, client_id, "logout+jwt", claims);
    state.issued.push(token.clone());
    token
}
