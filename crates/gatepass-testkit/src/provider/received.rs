//! A request as it came in, and the provider's own reading of its query, form and credentials.

use bytes::Bytes;
use data_encoding::BASE64;
use http::{HeaderMap, Method, header};

/// One request as it was received: nothing decoded, nothing left out.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Received {
    /// The method.
    pub method: Method,
    /// The path, still percent-encoded.
    pub path: String,
    /// The query without its question mark, still percent-encoded.
    pub query: Option<String>,
    /// All header fields.
    pub headers: HeaderMap,
    /// The body as its bytes.
    pub body: Bytes,
}

impl Received {
    /// The first value of a query parameter, decoded.
    #[must_use]
    pub fn query_value(&self, name: &str) -> Option<String> {
        self.query_parameters().first(name)
    }

    /// The first value of a member of a form body, decoded; the content type is not looked at.
    #[must_use]
    pub fn form_value(&self, name: &str) -> Option<String> {
        self.form_parameters().first(name)
    }

    /// The value of a header field, when there is one and it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The client id and secret of HTTP Basic, each form-decoded after base64 (RFC 6749 section 2.3.1).
    #[must_use]
    pub fn basic_credentials(&self) -> Option<(String, String)> {
        let decoded = BASE64.decode(self.credentials_of("basic")?.as_bytes()).ok()?;
        let decoded = String::from_utf8(decoded).ok()?;
        let (id, secret) = decoded.split_once(':')?;
        Some((form_decoded(id), form_decoded(secret)))
    }

    /// The bearer token of the `Authorization` header (RFC 6750 section 2.1).
    #[must_use]
    pub fn bearer_token(&self) -> Option<&str> {
        self.credentials_of("bearer")
    }

    /// The value of a cookie.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(key, value)| (key == name).then_some(value))
    }

    pub(crate) fn query_parameters(&self) -> Parameters {
        Parameters::parse(self.query.as_deref().unwrap_or_default().as_bytes())
    }

    pub(crate) fn form_parameters(&self) -> Parameters {
        Parameters::parse(&self.body)
    }

    pub(crate) fn is_form(&self) -> bool {
        let media = self.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
        media.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
    }

    fn credentials_of(&self, scheme: &str) -> Option<&str> {
        let (found, credentials) = self.header("authorization")?.split_once(' ')?;
        found.eq_ignore_ascii_case(scheme).then_some(credentials.trim_start())
    }
}

/// A credential half of HTTP Basic holds no `&` or `=` once it is form-encoded, so it decodes as one pair's name.
fn form_decoded(text: &str) -> String {
    let guarded = text.replace('&', "%26").replace('=', "%3D");
    url::form_urlencoded::parse(guarded.as_bytes())
        .map(|(name, _)| name.into_owned())
        .next()
        .unwrap_or_default()
}

/// Decoded parameters in their order. One without a value counts as left out (RFC 6749 section 3.1).
#[derive(Debug, Clone, Default)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn parse(encoded: &[u8]) -> Self {
        Self(
            url::form_urlencoded::parse(encoded)
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
        )
    }

    pub(crate) fn first(&self, name: &str) -> Option<String> {
        self.one(name).map(ToOwned::to_owned)
    }

    pub(crate) fn one(&self, name: &str) -> Option<&str> {
        self.0.iter().find_map(|(key, value)| (key == name).then_some(value.as_str()))
    }

    pub(crate) fn has(&self, name: &str, value: &str) -> bool {
        self.0.iter().any(|(key, held)| key == name && held == value)
    }

    /// The name of a parameter that came more than once.
    pub(crate) fn repeated(&self) -> Option<&str> {
        self.0.iter().enumerate().find_map(|(at, (name, _))| {
            self.0[..at].iter().any(|(seen, _)| seen == name).then_some(name.as_str())
        })
    }

    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    pub(crate) fn words(&self, name: &str) -> Vec<String> {
        let mut words = Vec::new();
        for word in self.one(name).unwrap_or_default().split(' ').filter(|word| !word.is_empty()) {
            if !words.iter().any(|seen| seen == word) {
                words.push(word.to_owned());
            }
        }
        words
    }
}
