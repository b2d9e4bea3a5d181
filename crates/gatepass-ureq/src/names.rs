//! Names to addresses: addresses stand for themselves, and `localhost` is this machine whatever a resolver says.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use gatepass_core::ports::is_public;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use crate::gate::Flight;

/// Every address that a connection is made to comes from here, those that stand in the URL too.
pub(crate) struct Names {
    system: DefaultResolver,
    /// The request that may go to public addresses only; `None`: it may go anywhere.
    public_only: Option<Arc<Flight>>,
}

impl Names {
    pub(crate) fn new(public_only: Option<Arc<Flight>>) -> Self {
        Self { system: DefaultResolver::default(), public_only }
    }

    fn all(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let Some(host) = uri.host() else { return self.system.resolve(uri, config, timeout) };
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 });
        let mut found = self.system.empty();
        if host == "localhost" {
            found.push(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
            found.push(SocketAddr::from((Ipv6Addr::LOCALHOST, port)));
        } else if let Ok(address) = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            found.push(SocketAddr::from((address, port)));
        } else {
            return self.system.resolve(uri, config, timeout);
        }
        Ok(found)
    }
}

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.all(uri, config, timeout)?;
        let Some(flight) = &self.public_only else { return Ok(found) };
        let mut public = self.system.empty();
        for address in found.iter().filter(|address| is_public(address.ip())) {
            public.push(*address);
        }
        if public.is_empty() {
            flight.is_private();
            return Err(ureq::Error::HostNotFound);
        }
        Ok(public)
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Names")
    }
}
