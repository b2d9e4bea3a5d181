//! The keys (RFC 7517).

use crate::provider::answer::Answer;
use crate::provider::received::Received;
use crate::provider::state::State;
use http::{Method, StatusCode};
use serde_json::json;

pub(crate) fn answer(state: &mut State, request: &Received) -> Answer {
    if request.method != Method::GET {
        return Answer::method_not_allowed("GET");
    }
    state.stats.key_fetches += 1;
    let keys = state.openid.as_ref().map_or_else(|| json!({ "keys": [] }), |op| op.keys.as_json());
    Answer::json(StatusCode::OK, &keys)
}
