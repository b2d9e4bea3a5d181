//! The test's handle on the OpenID side of a running provider.

use super::misbehaviour::Misbehaviour;
use super::notice::LogoutNotice;
use super::op::Given;
use super::{initiate, logout, notice};
use crate::provider::state::State;
use crate::provider::{Endpoint, Provider};
use std::sync::Arc;

impl Provider {
    /// Whether it speaks OpenID Connect.
    #[must_use]
    pub fn is_openid(&self) -> bool {
        self.shared.state().openid.is_some()
    }

    /// The URL of the OpenID configuration (OpenID Connect Discovery section 4).
    #[must_use]
    pub fn openid_configuration_url(&self) -> String {
        self.url(Endpoint::OpenIdConfiguration)
    }

    /// The URL of the keys, as the metadata names it now.
    #[must_use]
    pub fn jwks_uri(&self) -> String {
        self.url(Endpoint::Jwks)
    }

    /// The URL of the user info endpoint.
    #[must_use]
    pub fn user_info_endpoint(&self) -> String {
        self.url(Endpoint::UserInfo)
    }

    /// The URL that ends the person's session here (OpenID Connect RP-Initiated Logout).
    #[must_use]
    pub fn end_session_endpoint(&self) -> String {
        self.url(Endpoint::EndSession)
    }

    /// Misbehaves like that from now on, and in no other way; [`Misbehaviour::new`] makes it behave again.
    pub fn misbehave(&self, misbehaviour: Misbehaviour) {
        self.shared.state().misbehave(misbehaviour);
    }

    /// Signs with new keys from now on; the old ones are shown no longer.
    pub fn rotate_keys(&self) {
        if let Some(op) = &mut self.shared.state().openid {
            op.keys.rotate();
        }
    }

    /// Ends the person's sessions here, and tells the clients that have heard of them by logout tokens: gives what they said.
    ///
    /// Waits for their answers, so it must not be called on the thread that a client needs for its answer.
    #[expect(clippy::must_use_candidate, reason = "what the client said may be of no interest")]
    pub fn log_out(&self, username: &str) -> Vec<LogoutNotice> {
        self.notices(|state| {
            if let Some(sub) = sub_of(state, username) {
                logout::end(state, |session| session.sub == sub);
            }
        })
    }

    /// Posts a logout token about the person's latest login at a client, and leaves the session here as it is; `None` when there
    /// was no such login, or the client has no address for it. Waits as [`log_out`](Self::log_out) does.
    #[expect(clippy::must_use_candidate, reason = "what the client said may be of no interest")]
    pub fn post_logout_token(&self, client_id: &str, username: &str) -> Option<LogoutNotice> {
        let mut notices = self.notices(|state| {
            if let Some(given) = latest(state, client_id, username) {
                logout::tell(state, client_id, &given.sub, &given.sid);
            }
        });
        notices.pop()
    }

    /// A logout token about the person's latest login at a client, for a test that delivers it by itself.
    #[must_use]
    pub fn logout_token(&self, client_id: &str, username: &str) -> Option<String> {
        let mut state = self.shared.state();
        let given = latest(&state, client_id, username)?;
        Some(logout::logout_token(&mut state, client_id, &given.sub, &given.sid))
    }

    /// All logout tokens that were posted so far, and what the clients said, in their order.
    #[must_use]
    pub fn logout_notices(&self) -> Vec<LogoutNotice> {
        self.shared.state().notices.clone()
    }

    /// Where a third party sends the browser to begin a login at a client; `None` for one without an `initiate_login_uri`.
    #[must_use]
    pub fn initiate_login_url(
        &self,
        client_id: &str,
        login_hint: Option<&str>,
        target_link_uri: Option<&str>,
    ) -> Option<String> {
        let state = self.shared.state();
        initiate::url(&state, client_id, login_hint, target_link_uri).map(Into::into)
    }

    /// Does something that may fill the outbox, and posts what is in it.
    fn notices(&self, work: impl FnOnce(&mut State)) -> Vec<LogoutNotice> {
        let (outbox, known) = {
            let mut state = self.shared.state();
            work(&mut state);
            (std::mem::take(&mut state.outbox), state.notices.len())
        };
        let tokens: Vec<String> = outbox.iter().map(|notice| notice.token.clone()).collect();
        let shared = Arc::clone(&self.shared);
        self.server.run(async move { notice::deliver(&shared, outbox).await });
        let mut notices: Vec<_> = self.shared.state().notices.iter().skip(known).cloned().collect();
        notices.retain(|notice| tokens.contains(&notice.token));
        notices
    }
}

/// A person's subject by their user name.
pub(crate) fn sub_of(state: &State, username: &str) -> Option<String> {
    state.users.iter().find(|user| user.username == username).map(|user| user.sub.clone())
}

/// The latest login of a person at a client.
pub(crate) fn latest(state: &State, client_id: &str, username: &str) -> Option<Given> {
    let sub = sub_of(state, username)?;
    state.openid.as_ref()?.latest(client_id, &sub).cloned()
}
