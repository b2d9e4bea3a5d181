//! What handlers ask for: a session, a client that calls the provider's resources for the person, or the visitor to send
//! on.

mod account;
mod api;
mod asking;
mod calls;
mod ended;
mod identity;
mod session;
mod sessions;
mod token;
mod user_info;
mod visitor;

pub use account::Account;
pub use api::Api;
pub use calls::ApiError;
pub use identity::Identity;
pub use session::NotLoggedIn;
pub use sessions::{Sessions, SessionsError};
pub use token::AccessToken;
pub use visitor::{Refused, Visitor};
