//! The token endpoint: a code or a refresh token for tokens (RFC 6749 sections 4.1.3 and 6).

use super::answer::Answer;
use super::client::{self, Client};
use super::grants::{AccessToken, Grant, Presented, RefreshToken};
use super::openid::{self, Place};
use super::random;
use super::received::{Parameters, Received};
use super::refusal::{TokenRefusal, no_store};
use super::settings::RefreshTokens;
use super::state::State;
use http::StatusCode;
use serde_json::{Map, Value};

pub(crate) fn answer(state: &mut State, request: &Received) -> Answer {
    let (client, form) = match client::back_channel(state, request) {
        Ok(proven) => proven,
        Err(refused) => return refused,
    };
    let answered = match form.one("grant_type") {
        Some("authorization_code") => exchange(state, &client, &form),
        Some("refresh_token") => refresh(state, &client, &form),
        Some(_) => Err(TokenRefusal::unsupported_grant_type()),
        None => Err(TokenRefusal::invalid_request("grant_type is missing")),
    };
    answered.unwrap_or_else(|refusal| refusal.answer())
}

fn exchange(state: &mut State, client: &Client, form: &Parameters) -> Result<Answer, TokenRefusal> {
    let presented = form.one("code").ok_or_else(|| TokenRefusal::invalid_request("code is missing"))?;
    let now = state.clock.now();
    let code = state
        .codes
        .get(presented)
        .filter(|code| code.client_id == client.id)
        .ok_or_else(|| TokenRefusal::invalid_grant("unknown code"))?;
    if let Some(grant) = code.spent_on {
        state.stats.code_reuse_detected += 1;
        if state.grants.kill(grant) {
            state.stats.families_revoked += 1;
        }
        return Err(TokenRefusal::invalid_grant("the code was used before; what it gave is revoked"));
    }
    if now >= code.expires {
        return Err(TokenRefusal::invalid_grant("the code has expired"));
    }
    if code.redirect_uri.as_deref() != form.one("redirect_uri") {
        return Err(TokenRefusal::invalid_grant("redirect_uri is not that of the authorization request"));
    }
    match (&code.challenge, form.one("code_verifier")) {
        (Some(_), None) => return Err(TokenRefusal::invalid_grant("code_verifier is missing")),
        (Some(challenge), Some(verifier)) if random::s256(verifier) != *challenge => {
            return Err(TokenRefusal::invalid_grant("code_verifier does not match code_challenge"));
        }
        (Some(_), Some(verifier)) if !is_verifier(verifier) => {
            return Err(TokenRefusal::invalid_grant("code_verifier has not 43 to 128 unreserved characters"));
        }
        (None, Some(_)) => {
            return Err(TokenRefusal::invalid_grant("code_verifier without a code_challenge before it"));
        }
        _ => {}
    }
    let scopes = code.scopes.clone();
    let grant = Grant {
        client_id: client.id.clone(),
        sub: code.sub.clone(),
        login: code.login.clone(),
        scopes: scopes.clone(),
        alive: true,
    };
    let with_refresh = match state.settings.refresh_tokens {
        RefreshTokens::Always => true,
        RefreshTokens::OfflineAccess => scopes.iter().any(|scope| scope == "offline_access"),
        RefreshTokens::Never => false,
    };
    let grant = state.grants.open(grant);
    if let Some(code) = state.codes.get_mut(presented) {
        code.spent_on = Some(grant);
    }
    state.stats.exchanges += 1;
    let refresh = with_refresh.then(|| new_refresh_token(state, grant));
    Ok(tokens(state, grant, scopes, refresh, Some(presented)))
}

fn refresh(state: &mut State, client: &Client, form: &Parameters) -> Result<Answer, TokenRefusal> {
    let presented =
        form.one("refresh_token").ok_or_else(|| TokenRefusal::invalid_request("refresh_token is missing"))?;
    let now = state.clock.now();
    let unknown = || TokenRefusal::invalid_grant("unknown refresh token");
    let token = state.grants.refresh.get(presented).cloned().ok_or_else(unknown)?;
    let grant = state.grants.grants.get(&token.grant).cloned().ok_or_else(unknown)?;
    if grant.client_id != client.id {
        return Err(TokenRefusal::invalid_grant("the refresh token belongs to another client"));
    }
    let judged = state.grants.judge(&token, state.settings.rotation, now);
    if judged == Presented::Reused {
        state.stats.reuse_detected += 1;
        if state.grants.kill(token.grant) {
            state.stats.families_revoked += 1;
        }
        return Err(TokenRefusal::invalid_grant("the refresh token was used before; its family is revoked"));
    }
    if !grant.alive {
        return Err(TokenRefusal::invalid_grant("the refresh token is revoked"));
    }
    if token.expires.is_some_and(|expires| now >= expires) {
        return Err(TokenRefusal::invalid_grant("the refresh token has expired"));
    }
    let asked = form.words("scope");
    if asked.iter().any(|scope| !grant.scopes.contains(scope)) {
        return Err(TokenRefusal::invalid_scope("the grant does not have that scope"));
    }
    let scopes = if asked.is_empty() { grant.scopes } else { asked };
    let in_grace = matches!(judged, Presented::Repeat(_) | Presented::Sibling);
    let successor = match judged {
        Presented::Keep | Presented::Reused => None,
        Presented::Repeat(successor) => Some(successor),
        Presented::Rotate | Presented::Sibling => Some(new_refresh_token(state, token.grant)),
    };
    if let Some(successor) = &successor {
        state.grants.spend(presented, successor, now);
    }
    state.stats.refreshes += 1;
    state.stats.grace_refreshes += u64::from(in_grace);
    Ok(tokens(state, token.grant, scopes, successor, None))
}

fn new_refresh_token(state: &mut State, grant: u64) -> String {
    let value = state.issue("gp_refresh_");
    let expires = state.settings.refresh_token_lifetime.map(|lifetime| state.clock.now() + lifetime);
    state.grants.refresh.insert(value.clone(), RefreshToken { grant, expires, used: None });
    value
}

fn tokens(
    state: &mut State,
    grant: u64,
    scopes: Vec<String>,
    refresh: Option<String>,
    code: Option<&str>,
) -> Answer {
    let lifetime = state.settings.access_token_lifetime;
    let access = state.issue("gp_access_");
    let expires = state.clock.now() + lifetime;
    let mut body = Map::new();
    body.insert("access_token".into(), access.clone().into());
    body.insert("token_type".into(), "Bearer".into());
    body.insert("expires_in".into(), lifetime.as_secs().into());
    if let Some(refresh) = refresh {
        body.insert("refresh_token".into(), refresh.into());
    }
    body.insert("scope".into(), scopes.join(" ").into());
    if scopes.iter().any(|scope| scope == "openid")
        && let Some(Grant { client_id, sub, login, .. }) = state.grants.grants.get(&grant).cloned()
        && let Some(id_token) = openid::id_token(state, &client_id, &sub, &login, &access, code)
    {
        body.insert("id_token".into(), id_token.into());
    }
    state.misbehaviour.change(Place::TokenResponse, &mut body, state.clock.now());
    for (name, value) in &state.settings.token_members {
        body.insert(name.clone(), value.clone());
    }
    state.grants.access.insert(access, AccessToken { grant, scopes, expires, revoked: false });
    no_store(Answer::json(StatusCode::OK, &Value::Object(body)))
}

fn is_verifier(verifier: &str) -> bool {
    (43..=128).contains(&verifier.len())
        && verifier.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'))
}
