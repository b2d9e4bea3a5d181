//! Names to addresses: addresses stand for themselves, and `localhost` is this machine whatever a resolver says.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

#[derive(Debug, Default)]
pub(crate) struct Names(DefaultResolver);

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let Some(host) = uri.host() else { return self.0.resolve(uri, config, timeout) };
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 });
        let mut found = self.0.empty();
        if host == "localhost" {
            found.push(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
            found.push(SocketAddr::from((Ipv6Addr::LOCALHOST, port)));
        } else if let Ok(address) = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            found.push(SocketAddr::from((address, port)));
        } else {
            return self.0.resolve(uri, config, timeout);
        }
        Ok(found)
    }
}
