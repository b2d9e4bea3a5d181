//! Asking a provider what it is.

use std::fmt;

use gatepass_core::{Attempt, Body, Roundtrip, Step, Timestamp, UrlFault};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Request, Response};

use crate::issuer::document;
use crate::tenants::Tenants;
use crate::{Metadata, WellKnown};

/// A question for a provider's metadata (OpenID Connect Discovery section 4, RFC 8414 section 3).
///
/// One address is asked, redirects are not followed, and nothing is invented where it is not answered.
#[derive(Clone, Debug)]
#[must_use = "a leg that is not driven asks nobody"]
pub struct Discovery {
    address: http::Uri,
    /// What the document must name as its issuer.
    issuer: Box<str>,
    http_loopback: bool,
}

impl Discovery {
    /// Asks this issuer for its document.
    ///
    /// # Errors
    /// [`DiscoveryError`], when the issuer is not an https URL without user, query and fragment, or is a template.
    pub fn new(issuer: &str, kind: WellKnown) -> Result<Self, DiscoveryError> {
        Self::of(issuer, kind, false)
    }

    /// As [`new`](Self::new), and allows http on loopback: for development only.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn danger_allow_http_loopback(issuer: &str, kind: WellKnown) -> Result<Self, DiscoveryError> {
        Self::of(issuer, kind, true)
    }

    /// The document names a template for its issuer, and these [`Rules`](crate::Rules) judge the tenant of each token.
    pub fn tenants(mut self, tenants: &Tenants) -> Self {
        self.issuer = tenants.template().into();
        self
    }

    /// What the document must name as its issuer.
    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Reads a document that answers this question.
    pub(crate) fn read(&self, document: &str) -> Result<Metadata, DiscoveryError> {
        Metadata::read(&self.issuer, document, self.http_loopback)
    }

    fn of(issuer: &str, kind: WellKnown, http_loopback: bool) -> Result<Self, DiscoveryError> {
        let address = document(issuer, kind, http_loopback)?;
        let address = address.as_str().parse().map_err(|_| DiscoveryError::Issuer(UrlFault::Characters))?;
        Ok(Self { address, issuer: issuer.into(), http_loopback })
    }
}

impl Roundtrip for Discovery {
    type Sent = Self;
    type Output = Metadata;
    type Error = DiscoveryError;

    fn request(self, _: Attempt) -> Result<(Request<Body>, Self), DiscoveryError> {
        Ok((get_json(&self.address), self))
    }

    fn response(sent: Self, answer: Response<Body>, _: Timestamp) -> Result<Step<Self>, DiscoveryError> {
        check_json(&answer)?;
        let text = std::str::from_utf8(answer.body().as_bytes()).map_err(|_| DiscoveryError::Body)?;
        sent.read(text).map(Step::Done)
    }

    fn not_sent(sent: Self) -> Self {
        sent
    }
}

/// A request for a JSON document.
pub(crate) fn get_json(address: &http::Uri) -> Request<Body> {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = address.clone();
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    request
}

/// 200, and JSON by its own name or by that of a key set.
pub(crate) fn check_json(answer: &Response<Body>) -> Result<(), DiscoveryError> {
    let status = answer.status().as_u16();
    if answer.status().is_redirection() {
        return Err(DiscoveryError::Redirect { status });
    }
    if status != 200 {
        return Err(DiscoveryError::Status { status });
    }
    let named = content_type(answer);
    let json =
        named.eq_ignore_ascii_case("application/json") || named.to_ascii_lowercase().ends_with("+json");
    if json { Ok(()) } else { Err(DiscoveryError::ContentType) }
}

/// The media type of an answer, without its parameters.
pub(crate) fn content_type(answer: &Response<Body>) -> &str {
    let value = answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim()
}

/// A provider's metadata or keys that cannot be used. Nothing stands in for them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DiscoveryError {
    /// The issuer is not a URL that may be spoken to.
    Issuer(UrlFault),
    /// The issuer is a template, and no rules say how to judge its tenants.
    Template,
    /// The address redirects, which is not followed.
    Redirect {
        /// The status.
        status: u16,
    },
    /// The status is not 200.
    Status {
        /// The status.
        status: u16,
    },
    /// The answer is not JSON by its content type.
    ContentType,
    /// The body is not one JSON object in UTF-8 with each member once.
    Body,
    /// The document names another issuer than the one that was asked.
    IssuerMismatch,
    /// An endpoint is not a URL that may be spoken to.
    Endpoint {
        /// Its name in the document.
        name: &'static str,
        /// What is wrong with it.
        fault: UrlFault,
    },
    /// A member that must be there is not.
    Missing(&'static str),
    /// A member is not what it must be.
    FieldType(&'static str),
    /// The provider says that it has no code flow.
    NoCodeFlow,
    /// The answer is no key set.
    Keys(crate::KeySetError),
}

impl fmt::Display for DiscoveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Issuer(fault) => write!(f, "the issuer {fault}"),
            Self::Template => f.write_str("the issuer is a template: say which tenants may log in"),
            Self::Redirect { status } => {
                write!(f, "the address redirects (status {status}), which is not followed")
            }
            Self::Status { status } => write!(f, "the provider answered status {status} instead of 200"),
            Self::ContentType => f.write_str("the provider's answer is not json"),
            Self::Body => f.write_str("the provider's answer is no json object with each member once"),
            Self::IssuerMismatch => {
                f.write_str("the provider names another issuer: configure the issuer to the letter")
            }
            Self::Endpoint { name, fault } => write!(f, "the provider's {name} {fault}"),
            Self::Missing(name) => write!(f, "the provider's metadata have no {name}"),
            Self::FieldType(name) => write!(f, "the provider's metadata have a {name} of the wrong type"),
            Self::NoCodeFlow => f.write_str("the provider says that it has no code flow"),
            Self::Keys(why) => fmt::Display::fmt(why, f),
        }
    }
}

impl std::error::Error for DiscoveryError {}
