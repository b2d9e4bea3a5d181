//! A keeper that is being built.

use std::sync::Arc;
use std::time::Duration;

use gatepass_core::World;
use gatepass_core::ports::{ClientSource, GrantStore};
use gatepass_core::renewal::Deadlines;

use super::{Inner, Keeper};
use crate::book::Book;
use crate::keep_error::KeeperError;
use crate::sealing::KeyRing;

/// A keeper that is being built. Nothing is checked before [`build`](KeeperBuilder::build).
#[derive(Debug)]
#[must_use = "a builder does nothing before `build`"]
pub struct KeeperBuilder {
    store: Arc<dyn GrantStore>,
    ring: KeyRing,
    world: World,
    clients: Vec<(Box<str>, Arc<dyn ClientSource>)>,
    deadlines: Option<Deadlines>,
    from_memory: Duration,
}

impl KeeperBuilder {
    pub(super) fn new(store: Arc<dyn GrantStore>, ring: KeyRing, world: World) -> Self {
        Self { store, ring, world, clients: Vec::new(), deadlines: None, from_memory: Duration::ZERO }
    }

    /// Adds a client under the name that keys of its grants carry: one that is at hand, or a source that asks its provider
    /// when it is first needed.
    pub fn client(self, name: impl Into<Box<str>>, client: impl ClientSource + 'static) -> Self {
        self.source(name, Arc::new(client))
    }

    /// As [`client`](Self::client), for a source that others use too.
    pub fn source(mut self, name: impl Into<Box<str>>, source: Arc<dyn ClientSource>) -> Self {
        self.clients.push((name.into(), source));
        self
    }

    /// Sets the deadlines, for all clients; otherwise each has those that fit its provider.
    pub fn deadlines(mut self, deadlines: Deadlines) -> Self {
        self.deadlines = Some(deadlines);
        self
    }

    /// Serves a fresh access token from memory for at most this long after it was read from the store; at most five
    /// minutes. Otherwise, and with zero, every call reads the store.
    ///
    /// It is the delay after which a logout counts that was made in *another* process: until then this one may still
    /// hand out the access token of the grant, which it read before. A logout through this keeper counts at once, and
    /// so does a new login, a renewal and a token that the API refused ([`Keeper::unauthorized`]). A token is never
    /// served from the moment on at which it is worth renewing. In memory are at most 4096 tokens, each found by its
    /// grant and its slot, and those that are let go are zeroized.
    pub fn serve_from_memory(mut self, at_most: Duration) -> Self {
        self.from_memory = at_most;
        self
    }

    /// Checks that clients and deadlines go together.
    ///
    /// # Errors
    /// [`KeeperError`], which names what does not.
    pub fn build(self) -> Result<Keeper, KeeperError> {
        let (clock, entropy) = (Arc::clone(&self.world.clock), Arc::clone(&self.world.entropy));
        let book = Book::new(self.clients, self.deadlines, self.from_memory, self.ring, clock, entropy)?;
        Ok(Keeper(Arc::new(Inner { book, store: self.store, world: self.world })))
    }
}
