//! Whether the tokens of a refresh continue a login, for a keeper that knows nothing of OpenID Connect.

use std::sync::Arc;

use gatepass_core::ports::{Clock, Continuation, NoClient};
use gatepass_core::{IdToken, Remedy, TokenSet};

use crate::discovered::Party;
use crate::{Identity, NoKeys, RefreshVerdict, SignInError};

/// Judges with what is at hand. An ID token that has no login to be held against proves nothing and is left unverified.
pub(crate) fn judge(
    party: Option<Party>,
    refreshed: TokenSet,
    login: Option<&IdToken>,
    clock: &dyn Clock,
) -> Continuation {
    let Some(login) = login.and_then(Identity::of) else { return Continuation::Continued(refreshed) };
    let Some(party) = party else { return Continuation::KeysMissing { edition: 0 } };
    let (keys, edition) = party.keys_at_hand(clock.monotonic()).unwrap_or_default();
    match party.openid.refreshed(refreshed, login.established()).verify(&keys, clock.now()) {
        RefreshVerdict::Continued { tokens, .. } => Continuation::Continued(tokens),
        RefreshVerdict::NeedKeys(_) => Continuation::KeysMissing { edition },
        RefreshVerdict::Refused(why) => Continuation::Refused(Arc::new(why)),
    }
}

pub(crate) fn no_client(why: NoKeys) -> NoClient {
    let remedy = why.remedy();
    let why = Arc::new(SignInError::Keys(why));
    match remedy {
        Remedy::RetryLater(again_in) => NoClient::for_now(why, again_in),
        _ => NoClient::misconfigured(why),
    }
}
