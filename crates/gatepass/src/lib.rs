//! OAuth 2.0 logins that last: the keeper of grants over `gatepass-core`, and what a program needs around it.
//!
//! A [`Client`] takes a person through a login. A [`Keeper`] keeps what came of it, for months: it hands out access
//! tokens, renews them so that no crash, race or lost answer presents a refresh token twice, and revokes them at the
//! end. Programs without an async runtime use [`blocking::Keeper`].
//!
//! ```
//! use std::sync::Arc;
//! use gatepass::ports::{GrantKey, Owner};
//! use gatepass::{Client, ClientAuth, Keeper, KeyRing, Provider, Scopes};
//! use gatepass::{Callback, drive, ports::Limits};
//! # use gatepass::Body;
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! # let server = gatepass_testkit::Provider::start();
//!
//! let provider = Provider::builder(&server.authorization_endpoint(), &server.token_endpoint())
//!     .resource(server.user_endpoint())
//!     .danger_allow_http_loopback() // for this example only
//!     .build()?;
//! let client = Client::new(provider, "cli", ClientAuth::None, "http://127.0.0.1:8080/callback")?;
//! let world = gatepass::world(Arc::new(gatepass_reqwest::Reqwest::new()?.danger_allow_http_loopback()));
//! let store = Arc::new(gatepass_testkit::memory::MemoryStore::new()); // or one of gatepass-sqlx
//! let keeper = Keeper::builder(store, KeyRing::generate()?, world.clone()).client("example", client.clone()).build()?;
//!
//! // A login: the person goes to `url`, and comes back with a query.
//! let (url, pending) = client.authorize(&Scopes::new("profile")?).start(world.attempt()?)?;
//! # let visit = http::Request::get(url.as_str()).body(Body::empty())?;
//! # let answer = world.http.send(visit, &Limits::DEFAULT).await?;
//! # let query = answer.headers()["location"].to_str()?.split_once('?').unwrap().1.to_owned();
//! let exchange = pending.receive(Callback::from_query(&query)?, world.clock.now())?;
//! let tokens = drive(exchange, &world, &Limits::DEFAULT).await?;
//!
//! // From here on it is the keeper's.
//! let grant = GrantKey::new("example", Owner::User("ada".into()));
//! keeper.install(&grant, tokens).await?;
//! let answer = keeper.api(&grant).get(&server.user_endpoint()).await?;
//! assert_eq!(answer.status(), 200);
//! keeper.logout(&grant).await?;
//! keeper.drain(std::time::Duration::from_secs(15)).await;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Signals
//!
//! The keeper tells what happens as values ([`Keeper::events`]), as log lines and spans of `tracing` (`renewal`,
//! `install`, `logout`, `sweep`, `undisturbed`, each with the field `provider`), and to the recorder of `metrics`, if
//! the program has one. None of them shows a secret.
//!
//! | counter or histogram | labels | what |
//! |---|---|---|
//! | `gatepass_renewals_total` | `provider`, `outcome` | renewals that ended |
//! | `gatepass_renewal_seconds` | `provider` | how long they took, waiting for another process included |
//! | `gatepass_flight_joiners_total` | `provider` | callers who found a renewal under way in their process |
//! | `gatepass_wait_seconds` | `provider` | how long callers waited for a token that was not there |
//! | `gatepass_takeovers_total` | `provider` | leases of holders who are gone |
//! | `gatepass_suspects_total` | `provider` | grants that became suspect |
//! | `gatepass_deaths_total` | `provider` | grants that the provider ended |
//! | `gatepass_persist_retries_total` | `provider` | writes that wait in memory for the store |
//! | `gatepass_revocations_total` | `provider`, `outcome` | tokens that the provider was told to revoke |
//! | `gatepass_unreadable_total` | `provider` | rows whose tokens did not open |
//! | `gatepass_moved_total` | `provider` | requests that were not made since the endpoints are at another origin now |

mod bearer;
mod book;
mod keep_error;
mod keeper;
mod sealing;
mod sync;
mod system;
mod tokens;
mod unavailable;
mod undertaking;

pub mod blocking;
pub mod loopback;

pub use gatepass_core::{
    Attempt, AuthRequest, BasicEncoding, Body, Callback, CallbackError, Claims, Client, ClientAuth,
    ConfigError, DriveError, Email, EmailTrust, ErrorCode, Exchange, Extra, IdToken, MalformedCallback,
    Monotonic, Pending, PendingSnapshot, PersonAt, Profile, Prompt, Protocol, Provider, ProviderBuilder,
    ProviderError, RedirectUri, Refresh, RefreshError, Refreshed, Remedy, ResumeError, Revocation,
    RevocationError, Roundtrip, ScopeError, Scopes, ScopesMissing, Secret, Seed, StartError, Step, Timestamp,
    TokenError, TokenKind, TokenSet, UnverifiedIdToken, UrlFault, WiderScope, World, drive, ports, renewal,
};

pub use bearer::{ApiError, Bearer, FreshBearer};
pub use keep_error::{KeepError, KeeperError};
pub use keeper::{Holding, Keeper, KeeperBuilder, Progress, Swept};
pub use sealing::{Binding, KeyFileError, KeyFileFault, KeyRing, KeyRingError, SealError};
pub use sync::{Events, News};
pub use system::{SystemClock, SystemEntropy};
#[cfg(feature = "tokio")]
pub use system::{TokioSpawn, TokioTimer, world};
pub use tokens::{AccessToken, Slot};
pub use unavailable::{LoginReason, Unavailable};
