//! The life of a grant: the rotation journal and the machine that moves it.
//!
//! A refresh token that rotates can be presented once. Two tasks, two replicas or a crash in the middle present it
//! twice, the provider takes that for theft, and the person is logged out. What keeps that from happening is a journal
//! in the grant's own row, written *before* the token leaves, and a [`Machine`] that says what to do next whatever
//! happened: one [`Event`] in, one [`Effect`] out. It holds fingerprints and times, never a token, so that all its
//! states can be explored; the driver keeps the tokens beside it.
//!
//! ```
//! use gatepass_core::Timestamp;
//! use gatepass_core::ports::Revision;
//! use gatepass_core::renewal::{
//!     AttemptId, Deadlines, Effect, Event, Fingerprint, Journal, Lineage, Machine, Policy, Rotation, Seen, State,
//!     Tokens, Verdict,
//! };
//!
//! let policy = Policy::new(Rotation::STRICT, Deadlines::DEFAULT)?;
//! let now = Timestamp::from_unix_seconds(1_000);
//! let (old, new) = (Fingerprint::of("the refresh token"), Fingerprint::of("its successor"));
//! let row = Journal::issued(Lineage::new(7), Some(old));
//!
//! // Somebody found the access token stale. First: is it still the newest?
//! let me = AttemptId::new([1; 16]);
//! let (machine, effect) = Machine::renew(policy, me, row.lineage, row.generation).step(Event::Begin, now);
//! assert_eq!(effect, Effect::Read);
//!
//! // It is. The intent is written before anything is sent.
//! let (machine, effect) = machine.step(Event::Read(Some((Revision::new(1), row))), now);
//! let Effect::Swap { expected: Some(_), next: Some(claimed), tokens: Tokens::Keep } = effect else { panic!() };
//! assert_eq!((claimed.state, claimed.attempt), (State::Refreshing, Some(me)));
//!
//! // The claim stands: the token may leave, but not later than this.
//! let (machine, effect) = machine.step(Event::Swapped(Revision::new(2)), now);
//! let Effect::Send { present, not_after } = effect else { panic!() };
//! assert_eq!((present, not_after), (old, Timestamp::from_unix_seconds(1_010)));
//!
//! // The successor is stored before anybody uses what came with it.
//! let seen = Seen::Answer { successor: Some(new), usable: true };
//! let (machine, effect) = machine.step(Event::Answered(seen), now);
//! let Effect::Swap { next: Some(renewed), tokens: Tokens::Answer, .. } = effect else { panic!() };
//! assert_eq!((renewed.state, renewed.generation, renewed.current), (State::Active, 2, Some(new)));
//!
//! let (_, effect) = machine.step(Event::Swapped(Revision::new(3)), now);
//! assert_eq!(effect, Effect::Done(Verdict::Renewed));
//! # Ok::<(), gatepass_core::renewal::DeadlineError>(())
//! ```
//!
#![doc = include_str!("states.md")]

mod commit;
mod effect;
mod event;
mod explore;
mod fence;
mod freshness;
mod happened;
mod install;
mod journal;
mod machine;
mod outcome;
mod policy;
mod predicate;
mod renew;
mod rules;
mod sweep;

pub use effect::{Effect, Ended, Tokens, Verdict, Waiting, Which};
pub use event::{Event, Found, Told};
pub use freshness::{Freshness, refresh_from};
pub use happened::Happened;
pub use journal::{AttemptId, DeadReason, Fingerprint, Journal, Lineage, State};
pub use machine::Machine;
pub use outcome::{Outcome, Refusal, Seen};
pub use policy::{DeadlineError, Deadlines, Grace, Policy, Reach, Replay, Rotation};
#[doc(hidden)]
pub use rules::{Rule, Rules};
