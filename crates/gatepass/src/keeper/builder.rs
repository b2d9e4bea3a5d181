//! A keeper that is being built.

use std::sync::Arc;

use gatepass_core::ports::GrantStore;
use gatepass_core::renewal::Deadlines;
use gatepass_core::{Client, World};

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
    clients: Vec<(Box<str>, Client)>,
    deadlines: Option<Deadlines>,
}

impl KeeperBuilder {
    pub(super) fn new(store: Arc<dyn GrantStore>, ring: KeyRing, world: World) -> Self {
        Self { store, ring, world, clients: Vec::new(), deadlines: None }
    }

    /// Adds a client under the name that keys of its grants carry.
    pub fn client(mut self, name: impl Into<Box<str>>, client: Client) -> Self {
        self.clients.push((name.into(), client));
        self
    }

    /// Sets the deadlines, for all clients; otherwise each has those that fit its provider.
    pub fn deadlines(mut self, deadlines: Deadlines) -> Self {
        self.deadlines = Some(deadlines);
        self
    }

    /// Checks that clients and deadlines go together.
    ///
    /// # Errors
    /// [`KeeperError`], which names what does not.
    pub fn build(self) -> Result<Keeper, KeeperError> {
        let (clock, entropy) = (Arc::clone(&self.world.clock), Arc::clone(&self.world.entropy));
        let book = Book::new(self.clients, self.deadlines, self.ring, clock, entropy)?;
        Ok(Keeper(Arc::new(Inner { book, store: self.store, world: self.world })))
    }
}
