//! The example programs and an authorization server that we did not write (`tests/peers/oidc-provider`).

mod itself;
mod login;
mod place;
mod renewal;
