//! The configuration, read from the environment. Everything that is wrong is named in one error.

use std::env::{self, VarError};
use std::fmt;
use std::time::Duration;

use gatepass::ports::{GrantKey, Owner, Wish};
use gatepass::renewal::Rotation;
use gatepass::{
    ClientAuth, ConfigError, KeyRing, Profile, Prompt, Provider, ProviderBuilder, Scopes, Secret,
};
use gatepass_oidc::{Algorithm, Registration, Rules};
use url::Url;

use crate::party::Party;

pub(crate) struct Config {
    provider: Known,
    client_id: String,
    auth: Auth,
    /// `None`: the provider's user info.
    pub(crate) api_url: Option<Url>,
    pub(crate) wish: Wish,
    /// Where the grant is kept: the URL of a SQLite database.
    pub(crate) store: String,
    /// `None`: the key is kept beside the database.
    pub(crate) ring: Option<KeyRing>,
    pub(crate) http_loopback: bool,
    profile: Profile,
    pub(crate) browser: Option<String>,
}

/// What is known of the provider.
enum Known {
    /// Nothing but the issuer: it is asked for the rest.
    Issuer { issuer: String, rules: Rules },
    /// Everything, and where tokens come from.
    Endpoints { provider: Box<ProviderBuilder>, token_url: String },
}

/// How the client authenticates.
enum Auth {
    /// In this way.
    Named(ClientAuth),
    /// With this secret, in whatever way the provider offers; by Basic, if it was not asked.
    Best(Secret),
}

impl Config {
    /// The redirect URI as it is registered at the provider.
    pub(crate) const ANY_PORT: &str = "http://127.0.0.1/callback";

    pub(crate) fn from_env() -> Result<Self, Wrong> {
        let mut env = Env { wrong: Vec::new() };
        let http_loopback = env.flag("ALLOW_HTTP_LOOPBACK").unwrap_or(false);

        let client_id = env.required("CLIENT_ID");
        let auth = env.client_auth();
        let is_asked = env.is_asked();
        let provider = env.provider(auth.as_ref(), is_asked, http_loopback);
        let wish = env.wish(if is_asked { "openid profile email" } else { "profile email" });
        let signs_in = wish.as_ref().is_some_and(|wish| wish.scopes.contains("openid"));
        if signs_in && !is_asked {
            env.note(
                "SCOPE",
                "asks for openid, and without discovery no ID token can be verified: set ISSUER alone, without AUTH_URL \
                 and TOKEN_URL",
            );
        }
        let api_url = if signs_in {
            env.optional_url("API_URL", http_loopback)
        } else {
            env.required_url("API_URL", http_loopback)
        };
        let store = env.optional("STORE").unwrap_or_else(|| "sqlite:gatepass.db".to_owned());
        if !store.starts_with("sqlite:") {
            env.note("STORE", "is no url of a SQLite database (sqlite:FILE)");
        }
        let ring = env.optional("STORE_KEY").map(|text| KeyRing::parse(&text));
        let ring = ring.and_then(|ring| ring.map_err(|why| env.note("STORE_KEY", why)).ok());
        let mut profile = Profile::strict();
        profile.rotation = env.rotation();
        let browser = env.optional("BROWSER");
        let api_url = api_url.and_then(|url| Url::parse(&url).map_err(|why| env.note("API_URL", why)).ok());

        let (Some(client_id), Some(auth), Some(provider), Some(wish), true) =
            (client_id, auth, provider, wish, env.wrong.is_empty())
        else {
            return Err(Wrong(env.wrong));
        };
        let config =
            Self { provider, client_id, auth, api_url, wish, store, ring, http_loopback, profile, browser };
        config.party(Self::ANY_PORT).map_err(|why| Wrong(vec![why]))?;
        Ok(config)
    }

    /// The client, whose redirect URI has another port at every login.
    pub(crate) fn party(&self, redirect_uri: &str) -> Result<Party, String> {
        let wrong = |why: &dyn fmt::Display| format!("The provider {why}");
        match &self.provider {
            Known::Endpoints { provider, .. } => {
                let mut provider = ProviderBuilder::clone(provider).profile(self.profile.clone());
                if let Some(url) = &self.api_url {
                    provider = provider.resource(url.as_str());
                }
                let auth = match &self.auth {
                    Auth::Named(auth) => auth.clone(),
                    Auth::Best(secret) => ClientAuth::Basic(secret.clone()),
                };
                let provider = provider.build().map_err(|why| wrong(&why))?;
                Party::by_hand(provider, &self.client_id, auth, redirect_uri).map_err(|why| why.to_string())
            }
            Known::Issuer { issuer, rules } => {
                let mut registration = Registration::builder(&**issuer, &*self.client_id, redirect_uri)
                    .rules(rules.clone())
                    .profile(self.profile.clone());
                registration = match &self.auth {
                    Auth::Named(auth) => registration.auth(auth.clone()),
                    Auth::Best(secret) => registration.secret(secret.clone()),
                };
                if let Some(url) = &self.api_url {
                    registration = registration.resource(url.as_str());
                }
                if self.http_loopback {
                    registration = registration.danger_allow_http_loopback();
                }
                let registration = registration.build().map_err(|why| wrong(&why))?;
                Ok(Party::asked(registration, self.wish.scopes.contains("openid")))
            }
        }
    }

    /// What the keeper knows the provider by. Its tokens go where they came from and nowhere else.
    pub(crate) fn provider_name(&self) -> &str {
        match &self.provider {
            Known::Endpoints { token_url, .. } => token_url,
            Known::Issuer { issuer, .. } => issuer,
        }
    }

    /// What the grant is kept under: provider, client and scope, in whichever order the scope was written.
    pub(crate) fn grant_key(&self) -> GrantKey {
        let mut scopes: Vec<&str> = self.wish.scopes.iter().collect();
        scopes.sort_unstable();
        let owner = format!("{}\n{}", self.client_id, scopes.join(" "));
        GrantKey::new(self.provider_name(), Owner::User(owner.into()))
    }
}

/// Everything that is wrong with the environment.
pub(crate) struct Wrong(Vec<String>);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration is incomplete or wrong (--help lists the variables):")?;
        self.0.iter().try_for_each(|one| write!(f, "\n  {one}"))
    }
}

/// The environment, and what was found wrong with it so far. A variable that is empty counts as absent.
struct Env {
    wrong: Vec<String>,
}

impl Env {
    fn note(&mut self, name: &str, why: impl fmt::Display) {
        self.wrong.push(format!("{name} {why}"));
    }

    fn optional(&mut self, name: &str) -> Option<String> {
        match env::var(name) {
            Ok(value) => Some(value).filter(|value| !value.is_empty()),
            Err(VarError::NotPresent) => None,
            Err(VarError::NotUnicode(_)) => {
                self.note(name, "is not UTF-8");
                None
            }
        }
    }

    fn required(&mut self, name: &str) -> Option<String> {
        let before = self.wrong.len();
        let value = self.optional(name);
        if value.is_none() && self.wrong.len() == before {
            self.note(name, "is missing");
        }
        value
    }

    fn optional_url(&mut self, name: &str, http_loopback: bool) -> Option<String> {
        let url = self.optional(name)?;
        self.checked_url(name, url, http_loopback)
    }

    fn required_url(&mut self, name: &str, http_loopback: bool) -> Option<String> {
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

    fn flag(&mut self, name: &str) -> Option<bool> {
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
    fn is_asked(&self) -> bool {
        let [auth_url, token_url, issuer] = ["AUTH_URL", "TOKEN_URL", "ISSUER"]
            .map(|name| env::var_os(name).is_some_and(|value| !value.is_empty()));
        issuer && !auth_url && !token_url
    }

    /// The provider: written down, or asked.
    fn provider(&mut self, auth: Option<&Auth>, is_asked: bool, http_loopback: bool) -> Option<Known> {
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
    fn wish(&mut self, usual: &str) -> Option<Wish> {
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

    fn client_auth(&mut self) -> Option<Auth> {
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

    fn rotation(&mut self) -> Rotation {
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
