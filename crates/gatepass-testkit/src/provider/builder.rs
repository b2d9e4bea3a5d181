//! The choices before the provider starts.

use super::Provider;
use super::client::Client;
use super::clock::Clock;
use super::openid::OpenId;
use super::server::Server;
use super::settings::{IssParameter, Mode, RefreshTokens, Revocation, Rotation, Settings};
use super::shared::Shared;
use super::state::State;
use super::user::User;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

/// A provider that is not started yet.
#[derive(Debug)]
#[must_use = "nothing listens before start()"]
pub struct Builder {
    settings: Settings,
    address: SocketAddr,
    clients: Vec<Client>,
    users: Vec<User>,
    stopped_clock: bool,
    openid: Option<OpenId>,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            settings: Settings::default(),
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            clients: Vec::new(),
            users: Vec::new(),
            stopped_clock: false,
            openid: None,
        }
    }

    /// Listens there instead of on a free port of 127.0.0.1.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Gives the issuer a path such as `/tenant`; all endpoints move below it.
    pub fn issuer_path(mut self, path: &str) -> Self {
        let path = path.trim_matches('/');
        self.settings.issuer_path = if path.is_empty() { String::new() } else { format!("/{path}") };
        self
    }

    /// Registers a client; the default clients `app` and `cli` are not there then.
    pub fn client(mut self, client: Client) -> Self {
        self.clients.push(client);
        self
    }

    /// Adds a person; the default ones, alice and bob, are not there then.
    pub fn user(mut self, user: User) -> Self {
        self.users.push(user);
        self
    }

    /// Chooses who answers authorization requests.
    pub fn mode(mut self, mode: Mode) -> Self {
        self.settings.mode = mode;
        self
    }

    /// Chooses what happens to used refresh tokens.
    pub fn rotation(mut self, rotation: Rotation) -> Self {
        self.settings.rotation = rotation;
        self
    }

    /// Chooses which grants get a refresh token.
    pub fn refresh_tokens(mut self, which: RefreshTokens) -> Self {
        self.settings.refresh_tokens = which;
        self
    }

    /// Chooses what happens to the `iss` parameter of RFC 9207.
    pub fn iss(mut self, iss: IssParameter) -> Self {
        self.settings.iss = iss;
        self
    }

    /// Chooses what one revocation ends.
    pub fn revocation(mut self, revocation: Revocation) -> Self {
        self.settings.revocation = revocation;
        self
    }

    /// Accepts authorization requests without PKCE. One that carries a challenge is still held to it.
    pub fn without_required_pkce(mut self) -> Self {
        self.settings.require_pkce = false;
        self
    }

    /// Sets how long a code is good for; 30 seconds otherwise.
    pub fn code_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.code_lifetime = lifetime;
        self
    }

    /// Sets how long an access token is good for; an hour otherwise. `expires_in` says it in whole seconds.
    pub fn access_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.access_token_lifetime = lifetime;
        self
    }

    /// Lets each refresh token expire; they do not otherwise.
    pub fn refresh_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.refresh_token_lifetime = Some(lifetime);
        self
    }

    /// Sets the scopes that exist; `profile email offline_access read write` otherwise.
    pub fn scopes(mut self, scopes: &[&str]) -> Self {
        self.settings.scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self
    }

    /// Grants no more than these scopes, whatever is asked for.
    pub fn grant_at_most(mut self, scopes: &[&str]) -> Self {
        self.settings.grant_at_most = Some(scopes.iter().map(|scope| (*scope).to_owned()).collect());
        self
    }

    /// Adds a parameter to every authorization response, such as `session_state`. A wrong `iss` is one of these, beside
    /// [`IssParameter::Absent`].
    pub fn redirect_parameter(mut self, name: &str, value: &str) -> Self {
        self.settings.redirect_parameters.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a member to every token response, or replaces one.
    pub fn token_member(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.settings.token_members.push((name.to_owned(), value.into()));
        self
    }

    /// Stops the clock: it moves by [`Provider::advance`] only.
    pub fn stopped_clock(mut self) -> Self {
        self.stopped_clock = true;
        self
    }

    /// Speaks OpenID Connect as well: a login with `openid` in its scope gives an ID token.
    pub fn openid(mut self, openid: OpenId) -> Self {
        self.openid = Some(openid);
        self
    }

    /// Serves the control API under `/_control/`, see [the module](super).
    pub fn control_api(mut self) -> Self {
        self.settings.control = true;
        self
    }

    /// Binds the address and starts to serve on a thread of its own.
    ///
    /// # Errors
    ///
    /// The address cannot be bound, or the system gives no thread.
    pub fn start(mut self) -> io::Result<Provider> {
        if self.openid.is_some() {
            for scope in ["openid", "phone", "address"].map(String::from) {
                if !self.settings.scopes.contains(&scope) {
                    self.settings.scopes.push(scope);
                }
            }
        }
        let listener = TcpListener::bind(self.address)?;
        let origin = format!("http://{}", listener.local_addr()?);
        let clock = if self.stopped_clock { Clock::stopped() } else { Clock::running() };
        let users = if self.users.is_empty() { User::defaults() } else { self.users };
        let clients = if self.clients.is_empty() { Client::defaults() } else { self.clients };
        let shared =
            Arc::new(Shared::new(State::new(self.settings, origin, clock, users, clients, self.openid)));
        let server = Server::start(listener, Arc::clone(&shared))?;
        Ok(Provider { shared, server })
    }
}
