//! How far a process was when it was killed, grant by grant: what it last said, what the row says, and what the provider
//! had seen of it.

use gatepass::ports::Row;
use gatepass::renewal::{Fingerprint, State};
use gatepass_testkit::Provider;

use crate::crew::{Note, Step};
use crate::replica::hex;

/// The windows in which a kill can fall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Moment {
    /// It held nothing. The journal: whatever others make of it.
    Idle,
    /// It was about to claim. The journal: `Active`.
    Unclaimed,
    /// The journal: `Refreshing`; the request had not left, or had not arrived.
    Unsent,
    /// `Refreshing`; the provider had the request and had not acted.
    Sent,
    /// `Refreshing`; the provider had acted and not answered.
    Acted,
    /// `Refreshing`; the answer was on its way or had come, and the successor was not written.
    Answered,
    /// `Active` again: the successor was written, but the process did not know yet.
    Committed,
    /// It was giving the claim back, or making the grant suspect.
    Settling,
}

impl Moment {
    pub(crate) const ALL: [(Self, &'static str); 8] = [
        (Self::Idle, "idle"),
        (Self::Unclaimed, "unclaimed"),
        (Self::Unsent, "unsent"),
        (Self::Sent, "sent"),
        (Self::Acted, "acted"),
        (Self::Answered, "answered"),
        (Self::Committed, "committed"),
        (Self::Settling, "settling"),
    ];

    /// Where a process was with a grant. The row and the provider's log are as they were found right after its death.
    pub(crate) fn of(note: &Note, row: Option<&Row>, number: u64, provider: &Provider) -> Self {
        let journal = row.map(|row| row.journal);
        let mine = journal.is_some_and(|journal| {
            journal.attempt.is_some_and(|attempt| hex(attempt.as_bytes()) == note.attempt)
                && journal.state == State::Refreshing
                && journal.generation == note.generation
        });
        match note.step {
            Step::Settling => Self::Settling,
            Step::Claiming if !mine => Self::Unclaimed,
            _ if !mine => Self::Committed,
            _ => Self::presented(note, number, provider),
        }
    }

    fn presented(note: &Note, number: u64, provider: &Provider) -> Self {
        let number = number.to_string();
        let of_it = provider.token_requests("refresh_token").into_iter().rev().find(|entry| {
            entry.request.query_value("replica").as_deref() == Some(&number)
                && entry
                    .request
                    .form_value("refresh_token")
                    .is_some_and(|token| hex(Fingerprint::of(&token).as_bytes()) == note.current)
        });
        match of_it {
            None => Self::Unsent,
            Some(entry) if !entry.processed => Self::Sent,
            Some(entry) if entry.status.is_none() => Self::Acted,
            Some(_) => Self::Answered,
        }
    }
}
