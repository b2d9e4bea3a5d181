//! The requirements of OpenID Connect, row by row.
#![allow(clippy::unwrap_used, reason = "tests")]

mod idt;
mod support;
