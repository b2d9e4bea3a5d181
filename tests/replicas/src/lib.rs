//! Three processes on one store, with eight people's logins among them and thirty-two requests at each whenever the access
//! tokens end, while a seed decides who is killed, what is lost on the way, and when the store is away.
//!
//! [`run`] plays one provider on one store; [`Table`] prints what became of the logins. The processes are this
//! program once more ([`replica`]), so that they can be killed where no test can be.

mod crew;
mod death;
mod dice;
mod disturbance;
mod expiry;
mod fate;
mod numbers;
mod place;
mod proxy;
pub mod replica;
mod run;
mod table;

pub use disturbance::{Disturbance, Kind, Store};
pub use numbers::{CROWD, PROCESSES};
pub use run::{Outcome, Plan, run};
pub use table::{Table, Tally};
