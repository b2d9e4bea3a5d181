//! What a peer is told before it starts.

use std::fs;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use super::Peer;
use super::launch::{self, Missing, Process};

/// The certificate that signed the server's, in the folder of certificates.
pub(super) const AUTHORITY: &str = "authority.pem";
const CERTIFICATE: &str = "server.pem";
const KEY: &str = "server.key";

/// What can be set before a [`Peer`] starts. By default it speaks http on 127.0.0.1, logs everybody in without a form, and
/// its access tokens live for an hour.
#[derive(Clone, Debug, Default)]
#[must_use = "a peer runs only when it is started"]
pub struct Settings {
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    variables: Vec<(&'static str, String)>,
    tls: bool,
}

impl Settings {
    /// Registers a redirect URI for every client but the native one.
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uris.push(uri.into());
        self
    }

    /// Registers where a person may be sent after the end of a session at the provider.
    pub fn post_logout_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.post_logout_redirect_uris.push(uri.into());
        self
    }

    /// Sends logout tokens there; otherwise [`Peer::logout_tokens`] has them.
    pub fn back_channel_logout_uri(self, uri: impl Into<String>) -> Self {
        self.variable("BACKCHANNEL_LOGOUT_URI", uri.into())
    }

    /// With the library's own login and consent forms.
    pub fn forms(self) -> Self {
        self.variable("INTERACTION", "dev".to_owned())
    }

    /// Calls the issuer by another name of this machine, such as `localhost`.
    pub fn host(self, name: &str) -> Self {
        self.variable("HOST", name.to_owned())
    }

    /// In whole seconds.
    pub fn access_token_lifetime(self, lifetime: Duration) -> Self {
        self.variable("AT_TTL", lifetime.as_secs().to_string())
    }

    /// Speaks https, with a certificate of [`Peer::authority`].
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    fn variable(mut self, name: &'static str, value: String) -> Self {
        self.variables.push((name, value));
        self
    }

    /// Starts it and waits until it is ready. `None`: Node.js or the server's packages are missing, and a line says that
    /// `test` is skipped; with `GATEPASS_CI=1` that is a failure.
    ///
    /// # Panics
    /// When it does not become ready, or is missing where it must not be.
    #[must_use]
    #[expect(
        clippy::expect_used,
        clippy::panic,
        clippy::print_stderr,
        reason = "speaks to who runs the tests"
    )]
    pub fn start(self, test: &str) -> Option<Peer> {
        let mut command = match launch::command() {
            Ok(command) => command,
            Err(missing) if std::env::var_os("GATEPASS_CI").is_none_or(|value| value != "1") => {
                eprintln!("SKIPPED {test}: {missing}");
                return None;
            }
            Err(missing) => panic!("{test}: {missing}"),
        };
        let tls = self.tls.then(|| certificates().expect("certificates"));
        if let Some(folder) = &tls {
            command.env("TLS_CERT", folder.path().join(CERTIFICATE)).env("TLS_KEY", folder.path().join(KEY));
        }
        for (name, uris) in [
            ("REDIRECT_URIS", &self.redirect_uris),
            ("POST_LOGOUT_REDIRECT_URIS", &self.post_logout_redirect_uris),
        ] {
            if !uris.is_empty() {
                command.env(name, serde_json::to_string(uris).expect("strings are JSON"));
            }
        }
        command.envs(self.variables);
        let (process, ready) = Process::start(command);
        let word = |name: &str| ready[name].as_str().expect("what a ready server says").to_owned();
        Some(Peer { issuer: word("issuer"), control: word("control"), secret: word("secret"), process, tls })
    }
}

/// An authority and a certificate by it for the names of this machine.
fn certificates() -> Result<TempDir, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let write = |name: &str, pem: String| fs::write(Path::join(folder.path(), name), pem);
    let authority_key = rcgen::KeyPair::generate()?;
    let mut authority = rcgen::CertificateParams::new(Vec::<String>::new())?;
    authority.distinguished_name.push(rcgen::DnType::CommonName, "gatepass test authority");
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    authority.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign, rcgen::KeyUsagePurpose::CrlSign];
    write(AUTHORITY, authority.self_signed(&authority_key)?.pem())?;

    let key = rcgen::KeyPair::generate()?;
    let mut server = rcgen::CertificateParams::new(["localhost", "127.0.0.1"].map(String::from).to_vec())?;
    server.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    let issuer = rcgen::Issuer::new(authority, authority_key);
    write(CERTIFICATE, server.signed_by(&key, &issuer)?.pem())?;
    write(KEY, key.serialize_pem())?;
    Ok(folder)
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Node => "Node.js is not installed: no node in PATH",
            Self::Packages => {
                "oidc-provider is not installed: `cargo xtask test` does so, or say npm install in tests/peers/oidc-provider"
            }
        })
    }
}
