//! SHA-256, with a purpose so that a digest made for one thing is none for another.

use sha2::{Digest, Sha256};

pub(crate) fn digest(purpose: &str, value: &[u8]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update((purpose.len() as u64).to_be_bytes());
    hasher.update(purpose.as_bytes());
    hasher.update(value);
    hasher.finalize().into()
}
