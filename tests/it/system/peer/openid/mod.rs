//! The same two programs, told the server's issuer and nothing else of it: discovery, keys, ID tokens, user info.

mod keys;
mod login;
mod place;
mod renewal;
