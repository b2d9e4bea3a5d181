//! The revocation endpoint (RFC 7009): 200 for every well-formed request, whatever the token is.

use super::answer::Answer;
use super::client;
use super::received::Received;
use super::refusal::TokenRefusal;
use super::settings::Revocation;
use super::state::State;
use http::StatusCode;

pub(crate) fn answer(state: &mut State, request: &Received) -> Answer {
    let (client, form) = match client::back_channel(state, request) {
        Ok(proven) => proven,
        Err(refused) => return refused,
    };
    let Some(token) = form.one("token") else {
        return TokenRefusal::invalid_request("token is missing").answer();
    };
    state.stats.revocations += 1;
    let as_refresh = state.grants.refresh.get(token).map(|token| token.grant);
    let as_access = state.grants.access.get(token).map(|token| token.grant);
    let Some(grant) = as_refresh.or(as_access) else {
        return Answer::empty(StatusCode::OK);
    };
    if state.grants.grants.get(&grant).is_none_or(|grant| grant.client_id != client.id) {
        return TokenRefusal::invalid_grant("the token belongs to another client").answer();
    }
    match state.settings.revocation {
        Revocation::PerGrant => {
            state.grants.kill(grant);
        }
        Revocation::PerToken if as_refresh.is_some() => {
            state.grants.refresh.remove(token);
            state.grants.revoke_access_of(grant);
        }
        Revocation::PerToken => {
            if let Some(token) = state.grants.access.get_mut(token) {
                token.revoked = true;
            }
        }
    }
    Answer::empty(StatusCode::OK)
}
