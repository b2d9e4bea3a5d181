//! The user info endpoint (OpenID Connect Core section 5.3), as JSON or as a signed JWT.

use super::knob::{Knob, Token};
use super::{jwt, person};
use crate::provider::answer::Answer;
use crate::provider::api;
use crate::provider::endpoint::Endpoint;
use crate::provider::received::Received;
use crate::provider::state::State;
use http::{Method, StatusCode, header};
use serde_json::{Map, Value, json};

pub(crate) fn answer(state: &mut State, request: &Received) -> Answer {
    let in_form = match request.method {
        Method::POST if request.is_form() => request.form_value("access_token"),
        Method::GET | Method::POST => None,
        _ => return Answer::method_not_allowed("GET, POST"),
    };
    let in_header = request.bearer_token().map(ToOwned::to_owned);
    if in_header.is_some() && in_form.is_some() || request.query_value("access_token").is_some() {
        return Answer::json(StatusCode::BAD_REQUEST, &json!({ "error": "invalid_request" }))
            .with(header::WWW_AUTHENTICATE, r#"Bearer realm="gatepass-provider", error="invalid_request""#);
    }
    let bearer = match api::bearer(state, in_header.or(in_form).as_deref()) {
        Ok(bearer) => bearer,
        Err(refused) => return refused,
    };
    if !bearer.scopes.iter().any(|scope| scope == "openid") {
        return Answer::json(StatusCode::FORBIDDEN, &json!({ "error": "insufficient_scope" })).with(
            header::WWW_AUTHENTICATE,
            r#"Bearer realm="gatepass-provider", error="insufficient_scope", scope="openid""#,
        );
    }
    state.stats.user_infos += 1;
    let mut claims =
        state.user(&bearer.sub).map(|user| person::opened(&user.known(), &bearer.scopes)).unwrap_or_default();
    claims.insert("sub".into(), bearer.sub.clone().into());
    add_sources(state, &mut claims);
    let usual = state.openid.as_ref().and_then(|op| op.settings.signed_user_info);
    if state.misbehaviour.signs_user_info().or(usual).is_none() {
        let now = state.clock.now();
        state.misbehaviour.change(Token::UserInfo.into(), &mut claims, now);
        return Answer::json(StatusCode::OK, &Value::Object(claims)).with(header::CACHE_CONTROL, "no-store");
    }
    claims.insert("iss".into(), state.issuer().into());
    claims.insert("aud".into(), bearer.client_id.clone().into());
    let mut answer = Answer::empty(StatusCode::OK);
    answer.body = jwt::signed(state, Token::UserInfo, &bearer.client_id, "JWT", claims).into();
    answer.with(header::CONTENT_TYPE, "application/jwt").with(header::CACHE_CONTROL, "no-store")
}

/// Claims of other parties (OpenID Connect Core section 5.6.2).
fn add_sources(state: &mut State, claims: &mut Map<String, Value>) {
    let (mut names, mut sources) = (Map::new(), Map::new());
    if state.misbehaviour.has(&Knob::AggregatedClaims) {
        let other = json!({ "iss": "https://claims.example", "eye_color": "green" });
        let other = other.as_object().cloned().unwrap_or_default();
        names.insert("eye_color".into(), "aggregated".into());
        let token = jwt::foreign(other);
        sources.insert("aggregated".into(), json!({ "JWT": token }));
    }
    if state.misbehaviour.has(&Knob::DistributedClaims) {
        names.insert("credit_score".into(), "distributed".into());
        let endpoint = format!("{}{}", state.issuer(), Endpoint::ClaimSource.path());
        sources.insert(
            "distributed".into(),
            json!({ "endpoint": endpoint, "access_token": state.issue("gp_claims_") }),
        );
    }
    if !names.is_empty() {
        claims.insert("_claim_names".into(), names.into());
        claims.insert("_claim_sources".into(), sources.into());
    }
}
