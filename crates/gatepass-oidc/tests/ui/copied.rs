//! There is no second one to be verified otherwise.
use gatepass_oidc::{LogoutToken, Refreshed, SignIn, Unverified, UnverifiedUserInfo, Waiting};

fn copy(
    waiting: Waiting,
    unverified: Unverified,
    refreshed: Refreshed,
    logout: LogoutToken,
    info: UnverifiedUserInfo,
    sign_in: SignIn,
) {
    drop((waiting.clone(), unverified.clone(), refreshed.clone()));
    drop((logout.clone(), info.clone(), sign_in.clone()));
}

fn main() {}
