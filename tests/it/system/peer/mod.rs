//! The example programs and an authorization server that we did not write (`tests/peers/oidc-provider`).

mod itself;
mod login;
mod openid;
mod place;
mod renewal;
