//! What a protocol that stands on top of this crate shares with it. Not part of the interface.

pub use crate::ports::exchange_patiently;
pub use crate::wire::endpoint::endpoint;
pub use crate::wire::json::{Members, NotText, string};
