//! The tokens of a grant: how they stand in memory, and how in the sealed part of a row.

mod access;
mod blob;
mod home;
mod set;
mod slot;

pub use access::AccessToken;
pub(crate) use home::Home;
pub(crate) use set::{GrantTokens, Kept};
pub use slot::Slot;
