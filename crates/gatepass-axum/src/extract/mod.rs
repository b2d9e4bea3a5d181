//! What handlers ask for: a session, or a client that calls the provider's resources for the person.

mod api;
mod asking;
mod session;

pub use api::{Api, ApiError};
pub use session::NotLoggedIn;
