//! What every request is built from: the moment and fresh randomness.

use std::fmt;

use zeroize::Zeroizing;

use crate::Timestamp;
use crate::wire::digest;

/// Randomness for one act: 64 bytes that can be spent once.
///
/// It is neither `Clone` nor `Copy`, so that no value made from it is made twice.
pub struct Seed(Zeroizing<[u8; 64]>);

impl Seed {
    /// Takes 64 bytes from a cryptographically secure generator.
    #[must_use]
    pub fn new(bytes: [u8; 64]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Divides the seed into two halves of 32 bytes.
    #[must_use]
    pub fn split(self) -> [Zeroizing<[u8; 32]>; 2] {
        let mut halves = [Zeroizing::new([0; 32]), Zeroizing::new([0; 32])];
        halves[0].copy_from_slice(&self.0[..32]);
        halves[1].copy_from_slice(&self.0[32..]);
        halves
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

/// One attempt at one act: when it is made and the randomness that it may spend.
///
/// Every request takes a new one, and it cannot be cloned: a retry cannot repeat what the first attempt sent
/// (a `jti`, an `iat`).
#[derive(Debug)]
pub struct Attempt {
    now: Timestamp,
    seed: Seed,
}

impl Attempt {
    /// An attempt made at `now`.
    #[must_use]
    pub fn new(now: Timestamp, seed: Seed) -> Self {
        Self { now, seed }
    }

    /// When it is made.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// A value that nobody can guess, which has nothing in common with one drawn for another purpose.
    #[doc(hidden)]
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        digest(purpose, &*self.seed.0)
    }

    /// Takes it apart.
    #[must_use]
    pub fn into_parts(self) -> (Timestamp, Seed) {
        (self.now, self.seed)
    }
}
