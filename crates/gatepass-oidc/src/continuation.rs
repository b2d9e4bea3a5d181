//! Whether the tokens of a refresh continue a login, for a keeper that knows nothing of OpenID Connect.

use std::sync::Arc;

use gatepass_core::ports::{Continuation, NoClient};
use gatepass_core::{IdToken, Timestamp, TokenSet};

use crate::{Identity, KeySet, OpenId, RefreshVerdict, SignInError};

/// Judges with the keys that are at hand. An ID token that has no login to be held against proves nothing and is left
/// unverified.
pub(crate) fn judge(
    openid: &OpenId,
    refreshed: TokenSet,
    login: Option<&IdToken>,
    keys: Option<(KeySet, u64)>,
    now: Timestamp,
) -> Continuation {
    let Some(login) = login.and_then(Identity::of) else { return Continuation::Continued(refreshed) };
    let (keys, edition) = keys.unwrap_or_default();
    match openid.refreshed(refreshed, login.established()).verify(&keys, now) {
        RefreshVerdict::Continued { tokens, .. } => Continuation::Continued(tokens),
        RefreshVerdict::NeedKeys(_) => Continuation::KeysMissing { edition },
        RefreshVerdict::Refused(why) => Continuation::Refused(Arc::new(why)),
    }
}

pub(crate) fn no_client(why: SignInError) -> NoClient {
    let again_in = match &why {
        SignInError::Keys(why) => Some(why.retry_after),
        _ => None,
    };
    NoClient::for_now(Arc::new(why), again_in)
}
