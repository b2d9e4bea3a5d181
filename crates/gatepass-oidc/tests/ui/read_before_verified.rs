//! Of what nobody has verified nothing can be read, and no rule of it can be taken away.
use gatepass_oidc::{LogoutToken, Refreshed, SignInRequest, Unverified, UnverifiedUserInfo, Waiting};

fn read(
    waiting: &Waiting,
    unverified: &Unverified,
    refreshed: &Refreshed,
    logout: &LogoutToken,
    info: &UnverifiedUserInfo,
) {
    let _ = (&waiting.pending, &waiting.carried);
    let _ = (&unverified.tokens, &unverified.held_against);
    let _ = (&refreshed.tokens, &refreshed.before);
    let _ = &logout.token;
    let _ = (&info.text, &info.subject);
    unverified.access_token();
    unverified.claims();
    unverified.danger_unverified();
    refreshed.access_token();
    logout.claims();
    info.claims();
}

fn skip(request: SignInRequest, waiting: Waiting, unverified: Unverified) {
    waiting.nonce();
    waiting.into_pending();
    request.nonce("fixed");
    request.without_nonce();
    unverified.into_tokens();
}

fn main() {}
