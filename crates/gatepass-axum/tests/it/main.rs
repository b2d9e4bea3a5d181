//! The browser's side over sockets: a real server on loopback, the testkit's provider, a browser that keeps cookies.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests say what they expect by panicking")]

mod again;
mod api;
mod backchannel;
mod callback;
mod connect;
mod form_post;
mod identity;
mod initiate;
mod landing;
mod login;
mod logout;
mod logout_at_provider;
mod lost;
mod own_sessions;
mod protect;
mod return_to;
mod room;
mod session;
mod sessions;
mod spellings;
mod start;
mod support;
mod users;
mod webapp;
mod webapp_openid;
mod wishes;
