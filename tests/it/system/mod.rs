//! The example programs as processes, against a provider that knows every secret it ever gave away.

#![expect(clippy::print_stdout, reason = "numbers, and what processes said, for whoever runs the tests")]

mod browser;
mod canary;
mod command_line;
mod crowd;
mod flood;
mod handover;
mod kept;
mod killed;
mod line;
mod peer;
mod replicas;
mod rows;
mod secrets;
pub(crate) mod site;

use gatepass_tests::built;
pub(crate) use gatepass_tests::process;
