//! Authorization server metadata (RFC 8414).

use super::answer::Answer;
use super::endpoint::Endpoint;
use super::openid::{self, Knob, Place};
use super::received::Received;
use super::settings::IssParameter;
use super::state::State;
use http::{Method, StatusCode};
use serde_json::{Value, json};

pub(crate) fn answer(state: &State, request: &Received) -> Answer {
    if request.method != Method::GET {
        return Answer::method_not_allowed("GET");
    }
    Answer::json(StatusCode::OK, &document(state))
}

pub(crate) fn document(state: &State) -> Value {
    let issuer = state.issuer();
    let at = |endpoint: Endpoint| format!("{issuer}{}", endpoint.path());
    let mut methods = vec!["client_secret_basic", "client_secret_post", "none"];
    if state.misbehaviour.has(&Knob::OnlyBasic) {
        methods.retain(|method| *method != "client_secret_post");
    }
    let mut document = json!({
        "issuer": issuer,
        "authorization_endpoint": at(Endpoint::Authorize),
        "token_endpoint": at(Endpoint::Token),
        "revocation_endpoint": at(Endpoint::Revoke),
        "scopes_supported": state.settings.scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "authorization_response_iss_parameter_supported":
            matches!(state.settings.iss, IssParameter::Sent | IssParameter::LeftOffErrors),
    });
    if let (Value::Object(document), Value::Object(more)) = (&mut document, openid::members(state)) {
        document.extend(more);
        state.misbehaviour.change(Place::Metadata, document, state.clock.now());
    }
    document
}
