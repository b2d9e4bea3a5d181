//! The provider as an OpenID provider: discovery, keys, ID tokens, user info, logout, and misbehaviour by module name.
//!
//! [`Builder::openid`](super::Builder::openid) switches it on. It signs with a library of others and knows nothing of how a
//! client verifies: keys are made when it starts and never leave it.

mod algorithm;
mod change;
mod control;
mod discovery;
mod drive;
mod encrypted;
mod end_session;
mod id_token;
mod initiate;
mod jwks;
mod jwt;
mod key;
mod key_ring;
mod knob;
mod logout;
mod misbehaviour;
mod module;
mod modules;
mod notice;
mod op;
mod person;
mod settings;
mod user_info;

pub use algorithm::Algorithm;
pub use change::Change;
pub use knob::{Knob, Place, Token};
pub use misbehaviour::Misbehaviour;
pub use module::{Module, Owes};
pub use notice::LogoutNotice;
pub use settings::OpenId;

pub(crate) use control::answer as control;
pub(crate) use op::Op;
pub(crate) use person::Login;
pub(crate) use {discovery::members, id_token::id_token, jwks::answer as jwks};
pub(crate) use {end_session::answer as end_session, initiate::answer as initiate_login};
pub(crate) use {notice::deliver, person::defaults, user_info::answer as user_info};

use std::time::{SystemTime, UNIX_EPOCH};

/// Whole seconds since 1970, as dates in tokens are.
pub(crate) fn seconds(at: SystemTime) -> i64 {
    at.duration_since(UNIX_EPOCH).ok().and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or(0)
}
