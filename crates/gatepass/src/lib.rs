//! OAuth 2.0 logins that last: the keeper of grants over `gatepass-core`, and what a program needs around it.

mod sealing;
mod system;

pub mod loopback;

pub use gatepass_core::{
    Attempt, AuthRequest, BasicEncoding, Body, Callback, CallbackError, Client, ClientAuth, ConfigError,
    DriveError, ErrorCode, Exchange, Extra, MalformedCallback, Monotonic, Pending, PendingSnapshot, Profile,
    Protocol, Provider, ProviderBuilder, ProviderError, RedirectUri, Refresh, RefreshError, Refreshed,
    Remedy, ResumeError, Revocation, RevocationError, Roundtrip, ScopeError, Scopes, ScopesMissing, Secret,
    Seed, StartError, Step, Timestamp, TokenError, TokenKind, TokenSet, UnverifiedIdToken, UrlFault,
    WiderScope, World, drive, ports, renewal,
};

pub use sealing::{Binding, KeyFileError, KeyFileFault, KeyRing, KeyRingError, SealError};
pub use system::{SystemClock, SystemEntropy};
#[cfg(feature = "tokio")]
pub use system::{TokioSpawn, TokioTimer, world};
