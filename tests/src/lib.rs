//! The whole system, seen from outside. The code in the README and in docs/ is compiled and run from here.

#[doc = include_str!("../../README.md")]
pub mod readme {}

#[doc = include_str!("../../docs/guide.md")]
pub mod guide {}

#[doc = include_str!("../../docs/operations.md")]
pub mod operations {}

pub mod built;
pub mod peer;
pub mod port;
pub mod process;
