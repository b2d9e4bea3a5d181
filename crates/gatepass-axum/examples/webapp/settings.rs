//! What the environment variables mean. Everything that is wrong with them is said at once.

use std::ffi::OsString;
use std::fmt::Display;
use std::time::Duration;

use gatepass::renewal::Rotation;
use gatepass::{Client, ClientAuth, ConfigError, KeyRing, Profile, Provider, RedirectUri, Scopes, Secret};

use crate::store::is_postgres;

pub(crate) const HELP: &str = "\
A web application with a login, to try out gatepass.

Usage: webapp            (cargo run -p gatepass-axum --example webapp)

Required:
  CLIENT_ID              the client's id at the provider
  REDIRECT_URI           where people come back; its path becomes the callback route
  AUTH_URL               the provider's authorization endpoint
  TOKEN_URL              the provider's token endpoint
  API_URL                what /profile asks with the access token
Optional:
  CLIENT_SECRET          absent: a public client
  AUTH_METHOD            basic, post or none (basic with a secret, none without)
  REVOCATION_URL         where tokens are revoked at logout
  ISSUER                 the expected iss of callbacks; without it iss is ignored
  REQUIRE_ISS=1          refuse callbacks without iss, too
  SCOPE                  ('profile email')
  RESPONSE_MODE          how people come back: query or form_post (the provider's own choice: query)
  USER_FIELD             the field of what API_URL answers that names a person for good, such as
                         sub or id; absent: nobody knows whose two sessions are
  CONNECT_REDIRECT_URI   where people come back who connect an account (needs USER_FIELD; absent: no
                         account can be connected)
  CONNECT_SCOPE          what a connected account is asked for (that of SCOPE)
  SESSION_IDLE           seconds after which an unused session is over (86400)
  LISTEN                 host:port (that of REDIRECT_URI; needed if that is https)
  STORE                  sqlite:FILE, sqlite::memory: or postgres://... (sqlite:gatepass.db)
  STORE_KEY              32-byte keys in base64, comma-separated: the first seals, all open
                         (absent: kept in FILE.key; needed for postgres)
  ALLOW_HTTP_LOOPBACK=1  allow http for the provider on this machine
  REFRESH_ROTATES        1: refresh tokens may be spent by use (default); 0: they stay
  REFRESH_GRACE          seconds in which the provider takes a spent refresh token
  ARRIVAL_BOUND          seconds that a request may be under way (5)
  LOGINS_UNDER_WAY       how many logins may be under way in all (65536)
  RUST_LOG               what to log to standard error (warn)

Routes: /  /login  /profile  /sessions  /account  POST /logout  POST /connect/account
POST /disconnect/account  /healthz  and the paths of REDIRECT_URI and CONNECT_REDIRECT_URI.
Exit codes: 0 stopped by a signal, 1 failed, 2 wrong configuration.
";

/// The checked configuration.
pub(crate) struct Settings {
    pub(crate) client: Client,
    pub(crate) scopes: Scopes,
    pub(crate) api_url: String,
    pub(crate) origin: String,
    pub(crate) listen: String,
    pub(crate) store: String,
    pub(crate) store_key: Option<KeyRing>,
    pub(crate) http_loopback: bool,
    pub(crate) user_field: Option<String>,
    /// The client by which accounts are connected, and what it asks for.
    pub(crate) connect: Option<(Client, Scopes)>,
    pub(crate) session_idle: Option<Duration>,
    pub(crate) logins_under_way: Option<u32>,
}

impl Settings {
    /// Reads all variables, and names everything that is missing or wrong in one error.
    pub(crate) fn read(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, String> {
        let mut seen = Seen { variable, missing: Vec::new(), wrong: Vec::new() };
        let http_loopback = seen.flag("ALLOW_HTTP_LOOPBACK", false);
        let client_id = seen.required("CLIENT_ID");
        let redirect_uri = seen.required("REDIRECT_URI");
        let [auth_url, token_url, api_url] = ["AUTH_URL", "TOKEN_URL", "API_URL"].map(|name| {
            let url = seen.required(name);
            seen.endpoint(name, &url, http_loopback);
            url
        });
        let auth = seen.auth();
        let require_iss = seen.flag("REQUIRE_ISS", false);
        let [issuer, revocation_url] = ["ISSUER", "REVOCATION_URL"].map(|name| {
            let url = seen.optional(name)?;
            seen.endpoint(name, &url, http_loopback);
            Some(url)
        });
        if require_iss && issuer.is_none() {
            seen.missing.push("ISSUER (needed for REQUIRE_ISS)".into());
        }
        let scopes = seen.optional("SCOPE").unwrap_or_else(|| "profile email".into());
        let scopes = seen.check("SCOPE", Scopes::new(&scopes));
        if scopes.as_ref().is_some_and(|scopes| scopes.contains("openid")) {
            seen.wrong.push("SCOPE: asks for openid, but this program verifies no ID token".into());
        }
        let user_field = seen.optional("USER_FIELD");
        let connect_uri = seen.optional("CONNECT_REDIRECT_URI");
        if connect_uri.is_some() && user_field.is_none() {
            seen.missing.push("USER_FIELD (needed for CONNECT_REDIRECT_URI)".into());
        }
        let connect_scopes = match seen.optional("CONNECT_SCOPE") {
            Some(named) => seen.check("CONNECT_SCOPE", Scopes::new(&named)),
            None => scopes.clone(),
        };
        if connect_scopes.as_ref().is_some_and(|scopes| scopes.contains("openid")) {
            seen.wrong.push("CONNECT_SCOPE: asks for openid, but this program verifies no ID token".into());
        }
        if let Some(uri) = &connect_uri {
            seen.own_path("CONNECT_REDIRECT_URI", uri);
            if *uri == redirect_uri {
                seen.wrong.push("CONNECT_REDIRECT_URI: must differ from REDIRECT_URI".into());
            }
        }
        let mut profile = Profile::strict();
        profile.rotation = seen.rotation();
        match seen.optional("RESPONSE_MODE").as_deref() {
            None => {}
            Some(mode @ ("query" | "form_post")) => {
                profile.authorize_params.push(("response_mode".into(), mode.into()));
            }
            Some(_) => seen.wrong.push("RESPONSE_MODE: must be query or form_post".into()),
        }
        let session_idle = seen.seconds("SESSION_IDLE");
        if session_idle.is_some_and(|idle| idle.is_zero()) {
            seen.wrong.push("SESSION_IDLE: is zero, and every session would be over at once".into());
        }
        let store = seen.optional("STORE").unwrap_or_else(|| "sqlite:gatepass.db".into());
        let store_key = seen.optional("STORE_KEY");
        if is_postgres(&store) && store_key.is_none() {
            seen.missing.push("STORE_KEY (needed for postgres)".into());
        } else if !is_postgres(&store) && !store.starts_with("sqlite:") {
            seen.wrong.push("STORE: must begin with sqlite: or postgres:".into());
        }
        let store_key = store_key.and_then(|keys| seen.check("STORE_KEY", KeyRing::parse(&keys)));
        let logins_under_way = seen.optional("LOGINS_UNDER_WAY");
        let logins_under_way = logins_under_way.and_then(|most| seen.check("LOGINS_UNDER_WAY", most.parse()));
        let listen = seen.listen(&redirect_uri);
        if !(seen.missing.is_empty() && seen.wrong.is_empty()) {
            return Err(seen.report());
        }

        let mut provider = Provider::builder(&auth_url, &token_url).resource(&*api_url).profile(profile);
        if let Some(issuer) = issuer {
            provider = provider.issuer(issuer);
        }
        if let Some(url) = revocation_url {
            provider = provider.revocation_endpoint(url);
        }
        if require_iss {
            provider = provider.require_iss();
        }
        if http_loopback {
            provider = provider.danger_allow_http_loopback();
        }
        let provider = provider.build().map_err(|why| format!("the provider's settings are wrong: {why}"))?;
        let client = |redirect_uri: String| {
            Client::new(provider.clone(), &*client_id, auth.clone(), redirect_uri)
                .map_err(|why| format!("the client's settings are wrong: {why}"))
        };
        let connect = match (connect_uri, connect_scopes) {
            (Some(uri), Some(scopes)) => Some((client(uri)?, scopes)),
            _ => None,
        };
        let client = client(redirect_uri)?;
        let origin = client.redirect_uri().as_url().origin().ascii_serialization();
        let Some(scopes) = scopes else { return Err(seen.report()) };
        Ok(Self {
            client,
            scopes,
            api_url,
            origin,
            listen,
            store,
            store_key,
            http_loopback,
            user_field,
            connect,
            session_idle,
            logins_under_way,
        })
    }
}

/// The variables that were looked at, and what was found wrong.
struct Seen<V> {
    variable: V,
    missing: Vec<String>,
    wrong: Vec<String>,
}

impl<V: Fn(&str) -> Option<OsString>> Seen<V> {
    /// A variable that cannot be read is not one that is absent: without its check a program would run with less.
    fn text(&mut self, name: &str) -> Option<String> {
        (self.variable)(name)?
            .into_string()
            .map_err(|_| self.wrong.push(format!("{name}: is not UTF-8")))
            .ok()
    }

    fn optional(&mut self, name: &str) -> Option<String> {
        self.text(name).filter(|value| !value.is_empty())
    }

    fn required(&mut self, name: &str) -> String {
        let wrong = self.wrong.len();
        self.optional(name).unwrap_or_else(|| {
            if self.wrong.len() == wrong {
                self.missing.push(name.into());
            }
            String::new()
        })
    }

    /// The rule by which a provider's endpoints are judged, under the name of the variable.
    fn endpoint(&mut self, name: &str, url: &str, http_loopback: bool) {
        if url.is_empty() {
            return;
        }
        let mut rule = Provider::builder(url, url);
        if http_loopback {
            rule = rule.danger_allow_http_loopback();
        }
        match rule.build() {
            Ok(_) => {}
            Err(ConfigError::Url { fault, .. }) => self.wrong.push(format!("{name}: {fault}")),
            Err(why) => self.wrong.push(format!("{name}: {why}")),
        }
    }

    fn check<T, E: Display>(&mut self, name: &str, read: Result<T, E>) -> Option<T> {
        read.map_err(|why| self.wrong.push(format!("{name}: {why}"))).ok()
    }

    fn flag(&mut self, name: &str, otherwise: bool) -> bool {
        match self.optional(name).as_deref() {
            None => otherwise,
            Some("1" | "true") => true,
            Some("0" | "false") => false,
            Some(_) => {
                self.wrong.push(format!("{name}: must be 0 or 1"));
                otherwise
            }
        }
    }

    fn seconds(&mut self, name: &str) -> Option<Duration> {
        let text = self.optional(name)?;
        match text.parse::<f64>().map(Duration::try_from_secs_f64) {
            // No provider's number is longer than a year, and sums of them must not overflow.
            Ok(Ok(time)) => Some(time.min(Duration::from_secs(366 * 24 * 3600))),
            _ => {
                self.wrong.push(format!("{name}: must be a number of seconds"));
                None
            }
        }
    }

    /// A secret that is there but empty is a mistake, and does not make the client a public one.
    fn auth(&mut self) -> ClientAuth {
        let wrong = self.wrong.len();
        let secret = self.text("CLIENT_SECRET");
        if self.wrong.len() > wrong {
            return ClientAuth::None;
        }
        if secret.as_deref() == Some("") {
            self.wrong.push("CLIENT_SECRET: is empty; unset it for a public client".into());
        }
        match (self.optional("AUTH_METHOD").as_deref(), secret) {
            (Some("none") | None, None) => ClientAuth::None,
            (Some("basic") | None, Some(secret)) => ClientAuth::Basic(Secret::from(secret)),
            (Some("post"), Some(secret)) => ClientAuth::Post(Secret::from(secret)),
            (Some("basic" | "post"), None) => {
                self.missing.push("CLIENT_SECRET (needed for this AUTH_METHOD)".into());
                ClientAuth::None
            }
            (Some("none"), Some(_)) => {
                self.wrong
                    .push("AUTH_METHOD: is none, but there is a CLIENT_SECRET; unset one of them".into());
                ClientAuth::None
            }
            (Some(_), _) => {
                self.wrong.push("AUTH_METHOD: must be basic, post or none".into());
                ClientAuth::None
            }
        }
    }

    /// What is known about the life of the provider's refresh tokens.
    fn rotation(&mut self) -> Rotation {
        let mut rotation = Rotation::STRICT;
        if !self.flag("REFRESH_ROTATES", true) {
            rotation = rotation.stable();
        }
        if let Some(window) = self.seconds("REFRESH_GRACE").filter(|window| !window.is_zero()) {
            rotation = rotation.grace(window, false);
        }
        if let Some(bound) = self.seconds("ARRIVAL_BOUND") {
            rotation = rotation.arrival(bound);
        }
        rotation
    }

    /// A redirect URI whose path is none that this program serves otherwise.
    fn own_path(&mut self, name: &str, uri: &str) -> Option<RedirectUri> {
        let uri = self.check(name, RedirectUri::new(uri))?;
        let path = uri.as_url().path();
        let taken = ["/", "/login", "/logout", "/profile", "/sessions", "/account", "/healthz", "/style.css"];
        let below = ["/login/", "/connect/", "/disconnect/"];
        if taken.contains(&path) || below.iter().any(|own| path.starts_with(own)) {
            self.wrong.push(format!("{name}: needs a path of its own, such as /callback"));
        }
        Some(uri)
    }

    /// Where to listen: what `LISTEN` says, else the host and port of a redirect URI on this machine.
    fn listen(&mut self, redirect_uri: &str) -> String {
        let listen = self.optional("LISTEN");
        let place = listen.as_deref().map(|listen| listen.rsplit_once(':'));
        if place.is_some_and(|place| {
            place.is_none_or(|(host, port)| host.is_empty() || port.parse::<u16>().is_err())
        }) {
            self.wrong.push("LISTEN: must be host:port".into());
        }
        if redirect_uri.is_empty() {
            return String::new();
        }
        let Some(uri) = self.own_path("REDIRECT_URI", redirect_uri) else { return String::new() };
        let uri = uri.as_url();
        match (listen, uri.host_str(), uri.port_or_known_default()) {
            (Some(listen), ..) => listen,
            (None, Some(host), Some(port)) if uri.scheme() == "http" => format!("{host}:{port}"),
            _ => {
                self.missing
                    .push("LISTEN (needed where REDIRECT_URI is not plain http on this machine)".into());
                String::new()
            }
        }
    }

    fn report(&self) -> String {
        let mut lines = Vec::new();
        if !self.missing.is_empty() {
            lines.push(format!("these variables are missing: {}", self.missing.join(", ")));
        }
        lines.extend(self.wrong.iter().map(|wrong| format!("wrong: {wrong}")));
        format!("{} (--help names all variables)", lines.join("; "))
    }
}
