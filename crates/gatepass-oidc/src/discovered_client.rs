//! A plain OAuth client whose provider says what it is when somebody needs to know (RFC 8414).

use std::fmt;

use async_trait::async_trait;
use gatepass_core::ports::{
    BeginError, Begun, ClientSource, Clock, Continuation, FinishError, Finished, Flow, Limits, LoggedOut,
    LogoutRefused, NoClient, NoUserInfo, Registered, Wish,
};
use gatepass_core::{Callback, Claims, Client, IdToken, PendingSnapshot, Secret, TokenSet, World};
use url::Url;

use crate::discovered::{Discovered, ForOAuth, Whence};
use crate::{Metadata, Registration};

/// A client of a provider that publishes what it is and says nothing about people. Cloning is cheap, and clones share what
/// they know of the provider.
///
/// The provider is asked when somebody needs it. From then on it is a [`Client`], with the provider's endpoints as they are.
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

    /// The names of endpoints that lie on another origin than when the provider was asked first. Logins go there; the tokens
    /// of grants from before do not, unless [`moved_from`](crate::RegistrationBuilder::moved_from) allows it.
    #[must_use]
    pub fn moved(&self) -> Vec<&'static str> {
        self.provider.last().map(|plain| plain.moved()).unwrap_or_default()
    }
}

#[async_trait]
impl ClientSource for DiscoveredClient {
    fn registered(&self) -> Registered {
        self.provider.registered()
    }

    fn at_hand(&self) -> Option<Client> {
        self.provider.last().map(|plain| plain.client)
    }

    async fn client(&self, world: &World) -> Result<Client, NoClient> {
        self.provider.answer(world).await.map(|plain| plain.client)
    }

    fn judge(&self, refreshed: TokenSet, _: Option<&IdToken>, _: &dyn Clock) -> Continuation {
        Continuation::Continued(refreshed)
    }

    async fn catch_up(&self, _: u64, _: &World) -> Result<(), NoClient> {
        Ok(())
    }
}

#[async_trait]
impl Flow for DiscoveredClient {
    async fn begin(&self, wish: Wish, world: &World) -> Result<Begun, BeginError> {
        self.client(world).await.map_err(BeginError::NoClient)?.begin(wish, world).await
    }

    async fn finish(
        &self,
        snapshot: PendingSnapshot,
        callback: Callback,
        world: &World,
        limits: &Limits,
    ) -> Result<Finished, FinishError> {
        let client = self.client(world).await.map_err(FinishError::NoClient)?;
        client.finish(snapshot, callback, world, limits).await
    }

    fn claims(&self, _: &IdToken) -> Option<Claims> {
        None
    }

    async fn user_info(
        &self,
        _: &Secret,
        _: &str,
        _: &World,
        _: &Limits,
    ) -> Result<Option<Claims>, NoUserInfo> {
        Ok(None)
    }

    async fn end_session(
        &self,
        _: Option<&IdToken>,
        _: Option<(&Url, &str)>,
        _: &World,
    ) -> Result<Option<Url>, NoClient> {
        Ok(None)
    }

    fn ends_sessions_at(&self) -> Option<Url> {
        None
    }

    async fn logged_out(&self, _: &str, _: &World) -> Result<LoggedOut, LogoutRefused> {
        Err(LogoutRefused::Unsupported)
    }
}

impl fmt::Debug for DiscoveredClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DiscoveredClient")
            .field("registered", &self.provider.registered())
            .finish_non_exhaustive()
    }
}
