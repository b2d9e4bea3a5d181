//! The example programs as processes, against a provider that knows every secret it ever gave away.

#![expect(clippy::print_stdout, reason = "numbers, and what processes said, for whoever runs the tests")]

mod browser;
mod built;
mod canary;
mod command_line;
mod crowd;
mod flood;
mod handover;
mod kept;
mod killed;
mod line;
mod peer;
pub(crate) mod process;
mod replicas;
mod rows;
mod secrets;
pub(crate) mod site;
