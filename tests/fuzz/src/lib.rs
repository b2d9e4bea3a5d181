//! Everything that reads bytes from outside: one function each, for the corpus, for property tests and for a fuzzer.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a reader that misreads is shown by a panic")]

mod browser;
mod door;
pub mod openid;

#[path = "../../../crates/gatepass-core/tests/it/aut.rs"]
#[allow(dead_code, unused_imports, reason = "one function of it is used by the core's readers")]
mod aut;
#[path = "../../../crates/gatepass-core/tests/it/parsers.rs"]
#[allow(dead_code, reason = "its functions are reached by the list of them")]
mod parsers;
#[path = "../../../crates/gatepass-oidc/tests/it/support/mod.rs"]
#[allow(dead_code, reason = "the tests of gatepass-oidc use all of it")]
mod provider;
#[path = "../../../crates/gatepass-core/tests/it/support.rs"]
#[allow(dead_code, reason = "the core's tests use all of it")]
mod support;
#[path = "../../../crates/gatepass-core/tests/it/vectors.rs"]
#[allow(dead_code, reason = "the core's tests use all of it")]
mod vectors;

pub use door::Door;

/// Reads any bytes, and panics when what was read is not what it must be.
pub type Reader = fn(&[u8]);

/// The readers of the browser's side and of OpenID Connect, by the name of their folder in the corpus.
pub const OURS: [(&str, Reader); 10] = [
    ("return_to", browser::return_to),
    ("cookie_header", browser::cookie_header),
    ("callback_query", browser::callback_query),
    ("callback_form", browser::callback_form),
    ("id_token", openid::id_token),
    ("logout_token", openid::logout_token),
    ("user_info", openid::user_info),
    ("key_set", openid::key_set),
    ("metadata", openid::metadata),
    ("issuer", openid::issuer),
];

/// All readers, the core's among them.
pub fn all() -> impl Iterator<Item = (&'static str, Reader)> {
    OURS.into_iter().chain(parsers::ALL)
}

/// The names of all readers.
#[must_use]
pub fn names() -> Vec<&'static str> {
    all().map(|(name, _)| name).collect()
}

/// A reader by its name.
#[must_use]
pub fn named(name: &str) -> Option<Reader> {
    all().find(|(known, _)| *known == name).map(|(_, reader)| reader)
}
