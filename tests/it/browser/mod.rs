//! The web application in a real browser: headless Chromium, as people and as attackers use it.
//!
//! The application is `localhost` and the provider `127.0.0.1`, so that they are two sites to the browser, as they are
//! in the world. Chromium and chromedriver may be missing on a laptop: the tests are then skipped by name, and with
//! `GATEPASS_CI=1` they fail. No other browser is tried.

#![expect(clippy::print_stdout, reason = "says which tests are skipped, for whoever runs them")]

mod accounts;
mod choice;
mod cross_site;
mod driver;
mod form_post;
mod gallery;
mod habits;
mod keyboard;
mod login;
mod openid;
mod page;
mod peer;
mod person;
mod place;
mod session;
mod tls;
mod users;
