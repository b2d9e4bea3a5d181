//! The OAuth 2.0 Authorization Code client as a sans-IO state machine, and the ports it needs.
//!
//! Nothing here reads a clock, draws randomness or opens a socket. A state is a struct, a transition consumes it, and
//! what must not happen does not compile:
//!
//! ```text
//! Client ──authorize──▶ AuthRequest ──start──▶ (Url, Pending) ──receive(Callback)──▶ Exchange ──drive──▶ TokenSet
//!                                                 │    ▲                                                   │  ▲
//!                                               park  resume                                     into_refresh │
//!                                                 ▼    │                                                   ▼  │
//!                                            PendingSnapshot                               Refresh ──drive──▶ Refreshed
//! ```
//!
//! One login, walked by hand; `drive` does the same over a network:
//!
//! ```
//! use gatepass_core::{Attempt, Body, Callback, Client, ClientAuth, Provider, Roundtrip, Scopes, Seed, Step, Timestamp};
//!
//! let provider = Provider::builder("https://as.example/authorize", "https://as.example/token").build()?;
//! let client = Client::new(provider, "my-app", ClientAuth::None, "https://app.example/callback")?;
//! let now = Timestamp::from_unix_seconds(1_800_000_000);
//!
//! // Send the person to the provider; 64 random bytes make `state` and the PKCE verifier.
//! let (url, pending) = client.authorize(&Scopes::new("profile")?).start(Attempt::new(now, Seed::new([7; 64])))?;
//! let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
//!
//! // They come back.
//! let exchange = pending.receive(Callback::from_query(&format!("code=abc&state={state}"))?, now)?;
//!
//! // Ask the token endpoint, and judge its answer.
//! let (request, sent) = exchange.request(Attempt::new(now, Seed::new([8; 64])))?;
//! assert_eq!(request.uri(), "https://as.example/token");
//! let answer = http::Response::builder().header("content-type", "application/json");
//! let answer = answer.body(Body::from(r#"{"access_token":"at","token_type":"Bearer","expires_in":60}"#.to_owned()))?;
//! let Step::Done(tokens) = gatepass_core::Exchange::response(sent, answer, now)? else { unreachable!() };
//! assert_eq!(tokens.expires(), Some(Timestamp::from_unix_seconds(1_800_000_060)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod attempt;
mod auth_request;
mod body;
mod callback;
mod claims;
mod client;
mod client_auth;
mod config_error;
mod drive;
mod error;
mod exchange;
mod pending;
mod person_at;
mod pkce;
mod profile;
mod prompt;
mod provider;
mod redirect_uri;
mod refresh;
mod revocation;
mod roundtrip;
mod scope;
mod secret;
mod timestamp;
mod token_error;
mod token_set;
mod wire;

#[doc(hidden)]
pub mod extension;
pub mod ports;
pub mod renewal;

pub use attempt::{Attempt, Seed};
pub use auth_request::{AuthRequest, StartError};
pub use body::Body;
pub use callback::{Callback, CallbackError, MalformedCallback};
pub use claims::{Claims, Email, EmailTrust};
pub use client::Client;
pub use client_auth::ClientAuth;
pub use config_error::ConfigError;
pub use drive::{DriveError, World, blocking, drive};
pub use error::{ErrorCode, ProviderError, Remedy, UrlFault};
pub use exchange::{Exchange, ExchangeSent};
pub use pending::{Pending, PendingSnapshot, Protocol, ResumeError};
pub use person_at::PersonAt;
pub use profile::{BasicEncoding, Profile};
pub use prompt::Prompt;
pub use provider::{Provider, ProviderBuilder};
pub use redirect_uri::RedirectUri;
pub use refresh::{Refresh, RefreshError, RefreshSent, Refreshed, WiderScope};
pub use revocation::{Revocation, RevocationError, RevocationSent, TokenKind};
pub use roundtrip::{Roundtrip, Step};
pub use scope::{ScopeError, Scopes};
pub use secret::Secret;
pub use timestamp::{Monotonic, Timestamp};
pub use token_error::TokenError;
pub use token_set::{Extra, IdToken, ScopesMissing, TokenSet, UnverifiedIdToken};
