//! The system's random generator.

use gatepass_core::Seed;
use gatepass_core::ports::{Entropy, NoEntropy};
use rand::TryRng as _;
use rand::rngs::SysRng;
use zeroize::Zeroizing;

/// The operating system's own random generator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SystemEntropy;

impl SystemEntropy {
    /// The generator.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Entropy for SystemEntropy {
    fn seed(&self) -> Result<Seed, NoEntropy> {
        let mut bytes = Zeroizing::new([0; 64]);
        match SysRng.try_fill_bytes(bytes.as_mut_slice()) {
            Ok(()) => Ok(Seed::new(*bytes)),
            Err(_) => Err(NoEntropy::new()),
        }
    }
}
