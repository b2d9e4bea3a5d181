//! The name of a provider, and where it publishes what it is.

use gatepass_core::UrlFault;
use gatepass_core::extension::endpoint;
use url::Url;

use crate::DiscoveryError;

/// Which document a provider publishes, and so where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WellKnown {
    /// OpenID Connect Discovery section 4: appended to the issuer.
    #[default]
    OpenId,
    /// RFC 8414 section 3: inserted between host and path.
    OAuth,
}

impl WellKnown {
    const fn path(self) -> &'static str {
        match self {
            Self::OpenId => "/.well-known/openid-configuration",
            Self::OAuth => "/.well-known/oauth-authorization-server",
        }
    }
}

/// Checks an issuer and makes the address of its document.
pub(crate) fn document(issuer: &str, kind: WellKnown, http_loopback: bool) -> Result<Url, DiscoveryError> {
    let mut url = endpoint(issuer, http_loopback).map_err(DiscoveryError::Issuer)?;
    if url.query().is_some() {
        return Err(DiscoveryError::Issuer(UrlFault::Characters));
    }
    if issuer.contains(['{', '}']) {
        return Err(DiscoveryError::Template);
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&match kind {
        WellKnown::OpenId => path + kind.path(),
        WellKnown::OAuth => kind.path().to_owned() + &path,
    });
    Ok(url)
}
