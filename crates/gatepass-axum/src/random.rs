//! Random values drawn from the world.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatepass::World;
use zeroize::Zeroizing;

/// Two independent random values; `None`: the system's generator does not deliver.
pub(crate) fn draw(world: &World) -> Option<[Zeroizing<[u8; 32]>; 2]> {
    world.entropy.seed().ok().map(gatepass::Seed::split)
}

/// A name of 128 random bits.
pub(crate) fn name(random: &[u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(&random[..16])
}
