//! The places at which the provider listens.

use super::answer::Answer;
use super::received::Received;
use super::state::State;
use super::{api, authorize, interaction, metadata, openid, revoke, token};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// One place at which the provider listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Endpoint {
    /// `/.well-known/oauth-authorization-server`
    Metadata,
    /// `/authorize`
    Authorize,
    /// `/login`, where the login page posts to.
    Login,
    /// `/consent`, where the consent page posts to.
    Consent,
    /// `/token`
    Token,
    /// `/revoke`
    Revoke,
    /// `/user`, the protected API.
    User,
    /// `/api/echo`
    Echo,
    /// `/.well-known/openid-configuration`
    #[serde(rename = "openid_configuration")]
    OpenIdConfiguration,
    /// The keys, at `/jwks` or elsewhere.
    Jwks,
    /// `/userinfo`
    UserInfo,
    /// `/end_session`
    EndSession,
    /// `/initiate_login`, a link that sends a person to log in at a client.
    InitiateLogin,
    /// `/claims`, which distributed claims name and nobody should ask.
    ClaimSource,
    /// Everything else.
    Other,
}

impl Endpoint {
    const ALL: [Self; 14] = [
        Self::Metadata,
        Self::Authorize,
        Self::Login,
        Self::Consent,
        Self::Token,
        Self::Revoke,
        Self::User,
        Self::Echo,
        Self::OpenIdConfiguration,
        Self::Jwks,
        Self::UserInfo,
        Self::EndSession,
        Self::InitiateLogin,
        Self::ClaimSource,
    ];

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Metadata => "/.well-known/oauth-authorization-server",
            Self::Authorize => "/authorize",
            Self::Login => "/login",
            Self::Consent => "/consent",
            Self::Token => "/token",
            Self::Revoke => "/revoke",
            Self::User => "/user",
            Self::Echo => "/api/echo",
            Self::OpenIdConfiguration => "/.well-known/openid-configuration",
            Self::Jwks => "/jwks",
            Self::UserInfo => "/userinfo",
            Self::EndSession => "/end_session",
            Self::InitiateLogin => "/initiate_login",
            Self::ClaimSource => "/claims",
            Self::Other => "/",
        }
    }

    /// Those that only an OpenID provider has.
    fn is_openid(self) -> bool {
        matches!(
            self,
            Self::OpenIdConfiguration
                | Self::Jwks
                | Self::UserInfo
                | Self::EndSession
                | Self::InitiateLogin
                | Self::ClaimSource
        )
    }

    /// The metadata path comes before the path of the issuer (RFC 8414 section 3.1), all others after it.
    pub(crate) fn at(path: &str, state: &State) -> Self {
        let issuer_path = state.settings.issuer_path.as_str();
        if path.strip_prefix(Self::Metadata.path()) == Some(issuer_path) {
            return Self::Metadata;
        }
        let Some(inner) = path.strip_prefix(issuer_path) else {
            return Self::Other;
        };
        let named = |endpoint: &Self| match endpoint {
            Self::Metadata => false,
            endpoint if endpoint.is_openid() && state.openid.is_none() => false,
            Self::Jwks => state.jwks_path() == inner,
            endpoint => endpoint.path() == inner,
        };
        Self::ALL.into_iter().find(named).unwrap_or(Self::Other)
    }

    pub(crate) fn process(self, state: &mut State, request: &Received) -> Answer {
        match self {
            Self::Metadata => metadata::answer(state, request),
            Self::Authorize => authorize::answer(state, request),
            Self::Login => interaction::login(state, request),
            Self::Consent => interaction::consent(state, request),
            Self::Token => token::answer(state, request),
            Self::Revoke => revoke::answer(state, request),
            Self::User => api::user(state, request),
            Self::Echo => api::echo(request),
            Self::OpenIdConfiguration => metadata::answer(state, request),
            Self::Jwks => openid::jwks(state, request),
            Self::UserInfo => openid::user_info(state, request),
            Self::EndSession => openid::end_session(state, request),
            Self::InitiateLogin => openid::initiate_login(state, request),
            Self::ClaimSource | Self::Other => {
                Answer::json(StatusCode::NOT_FOUND, &json!({ "error": "not_found" }))
            }
        }
    }
}
