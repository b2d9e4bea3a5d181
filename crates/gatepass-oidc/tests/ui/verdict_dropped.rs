//! A verdict that nobody looks at, or a login that nobody waits for, is lost: the compiler says so.
#![deny(unused_must_use)]
use gatepass_core::{Attempt, StartError, Timestamp};
use gatepass_oidc::{KeySet, LogoutToken, OpenId, Refreshed, SignInRequest, Unverified, UnverifiedUserInfo};

fn forget(a: Unverified, b: Refreshed, c: LogoutToken, d: UnverifiedUserInfo, keys: &KeySet, now: Timestamp) {
    a.verify(keys, now);
    b.verify(keys, now);
    c.verify(keys, now);
    d.verify(keys);
}

fn begin(openid: &OpenId, request: SignInRequest, attempt: Attempt) -> Result<(), StartError> {
    openid.logout_token("a token");
    request.start(attempt)?;
    Ok(())
}

fn main() {}
