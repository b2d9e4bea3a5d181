//! The keeper of grants in programs without an async runtime: the same keeper, whose tasks are threads.
//!
//! Its ports block where the asynchronous ones wait, and everything else is the same code.

mod bearer;
mod park;
mod ports;
mod threads;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use gatepass_core::ports::GrantKey;
use gatepass_core::ports::blocking::{ClientSource, GrantStore};
use gatepass_core::renewal::Deadlines;
use gatepass_core::{Client, IdToken, TokenSet};

use crate::keep_error::{KeepError, KeeperError};
use crate::keeper::{self, Holding, Progress, Swept};
use crate::sealing::KeyRing;
use crate::sync::Events;
use crate::tokens::{AccessToken, Slot};
use crate::unavailable::Unavailable;

pub use bearer::Bearer;
pub use gatepass_core::blocking::{World, drive};
#[doc(hidden)]
pub use threads::{Threads, on_threads};

use park::block_on;

/// The world of a blocking program: this HTTP client, and the system's clocks and randomness.
#[must_use]
pub fn world(http: Arc<dyn gatepass_core::ports::blocking::HttpClient>) -> World {
    let (clock, entropy) = (crate::SystemClock::new(), crate::SystemEntropy::new());
    World::new(http, Arc::new(clock), Arc::new(entropy))
}

/// Keeps grants, in programs without an async runtime. See [`crate::Keeper`], which this is.
///
/// Cloning is cheap, and clones are one keeper for any number of threads. What must not be cut short runs in a thread
/// of its own. When the last clone is dropped, it waits for those threads, at most as long as a lease; a program that
/// ends in another way (`std::process::exit`) calls [`drain`](Self::drain) before. Any number of processes may keep
/// grants in one store: they are as safe as replicas of a server.
#[derive(Clone)]
pub struct Keeper {
    keeper: keeper::Keeper,
    world: World,
    _last: Arc<Last>,
}

/// Waits, when the last handle is dropped, for what is under way.
struct Last {
    keeper: keeper::Keeper,
}

impl Drop for Last {
    fn drop(&mut self) {
        let left = drain(&self.keeper, self.keeper.longest_lease());
        if left > 0 {
            tracing::warn!(left, "the keeper is gone while grants are being renewed");
        }
    }
}

impl Keeper {
    /// Begins with where grants are kept, the keys that seal them, and the world.
    pub fn builder(store: Arc<dyn GrantStore>, ring: KeyRing, world: World) -> KeeperBuilder {
        let shell = ports::world(&world);
        let builder = keeper::Keeper::builder(Arc::new(ports::Store(store)), ring, shell);
        KeeperBuilder { builder, world }
    }

    /// Keeps the tokens of a login or of a connected account.
    ///
    /// # Errors
    /// As [`crate::Keeper::install`].
    pub fn install(&self, key: &GrantKey, tokens: TokenSet) -> Result<(), KeepError> {
        block_on(self.keeper.install(key, tokens))
    }

    /// An access token for whatever the grant allows: a fresh one at the cost of one read of the store, a stale one
    /// while a thread renews it, and for one that has ended it blocks.
    ///
    /// # Errors
    /// [`Unavailable`], by what the program can do about it.
    pub fn access_token(&self, key: &GrantKey) -> Result<AccessToken, Unavailable> {
        block_on(self.keeper.access_token(key))
    }

    /// What a grant holds. It costs one read of the store; nothing is renewed, and nobody is waited for.
    ///
    /// # Errors
    /// [`Unavailable`], when the grant could not be read or opened.
    pub fn holding(&self, key: &GrantKey) -> Result<Holding, Unavailable> {
        block_on(self.keeper.holding(key))
    }

    /// The ID token of the login that brought a grant, which was verified then.
    ///
    /// # Errors
    /// As [`crate::Keeper::id_token`].
    pub fn id_token(&self, key: &GrantKey) -> Result<Option<IdToken>, Unavailable> {
        block_on(self.keeper.id_token(key))
    }

    /// An access token for a resource, or for some of the scopes.
    ///
    /// # Errors
    /// As [`access_token`](Self::access_token), and [`Unavailable::NotGranted`].
    pub fn access_token_for(&self, key: &GrantKey, slot: &Slot) -> Result<AccessToken, Unavailable> {
        block_on(self.keeper.access_token_for(key, slot))
    }

    /// Another access token in place of one that the API refused with 401.
    ///
    /// # Errors
    /// As [`access_token`](Self::access_token).
    pub fn unauthorized(&self, key: &GrantKey, refused: AccessToken) -> Result<AccessToken, Unavailable> {
        block_on(self.keeper.unauthorized(key, refused))
    }

    /// Ends a grant here at once, and at the provider in a thread of its own or by a later [`sweep`](Self::sweep).
    ///
    /// # Errors
    /// As [`crate::Keeper::logout`].
    pub fn logout(&self, key: &GrantKey) -> Result<(), KeepError> {
        block_on(self.keeper.logout(key))
    }

    /// A client for the provider's API that attaches the grant's access token.
    #[must_use]
    pub fn api(&self, key: &GrantKey) -> Bearer {
        Bearer::new(self.keeper.api(key), self.clone())
    }

    /// What happens to grants, from now on; read it with [`Events::wait`].
    #[must_use]
    pub fn events(&self) -> Events {
        self.keeper.events()
    }

    /// Waits until nothing is under way any more, but not beyond a time; answers how much still is.
    #[expect(clippy::must_use_candidate, reason = "most programs wait and end")]
    pub fn drain(&self, at_most: Duration) -> usize {
        drain(&self.keeper, at_most)
    }

    /// Looks after at most `limit` grants that are due: a program that runs now and then does so when it starts.
    ///
    /// # Errors
    /// [`KeepError::StoreUnavailable`], when it cannot be learnt what is due.
    pub fn sweep(&self, limit: u32) -> Result<Swept, KeepError> {
        block_on(self.keeper.sweep(limit))
    }

    /// The suspect grants, at most `limit`, in the order of their keys after `after`.
    ///
    /// # Errors
    /// [`KeepError::StoreUnavailable`].
    pub fn suspects(&self, after: Option<&GrantKey>, limit: usize) -> Result<Vec<GrantKey>, KeepError> {
        block_on(self.keeper.suspects(after, limit))
    }

    /// Makes every grant suspect whose refresh token rotates, after a restore.
    ///
    /// # Errors
    /// As [`crate::Keeper::distrust_all`].
    pub fn distrust_all(&self, progress: impl FnMut(Progress) + Send) -> Result<Progress, KeepError> {
        block_on(self.keeper.distrust_all(progress))
    }

    /// Seals everything under the first key of the ring that is not yet.
    ///
    /// # Errors
    /// As [`crate::Keeper::reseal_all`].
    pub fn reseal_all(&self, progress: impl FnMut(Progress) + Send) -> Result<Progress, KeepError> {
        block_on(self.keeper.reseal_all(progress))
    }

    /// The client of this name; its provider is asked, if it is not at hand.
    ///
    /// # Errors
    /// [`Unavailable::NotConfigured`] and [`Unavailable::NoClient`].
    pub fn client(&self, name: &str) -> Result<Client, Unavailable> {
        block_on(self.keeper.client(name))
    }

    /// The world that the keeper lives in.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The keys that seal.
    #[must_use]
    pub fn key_ring(&self) -> &KeyRing {
        self.keeper.key_ring()
    }
}

fn drain(keeper: &keeper::Keeper, at_most: Duration) -> usize {
    let began = std::time::Instant::now();
    loop {
        let (running, seat) = keeper.running();
        let left = at_most.saturating_sub(began.elapsed());
        if running == 0 || seat.wait_for(left).is_none() {
            return keeper.running().0;
        }
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.keeper, f)
    }
}

/// A blocking keeper that is being built. Nothing is checked before [`build`](KeeperBuilder::build).
#[derive(Debug)]
#[must_use = "a builder does nothing before `build`"]
pub struct KeeperBuilder {
    builder: keeper::KeeperBuilder,
    world: World,
}

impl KeeperBuilder {
    /// Adds a client under the name that keys of its grants carry: one that is at hand, or a source that asks its provider
    /// when it is first needed.
    pub fn client(self, name: impl Into<Box<str>>, client: impl ClientSource + 'static) -> Self {
        self.source(name, Arc::new(client))
    }

    /// As [`client`](Self::client), for a source that others use too.
    pub fn source(mut self, name: impl Into<Box<str>>, source: Arc<dyn ClientSource>) -> Self {
        self.builder = self.builder.client(name, ports::Source::new(source, self.world.clone()));
        self
    }

    /// Sets the deadlines, for all clients; otherwise each has those that fit its provider.
    pub fn deadlines(mut self, deadlines: Deadlines) -> Self {
        self.builder = self.builder.deadlines(deadlines);
        self
    }

    /// Serves a fresh access token from memory for at most this long after it was read from the store, which is the
    /// delay after which a logout by another process counts. See [`crate::KeeperBuilder::serve_from_memory`].
    pub fn serve_from_memory(mut self, at_most: Duration) -> Self {
        self.builder = self.builder.serve_from_memory(at_most);
        self
    }

    /// Checks that clients and deadlines go together.
    ///
    /// # Errors
    /// [`KeeperError`], which names what does not.
    pub fn build(self) -> Result<Keeper, KeeperError> {
        let keeper = self.builder.build()?;
        let last = Arc::new(Last { keeper: keeper.clone() });
        Ok(Keeper { keeper, world: self.world, _last: last })
    }
}
