//! The client at its provider, by what is known of that, and one login of it.

use std::sync::Arc;

use gatepass::blocking::{World, drive};
use gatepass::loopback::{Loopback, LoopbackError, Visitor};
use gatepass::ports::blocking::ClientSource;
use gatepass::ports::{Limits, Wish};
use gatepass::{Client, ClientAuth, ConfigError, IdToken, Provider, Remedy, TokenSet};
use gatepass_oidc::blocking::{DiscoveredClient, RelyingParty};
use gatepass_oidc::{Identity, ReceiveError, Registration};
use url::Url;

use crate::Failure;

/// A client, by what is known of its provider.
#[derive(Clone)]
pub(crate) enum Party {
    /// Its endpoints are written down.
    ByHand(Client),
    /// It says where they are.
    Asked(DiscoveredClient),
    /// It says that, and who logs in.
    SignsIn(RelyingParty),
}

impl Party {
    pub(crate) fn by_hand(
        provider: Provider,
        client_id: &str,
        auth: ClientAuth,
        redirect_uri: &str,
    ) -> Result<Self, ConfigError> {
        Client::new(provider, client_id, auth, redirect_uri).map(Self::ByHand)
    }

    pub(crate) fn asked(registration: Registration, signs_in: bool) -> Self {
        if signs_in {
            Self::SignsIn(RelyingParty::of(registration))
        } else {
            Self::Asked(DiscoveredClient::of(registration))
        }
    }

    /// Where a keeper has its client from.
    pub(crate) fn source(&self) -> Arc<dyn ClientSource> {
        match self.clone() {
            Self::ByHand(client) => Arc::new(client),
            Self::Asked(client) => Arc::new(client),
            Self::SignsIn(party) => Arc::new(party),
        }
    }

    /// Sends the person to the provider by `open`, waits for them to come back, and exchanges the code. From the moment at
    /// which the code is known, `defer` holds interrupts off.
    pub(crate) fn log_in<D>(
        &self,
        loopback: Loopback,
        wish: Wish,
        world: &World,
        open: impl FnOnce(&Url) -> Result<(), Failure>,
        defer: impl FnOnce() -> D,
    ) -> Result<(TokenSet, Visitor, D), Failure> {
        let attempt = world.attempt().map_err(Failure::failed)?;
        let client = match self {
            Self::ByHand(client) => client.clone(),
            Self::Asked(client) => client.client(world).map_err(Failure::failed)?,
            Self::SignsIn(party) => return sign_in(party, loopback, wish, world, open, defer),
        };
        let (url, pending) = wish.request(&client).start(attempt).map_err(Failure::configuration)?;
        open(&url)?;
        let (exchange, visitor) = loopback.receive(pending, &*world.clock)?;
        let deferred = defer();
        let tokens = drive(exchange, world, &Limits::default()).map_err(Failure::failed)?;
        Ok((tokens, visitor, deferred))
    }
}

/// A login whose ID token is verified before anything of it is kept.
fn sign_in<D>(
    party: &RelyingParty,
    loopback: Loopback,
    wish: Wish,
    world: &World,
    open: impl FnOnce(&Url) -> Result<(), Failure>,
    defer: impl FnOnce() -> D,
) -> Result<(TokenSet, Visitor, D), Failure> {
    let openid = party.openid(world).map_err(Failure::failed)?;
    let request = openid.authorize(&wish.scopes);
    let request = wish.params.into_iter().fold(request, |request, (name, value)| request.param(name, value));
    let attempt = world.attempt().map_err(Failure::failed)?;
    let (url, waiting) = request.start(attempt).map_err(Failure::configuration)?;
    open(&url)?;
    let mut waiting = Some(waiting);
    let (verdict, visitor) =
        loopback.receive_with(|callback| match waiting.take()?.receive(callback, world.clock.now()) {
            Err(ReceiveError::NotOurs(ours)) => {
                waiting = Some(*ours);
                None
            }
            verdict => Some(verdict),
        })?;
    let exchange = match verdict {
        Ok(exchange) => exchange,
        Err(ReceiveError::Refused(why)) if why.remedy() == Remedy::PersonDeclined => {
            visitor.declined();
            return Err(LoopbackError::Refused(why).into());
        }
        Err(why) => return Err(Failure::failed(why)),
    };
    let deferred = defer();
    let sign_in = party.finish(exchange, world, &Limits::default()).map_err(Failure::failed)?;
    Ok((sign_in.tokens, visitor, deferred))
}

/// The subject of a login, as its ID token names it.
pub(crate) fn subject(id_token: &IdToken) -> Option<String> {
    Some(Identity::of(id_token)?.sub().to_owned())
}
