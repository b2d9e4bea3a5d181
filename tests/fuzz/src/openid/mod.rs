//! The readers of OpenID Connect: tokens of all three kinds, key sets, metadata and the issuers that they are asked of.
//!
//! An input holds no keys and no signatures, since both are made anew for each run: words stand for them.

mod documents;
mod oracle;
mod tokens;
mod words;

pub use documents::{issuer, key_set, metadata};
pub use tokens::{id_token, logout_token, user_info};

/// Whether an input is one that its reader takes: the corpus has such ones, or it would show nothing.
#[must_use]
pub fn is_taken(reader: &str, bytes: &[u8]) -> bool {
    match reader {
        "id_token" => tokens::taken_id_token(bytes),
        "logout_token" => tokens::taken_logout_token(bytes),
        "user_info" => tokens::taken_user_info(bytes),
        "key_set" => documents::taken_key_set(bytes),
        "metadata" => documents::taken_metadata(bytes),
        "issuer" => documents::taken_issuer(bytes),
        _ => false,
    }
}
