//! The configuration, read from the environment. Everything that is wrong is named in one error.

use std::fmt;

use gatepass::ports::{GrantKey, Owner, Wish};
use gatepass::{ClientAuth, KeyRing, Profile, ProviderBuilder};
use gatepass_oidc::Registration;
use url::Url;

use crate::environment::{Auth, Env, Known};
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

impl Config {
    /// The redirect URI as it is registered at the provider.
    pub(crate) const ANY_PORT: &str = "http://127.0.0.1/callback";

    pub(crate) fn from_env() -> Result<Self, Wrong> {
        let mut env = Env::default();
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
