//! Randomness as a port.

use std::fmt;

use crate::Seed;

/// A cryptographically secure random generator.
///
/// - ENT-1: every seed is independent of every other.
/// - ENT-2: a generator that cannot deliver says so; it never returns weaker bytes.
pub trait Entropy: Send + Sync + fmt::Debug {
    /// Draws 64 bytes.
    ///
    /// # Errors
    /// [`NoEntropy`] when the system's generator cannot deliver.
    fn seed(&self) -> Result<Seed, NoEntropy>;
}

/// The system's random generator did not deliver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NoEntropy;

impl NoEntropy {
    /// The error, for generators outside of this crate.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl fmt::Display for NoEntropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the random generator of the system does not deliver")
    }
}

impl std::error::Error for NoEntropy {}
