//! What the outside must provide. The traits here have no default methods, and each of their contracts is numbered;
//! `gatepass-testkit` holds one case a number, to be run over every implementation.

mod client_source;
mod clock;
mod destination;
mod entropy;
mod flow;
mod http;
mod public;
mod spawn;
mod store;
mod wish;

pub mod blocking;

pub use client_source::{ClientSource, Continuation, NoClient, Registered};
pub use clock::{Clock, Guard};
pub use destination::Destination;
pub use entropy::{Entropy, NoEntropy};
#[doc(hidden)]
pub use flow::exchange_patiently;
pub use flow::{BeginError, Begun, FinishError, Finished, Flow, LoggedOut, LogoutRefused, NoUserInfo};
pub use http::{HttpClient, HttpError, HttpErrorKind, Limits, Processed};
pub use public::is_public;
pub use spawn::{BoxFuture, Spawn, Timer};
pub use store::grant::{GrantKey, GrantStore, Owner, Reading, Revision, Row, Swap};
pub use store::pending::{Claim, Hash32, Parking, PendingKey, PendingStore, Room};
pub use store::session::{Found, SessionId, SessionRow, SessionStore, Subject};
pub use store::{Sealed, StoreError, StoreErrorKind};
pub use wish::Wish;
