//! The secrets beside the machine: the rows that were seen, what the answer brought, and what is to be installed.

use std::collections::VecDeque;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use gatepass_core::ports::{Continuation, GrantKey, Revision, Row};
use gatepass_core::renewal::{Found, Journal, Seen, Tokens, Which};
use gatepass_core::{
    DriveError, Provider, Refresh, Refreshed, Secret, Timestamp, TokenError, TokenKind, TokenSet,
};

use super::answer::Unjudged;
use super::{Answer, Hindrance, Unproven};
use crate::book::{Book, Known};
use crate::sealing::{Binding, SealError};
use crate::tokens::{GrantTokens, Slot};

/// More rows than this are not remembered: a machine names the one that it replaced, or the one that it found.
const MOST_ROWS: usize = 8;

pub(super) struct Vault {
    issued: Option<TokenSet>,
    answer: Answer,
    /// When the request left that the answer came to, on the store's clock.
    sent: Timestamp,
    /// The row that a swap replaces, as it was found or written.
    last: Option<Row>,
    /// It and those before it, sealed as they were.
    rows: VecDeque<Row>,
}

impl Vault {
    pub(super) fn new(issued: Option<TokenSet>) -> Self {
        let (answer, sent) = (Answer::default(), Timestamp::EPOCH);
        Self { issued, answer, sent, last: None, rows: VecDeque::new() }
    }

    pub(super) fn found(&mut self, row: Option<(Revision, Row)>) -> Found {
        let found = row.as_ref().map(|(revision, row)| (*revision, row.journal));
        self.last = row.map(|(_, row)| row);
        self.remember();
        found
    }

    pub(super) fn wrote(&mut self, _: Revision, row: Option<Row>) {
        self.last = row;
        self.remember();
    }

    fn remember(&mut self) {
        if let Some(row) = &self.last {
            self.rows.push_front(row.clone());
            self.rows.truncate(MOST_ROWS);
        }
    }

    pub(super) fn last_row(&self) -> Option<&Row> {
        self.last.as_ref()
    }

    pub(super) fn last(&self, book: &Book, key: &GrantKey) -> Result<GrantTokens, SealError> {
        book.open(key, self.last.as_ref().ok_or(SealError::Corrupt)?)
    }

    pub(super) fn sending(&mut self, sent: Timestamp) {
        self.sent = sent;
    }

    /// Judges an answer and keeps it. Nothing is asked or waited for between the answer and its being stored.
    pub(super) fn answered(
        &mut self,
        result: Result<Refreshed, DriveError<Refresh>>,
        known: &Known,
        book: &Book,
        key: &GrantKey,
    ) -> Seen {
        let (answer, seen) = Answer::of(result, |tokens| {
            // Who cannot be told whose grant it is lets nobody's tokens pass.
            let Ok(kept) = self.last(book, key) else { return Continuation::Refused(Arc::new(Unjudged)) };
            let login = kept.id_token;
            let judge = || known.source.judge(tokens, login.as_ref(), &*book.clock);
            // Whatever becomes of a judge, the successor is not lost with them.
            panic::catch_unwind(AssertUnwindSafe(judge))
                .unwrap_or_else(|_| Continuation::Refused(Arc::new(Unjudged)))
        });
        self.answer = answer;
        seen
    }

    pub(super) fn unproven(&self) -> Option<&Unproven> {
        self.answer.unproven.as_ref()
    }

    pub(super) fn refusal(&self) -> Option<&TokenError> {
        self.answer.refusal.as_ref()
    }

    pub(super) fn retry_after(&self) -> Option<Duration> {
        self.answer.retry_after
    }

    /// When the request left that brought the tokens to install, on our wall clock.
    pub(super) fn issued_at(&self) -> Timestamp {
        self.issued.as_ref().map_or(Timestamp::EPOCH, TokenSet::issued)
    }

    /// The row of a journal, with its tokens sealed under its lineage and generation.
    pub(super) fn seal(
        &self,
        book: &Book,
        key: &GrantKey,
        slot: &Slot,
        journal: Journal,
        tokens: Tokens,
        issued: impl FnOnce() -> Timestamp,
    ) -> Result<Row, SealError> {
        let kept = match tokens {
            Tokens::Keep => {
                let last = self.last.as_ref().ok_or(SealError::Corrupt)?;
                let before = &last.journal;
                if (before.lineage, before.generation) == (journal.lineage, journal.generation) {
                    return Ok(Row::new(journal, last.tokens.clone()));
                }
                match book.open(key, last) {
                    Ok(kept) => kept,
                    // A logout does not fail because a key was lost: what cannot be opened here cannot be there.
                    Err(why) => {
                        book.unreadable(key, why);
                        return Ok(Row::new(journal, last.tokens.clone()));
                    }
                }
            }
            Tokens::Answer => self.with_answer(book, key, slot),
            Tokens::Issued => GrantTokens::issued(self.issued.as_ref().ok_or(SealError::Corrupt)?, issued()),
            _ => self.last(book, key).map_or_else(|_| GrantTokens::empty(), GrantTokens::dropped),
        };
        let binding = Binding::grant(key, journal.lineage, journal.generation);
        let sealed = book.ring.seal(&binding, &kept.to_bytes(), &*book.entropy)?;
        Ok(Row::new(journal, sealed))
    }

    fn with_answer(&self, book: &Book, key: &GrantKey, slot: &Slot) -> GrantTokens {
        // A successor is kept whatever became of the rest of the row.
        let mut kept = self.last(book, key).unwrap_or_else(|why| {
            book.unreadable(key, why);
            GrantTokens::empty()
        });
        if let Some(successor) = &self.answer.successor {
            kept.refresh = Some(successor.clone());
        }
        if let Some(tokens) = &self.answer.tokens {
            kept.put(slot.clone(), tokens, self.sent);
        }
        kept
    }

    /// The tokens to revoke, the refresh token first.
    pub(super) fn which(
        &self,
        which: Which,
        provider: &Provider,
        book: &Book,
        key: &GrantKey,
    ) -> Result<VecDeque<(Secret, TokenKind)>, SealError> {
        let of = |tokens: &TokenSet| {
            let refresh = tokens.refresh_token().cloned().map(|token| (token, TokenKind::Refresh));
            refresh.into_iter().chain([(tokens.access_token().clone(), TokenKind::Access)]).collect()
        };
        Ok(match which {
            Which::Stored(lineage, generation) => {
                let named =
                    |row: &&Row| (row.journal.lineage, row.journal.generation) == (lineage, generation);
                let Some(row) = self.rows.iter().find(named) else { return Ok(VecDeque::new()) };
                let tokens = book.open(key, row)?;
                if let Some((from, to)) = tokens.home.moved(provider) {
                    book.hindered(key, &Hindrance::Moved { from, to });
                    return Ok(VecDeque::new());
                }
                let refresh = tokens.refresh.map(|token| (token, TokenKind::Refresh));
                let access = tokens.kept.into_iter().map(|kept| (kept.access, TokenKind::Access));
                refresh.into_iter().chain(access).collect()
            }
            Which::Issued => self.issued.as_ref().map(of).unwrap_or_default(),
            Which::Answer => {
                let refresh = self.answer.successor.clone().map(|token| (token, TokenKind::Refresh));
                let access = self.answer.tokens.as_ref().map(|tokens| tokens.access_token().clone());
                refresh.into_iter().chain(access.map(|token| (token, TokenKind::Access))).collect()
            }
            _ => VecDeque::new(),
        })
    }
}
