//! What OpenID Connect adds to the metadata (OpenID Connect Discovery section 3, and the logout specifications).

use super::op::Op;
use super::person;
use crate::provider::endpoint::Endpoint;
use crate::provider::state::State;
use serde_json::{Value, json};

/// Empty for a provider that speaks plain OAuth.
pub(crate) fn members(state: &State) -> Value {
    let Some(op) = &state.openid else {
        return json!({});
    };
    let issuer = state.issuer();
    let at = |endpoint: Endpoint| format!("{issuer}{}", endpoint.path());
    let claims: Vec<&str> = ["sub", "iss", "aud", "exp", "iat", "auth_time", "acr", "nonce", "sid"]
        .into_iter()
        .chain(person::names())
        .collect();
    json!({
        "userinfo_endpoint": at(Endpoint::UserInfo),
        "jwks_uri": format!("{issuer}{}", op.jwks_path),
        "end_session_endpoint": at(Endpoint::EndSession),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": Op::algorithm_names(),
        "userinfo_signing_alg_values_supported": Op::algorithm_names(),
        "claim_types_supported": ["normal", "aggregated", "distributed"],
        "claims_supported": claims,
        "acr_values_supported": op.settings.acr_values,
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
    })
}
