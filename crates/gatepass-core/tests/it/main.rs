//! The flow, held against its requirements without a network.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod arq;
mod aut;
mod c_browser;
mod c_callback;
mod c_token;
mod canary;
mod cbk;
mod cfg;
mod corpus;
mod drive;
mod logins;
mod parsers;
mod person;
mod pkc;
mod properties;
mod public;
mod ref_;
mod renewal;
mod rev;
mod support;
mod ter;
mod trq;
mod trs;
mod ui;
mod vectors;
mod wish;
