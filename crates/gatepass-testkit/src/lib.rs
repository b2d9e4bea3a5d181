//! What tests of login clients need: an OAuth 2.0 and OpenID Connect provider that runs in process on loopback.
//!
//! Start at [`Provider`]; [`provider::openid`] has what it does as an OpenID provider, and how it misbehaves. The program
//! `gatepass-provider` is the same provider as a process.

pub mod contract;
pub mod memory;
pub mod postgres;
pub mod provider;

pub use provider::Provider;
