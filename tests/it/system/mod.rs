//! The example programs as processes, against a provider that knows every secret it ever gave away.

mod browser;
mod built;
mod canary;
mod process;
mod secrets;
mod site;
