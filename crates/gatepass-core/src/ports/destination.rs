//! Where a request goes, judged by the parser of URLs and never by text (HTTP-7).

use std::fmt;

use http::Uri;
use url::{Host, Url};

use super::{HttpError, HttpErrorKind, Processed, is_public};
use crate::wire::endpoint::is_loopback;

/// The destination of a request that may leave: https, or http to this very machine where that was allowed by name.
///
/// An HTTP client parses the target of every request into one of these before it resolves a name or opens a socket.
/// Shows the origin at most.
pub struct Destination {
    url: Url,
}

impl Destination {
    /// Judges the target of a request.
    ///
    /// Loopback is 127.0.0.0/8, `::1` and the name `localhost`; a client connects to loopback addresses only for
    /// the latter. Targets with a user, and http targets that two parsers read differently, are refused.
    ///
    /// # Errors
    /// [`HttpErrorKind::Insecure`], certainly not processed.
    pub fn parse(target: &Uri, http_loopback: bool) -> Result<Self, HttpError> {
        let insecure = || HttpError::new(HttpErrorKind::Insecure, Processed::CertainlyNot);
        let url = Url::parse(&target.to_string()).map_err(|_| insecure())?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(insecure());
        }
        match url.scheme() {
            "https" => Ok(Self { url }),
            "http" if http_loopback && is_loopback(&url) && url.host_str() == target.host() => {
                Ok(Self { url })
            }
            _ => Err(insecure()),
        }
    }

    /// Whether the connection must be TLS; else it must stay on this machine.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether an address stands in the URL that is not [public](super::is_public). What a name leads to is judged when it
    /// is known.
    #[must_use]
    pub fn is_private_address(&self) -> bool {
        match self.url.host() {
            Some(Host::Ipv4(address)) => !is_public(address.into()),
            Some(Host::Ipv6(address)) => !is_public(address.into()),
            Some(Host::Domain(_)) | None => false,
        }
    }

    /// The URL, query included.
    #[must_use]
    pub fn as_url(&self) -> &Url {
        &self.url
    }

    /// The URL, query included.
    #[must_use]
    pub fn into_url(self) -> Url {
        self.url
    }
}

impl fmt::Debug for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Destination").field(&self.url.origin().ascii_serialization()).finish()
    }
}
