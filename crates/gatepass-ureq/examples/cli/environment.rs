//! The environment, read variable by variable, and all that is wrong with it.

use std::env::{self, VarError};
use std::fmt;
use std::time::Duration;

use gatepass::ports::Wish;
use gatepass::renewal::Rotation;
use gatepass::{ClientAuth, ConfigError, Prompt, Provider, ProviderBuilder, Scopes, Secret};
use gatepass_oidc::{Algorithm, Rules};

/// What is known of the provider.
pub(crate) enum Known {
    /// Nothing but the issuer: it is asked for the rest.
    Issuer { issuer: String, rules: Rules },
    /// Everything, and where tokens come from.
    Endpoints { provider: Box<ProviderBuilder>, token_url: String },
}

/// How the client authenticates.
pub(crate) enum Auth {
    /// In this way.
    Named(ClientAuth),
    /// With this secret, in whatever way the provider offers; by Basic, if it was not asked.
    Best(Secret),
}

/// The environment, and what was found wrong with it so far. A variable that is empty counts as absent.
#[derive(Default)]
pub(crate) struct Env {
    pub(crate) wrong: Vec<String>,
}

impl Env {
    pub(crate) fn note(&mut self, name: &str, why: impl fmt::Display) {
        self.wrong.push(format!("{name} {why}"));
    }

    pub(crate) fn optional(&mut self, name: &str) -> Option<String> {
        match env::var(name) {
            Ok(value) => Some(value).filter(|value| !value.is_empty()),
            Err(VarError::NotPresent) => None,
            Err(VarError::NotUnicode(_)) => {
                self.note(name, "is not UTF-8");
                None
            }
        }
    }

    pub(crate) fn required(&mut self, name: &str) -> Option<String> {
        let before = self.wrong.len();
        let value = self.optional(name);
        if value.is_none() && self.wrong.len() == before {
            self.note(name, "is missing");
        }
        value
    }

    pub(crate) fn optional_url(&mut self, name: &str, http_loopback: bool) -> Option<String> {
        let url = self.optional(name)?;
        self.checked_url(name, url, http_loopback)
    }

    pub(crate) fn required_url(&mut self, name: &str, http_loopback: bool) -> Option<String> {
        let url = self.required(name)?;
        self.checked_url(name, url, http_loopback)
    }

    /// By the rule that a provider's endpoints are judged by, under the variable's own name.
    fn checked_url(&mut self, name: &str, url: String, http_loopback: bool) -> Option<String> {
        let mut rule = Provider::builder(&url, &url);
        if http_loopback {
            rule = rule.danger_allow_http_loopback();
        }
        match rule.build() {
            Ok(_) => Some(url),
            Err(ConfigError::Url { fault, .. }) => {
                self.note(name, fault);
                None
            }
            Err(why) => {
                self.note(name, why);
                None
            }
        }
    }

    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        match &*self.optional(name)? {
            "1" => Some(true),
            "0" => Some(false),
            _ => {
                self.note(name, "is neither 1 nor 0");
                None
            }
        }
    }

    fn seconds(&mut self, name: &str) -> Option<Duration> {
        match self.optional(name)?.parse() {
            Ok(seconds) => Some(Duration::from_secs(u64::from(u32::min(seconds, 366 * 24 * 3600)))),
            Err(_) => {
                self.note(name, "is no whole number of seconds");
                None
            }
        }
    }

    /// Whether the issuer alone says who the provider is.
    pub(crate) fn is_asked(&self) -> bool {
        let [auth_url, token_url, issuer] = ["AUTH_URL", "TOKEN_URL", "ISSUER"]
            .map(|name| env::var_os(name).is_some_and(|value| !value.is_empty()));
        issuer && !auth_url && !token_url
    }

    /// The provider: written down, or asked.
    pub(crate) fn provider(
        &mut self,
        auth: Option<&Auth>,
        is_asked: bool,
        http_loopback: bool,
    ) -> Option<Known> {
        let issuer = self.optional_url("ISSUER", http_loopback);
        let require_iss = self.flag("REQUIRE_ISS").unwrap_or(false);
        let revocation_url = self.optional_url("REVOCATION_URL", http_loopback);
        if is_asked {
            if revocation_url.is_some() || require_iss {
                self.note(
                    "REVOCATION_URL, REQUIRE_ISS:",
                    "the provider says so itself; unset them, or set AUTH_URL and TOKEN_URL",
                );
            }
            let rules = self.rules(auth);
            return issuer.map(|issuer| Known::Issuer { issuer, rules });
        }
        let none = |name: &str| env::var_os(name).is_none_or(|value| value.is_empty());
        if ["ISSUER", "AUTH_URL", "TOKEN_URL"].into_iter().all(none) {
            self.note("ISSUER", "is missing (or AUTH_URL and TOKEN_URL)");
            return None;
        }
        let [auth_url, token_url] =
            ["AUTH_URL", "TOKEN_URL"].map(|name| self.required_url(name, http_loopback));
        if require_iss && issuer.is_none() {
            self.note("REQUIRE_ISS", "needs ISSUER, to compare with");
        }
        let (auth_url, token_url) = (auth_url?, token_url?);
        let mut provider = Provider::builder(&auth_url, &token_url);
        if let Some(url) = revocation_url {
            provider = provider.revocation_endpoint(url);
        }
        if let Some(issuer) = issuer {
            provider = provider.issuer(issuer);
        }
        if require_iss {
            provider = provider.require_iss();
        }
        if http_loopback {
            provider = provider.danger_allow_http_loopback();
        }
        Some(Known::Endpoints { provider: Box::new(provider), token_url })
    }

    /// How ID tokens and user info are judged.
    fn rules(&mut self, auth: Option<&Auth>) -> Rules {
        let mut rules = Rules::new();
        let secret = match auth {
            Some(Auth::Best(secret) | Auth::Named(ClientAuth::Basic(secret) | ClientAuth::Post(secret))) => {
                Some(secret)
            }
            _ => None,
        };
        if let Some(names) = self.optional("ID_TOKEN_ALG") {
            let list: Vec<Algorithm> =
                names.split(',').filter_map(|name| self.algorithm("ID_TOKEN_ALG", name)).collect();
            rules = match (list.as_slice(), secret) {
                (&[algorithm], Some(secret)) if algorithm.is_mac() => rules.mac(algorithm, secret.clone()),
                (list, _) if list.iter().any(|one| one.is_mac()) => {
                    self.note(
                        "ID_TOKEN_ALG",
                        "names a MAC, which stands alone and is keyed with CLIENT_SECRET",
                    );
                    rules
                }
                (list, _) => rules.algorithms(list.iter().copied()),
            };
        }
        if let Some(name) = self.optional("USERINFO_ALG")
            && let Some(algorithm) = self.algorithm("USERINFO_ALG", &name)
        {
            rules = rules.signed_user_info(algorithm);
        }
        rules
    }

    fn algorithm(&mut self, variable: &str, name: &str) -> Option<Algorithm> {
        let known = Algorithm::named(name.trim());
        if known.is_none() {
            self.note(variable, format_args!("names {name:?}, which is no algorithm that is known here"));
        }
        known
    }

    /// What a login asks for.
    pub(crate) fn wish(&mut self, usual: &str) -> Option<Wish> {
        let scopes = self.scopes(usual);
        let mut wish = Wish::new(scopes?);
        if let Some(hint) = self.optional("LOGIN_HINT") {
            wish = wish.login_hint(hint);
        }
        for word in self.optional("PROMPT").unwrap_or_default().split_whitespace() {
            match Prompt::parse(word) {
                // Whoever starts the program sits there to be asked.
                None | Some(Prompt::None) => {
                    self.note(
                        "PROMPT",
                        "holds something else than login, consent, select_account and create",
                    );
                    return None;
                }
                Some(prompt) => wish = wish.prompt(prompt),
            }
        }
        Some(wish)
    }

    fn scopes(&mut self, usual: &str) -> Option<Scopes> {
        let list = self.optional("SCOPE").unwrap_or_else(|| usual.to_owned());
        match Scopes::new(&list) {
            Ok(scopes) => Some(scopes),
            Err(why) => {
                self.note("SCOPE", format_args!("is no list of scopes: {why}"));
                None
            }
        }
    }

    pub(crate) fn client_auth(&mut self) -> Option<Auth> {
        let method = self.optional("AUTH_METHOD");
        let secret = match env::var("CLIENT_SECRET") {
            Ok(secret) if secret.is_empty() => {
                self.note("CLIENT_SECRET", "is empty: leave it out for a public client");
                return None;
            }
            Ok(secret) => Some(Secret::new(secret)),
            Err(VarError::NotPresent) => None,
            Err(VarError::NotUnicode(_)) => {
                self.note("CLIENT_SECRET", "is not UTF-8");
                return None;
            }
        };
        let wrong = match (method.as_deref(), secret) {
            (None | Some("none"), None) => return Some(Auth::Named(ClientAuth::None)),
            (None, Some(secret)) => return Some(Auth::Best(secret)),
            (Some("basic"), Some(secret)) => return Some(Auth::Named(ClientAuth::Basic(secret))),
            (Some("post"), Some(secret)) => return Some(Auth::Named(ClientAuth::Post(secret))),
            (Some("basic" | "post"), None) => "needs CLIENT_SECRET",
            (Some("none"), Some(_)) => "says none, but there is a CLIENT_SECRET",
            (Some(_), _) => "is not basic, post or none",
        };
        self.note("AUTH_METHOD", wrong);
        None
    }

    pub(crate) fn rotation(&mut self) -> Rotation {
        let mut rotation = Rotation::STRICT;
        if self.flag("REFRESH_ROTATES") == Some(false) {
            rotation = rotation.stable();
        }
        if let Some(window) = self.seconds("REFRESH_GRACE").filter(|window| !window.is_zero()) {
            rotation = rotation.grace(window, false);
        }
        match self.seconds("ARRIVAL_BOUND") {
            Some(bound) => rotation.arrival(bound),
            None => rotation,
        }
    }
}
