//! Whether a session's grant has ended, found out once a request.

use gatepass::ports::SessionId;
use gatepass::{LoginReason, SealError, Unavailable};
use http::request::Parts;

use super::asking::Asking;
use crate::Session;

#[derive(Clone)]
struct Known(SessionId, Option<LoginReason>);

/// Why the person would have to log in again before there is a token. What cannot be found out now has not ended: the
/// session is one all the same, and a call will tell.
pub(super) async fn ended(parts: &mut Parts, asking: &Asking, session: &Session) -> Option<LoginReason> {
    if let Some(Known(_, why)) = parts.extensions.get().filter(|Known(id, _)| id == session.id()) {
        return *why;
    }
    let why = match asking.login.keeper().holding(&session.grant()).await {
        Ok(holding) => holding.login_required,
        // A new login brings tokens that can be read, and an operator has to see to the key.
        Err(Unavailable::Unreadable(why)) if why != SealError::NoEntropy => {
            let id = session.id().as_str();
            tracing::error!(session = id, %why, "the tokens of a session cannot be read: its person has to log in again");
            Some(LoginReason::Absent)
        }
        Err(why) => {
            tracing::warn!(session = session.id().as_str(), %why, "a session's grant could not be read");
            None
        }
    };
    parts.extensions.insert(Known(session.id().clone(), why));
    why
}
