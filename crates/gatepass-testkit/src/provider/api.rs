//! The protected API: `/user` says who the bearer is (RFC 6750), `/api/echo` gives back what came in.

use super::answer::Answer;
use super::received::Received;
use super::state::State;
use http::{Method, StatusCode, header};
use serde_json::{Value, json};

pub(crate) fn user(state: &mut State, request: &Received) -> Answer {
    if !matches!(request.method, Method::GET | Method::POST) {
        return Answer::method_not_allowed("GET, POST");
    }
    let Bearer { sub, scopes, .. } = match bearer(state, request.bearer_token()) {
        Ok(bearer) => bearer,
        Err(refused) => {
            state.stats.api_refusals += 1;
            return refused;
        }
    };
    state.stats.api_calls += 1;
    let mut about = json!({ "sub": sub, "scopes": scopes });
    if let Some(user) = state.user(&sub) {
        if scopes.iter().any(|scope| scope == "profile") {
            about["name"] = user.name.clone().into();
        }
        if scopes.iter().any(|scope| scope == "email") {
            about["email"] = user.email.clone().into();
        }
    }
    Answer::json(StatusCode::OK, &about).with(header::CACHE_CONTROL, "no-store")
}

/// Whose access token it is, and for what.
pub(crate) struct Bearer {
    pub(crate) sub: String,
    pub(crate) client_id: String,
    pub(crate) scopes: Vec<String>,
}

pub(crate) fn bearer(state: &State, presented: Option<&str>) -> Result<Bearer, Answer> {
    let Some(presented) = presented else {
        return Err(challenge(r#"Bearer realm="gatepass-provider""#));
    };
    let refuse = |why| {
        challenge(&format!(
            r#"Bearer realm="gatepass-provider", error="invalid_token", error_description="{why}""#
        ))
    };
    let token = state.grants.access.get(presented).ok_or_else(|| refuse("the access token is unknown"))?;
    if token.revoked {
        return Err(refuse("the access token is revoked"));
    }
    if state.clock.now() >= token.expires {
        return Err(refuse("the access token has expired"));
    }
    let grant = state.grants.grants.get(&token.grant).ok_or_else(|| refuse("the grant is gone"))?;
    Ok(Bearer { sub: grant.sub.clone(), client_id: grant.client_id.clone(), scopes: token.scopes.clone() })
}

fn challenge(value: &str) -> Answer {
    Answer::json(StatusCode::UNAUTHORIZED, &json!({ "error": "invalid_token" }))
        .with(header::WWW_AUTHENTICATE, value)
}

pub(crate) fn echo(request: &Received) -> Answer {
    Answer::json(StatusCode::OK, &as_json(request))
}

/// A request as JSON; bytes that are no text come as U+FFFD.
pub(crate) fn as_json(request: &Received) -> Value {
    let headers: Vec<Value> = request
        .headers
        .iter()
        .map(|(name, value)| json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())]))
        .collect();
    json!({
        "method": request.method.as_str(),
        "path": request.path,
        "query": request.query,
        "headers": headers,
        "body": String::from_utf8_lossy(&request.body),
    })
}
