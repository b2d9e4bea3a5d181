//! The same two programs, told the server's issuer and nothing else of it: discovery, keys, ID tokens, user info, logout.

mod keys;
mod login;
mod logout;
mod place;
mod renewal;
