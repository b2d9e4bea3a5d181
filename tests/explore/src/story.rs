//! A counterexample as a story that a person can read.

use std::fmt;

use gatepass_core::renewal::{Effect, Event, Journal, Machine, Refusal, Seen, State};

use crate::numbers::{LEASE, token};
use crate::provider::Token;
use crate::world::{Letter, Role};

/// One thing that happened.
#[derive(Clone, Copy, Debug)]
pub struct Label {
    pub who: Option<(Role, usize)>,
    pub what: What,
    pub fault: bool,
    pub heard: Option<Heard>,
}

/// What a machine was told, and what it then wanted.
#[derive(Clone, Copy, Debug)]
pub struct Heard {
    pub before: Machine,
    pub event: Event,
    pub effect: Effect,
}

#[derive(Clone, Copy, Debug)]
pub enum What {
    Begins,
    LogsIn,
    Reads(Option<Journal>),
    ReadFails,
    Writes(Option<Journal>),
    Moved(Option<Journal>),
    ReplyLost(Option<Option<Journal>>),
    WriteFails,
    WriteDelayed,
    LateWrite(Option<Journal>),
    WriteVanishes,
    GuardPassed,
    Sends(Token),
    NoConnection,
    Freezes,
    TokenServed(Token, Seen),
    ReplyVanishes(Token, Seen),
    Lost,
    Resets,
    Slow,
    Strays(Token),
    Declined,
    Flawed(Token, Seen),
    Gateway(Token, Seen),
    Hears(Seen),
    Revokes(Token),
    RevocationLost(Token),
    Looks,
    Crashes,
    Pauses,
    Arrives(Letter),
    Perishes(Letter),
    Tick,
    ClockJumps,
    Withdrawn,
    Restored,
    ClockBack,
}

struct Row(Option<Journal>);

/// A state of the row in a word, as the table of transitions names it.
pub fn state(row: Option<Journal>) -> &'static str {
    match row.map(|row| row.state) {
        None => "no row",
        Some(State::Active) => "Active",
        Some(State::Refreshing) => "Refreshing",
        Some(State::Suspect) => "Suspect",
        Some(State::Revoking) => "Revoking",
        Some(_) => "Dead",
    }
}

/// A role in a word, as the table of transitions names it.
pub fn writer(role: Role) -> &'static str {
    match role {
        Role::Replica => "renewal",
        Role::Logout => "logout",
        Role::Login => "login",
        Role::Sweeper => "sweep",
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(row) = self.0 else { return f.write_str("no row") };
        let token = row.current.map_or(0, token);
        let state = match row.state {
            State::Active => "active",
            State::Refreshing => "refreshing",
            State::Suspect => "suspect",
            State::Revoking => "revoking",
            _ => "dead",
        };
        write!(f, "{state}, r{token}, lineage {}, generation {}", row.lineage.number(), row.generation)
    }
}

struct Reply(Seen);

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Seen::Answer { successor: Some(successor), usable: true } => {
                write!(f, "the successor r{}", token(successor))
            }
            Seen::Answer { successor: Some(successor), .. } => {
                write!(f, "the successor r{} in an answer that must be refused", token(successor))
            }
            Seen::Answer { .. } => f.write_str("an access token and no successor"),
            Seen::Refused(Refusal::InvalidGrant) => f.write_str("invalid_grant"),
            Seen::Refused(_) => f.write_str("an oauth error about the request"),
            Seen::Unavailable => f.write_str("503"),
            Seen::NotSent => f.write_str("that nothing was sent"),
            _ => f.write_str("no answer"),
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.fault {
            f.write_str("! ")?;
        }
        match self.who {
            Some((Role::Replica, index)) => write!(f, "replica {}", char::from(b'A' + index as u8))?,
            Some((Role::Logout, _)) => f.write_str("the logout")?,
            Some((Role::Login, _)) => f.write_str("the login")?,
            Some((Role::Sweeper, _)) => f.write_str("the sweeper")?,
            None => {}
        }
        let letter = |letter| match letter {
            Letter::Refresh(token) => format!("a refresh with r{token}"),
            Letter::Revoke { token, .. } => format!("a revocation of r{token}"),
        };
        match self.what {
            What::Begins => f.write_str(" begins"),
            What::LogsIn => f.write_str(" gets new tokens from the provider"),
            What::Reads(row) => write!(f, " reads: {}", Row(row)),
            What::ReadFails => f.write_str(" cannot read the row"),
            What::Writes(row) => write!(f, " writes: {}", Row(row)),
            What::Moved(row) => write!(f, "'s write is refused, there is: {}", Row(row)),
            What::ReplyLost(Some(row)) => write!(f, " writes: {}; the reply is lost", Row(row)),
            What::ReplyLost(None) => f.write_str("'s write is refused, the reply is lost"),
            What::WriteFails => f.write_str("'s write is lost"),
            What::WriteDelayed => f.write_str("'s write hangs in the store, no reply"),
            What::LateWrite(row) => write!(f, "the write that hung is applied: {}", Row(row)),
            What::WriteVanishes => f.write_str("the write that hung is dropped"),
            What::GuardPassed => f.write_str(" does not send: the guard has passed"),
            What::Sends(token) => write!(f, " sends r{token}"),
            What::NoConnection => f.write_str(" gets no connection"),
            What::Freezes => f.write_str(" passes the guard and freezes before the first byte"),
            What::TokenServed(token, seen) => write!(f, "'s r{token} reaches the provider: {}", Reply(seen)),
            What::ReplyVanishes(token, seen) => {
                write!(f, "'s r{token} reaches the provider: {}, but the answer is lost", Reply(seen))
            }
            What::Lost => f.write_str("'s request is lost"),
            What::Resets => f.write_str("'s connection breaks while the request travels"),
            What::Slow => f.write_str("'s request is slow"),
            What::Strays(token) => write!(f, " gives up on its request; r{token} is still on its way"),
            What::Declined => f.write_str(" is told that its request was wrong"),
            What::Flawed(token, seen) => write!(f, "'s r{token} reaches the provider: {}", Reply(seen)),
            What::Gateway(token, seen) => {
                write!(f, "'s r{token} reaches the provider: {}, but the gateway says 503", Reply(seen))
            }
            What::Hears(seen) => write!(f, " hears {}", Reply(seen)),
            What::Revokes(token) => write!(f, " revokes r{token}"),
            What::RevocationLost(token) => write!(f, "'s revocation of r{token} is lost"),
            What::Looks => f.write_str(" looks again"),
            What::Crashes => f.write_str(" is killed"),
            What::Pauses => f.write_str(" is paused"),
            What::Arrives(of) => write!(f, "{} arrives late", letter(of)),
            What::Perishes(of) => write!(f, "{} never arrives", letter(of)),
            What::Tick => f.write_str("a second passes"),
            What::ClockJumps => write!(f, "the store's clock jumps forward by {LEASE} s"),
            What::Withdrawn => f.write_str("the person withdraws the access at the provider"),
            What::Restored => f.write_str("the database is restored from a backup"),
            What::ClockBack => f.write_str("the store's clock is set back"),
        }
    }
}
