//! Whether a session's grant has ended, found out once a request.

use gatepass::LoginReason;
use http::request::Parts;

use super::asking::Asking;
use crate::Session;

#[derive(Clone, Copy)]
struct Known(Option<LoginReason>);

/// Why the person would have to log in again before there is a token. What cannot be found out now has not ended: the
/// session is one all the same, and a call will tell.
pub(super) async fn ended(parts: &mut Parts, asking: &Asking, session: &Session) -> Option<LoginReason> {
    if let Some(Known(why)) = parts.extensions.get() {
        return *why;
    }
    let why = match asking.login.keeper().holding(&session.grant()).await {
        Ok(holding) => holding.login_required,
        Err(why) => {
            tracing::warn!(session = session.id().as_str(), %why, "a session's grant could not be read");
            None
        }
    };
    parts.extensions.insert(Known(why));
    why
}
