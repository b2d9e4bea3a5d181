//! What waits for a verdict comes of an answer, and of nothing else.
use gatepass_oidc::{Identity, LogoutToken, Refreshed, Unverified, UnverifiedUserInfo, Waiting};

fn forge(a: Waiting, b: Unverified, c: Refreshed, d: LogoutToken, e: UnverifiedUserInfo, f: Identity) {
    let _ = Waiting { ..a };
    let _ = Unverified { ..b };
    let _ = Refreshed { ..c };
    let _ = LogoutToken { ..d };
    let _ = UnverifiedUserInfo { ..e };
    let _ = Identity { ..f };
}

fn main() {}
