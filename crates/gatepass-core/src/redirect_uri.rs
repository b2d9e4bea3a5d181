//! Where the person comes back: a URI that is sent to the letter as it was registered.

use std::fmt;

use url::Url;

use crate::error::UrlFault;
use crate::wire::endpoint::{is_loopback, plain_url};

/// A redirect URI: absolute, without a fragment, https, http on loopback, or a private-use scheme (RFC 8252).
///
/// It is never rewritten: case, encoding and trailing slash reach the provider as they were typed.
#[derive(Clone, PartialEq, Eq)]
pub struct RedirectUri {
    text: Box<str>,
    url: Url,
}

impl RedirectUri {
    /// Checks a redirect URI.
    ///
    /// # Errors
    /// [`UrlFault`], which says what is wrong with it.
    pub fn new(text: impl Into<Box<str>>) -> Result<Self, UrlFault> {
        let text = text.into();
        if text.bytes().any(|byte| !matches!(byte, 0x21..=0x7e) || byte == b'\\') {
            return Err(UrlFault::Characters);
        }
        let url = Url::parse(&text).map_err(|_| UrlFault::NotAbsolute)?;
        if url.fragment().is_some() {
            return Err(UrlFault::Fragment);
        }
        match url.scheme() {
            "https" => drop(plain_url(&text)?),
            "http" if is_loopback(&plain_url(&text)?) => {}
            "http" => return Err(UrlFault::NotHttps),
            scheme => {
                let private = scheme.contains('.') && url.path().starts_with('/') && !url.has_authority();
                if !private {
                    return Err(UrlFault::PrivateScheme);
                }
            }
        }
        Ok(Self { text, url })
    }

    /// The URI as it was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The URI as it is parsed.
    #[must_use]
    pub fn as_url(&self) -> &Url {
        &self.url
    }
}

impl fmt::Debug for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedirectUri({:?})", self.as_str())
    }
}
