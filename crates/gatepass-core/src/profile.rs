//! A provider's habits, as data. The default is strict: what the RFCs say and nothing else.

use crate::renewal::Rotation;
use crate::{EmailTrust, PersonAt};

/// How a provider departs from the RFCs, and what is known about the life of its refresh tokens.
///
/// No habit switches off `state`, PKCE, the browser binding, https, the refusal of redirects or the caps on sizes.
///
/// ```
/// # use gatepass_core::{Profile, renewal::Rotation};
/// let mut profile = Profile::strict();
/// profile.response_scope_separators = " ,".into();
/// profile.rotation = Rotation::STRICT.stable();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Profile {
    /// What separates the scopes of a request. RFC 6749: a space.
    pub request_scope_separator: char,
    /// The characters that separate the scopes of an answer. RFC 6749: a space.
    pub response_scope_separators: Box<str>,
    /// Whether an answer may give `scope` as an array of strings.
    pub scope_may_be_array: bool,
    /// Whether `scope: null` counts as absent.
    pub scope_may_be_null: bool,
    /// The `token_type` of an answer that names none; RFC 6749 demands one.
    pub token_type_default: Option<Box<str>>,
    /// Values of `token_type` that mean `Bearer` at this provider.
    pub token_types_as_bearer: Vec<Box<str>>,
    /// How Basic credentials are made.
    pub basic: BasicEncoding,
    /// Whether `client_id` also stands in the body when Basic is used.
    pub client_id_beside_basic: bool,
    /// Whether a token response may be form-encoded.
    pub token_response_may_be_form: bool,
    /// Statuses that count as success at the token endpoint beside 200; those that are not 2xx never do.
    pub token_statuses: Vec<u16>,
    /// Values of the callback's `iss` to accept beside the issuer. With neither, it is ignored.
    pub callback_issuers: Vec<Box<str>>,
    /// Parameters that every authorization request carries.
    pub authorize_params: Vec<(Box<str>, Box<str>)>,
    /// Parameters that every token request carries.
    pub token_params: Vec<(Box<str>, Box<str>)>,
    /// Whether it knows `prompt=none` (OpenID Connect Core section 3.1.2.1): a person whose grant has ended is then sent
    /// there without being shown anything first. A provider that does not would show an error.
    pub prompt_none: bool,
    /// Where an API says whose an access token is. A provider that speaks OpenID Connect needs none: its ID token says it.
    pub person: Option<PersonAt>,
    /// When an email that it gives counts as verified.
    pub email: EmailTrust,
    /// What is known about the life of its refresh tokens.
    pub rotation: Rotation,
}

impl Profile {
    /// What the RFCs say, and the most pessimistic view of refresh tokens.
    #[must_use]
    pub fn strict() -> Self {
        Self {
            request_scope_separator: ' ',
            response_scope_separators: " ".into(),
            scope_may_be_array: false,
            scope_may_be_null: false,
            token_type_default: None,
            token_types_as_bearer: Vec::new(),
            basic: BasicEncoding::Form,
            client_id_beside_basic: false,
            token_response_may_be_form: false,
            token_statuses: Vec::new(),
            callback_issuers: Vec::new(),
            authorize_params: Vec::new(),
            token_params: Vec::new(),
            prompt_none: false,
            person: None,
            email: EmailTrust::Claim,
            rotation: Rotation::STRICT,
        }
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::strict()
    }
}

/// How client id and secret are written before they become Basic credentials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BasicEncoding {
    /// Each form-encoded (RFC 6749 section 2.3.1).
    #[default]
    Form,
    /// As they are, for servers that do not decode.
    Raw,
}
