//! Which URLs may be spoken to.

use url::{Host, Url};

use crate::error::UrlFault;

/// Parses an endpoint: https (or http on loopback, if allowed), a host, no user, no fragment, nothing that parsers
/// read differently.
pub fn endpoint(text: &str, http_loopback: bool) -> Result<Url, UrlFault> {
    let url = plain_url(text)?;
    if url.fragment().is_some() {
        return Err(UrlFault::Fragment);
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) && http_loopback => Ok(url),
        "http" if is_loopback(&url) => Err(UrlFault::LoopbackNotAllowed),
        _ => Err(UrlFault::NotHttps),
    }
}

/// A URL with a host that every parser reads the same way.
pub(crate) fn plain_url(text: &str) -> Result<Url, UrlFault> {
    if text.bytes().any(|byte| !matches!(byte, 0x21..=0x7e) || byte == b'\\') {
        return Err(UrlFault::Characters);
    }
    let url = Url::parse(text).map_err(|_| UrlFault::NotAbsolute)?;
    // Browsers read `https:host` and `https:///host` as `https://host`; others read no host there.
    let rest = text.get(url.scheme().len()..).and_then(|rest| rest.strip_prefix("://"));
    let authority = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    if authority.contains('@') || !url.username().is_empty() || url.password().is_some() {
        return Err(UrlFault::UserInfo);
    }
    if authority.is_empty() {
        return Err(UrlFault::NoHost);
    }
    match url.host() {
        None => Err(UrlFault::NoHost),
        Some(Host::Domain(name)) if name.is_empty() || name.ends_with('.') => Err(UrlFault::NoHost),
        Some(_) => Ok(url),
    }
}

/// Whether the host is 127.0.0.0/8, `::1` or `localhost`.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
