//! The environment, read variable by variable, and all that is wrong with it.

use std::ffi::OsString;
use std::fmt::Display;
use std::time::Duration;

use gatepass::renewal::Rotation;
use gatepass::{ClientAuth, ConfigError, Provider, RedirectUri, Secret};

/// How the client authenticates.
pub(crate) enum Auth {
    /// In this way.
    Named(ClientAuth),
    /// With this secret, in whatever way the provider offers; by Basic, if it was not asked.
    Best(Secret),
}

impl Auth {
    /// The secret.
    pub(crate) fn secret(&self) -> Option<&Secret> {
        match self {
            Self::Named(ClientAuth::Basic(secret) | ClientAuth::Post(secret)) | Self::Best(secret) => {
                Some(secret)
            }
            Self::Named(_) => None,
        }
    }
}

/// The variables that were looked at, and what was found wrong.
pub(crate) struct Seen<V> {
    variable: V,
    pub(crate) missing: Vec<String>,
    pub(crate) wrong: Vec<String>,
}

impl<V: Fn(&str) -> Option<OsString>> Seen<V> {
    pub(crate) fn new(variable: V) -> Self {
        Self { variable, missing: Vec::new(), wrong: Vec::new() }
    }

    pub(crate) fn is_fine(&self) -> bool {
        self.missing.is_empty() && self.wrong.is_empty()
    }

    /// A variable that cannot be read is not one that is absent: without its check a program would run with less.
    fn text(&mut self, name: &str) -> Option<String> {
        (self.variable)(name)?
            .into_string()
            .map_err(|_| self.wrong.push(format!("{name}: is not UTF-8")))
            .ok()
    }

    pub(crate) fn optional(&mut self, name: &str) -> Option<String> {
        self.text(name).filter(|value| !value.is_empty())
    }

    pub(crate) fn required(&mut self, name: &str) -> String {
        let wrong = self.wrong.len();
        self.optional(name).unwrap_or_else(|| {
            if self.wrong.len() == wrong {
                self.missing.push(name.into());
            }
            String::new()
        })
    }

    /// The rule by which a provider's endpoints are judged, under the name of the variable.
    pub(crate) fn endpoint(&mut self, name: &str, url: &str, http_loopback: bool) {
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

    pub(crate) fn check<T, E: Display>(&mut self, name: &str, read: Result<T, E>) -> Option<T> {
        read.map_err(|why| self.wrong.push(format!("{name}: {why}"))).ok()
    }

    pub(crate) fn flag(&mut self, name: &str, otherwise: bool) -> bool {
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

    pub(crate) fn seconds(&mut self, name: &str) -> Option<Duration> {
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

    /// The secret, and the method if one is named. A secret that is there but empty is a mistake, and does not make the
    /// client a public one.
    pub(crate) fn auth(&mut self) -> Auth {
        let wrong = self.wrong.len();
        let secret = self.text("CLIENT_SECRET");
        if self.wrong.len() > wrong {
            return Auth::Named(ClientAuth::None);
        }
        if secret.as_deref() == Some("") {
            self.wrong.push("CLIENT_SECRET: is empty; unset it for a public client".into());
        }
        let none = Auth::Named(ClientAuth::None);
        match (self.optional("AUTH_METHOD").as_deref(), secret) {
            (Some("none") | None, None) => none,
            (None, Some(secret)) => Auth::Best(Secret::from(secret)),
            (Some("basic"), Some(secret)) => Auth::Named(ClientAuth::Basic(Secret::from(secret))),
            (Some("post"), Some(secret)) => Auth::Named(ClientAuth::Post(Secret::from(secret))),
            (Some("basic" | "post"), None) => {
                self.missing.push("CLIENT_SECRET (needed for this AUTH_METHOD)".into());
                none
            }
            (Some("none"), Some(_)) => {
                self.wrong
                    .push("AUTH_METHOD: is none, but there is a CLIENT_SECRET; unset one of them".into());
                none
            }
            (Some(_), _) => {
                self.wrong.push("AUTH_METHOD: must be basic, post or none".into());
                none
            }
        }
    }

    /// What is known about the life of the provider's refresh tokens.
    pub(crate) fn rotation(&mut self) -> Rotation {
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
    pub(crate) fn own_path(&mut self, name: &str, uri: &str) -> Option<RedirectUri> {
        let uri = self.check(name, RedirectUri::new(uri))?;
        let path = uri.as_url().path();
        let taken = [
            "/",
            "/login",
            "/initiate-login",
            "/logout",
            "/profile",
            "/sessions",
            "/account",
            "/healthz",
            "/style.css",
        ];
        let below = ["/login/", "/connect/", "/disconnect/", "/backchannel-logout/"];
        if taken.contains(&path) || below.iter().any(|own| path.starts_with(own)) {
            self.wrong.push(format!("{name}: needs a path of its own, such as /callback"));
        }
        Some(uri)
    }

    /// Where to listen: what `LISTEN` says, else the host and port of a redirect URI on this machine.
    pub(crate) fn listen(&mut self, redirect_uri: &str) -> String {
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

    pub(crate) fn report(&self) -> String {
        let mut lines = Vec::new();
        if !self.missing.is_empty() {
            lines.push(format!("these variables are missing: {}", self.missing.join(", ")));
        }
        lines.extend(self.wrong.iter().map(|wrong| format!("wrong: {wrong}")));
        format!("{} (--help names all variables)", lines.join("; "))
    }
}
