//! The configuration, read from the environment. Everything that is wrong is named in one error.

use std::env::{self, VarError};
use std::fmt;
use std::time::Duration;

use gatepass::ports::{GrantKey, Owner, Wish};
use gatepass::renewal::Rotation;
use gatepass::{Client, ClientAuth, ConfigError, KeyRing, Profile, Prompt, Provider, Scopes, Secret};
use url::Url;

pub(crate) struct Config {
    pub(crate) provider: Provider,
    client_id: String,
    auth: ClientAuth,
    pub(crate) api_url: Url,
    pub(crate) wish: Wish,
    /// Where the grant is kept: the URL of a SQLite database.
    pub(crate) store: String,
    /// `None`: the key is kept beside the database.
    pub(crate) ring: Option<KeyRing>,
    pub(crate) http_loopback: bool,
    pub(crate) browser: Option<String>,
}

impl Config {
    /// The redirect URI as it is registered at the provider.
    pub(crate) const ANY_PORT: &str = "http://127.0.0.1/callback";

    pub(crate) fn from_env() -> Result<Self, Wrong> {
        let mut env = Env { wrong: Vec::new() };
        let http_loopback = env.flag("ALLOW_HTTP_LOOPBACK").unwrap_or(false);

        let client_id = env.required("CLIENT_ID");
        let auth = env.client_auth();
        let [auth_url, token_url, api_url] =
            ["AUTH_URL", "TOKEN_URL", "API_URL"].map(|name| env.required_url(name, http_loopback));
        let [revocation_url, issuer] =
            ["REVOCATION_URL", "ISSUER"].map(|name| env.optional_url(name, http_loopback));
        let require_iss = env.flag("REQUIRE_ISS").unwrap_or(false);
        if require_iss && issuer.is_none() {
            env.note("REQUIRE_ISS", "needs ISSUER, to compare with");
        }
        let wish = env.wish();
        let store = env.optional("STORE").unwrap_or_else(|| "sqlite:gatepass.db".to_owned());
        if !store.starts_with("sqlite:") {
            env.note("STORE", "is no url of a SQLite database (sqlite:FILE)");
        }
        let ring = env.optional("STORE_KEY").map(|text| KeyRing::parse(&text));
        let ring = ring.and_then(|ring| ring.map_err(|why| env.note("STORE_KEY", why)).ok());
        let mut profile = Profile::strict();
        profile.rotation = env.rotation();
        let browser = env.optional("BROWSER");

        let (Some(client_id), Some(auth), Some(auth_url), Some(token_url), Some(api_url), Some(wish)) =
            (client_id, auth, auth_url, token_url, api_url, wish)
        else {
            return Err(Wrong(env.wrong));
        };
        let mut provider =
            Provider::builder(&auth_url, &token_url).resource(api_url.as_str()).profile(profile);
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
        let built = provider.build().map_err(|why| env.note("The provider", why));
        let api_url = Url::parse(&api_url).map_err(|why| env.note("API_URL", why));
        let (true, Ok(provider), Ok(api_url)) = (env.wrong.is_empty(), built, api_url) else {
            return Err(Wrong(env.wrong));
        };
        let config = Self { provider, client_id, auth, api_url, wish, store, ring, http_loopback, browser };
        config.client(Self::ANY_PORT).map_err(|why| Wrong(vec![why.to_string()]))?;
        Ok(config)
    }

    /// The client, whose redirect URI has another port at every login.
    pub(crate) fn client(&self, redirect_uri: &str) -> Result<Client, ConfigError> {
        Client::new(self.provider.clone(), &*self.client_id, self.auth.clone(), redirect_uri)
    }

    /// What the keeper knows the provider by. Its tokens go where they came from and nowhere else.
    pub(crate) fn provider_name(&self) -> &str {
        self.provider.token_endpoint().as_str()
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

    /// What a login asks for.
    fn wish(&mut self) -> Option<Wish> {
        let scopes = self.scopes();
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

    fn scopes(&mut self) -> Option<Scopes> {
        let list = self.optional("SCOPE").unwrap_or_else(|| "profile email".to_owned());
        match Scopes::new(&list) {
            Ok(scopes) if scopes.contains("openid") => {
                self.note("SCOPE", "asks for openid: this program verifies no ID token");
                None
            }
            Ok(scopes) => Some(scopes),
            Err(why) => {
                self.note("SCOPE", format_args!("is no list of scopes: {why}"));
                None
            }
        }
    }

    fn client_auth(&mut self) -> Option<ClientAuth> {
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
            (None | Some("none"), None) => return Some(ClientAuth::None),
            (None | Some("basic"), Some(secret)) => return Some(ClientAuth::Basic(secret)),
            (Some("post"), Some(secret)) => return Some(ClientAuth::Post(secret)),
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
