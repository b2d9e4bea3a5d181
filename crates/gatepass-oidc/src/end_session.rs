//! The logout at the provider that we start (OpenID Connect RP-Initiated Logout section 2).

use gatepass_core::IdToken;
use url::Url;

use crate::OpenId;

impl OpenId {
    /// The URL that ends the person's session at the provider; `None`: it has no such place, and the logout is ours alone.
    ///
    /// End the session here first. The ID token is the hint by which the provider knows whose session is meant. The
    /// provider sends the person to `return_to`, which must be registered there, with this `state`: compare it, and go
    /// nowhere that the answer chooses.
    #[must_use]
    pub fn end_session_url(
        &self,
        id_token: Option<&IdToken>,
        return_to: Option<(&Url, &str)>,
    ) -> Option<Url> {
        let mut url = self.0.end_session.clone()?;
        {
            let mut query = url.query_pairs_mut();
            if let Some(token) = id_token {
                query.append_pair("id_token_hint", token.expose());
            }
            query.append_pair("client_id", self.client().id());
            if let Some((place, state)) = return_to {
                query.append_pair("post_logout_redirect_uri", place.as_str());
                query.append_pair("state", state);
            }
        }
        Some(url)
    }
}
