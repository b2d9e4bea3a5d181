//! The client modules of the OpenID Foundation's conformance suite as a table: the testkit's provider plays what the suite's
//! provider does in a module, and the example `webapp`, a process of its own, is the client.
//!
//! [`rows`] is the table, [`Row::play`] plays one of its rows: once as the module says, and, where the client has to refuse,
//! once more without the fault, so that nothing but the fault can be what was refused. A refusal is an error page of the
//! right cause, or the answer 400 to a logout token, and not one further request. [`judge`] holds every request that
//! the provider saw against what the suite's provider asserts of it.

#![expect(clippy::expect_used, reason = "what cannot be played fails by panicking")]

mod browser;
pub mod judge;
mod outcome;
mod plan;
mod report;
mod row;
mod rows;
mod stage;
mod story;
mod table;

pub use outcome::{End, Outcome};
pub use plan::Plan;
pub use report::Report;
pub use row::{Cast, Fault, Owes, Row};
pub use rows::rows;
pub use stage::{CLIENT_ID, CLIENT_SECRET};
pub use story::Story;
pub use table::{head, line};
