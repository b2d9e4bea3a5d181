//! The requirements of OpenID Connect, row by row.
#![allow(clippy::unwrap_used, reason = "tests")]

mod arq;
mod bcl;
mod every_byte;
mod idt;
mod jwk;
mod jwt;
mod lazy;
mod met;
mod person;
mod rp;
mod support;
mod ui;
mod uin;
