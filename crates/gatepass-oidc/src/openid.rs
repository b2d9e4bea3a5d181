//! A client that speaks OpenID Connect: an OAuth client, the provider's metadata, and the rules.

use std::fmt;
use std::sync::Arc;

use gatepass_core::{
    CallbackError, Client, PendingSnapshot, Protocol, ResumeError, Scopes, Secret, TokenSet,
};

use crate::sign_in::{Refreshed, SignInRequest};
use crate::user_info::FetchUserInfo;
use crate::waiting::Waiting;
use crate::{Established, FetchKeys, LogoutToken, Metadata, Rules};

/// A client registered at an OpenID provider. Cloning is cheap.
///
/// ```
/// # use gatepass_core::{Client, ClientAuth, Secret};
/// # use gatepass_oidc::{Metadata, OpenId, Rules};
/// # let document = r#"{"issuer":"https://op.example","authorization_endpoint":"https://op.example/authorize",
/// #   "token_endpoint":"https://op.example/token","jwks_uri":"https://op.example/jwks"}"#;
/// # let metadata = Metadata::read("https://op.example", document, false)?;
/// let provider = metadata.provider().build()?;
/// let auth = ClientAuth::Basic(Secret::from("the secret"));
/// let client = Client::new(provider, "the id", auth, "https://app.example/callback")?;
/// let openid = OpenId::new(client, &metadata, Rules::new())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct OpenId(pub(crate) Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) client: Client,
    pub(crate) issuer: Box<str>,
    pub(crate) rules: Rules,
    jwks_uri: Option<http::Uri>,
    user_info: Option<http::Uri>,
    pub(crate) end_session: Option<url::Url>,
}

impl OpenId {
    /// Joins a client, the metadata that its provider was made of, and the rules.
    ///
    /// # Errors
    /// [`OpenIdError`], which names what does not fit together.
    pub fn new(client: Client, metadata: &Metadata, rules: Rules) -> Result<Self, OpenIdError> {
        let provider = client.provider();
        let same = |url: &url::Url, name| metadata.endpoint(name) == Some(url);
        if provider.issuer() != Some(metadata.issuer())
            || !same(provider.authorization_endpoint(), "authorization_endpoint")
            || !same(provider.token_endpoint(), "token_endpoint")
        {
            return Err(OpenIdError::Mixed);
        }
        if metadata.issuer().contains(['{', '}'])
            && rules.tenants.as_ref().is_none_or(|tenants| tenants.template() != metadata.issuer())
        {
            return Err(OpenIdError::Template);
        }
        let uri = |name| {
            let url = metadata.endpoint(name);
            url.map(|url| url.as_str().parse()).transpose().map_err(|_| OpenIdError::Endpoint(name))
        };
        // With the client secret alone there is nothing to fetch keys for.
        let by_secret =
            rules.mac_secret.is_some() && rules.user_info.is_none_or(|algorithm| algorithm.is_mac());
        let jwks_uri = if by_secret { None } else { uri("jwks_uri")? };
        rules.check(client.is_public())?;
        if rules.mac_secret.is_none() && jwks_uri.is_none() {
            return Err(OpenIdError::NoKeys);
        }
        Ok(Self(Arc::new(Parts {
            jwks_uri,
            user_info: uri("userinfo_endpoint")?,
            end_session: metadata.endpoint("end_session_endpoint").cloned(),
            issuer: metadata.issuer().into(),
            client,
            rules,
        })))
    }

    /// Begins a login that asks for these scopes, and for `openid`.
    #[must_use = "a request that is not started asks nobody"]
    pub fn authorize(&self, scopes: &Scopes) -> SignInRequest {
        SignInRequest::new(self, scopes)
    }

    /// Takes up a login that was parked, here or in another process.
    ///
    /// # Errors
    /// [`ResumeError`], when the login was started by another provider, client, redirect URI or protocol.
    pub fn resume(&self, snapshot: PendingSnapshot) -> Result<Waiting, ResumeError> {
        Waiting::of(self, self.0.client.resume_as(snapshot, Protocol::OpenId)?)
    }

    /// Asks for the provider's keys; `None`: its tokens are signed with the client secret.
    #[must_use = "a leg that is not driven asks nobody"]
    pub fn fetch_keys(&self) -> Option<FetchKeys> {
        self.0.jwks_uri.clone().map(FetchKeys::new)
    }

    /// Asks who somebody is, with the access token of their login; `None`: the provider has no user info. The answer counts
    /// only if it is about this subject.
    #[must_use = "a leg that is not driven asks nobody"]
    pub fn fetch_user_info(&self, access_token: &Secret, subject: &str) -> Option<FetchUserInfo> {
        let address = self.0.user_info.clone()?;
        Some(FetchUserInfo::new(self.clone(), address, access_token.clone(), subject.into()))
    }

    /// Holds the tokens of a refresh against the login that they continue. Keep the refresh token first: it has replaced
    /// the old one whatever the ID token says.
    pub fn refreshed(&self, tokens: TokenSet, before: Established) -> Refreshed {
        Refreshed::new(self.clone(), tokens, before)
    }

    /// Takes a logout token, which nobody has verified, from the body of a back-channel logout.
    pub fn logout_token(&self, token: impl Into<Box<str>>) -> LogoutToken {
        LogoutToken::new(self.clone(), token.into())
    }

    /// The OAuth client.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.0.client
    }

    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }
}

impl fmt::Debug for OpenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenId").field("client", &self.0.client).field("rules", &self.0.rules).finish()
    }
}

/// A client, metadata and rules that do not fit together. It is the program's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OpenIdError {
    /// The client's provider was not made of these metadata: endpoints of one issuer come from one source.
    Mixed,
    /// The issuer is a template, and the rules do not judge its tenants.
    Template,
    /// An endpoint is no URI.
    Endpoint(&'static str),
    /// No algorithm is agreed on.
    NoAlgorithm,
    /// The provider publishes no keys.
    NoKeys,
    /// A client secret is given for an algorithm that needs none.
    NotAMac,
    /// A public client has no secret that a signature could be keyed with.
    PublicClient,
    /// Signatures by MAC need the client secret.
    MacWithoutSecret,
    /// The client secret is too short for the MAC (RFC 7518 section 3.2).
    ShortSecret {
        /// How many bytes it must have.
        least: usize,
    },
}

impl fmt::Display for OpenIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mixed => f.write_str(
                "the client's endpoints are not those of the metadata: make its provider by Metadata::provider",
            ),
            Self::Template => f.write_str("the issuer is a template: say by Rules::tenants who may log in"),
            Self::Endpoint(name) => write!(f, "the provider's {name} is no uri"),
            Self::NoAlgorithm => f.write_str("no signature algorithm is agreed on"),
            Self::NoKeys => f.write_str("the provider publishes no jwks_uri, so that no signature can be verified"),
            Self::NotAMac => f.write_str("a client secret verifies signatures by hmac and no others"),
            Self::PublicClient => {
                f.write_str("a public client has no secret, and so its tokens cannot be signed by hmac")
            }
            Self::MacWithoutSecret => f.write_str("signatures by hmac need the client secret: use Rules::mac"),
            Self::ShortSecret { least } => {
                write!(f, "the client secret is shorter than the {least} bytes that the hmac needs")
            }
        }
    }
}

impl std::error::Error for OpenIdError {}

/// A callback that made no exchange.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReceiveError {
    /// It has another `state`, or none: it is not of this login, which is given back unspent.
    NotOurs(Box<Waiting>),
    /// The login is over.
    Refused(CallbackError),
}

impl fmt::Display for ReceiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOurs(_) => f.write_str("the callback is not of this login"),
            Self::Refused(why) => fmt::Display::fmt(why, f),
        }
    }
}

impl std::error::Error for ReceiveError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotOurs(_) => None,
            Self::Refused(why) => why.source(),
        }
    }
}
