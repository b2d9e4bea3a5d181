//! Names to addresses, for a client that connects to public ones only.

use std::io;
use std::net::SocketAddr;

use gatepass_core::ports::is_public;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::flight::FLIGHT;

/// Looks names up by the system, and keeps what is public. The connection is made to one of these: the name is not looked
/// up again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PublicNames;

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                FLIGHT.try_with(|flight| flight.is_private()).ok();
                return Err(io::Error::other("no address of this name is public").into());
            }
            let public: Addrs = Box::new(public.into_iter());
            Ok(public)
        })
    }
}
