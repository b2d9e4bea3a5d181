//! What the tests share: a browser, an application, and a person who walks half of a login.

mod app;
mod browser;
mod clock;
mod op;
pub(crate) mod process;
pub(crate) mod raw;
mod walk;

pub(crate) use app::{App, Parts, scopes};
pub(crate) use browser::{Browser, NAVIGATE, Page};
pub(crate) use clock::MovedClock;
pub(crate) use op::{Network, Op, unique};
pub(crate) use walk::{callback_url, with_parameter, without_parameter};
