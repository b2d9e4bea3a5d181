//! A whole login in a blocking program.

mod discovered_client;
mod relying_party;

pub use discovered_client::DiscoveredClient;
pub use relying_party::RelyingParty;
