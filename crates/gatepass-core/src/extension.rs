//! What a protocol that stands on top of this crate shares with it. Not part of the interface.

pub use crate::ports::exchange_patiently;
pub use crate::wire::endpoint::endpoint;
pub use crate::wire::json::{Members, NotText, string};

/// The claims of a text that [`Members`] has read before: it is not read again.
#[must_use]
pub fn claims_of_read(json: String) -> crate::Claims {
    crate::Claims::of_read(json)
}

/// An ID token out of a place where only verified ones are kept.
#[must_use]
pub fn kept_id_token(token: crate::Secret) -> crate::IdToken {
    crate::IdToken::of_kept(token)
}
