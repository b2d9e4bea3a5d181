//! The contract suites of the ports: one public function a numbered contract, to be run over any implementation.
//!
//! A case of a store is an asynchronous function named after its number; it panics when the contract is broken. A macro
//! for each port makes one test of each case. It takes a [`Place`]: where the store's data is, and how to open it.
//!
//! ```
//! # fn main() {}
//! # use gatepass_testkit::memory::MemoryStore;
//! gatepass_testkit::grant_store_contract!({
//!     let store = MemoryStore::new();
//!     move || { let store = store.clone(); async move { store } }
//! });
//! ```
//!
//! A blocking store is proved by the same cases, behind [`Lifted`].
//!
//! Cases read the store's own clock and never the process's, so that a store whose clock stands elsewhere passes. What
//! must have expired is kept for no time at all, or for a few tens of milliseconds that are polled on that clock.

mod blocking;
pub mod grant;
pub mod http;
pub mod pending;
mod run;
pub mod session;

use std::future::Future;

use async_trait::async_trait;

pub use blocking::Lifted;
pub use run::{Outcome, block_on, outcome};

/// Where the data of a store under test is. It starts empty.
#[async_trait]
pub trait Place: Send + Sync + 'static {
    /// The store.
    type Store: Send + Sync + 'static;

    /// Opens the store. Every call opens the same data, as another process would.
    async fn open(&self) -> Self::Store;
}

#[async_trait]
impl<F, O, S> Place for F
where
    F: Fn() -> O + Send + Sync + 'static,
    O: Future<Output = S> + Send,
    S: Send + Sync + 'static,
{
    type Store = S;

    async fn open(&self) -> S {
        self().await
    }
}
