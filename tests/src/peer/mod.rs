//! An authorization server that we did not write: the npm package `oidc-provider`, as `tests/peers/oidc-provider` sets it
//! up, in a process of its own.
//!
//! ```
//! use gatepass_tests::peer::Peer;
//!
//! let Some(peer) = Peer::settings().redirect_uri("http://127.0.0.1:8080/callback").start("an example") else {
//!     return; // No Node.js here, and a line has said so.
//! };
//! assert!(peer.issuer().starts_with("http://127.0.0.1:"));
//! assert_eq!(peer.counters().refreshes(), 0);
//! ```

mod control;
mod launch;
mod settings;

use tempfile::TempDir;

pub use control::{Counters, Event, Fault};
pub use settings::Settings;

/// The running server. It ends when this is dropped, and also when the process is killed.
#[derive(Debug)]
pub struct Peer {
    process: launch::Process,
    issuer: String,
    control: String,
    secret: String,
    tls: Option<TempDir>,
}

/// The ids of registered clients. Those that are not listed here are in `clients.mjs`.
pub mod client {
    /// Sends its secret by HTTP Basic.
    pub const BASIC: &str = "basic";
    /// The same, with an id that must be form-encoded before it is sent (RFC 6749 section 2.3.1).
    pub const ODD: &str = "odd id:with/space+plus%";
    /// Sends its secret in the body.
    pub const POST: &str = "post";
    /// Has no secret.
    pub const PUBLIC: &str = "public";
    /// Has no secret, and its redirect URI is `http://127.0.0.1/callback` at any port.
    pub const NATIVE: &str = "native";
}

impl Peer {
    /// What can be set before it starts.
    pub fn settings() -> Settings {
        Settings::default()
    }

    /// Its issuer, which is also where all its endpoints are.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Where a login begins.
    #[must_use]
    pub fn authorization_endpoint(&self) -> String {
        self.at("/auth")
    }

    /// Where codes and refresh tokens are exchanged.
    #[must_use]
    pub fn token_endpoint(&self) -> String {
        self.at("/token")
    }

    /// Where tokens are given back. Whichever is, the whole grant is revoked.
    #[must_use]
    pub fn revocation_endpoint(&self) -> String {
        self.at("/token/revocation")
    }

    /// An API that says whose access token it was given, whatever its scope.
    #[must_use]
    pub fn api(&self) -> String {
        self.at("/api")
    }

    /// The provider's own, which wants scope `openid`.
    #[must_use]
    pub fn user_info_endpoint(&self) -> String {
        self.at("/me")
    }

    /// Where a person ends the session at the provider.
    #[must_use]
    pub fn end_session_endpoint(&self) -> String {
        self.at("/session/end")
    }

    /// The secret of every client that has one. Its characters are written differently by every encoding.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The PEM file of the certificate that signed the server's, for https.
    #[must_use]
    pub fn authority(&self) -> Option<std::path::PathBuf> {
        Some(self.tls.as_ref()?.path().join(settings::AUTHORITY))
    }

    /// What it has said so far to standard error.
    #[must_use]
    pub fn said(&self) -> String {
        self.process.said()
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }
}
