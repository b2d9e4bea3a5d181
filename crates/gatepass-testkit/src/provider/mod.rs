//! A scriptable OAuth 2.0 authorization server on loopback, with a protected API, for tests of login clients.
//!
//! It is strict where the RFCs are (exact redirect URIs, PKCE with S256, codes that work once, refresh tokens that rotate and
//! kill their family when an old one comes back, `iss` in every authorization response) and wrong only where a test says so, by
//! a [`Fault`] or a [`Misbehaviour`](openid::Misbehaviour). Secrets are shown in its log on purpose: never give it real ones.
//! With [`Builder::openid`] it is an OpenID provider too.
#![doc = include_str!("control.md")]

mod answer;
mod api;
mod authorize;
mod bomb;
mod builder;
mod client;
mod clock;
mod control;
mod effect;
mod endpoint;
mod fault;
mod gate;
mod grants;
mod interaction;
mod log;
mod metadata;
pub mod openid;
mod pages;
mod random;
mod received;
mod redirect;
mod refusal;
mod revoke;
mod server;
mod settings;
mod shared;
mod state;
mod stats;
mod token;
mod user;
mod wire;

pub use builder::Builder;
pub use client::{AuthMethod, Client};
pub use effect::Rewrite;
pub use endpoint::Endpoint;
pub use fault::{Fault, FaultSite};
pub use gate::Gate;
pub use log::LogEntry;
pub use received::Received;
pub use settings::{IssParameter, Mode, RefreshTokens, Revocation, Rotation};
pub use stats::Stats;
pub use user::User;

use server::Server;
use shared::Shared;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// An OAuth 2.0 provider that listens on loopback until it is dropped.
///
/// It serves on a thread of its own, so that async and blocking tests use it alike. By default the confidential client `app` with
/// secret `secret` and the public client `cli` are registered, with `/callback` on any port of a loopback literal; alice and bob
/// have accounts; and nobody is asked, see [`Mode::Auto`].
///
/// # Examples
///
/// A whole login, in which the answer to the first token request is lost on the way although the provider has acted on it:
///
/// ```
/// use gatepass_testkit::Provider;
/// use gatepass_testkit::provider::{Endpoint, Fault};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let provider = Provider::start();
/// let http: ureq::Agent = ureq::Agent::config_builder().max_redirects(0).http_status_as_error(false).build().into();
///
/// let (verifier, challenge) =
///     ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
/// let callback = "http://127.0.0.1:8080/callback";
/// let log_in = || -> Result<String, Box<dyn std::error::Error>> {
///     let answer = http
///         .get(provider.authorization_endpoint())
///         .query_pairs([("response_type", "code"), ("client_id", "cli"), ("redirect_uri", callback), ("state", "af0ifjsldkj")])
///         .query_pairs([("code_challenge", challenge), ("code_challenge_method", "S256"), ("login_hint", "bob")])
///         .call()?;
///     let back = url::Url::parse(answer.headers()["location"].to_str()?)?;
///     Ok(back.query_pairs().find(|(name, _)| name == "code").ok_or("no code")?.1.into_owned())
/// };
/// let exchange = |code: &str| {
///     http.post(provider.token_endpoint()).send_form([
///         ("grant_type", "authorization_code"),
///         ("client_id", "cli"),
///         ("code", code),
///         ("redirect_uri", callback),
///         ("code_verifier", verifier),
///     ])
/// };
///
/// provider.inject(Fault::after(Endpoint::Token).close());
/// assert!(exchange(&log_in()?).is_err());
///
/// let tokens: serde_json::Value = serde_json::from_reader(exchange(&log_in()?)?.body_mut().as_reader())?;
/// let bearer = format!("Bearer {}", tokens["access_token"].as_str().ok_or("no access token")?);
/// let about = http.get(provider.user_endpoint()).header("authorization", bearer).call()?.body_mut().read_to_string()?;
/// assert!(about.contains("user-bob"));
///
/// assert_eq!(provider.stats().exchanges, 2);
/// assert_eq!(provider.requests(Endpoint::Token)[0].status, None);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Provider {
    shared: Arc<Shared>,
    server: Server,
}

impl Provider {
    /// Starts a provider with the default clients, users and settings on a free port of 127.0.0.1.
    ///
    /// # Panics
    ///
    /// When no port of 127.0.0.1 can be bound; [`Builder::start`] gives an error instead.
    #[must_use]
    pub fn start() -> Self {
        match Self::builder().start() {
            Ok(provider) => provider,
            Err(error) => panic!("the provider cannot listen on 127.0.0.1: {error}"),
        }
    }

    /// Begins with the default settings.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// The issuer identifier.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.shared.state().issuer()
    }

    /// The URL of an endpoint.
    #[must_use]
    pub fn url(&self, endpoint: Endpoint) -> String {
        let state = self.shared.state();
        match endpoint {
            Endpoint::Metadata => {
                format!("{}{}{}", state.origin, endpoint.path(), state.settings.issuer_path)
            }
            Endpoint::Jwks => format!("{}{}", state.issuer(), state.jwks_path()),
            _ => format!("{}{}", state.issuer(), endpoint.path()),
        }
    }

    /// The URL of the metadata document (RFC 8414).
    #[must_use]
    pub fn metadata_url(&self) -> String {
        self.url(Endpoint::Metadata)
    }

    /// The URL of the authorization endpoint.
    #[must_use]
    pub fn authorization_endpoint(&self) -> String {
        self.url(Endpoint::Authorize)
    }

    /// The URL of the token endpoint.
    #[must_use]
    pub fn token_endpoint(&self) -> String {
        self.url(Endpoint::Token)
    }

    /// The URL of the revocation endpoint.
    #[must_use]
    pub fn revocation_endpoint(&self) -> String {
        self.url(Endpoint::Revoke)
    }

    /// The URL of the protected API that says who the bearer of the access token is.
    #[must_use]
    pub fn user_endpoint(&self) -> String {
        self.url(Endpoint::User)
    }

    /// The URL that gives back, as JSON, the request that it received.
    #[must_use]
    pub fn echo_endpoint(&self) -> String {
        self.url(Endpoint::Echo)
    }

    /// The URL under which the control API is, when [`Builder::control_api`] has switched it on.
    #[must_use]
    pub fn control_url(&self) -> Option<String> {
        let state = self.shared.state();
        state.settings.control.then(|| format!("{}{}", state.origin, control::PATH))
    }

    /// Registers a client, or replaces the one of the same id.
    pub fn register(&self, client: Client) {
        self.shared.state().register(client);
    }

    /// The time on the provider's clock.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.shared.state().clock.now()
    }

    /// Moves the provider's clock forward.
    pub fn advance(&self, by: Duration) {
        self.shared.state().clock.advance(by);
    }

    /// What has happened so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.state().stats
    }

    /// Closes the port and all connections, as an outage does: nobody can connect. Requests that are being worked on go on, and
    /// nothing is forgotten.
    pub fn go_down(&self) {
        self.server.close();
    }

    /// Listens at the same address again.
    ///
    /// # Errors
    ///
    /// Another process has taken the port in the meantime.
    pub fn come_back(&self) -> io::Result<()> {
        self.server.open()
    }

    /// Lets a fault wait for its requests. Faults are tried in the order in which they came, and several may meet one request.
    pub fn inject(&self, fault: Fault) {
        self.shared.faults.add(fault);
    }

    /// Takes all waiting faults back. A request that is held at a gate stays there.
    pub fn clear_faults(&self) {
        self.shared.faults.clear();
    }

    /// How many faults still wait; those that are used up are gone.
    #[must_use]
    pub fn faults_waiting(&self) -> usize {
        self.shared.faults.waiting()
    }

    /// All requests so far, in the order of their arrival. One that broke off before its end never arrived.
    #[must_use]
    pub fn log(&self) -> Vec<LogEntry> {
        self.shared.state().log.clone()
    }

    /// The requests that came to one endpoint.
    #[must_use]
    pub fn requests(&self, endpoint: Endpoint) -> Vec<LogEntry> {
        self.shared.state().log.iter().filter(|entry| entry.endpoint == endpoint).cloned().collect()
    }

    /// The token requests of one grant type, such as `refresh_token`, processed or not.
    #[must_use]
    pub fn token_requests(&self, grant_type: &str) -> Vec<LogEntry> {
        let mut requests = self.requests(Endpoint::Token);
        requests.retain(|entry| entry.grant_type().as_deref() == Some(grant_type));
        requests
    }

    /// Every code and token handed out so far, and nothing else: what must turn up in no log of the client.
    #[must_use]
    pub fn issued(&self) -> Vec<String> {
        self.shared.state().issued.clone()
    }

    /// Lets all access tokens expire now.
    pub fn expire_access_tokens(&self) {
        self.shared.state().expire_access_tokens();
    }

    /// Ends all grants, as a person does who withdraws them at the provider.
    pub fn end_grants(&self) {
        let grants = &mut self.shared.state().grants;
        let open: Vec<u64> = grants.grants.keys().copied().collect();
        for grant in open {
            grants.kill(grant);
        }
    }

    /// Changes who answers authorization requests from now on.
    pub fn set_mode(&self, mode: Mode) {
        self.shared.state().settings.mode = mode;
    }

    /// Changes what happens to refresh tokens that are used from now on.
    pub fn set_rotation(&self, rotation: Rotation) {
        self.shared.state().settings.rotation = rotation;
    }

    /// Changes the lifetime of the access tokens that are issued from now on.
    pub fn set_access_token_lifetime(&self, lifetime: Duration) {
        self.shared.state().settings.access_token_lifetime = lifetime;
    }

    /// Forgets everything that happened: grants, sessions, log, counters, waiting faults and the misbehaviour. Users, clients,
    /// settings, keys and the clock stay.
    pub fn reset(&self) {
        self.shared.reset();
    }
}
