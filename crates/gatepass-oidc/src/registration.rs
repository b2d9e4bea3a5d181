//! What an application knows of its registration at a provider, before it asked the provider anything.

use std::fmt;
use std::sync::Arc;

use gatepass_core::ports::Registered;
use gatepass_core::{Client, ClientAuth, Profile, Provider, ProviderBuilder, Secret};

use crate::misfit::Offered;
use crate::registration_error::RegistrationError;
use crate::{Discovery, Freshness, Metadata, Misfit, OpenId, Rules, WellKnown};

/// A client's registration: the issuer, who the client is, and what was agreed on. The provider says the rest when it is
/// asked. Cloning is cheap.
///
/// ```
/// # use gatepass_oidc::{Registration, RelyingParty};
/// let registration = Registration::builder("https://op.example", "the id", "https://app.example/callback")
///     .secret("the secret")
///     .build()?;
/// // Nobody was asked, and nobody is until somebody logs in.
/// let party = RelyingParty::of(registration);
/// # Ok::<(), gatepass_oidc::RegistrationError>(())
/// ```
#[derive(Clone)]
pub struct Registration(Arc<Inner>);

struct Inner {
    parts: RegistrationBuilder,
    registered: Registered,
    /// The question, by which of the two documents is asked for.
    openid: Discovery,
    oauth: Discovery,
}

/// A registration that is being described. Nothing is checked before [`build`](RegistrationBuilder::build).
#[derive(Clone)]
#[must_use = "a builder does nothing before `build`"]
pub struct RegistrationBuilder {
    issuer: Box<str>,
    client_id: Box<str>,
    redirect_uri: Box<str>,
    auth: Auth,
    rules: Rules,
    profile: Profile,
    well_known: Option<WellKnown>,
    http_loopback: bool,
    require_s256: bool,
    moved_from: Vec<Box<str>>,
    resources: Vec<Box<str>>,
    freshness: Freshness,
    known: Option<Box<str>>,
}

#[derive(Clone)]
enum Auth {
    /// As it was agreed on.
    By(ClientAuth),
    /// By the best method that the provider offers.
    Best(Secret),
}

impl Registration {
    /// Begins with the issuer, to the letter as the provider names itself, the client's id, and where callbacks come.
    ///
    /// Without a secret it is the registration of a public client.
    pub fn builder(
        issuer: impl Into<Box<str>>,
        client_id: impl Into<Box<str>>,
        redirect_uri: impl Into<Box<str>>,
    ) -> RegistrationBuilder {
        RegistrationBuilder {
            issuer: issuer.into(),
            client_id: client_id.into(),
            redirect_uri: redirect_uri.into(),
            auth: Auth::By(ClientAuth::None),
            rules: Rules::new(),
            profile: Profile::strict(),
            well_known: None,
            http_loopback: false,
            require_s256: false,
            moved_from: Vec::new(),
            resources: Vec::new(),
            freshness: Freshness::default(),
            known: None,
        }
    }

    /// The issuer, as it was configured.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.parts.issuer
    }

    /// What is known without asking the provider.
    #[must_use]
    pub fn registered(&self) -> Registered {
        self.0.registered.clone()
    }

    /// Joins this registration and what its provider says of itself: a client that does not ask for an identity.
    ///
    /// # Errors
    /// [`Misfit`], which names what the two do not agree on.
    pub fn client(&self, metadata: &Metadata) -> Result<Client, Misfit> {
        let parts = &self.0.parts;
        if parts.require_s256 && !metadata.supports_s256() {
            return Err(Misfit::NoS256);
        }
        let auth = match &parts.auth {
            Auth::By(auth) => auth.clone(),
            Auth::Best(secret) => {
                let offered = metadata.token_endpoint_auth_methods();
                let offers = |name| offered.contains(&name);
                if offers("client_secret_basic") {
                    ClientAuth::Basic(secret.clone())
                } else if offers("client_secret_post") {
                    ClientAuth::Post(secret.clone())
                } else {
                    return Err(Misfit::NoSharedAuth { offered: Offered::of(&offered) });
                }
            }
        };
        let provider = parts.settle(metadata.provider()).build().map_err(Misfit::Config)?;
        Client::new(provider, parts.client_id.clone(), auth, parts.redirect_uri.clone())
            .map_err(Misfit::Config)
    }

    /// Joins this registration and what its provider says of itself: a client that knows who logs in.
    ///
    /// # Errors
    /// [`Misfit`], which names what the two do not agree on.
    pub fn openid(&self, metadata: &Metadata) -> Result<OpenId, Misfit> {
        let rules = self.0.parts.rules.clone();
        OpenId::new(self.client(metadata)?, metadata, rules).map_err(Misfit::OpenId)
    }

    /// The question for the provider's metadata.
    pub(crate) fn discovery(&self, otherwise: WellKnown) -> Discovery {
        match self.0.parts.well_known.unwrap_or(otherwise) {
            WellKnown::OpenId => self.0.openid.clone(),
            WellKnown::OAuth => self.0.oauth.clone(),
        }
    }

    /// The provider's metadata as they were kept from before, if they can be read.
    pub(crate) fn known(&self) -> Option<Metadata> {
        let document = self.0.parts.known.as_deref()?;
        self.0.openid.read(document).inspect_err(|why| self.passed_over(why)).ok()
    }

    pub(crate) fn passed_over(&self, why: &dyn std::error::Error) {
        tracing::warn!(of = self.issuer(), %why, "metadata that were kept from before are passed over");
    }

    pub(crate) fn freshness(&self) -> Freshness {
        self.0.parts.freshness
    }
}

impl RegistrationBuilder {
    /// The client's secret, which goes to the token endpoint by the best method that the provider offers: in the
    /// `Authorization` header, else in the body. A provider that offers neither is refused.
    pub fn secret(mut self, secret: impl Into<Secret>) -> Self {
        self.auth = Auth::Best(secret.into());
        self
    }

    /// How the client authenticates, whatever the provider says that it offers.
    pub fn auth(mut self, auth: ClientAuth) -> Self {
        self.auth = Auth::By(auth);
        self
    }

    /// How ID tokens are judged.
    pub fn rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// The provider's habits.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Which document is asked for. Otherwise a [`RelyingParty`](crate::RelyingParty) asks for that of OpenID Connect, and
    /// a [`DiscoveredClient`](crate::DiscoveredClient) for that of RFC 8414. There is no fall-back from one to the other.
    pub fn well_known(mut self, kind: WellKnown) -> Self {
        self.well_known = Some(kind);
        self
    }

    /// Allows http for the issuer and its endpoints on 127.0.0.0/8, `::1` and `localhost`: for development only.
    pub fn danger_allow_http_loopback(mut self) -> Self {
        self.http_loopback = true;
        self
    }

    /// Refuses a provider that does not announce PKCE with S256. It is sent in any case; one that ignores it is no defence.
    pub fn require_s256(mut self) -> Self {
        self.require_s256 = true;
        self
    }

    /// Says that the provider's endpoints lay at the origin of this URL before: grants that were issued there go on.
    pub fn moved_from(mut self, url: impl Into<Box<str>>) -> Self {
        self.moved_from.push(url.into());
        self
    }

    /// Allows access tokens to be sent to the origin of this URL. May be called several times.
    pub fn resource(mut self, url: impl Into<Box<str>>) -> Self {
        self.resources.push(url.into());
        self
    }

    /// How long metadata and keys are good for.
    pub fn freshness(mut self, freshness: Freshness) -> Self {
        self.freshness = freshness;
        self
    }

    /// The provider's document as it was kept from before ([`Metadata::as_json`]), for a start without the provider. It serves
    /// until the provider was asked. One that cannot be used is passed over, with a warning in the log.
    pub fn known(mut self, document: impl Into<Box<str>>) -> Self {
        self.known = Some(document.into());
        self
    }

    /// Checks everything that can be checked without the provider.
    ///
    /// # Errors
    /// [`RegistrationError`], which names the first setting that is wrong.
    pub fn build(self) -> Result<Registration, RegistrationError> {
        let discovery = |kind| {
            let asked = if self.http_loopback {
                Discovery::danger_allow_http_loopback(&self.issuer, kind)
            } else {
                Discovery::new(&self.issuer, kind)
            };
            let asked = asked.map_err(RegistrationError::Issuer)?;
            Ok(match &self.rules.tenants {
                Some(tenants) => asked.tenants(tenants),
                None => asked,
            })
        };
        let (openid, oauth) = (discovery(WellKnown::OpenId)?, discovery(WellKnown::OAuth)?);
        let auth = match &self.auth {
            Auth::By(auth) => auth.clone(),
            Auth::Best(secret) => ClientAuth::Post(secret.clone()),
        };
        self.rules.check(matches!(auth, ClientAuth::None)).map_err(RegistrationError::Rules)?;
        // Where the endpoints are is all that is not known yet.
        let provider = Provider::builder(&self.issuer, &self.issuer);
        let provider = if self.http_loopback { provider.danger_allow_http_loopback() } else { provider };
        let client = self
            .settle(provider.issuer(openid.issuer()))
            .build()
            .and_then(|provider| {
                Client::new(provider, self.client_id.clone(), auth, self.redirect_uri.clone())
            })
            .map_err(RegistrationError::Config)?;
        let registered = Registered::of(&client);
        Ok(Registration(Arc::new(Inner { registered, openid, oauth, parts: self })))
    }

    /// Gives a provider what the application knows of it.
    fn settle(&self, provider: ProviderBuilder) -> ProviderBuilder {
        let provider = provider.profile(self.profile.clone());
        let provider = self.resources.iter().fold(provider, |provider, url| provider.resource(url.clone()));
        self.moved_from.iter().fold(provider, |provider, url| provider.moved_from(url.clone()))
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0.parts, f)
    }
}

impl fmt::Debug for RegistrationBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("redirect_uri", &self.redirect_uri)
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}
