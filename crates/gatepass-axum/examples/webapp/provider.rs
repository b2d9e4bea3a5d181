//! The provider: written down in the environment, or asked.

use std::ffi::OsString;

use gatepass::{Client, ClientAuth, Profile, Provider, ProviderBuilder, Scopes};
use gatepass_axum::LoginBuilder;
use gatepass_oidc::{Algorithm, DiscoveredClient, Registration, RelyingParty, Rules};

use crate::environment::{Auth, Seen};

/// A client, by what is known of its provider.
#[derive(Clone)]
pub(crate) enum Door {
    /// Its endpoints are written down.
    ByHand(Client),
    /// It says where they are.
    Asked(DiscoveredClient),
    /// It says that, and who logs in.
    SignsIn(RelyingParty),
}

impl Door {
    /// Where people log in.
    pub(crate) fn log_in(&self, builder: LoginBuilder, name: &str, scopes: &Scopes) -> LoginBuilder {
        match self.clone() {
            Self::ByHand(client) => builder.provider(name, client, scopes.clone()),
            Self::Asked(client) => builder.provider(name, client, scopes.clone()),
            Self::SignsIn(party) => builder.provider(name, party, scopes.clone()),
        }
    }

    /// Where they connect an account.
    pub(crate) fn connect(&self, builder: LoginBuilder, name: &str, scopes: &Scopes) -> LoginBuilder {
        match self.clone() {
            Self::ByHand(client) => builder.account(name, client, scopes.clone()),
            Self::Asked(client) => builder.account(name, client, scopes.clone()),
            Self::SignsIn(party) => builder.account(name, party, scopes.clone()),
        }
    }
}

/// What the environment says of the provider and of the client there.
pub(crate) struct Place {
    client_id: String,
    auth: Auth,
    http_loopback: bool,
    profile: Profile,
    resource: Option<String>,
    known: Known,
}

enum Known {
    /// Nothing but the issuer.
    Issuer { issuer: String, rules: Rules },
    /// Everything.
    Endpoints(Box<ProviderBuilder>),
}

impl Place {
    pub(crate) fn read(seen: &mut Seen<impl Fn(&str) -> Option<OsString>>, http_loopback: bool) -> Self {
        let client_id = seen.required("CLIENT_ID");
        let auth = seen.auth();
        let written = ["AUTH_URL", "TOKEN_URL"].map(|name| seen.optional(name));
        let issuer = seen.optional("ISSUER");
        if let Some(issuer) = &issuer {
            seen.endpoint("ISSUER", issuer, http_loopback);
        }
        let known = match (issuer, written) {
            (Some(issuer), [None, None]) => {
                for name in ["REVOCATION_URL", "REQUIRE_ISS"] {
                    if seen.optional(name).is_some() {
                        seen.wrong.push(format!(
                            "{name}: the provider says so itself; unset it, or set AUTH_URL and TOKEN_URL"
                        ));
                    }
                }
                Known::Issuer { issuer, rules: rules(seen, &auth) }
            }
            (None, [None, None]) => {
                seen.missing.push("ISSUER (or AUTH_URL and TOKEN_URL)".into());
                Known::Endpoints(Box::new(Provider::builder("", "")))
            }
            (issuer, _) => Known::Endpoints(Box::new(endpoints(seen, issuer, http_loopback))),
        };
        Self { client_id, auth, http_loopback, profile: Profile::strict(), resource: None, known }
    }

    /// Whether the provider is asked where its endpoints are.
    pub(crate) fn is_asked(&self) -> bool {
        matches!(self.known, Known::Issuer { .. })
    }

    pub(crate) fn usual_scopes(&self) -> &'static str {
        if self.is_asked() { "openid profile email" } else { "profile email" }
    }

    /// The provider's habits, and what may receive its tokens.
    pub(crate) fn with(mut self, profile: Profile, resource: Option<&str>) -> Self {
        self.profile = profile;
        self.resource = resource.map(str::to_owned);
        self
    }

    /// The door whose callbacks come to this address.
    pub(crate) fn door(&self, redirect_uri: &str, scopes: &Scopes) -> Result<Door, String> {
        match &self.known {
            Known::Endpoints(provider) => {
                let mut provider = ProviderBuilder::clone(provider).profile(self.profile.clone());
                if let Some(url) = &self.resource {
                    provider = provider.resource(&**url);
                }
                let provider =
                    provider.build().map_err(|why| format!("the provider's settings are wrong: {why}"))?;
                let auth = match &self.auth {
                    Auth::Named(auth) => auth.clone(),
                    Auth::Best(secret) => ClientAuth::Basic(secret.clone()),
                };
                Client::new(provider, &*self.client_id, auth, redirect_uri)
                    .map(Door::ByHand)
                    .map_err(|why| format!("the client's settings are wrong: {why}"))
            }
            Known::Issuer { issuer, rules } => {
                let mut registration = Registration::builder(&**issuer, &*self.client_id, redirect_uri)
                    .rules(rules.clone())
                    .profile(self.profile.clone());
                registration = match &self.auth {
                    Auth::Named(auth) => registration.auth(auth.clone()),
                    Auth::Best(secret) => registration.secret(secret.clone()),
                };
                if let Some(url) = &self.resource {
                    registration = registration.resource(&**url);
                }
                if self.http_loopback {
                    registration = registration.danger_allow_http_loopback();
                }
                let registration =
                    registration.build().map_err(|why| format!("the client's settings are wrong: {why}"))?;
                Ok(if scopes.contains("openid") {
                    Door::SignsIn(RelyingParty::of(registration))
                } else {
                    Door::Asked(DiscoveredClient::of(registration))
                })
            }
        }
    }
}

/// A provider whose endpoints are written down.
fn endpoints(
    seen: &mut Seen<impl Fn(&str) -> Option<OsString>>,
    issuer: Option<String>,
    http_loopback: bool,
) -> ProviderBuilder {
    let [auth_url, token_url] = ["AUTH_URL", "TOKEN_URL"].map(|name| {
        let url = seen.required(name);
        seen.endpoint(name, &url, http_loopback);
        url
    });
    let mut provider = Provider::builder(&auth_url, &token_url);
    if let Some(url) = seen.optional("REVOCATION_URL") {
        seen.endpoint("REVOCATION_URL", &url, http_loopback);
        provider = provider.revocation_endpoint(url);
    }
    if seen.flag("REQUIRE_ISS", false) {
        if issuer.is_none() {
            seen.missing.push("ISSUER (needed for REQUIRE_ISS)".into());
        }
        provider = provider.require_iss();
    }
    if let Some(issuer) = issuer {
        provider = provider.issuer(issuer);
    }
    if http_loopback { provider.danger_allow_http_loopback() } else { provider }
}

/// How ID tokens and user info are judged.
fn rules(seen: &mut Seen<impl Fn(&str) -> Option<OsString>>, auth: &Auth) -> Rules {
    let mut rules = Rules::new();
    if let Some(names) = seen.optional("ID_TOKEN_ALG") {
        let algorithms: Vec<Algorithm> =
            names.split(',').filter_map(|name| algorithm(seen, "ID_TOKEN_ALG", name)).collect();
        rules = match (algorithms.as_slice(), auth.secret()) {
            (&[algorithm], Some(secret)) if algorithm.is_mac() => rules.mac(algorithm, secret.clone()),
            (list, _) if list.iter().any(|one| one.is_mac()) => {
                seen.wrong.push("ID_TOKEN_ALG: a MAC stands alone, and is keyed with CLIENT_SECRET".into());
                rules
            }
            (list, _) => rules.algorithms(list.iter().copied()),
        };
    }
    if let Some(name) = seen.optional("USERINFO_ALG")
        && let Some(algorithm) = algorithm(seen, "USERINFO_ALG", &name)
    {
        rules = rules.signed_user_info(algorithm);
    }
    rules
}

fn algorithm(
    seen: &mut Seen<impl Fn(&str) -> Option<OsString>>,
    variable: &str,
    name: &str,
) -> Option<Algorithm> {
    let known = Algorithm::named(name.trim());
    if known.is_none() {
        seen.wrong.push(format!("{variable}: {name:?} is no algorithm that is known here"));
    }
    known
}
