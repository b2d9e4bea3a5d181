//! The test's handle on the OpenID side of a running provider.

use super::misbehaviour::Misbehaviour;
use crate::provider::{Endpoint, Provider};

impl Provider {
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
}
