//! The provider as an OpenID provider, seen by a client that knows HTTP and a JOSE library, and nothing of gatepass.

mod client;
mod control;
mod knobs;
mod listener;
mod login;
mod logout;
mod modules;

pub(crate) use client::{claims, head};
