//! What the errors of all transitions share: what a program can do about them, and what a provider said.

use std::fmt;
use std::time::Duration;

/// What a program can do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Remedy {
    /// The same may succeed later; at the earliest after this time, if the provider said so.
    RetryLater(Option<Duration>),
    /// Send the person to log in again.
    AskAgain,
    /// The person said no: ask again only when they want it.
    PersonDeclined,
    /// Somebody must change the configuration here or at the provider.
    FixConfiguration,
    /// The provider or somebody on the way misbehaved: nothing here helps, report it to the provider.
    ProviderMisbehaved,
}

/// What is wrong with a URL. `Display` says it of the URL: "has a fragment".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UrlFault {
    /// It is not an absolute URL.
    NotAbsolute,
    /// It holds a space, a control character, a backslash or a character beyond ASCII.
    Characters,
    /// It names a user before the host.
    UserInfo,
    /// It has no host, or one that ends in a dot.
    NoHost,
    /// It has a fragment.
    Fragment,
    /// It is not https.
    NotHttps,
    /// It is http on loopback, which must be allowed by name: `danger_allow_http_loopback`.
    LoopbackNotAllowed,
    /// It is a private-use scheme without a dot, or with two slashes (RFC 8252 section 7.1).
    PrivateScheme,
}

impl fmt::Display for UrlFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAbsolute => "is not an absolute url",
            Self::Characters => "holds a space, a control character, a backslash or a character beyond ascii",
            Self::UserInfo => "names a user before the host",
            Self::NoHost => "has no host, or one that ends in a dot",
            Self::Fragment => "has a fragment",
            Self::NotHttps => "is not https",
            Self::LoopbackNotAllowed => "is http on loopback, which has to be allowed by name",
            Self::PrivateScheme => {
                "has a private-use scheme that is no reversed domain name followed by one slash (rfc 8252 section 7.1)"
            }
        })
    }
}

impl std::error::Error for UrlFault {}

/// What a provider's error code says (RFC 6749 sections 4.1.2.1 and 5.2 and their extensions). Codes in no RFC are
/// kept as they came.
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// `access_denied`: the person or the provider said no.
    AccessDenied,
    /// `invalid_request`
    InvalidRequest,
    /// `invalid_client`: the client did not authenticate.
    InvalidClient,
    /// `invalid_grant`: the code or refresh token is not valid any more.
    InvalidGrant,
    /// `unauthorized_client`
    UnauthorizedClient,
    /// `unsupported_grant_type`
    UnsupportedGrantType,
    /// `unsupported_response_type`
    UnsupportedResponseType,
    /// `unsupported_token_type` (RFC 7009)
    UnsupportedTokenType,
    /// `invalid_scope`
    InvalidScope,
    /// `invalid_target` (RFC 8707)
    InvalidTarget,
    /// `server_error`
    ServerError,
    /// `temporarily_unavailable`
    TemporarilyUnavailable,
    /// `interaction_required` (OpenID Connect)
    InteractionRequired,
    /// `login_required` (OpenID Connect)
    LoginRequired,
    /// `consent_required` (OpenID Connect)
    ConsentRequired,
    /// `account_selection_required` (OpenID Connect)
    AccountSelectionRequired,
    /// `invalid_request_uri` (RFC 9101)
    InvalidRequestUri,
    /// `invalid_request_object` (RFC 9101)
    InvalidRequestObject,
    /// `request_not_supported` (OpenID Connect)
    RequestNotSupported,
    /// `request_uri_not_supported` (OpenID Connect)
    RequestUriNotSupported,
    /// `registration_not_supported` (OpenID Connect)
    RegistrationNotSupported,
    /// `invalid_authorization_details` (RFC 9396)
    InvalidAuthorizationDetails,
    /// `unmet_authentication_requirements` (OpenID Connect)
    UnmetAuthenticationRequirements,
    /// `insufficient_user_authentication` (RFC 9470)
    InsufficientUserAuthentication,
    /// `use_dpop_nonce` (RFC 9449)
    UseDpopNonce,
    /// `invalid_dpop_proof` (RFC 9449)
    InvalidDpopProof,
    /// Any other code.
    Other(Box<str>),
}

impl ErrorCode {
    /// Whether the provider would have had to show the person something, which `prompt=none` forbids (OpenID Connect
    /// Core section 3.1.2.6): ask again without it.
    #[must_use]
    pub fn wants_person(&self) -> bool {
        matches!(
            self,
            Self::InteractionRequired
                | Self::LoginRequired
                | Self::ConsentRequired
                | Self::AccountSelectionRequired
        )
    }
}

macro_rules! codes {
    ($($name:literal => $code:ident,)*) => {
        impl ErrorCode {
            /// Reads a code; `None` if it is empty or holds characters that RFC 6749 does not allow.
            pub(crate) fn read(text: &str) -> Option<Self> {
                if text.is_empty() || !is_error_text(text) {
                    return None;
                }
                Some(match text {
                    $($name => Self::$code,)*
                    other => Self::Other(other.into()),
                })
            }

            /// The code as it stands on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$code => $name,)*
                    Self::Other(other) => other,
                }
            }
        }
    };
}

codes! {
    "access_denied" => AccessDenied,
    "invalid_request" => InvalidRequest,
    "invalid_client" => InvalidClient,
    "invalid_grant" => InvalidGrant,
    "unauthorized_client" => UnauthorizedClient,
    "unsupported_grant_type" => UnsupportedGrantType,
    "unsupported_response_type" => UnsupportedResponseType,
    "unsupported_token_type" => UnsupportedTokenType,
    "invalid_scope" => InvalidScope,
    "invalid_target" => InvalidTarget,
    "server_error" => ServerError,
    "temporarily_unavailable" => TemporarilyUnavailable,
    "interaction_required" => InteractionRequired,
    "login_required" => LoginRequired,
    "consent_required" => ConsentRequired,
    "account_selection_required" => AccountSelectionRequired,
    "invalid_request_uri" => InvalidRequestUri,
    "invalid_request_object" => InvalidRequestObject,
    "request_not_supported" => RequestNotSupported,
    "request_uri_not_supported" => RequestUriNotSupported,
    "registration_not_supported" => RegistrationNotSupported,
    "invalid_authorization_details" => InvalidAuthorizationDetails,
    "unmet_authentication_requirements" => UnmetAuthenticationRequirements,
    "insufficient_user_authentication" => InsufficientUserAuthentication,
    "use_dpop_nonce" => UseDpopNonce,
    "invalid_dpop_proof" => InvalidDpopProof,
}

/// Characters that RFC 6749 allows in `error` and `error_description`.
pub(crate) fn is_error_text(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

impl fmt::Display for ErrorCode {
    /// A code of the RFCs, or one that looks like it; anything else might be an echo of what we sent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other(code)
                if !matches!(code.len(), 1..=40)
                    || !code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') =>
            {
                f.write_str("a code that no rfc lists")
            }
            code => f.write_str(code.as_str()),
        }
    }
}

impl fmt::Debug for ErrorCode {
    /// As `Display`: nothing that might be an echo of what we sent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ErrorCode({self})")
    }
}

/// An error that a provider reported. Its texts are untrusted: they are reachable by name and never printed, since
/// servers have been seen to echo secrets in them.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderError {
    code: ErrorCode,
    description: Option<Box<str>>,
    uri: Option<Box<str>>,
}

/// Longer descriptions are cut.
const LONGEST_TEXT: usize = 1024;

impl ProviderError {
    pub(crate) fn new(code: ErrorCode, description: Option<&str>, uri: Option<&str>) -> Self {
        let kept = |text: &str| text.get(..text.len().min(LONGEST_TEXT)).map(Box::from);
        Self {
            code,
            description: description.filter(|text| is_error_text(text)).and_then(kept),
            uri: uri.filter(|text| is_error_text(text) && !text.contains(' ')).and_then(kept),
        }
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> &ErrorCode {
        &self.code
    }

    /// The provider's words, printable ASCII without quotes, at most 1024 bytes. Never show them unescaped.
    #[must_use]
    pub fn untrusted_description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// A page about the error, as the provider claims. Never follow or link it unchecked.
    #[must_use]
    pub fn untrusted_uri(&self) -> Option<&str> {
        self.uri.as_deref()
    }

    /// What a program can do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        use ErrorCode as Code;
        match self.code {
            Code::AccessDenied => Remedy::PersonDeclined,
            Code::ServerError | Code::TemporarilyUnavailable => Remedy::RetryLater(None),
            Code::InvalidGrant
            | Code::InteractionRequired
            | Code::LoginRequired
            | Code::ConsentRequired
            | Code::AccountSelectionRequired
            | Code::UnmetAuthenticationRequirements
            | Code::InsufficientUserAuthentication => Remedy::AskAgain,
            Code::Other(_) => Remedy::ProviderMisbehaved,
            _ => Remedy::FixConfiguration,
        }
    }
}

impl fmt::Debug for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProviderError({})", self.code)
    }
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the provider answered {}", self.code)
    }
}

impl std::error::Error for ProviderError {}
