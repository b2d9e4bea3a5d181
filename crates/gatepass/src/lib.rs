//! OAuth 2.0 logins that last: the keeper of grants over `gatepass-core`, and what a program needs around it.

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
    Attempt, AuthRequest, BasicEncoding, Body, Callback, CallbackError, Client, ClientAuth, ConfigError,
    DriveError, ErrorCode, Exchange, Extra, MalformedCallback, Monotonic, Pending, PendingSnapshot, Profile,
    Protocol, Provider, ProviderBuilder, ProviderError, RedirectUri, Refresh, RefreshError, Refreshed,
    Remedy, ResumeError, Revocation, RevocationError, Roundtrip, ScopeError, Scopes, ScopesMissing, Secret,
    Seed, StartError, Step, Timestamp, TokenError, TokenKind, TokenSet, UnverifiedIdToken, UrlFault,
    WiderScope, World, drive, ports, renewal,
};

pub use bearer::{ApiError, Bearer};
pub use keep_error::{KeepError, KeeperError};
pub use keeper::{Keeper, KeeperBuilder, Progress, Swept};
pub use sealing::{Binding, KeyFileError, KeyFileFault, KeyRing, KeyRingError, SealError};
pub use sync::{Events, News};
pub use system::{SystemClock, SystemEntropy};
#[cfg(feature = "tokio")]
pub use system::{TokioSpawn, TokioTimer, world};
pub use tokens::{AccessToken, Slot};
pub use unavailable::{LoginReason, Unavailable};
