//! Sealing: what stands in a store is encrypted, and bound to the place where it stands.
//!
//! Sealed bytes are `1 | key id (8) | nonce (12) | ciphertext and tag`, under AES-256-GCM-SIV: should a random nonce
//! ever come twice, that shows that two equal things were sealed and nothing else. The associated data name the
//! purpose, the row, the lineage and generation, and the key id, so that bytes that were moved do not open.

mod binding;
mod error;
mod key_file;
mod key_ring;

pub use binding::Binding;
pub use error::{KeyRingError, SealError};
pub use key_file::{KeyFileError, KeyFileFault};
pub use key_ring::KeyRing;
