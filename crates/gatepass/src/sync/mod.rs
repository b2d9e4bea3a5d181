//! What tasks and threads tell one another: the same parts for both, without a runtime.

mod board;
mod events;
mod flights;
mod primitives;
mod tasks;

pub(crate) use board::{Posting, Seat};
pub(crate) use events::Newsroom;
pub use events::{Events, News};
pub(crate) use flights::{Boarding, Flight, Flights};
pub(crate) use tasks::Tasks;
