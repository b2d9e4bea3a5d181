//! A plain OAuth client whose provider says what it is when somebody needs to know, in a blocking program.

use std::fmt;

use gatepass_core::blocking::World;
use gatepass_core::ports::blocking::ClientSource;
use gatepass_core::ports::{Clock, Continuation, NoClient, Registered};
use gatepass_core::{Client, IdToken, TokenSet};

use crate::discovered::{Discovered, ForOAuth, Whence};
use crate::{Metadata, Registration};

/// A client of a provider that publishes what it is and says nothing about people. Cloning is cheap, and clones share what
/// they know of the provider.
#[derive(Clone)]
pub struct DiscoveredClient {
    provider: Whence<ForOAuth>,
}

impl DiscoveredClient {
    /// Asks the provider what it is when that is needed.
    #[must_use]
    pub fn of(registration: Registration) -> Self {
        Self { provider: Whence::asked(ForOAuth(registration)) }
    }

    /// What the provider said of itself when it was asked last.
    #[must_use]
    pub fn metadata(&self) -> Option<Metadata> {
        self.provider.last()?.metadata().map(|metadata| (*metadata).clone())
    }

    /// The names of endpoints that lie on another origin than when the provider was asked first.
    #[must_use]
    pub fn moved(&self) -> Vec<&'static str> {
        self.provider.last().map(|plain| plain.moved()).unwrap_or_default()
    }
}

impl ClientSource for DiscoveredClient {
    fn registered(&self) -> Registered {
        self.provider.registered()
    }

    fn at_hand(&self) -> Option<Client> {
        self.provider.last().map(|plain| plain.client)
    }

    fn client(&self, world: &World) -> Result<Client, NoClient> {
        self.provider.answer_blocking(world).map(|plain| plain.client)
    }

    fn judge(&self, refreshed: TokenSet, _: Option<&IdToken>, _: &dyn Clock) -> Continuation {
        Continuation::Continued(refreshed)
    }

    fn catch_up(&self, _: u64, _: &World) -> Result<(), NoClient> {
        Ok(())
    }
}

impl fmt::Debug for DiscoveredClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DiscoveredClient")
            .field("registered", &self.provider.registered())
            .finish_non_exhaustive()
    }
}
