//! What a row means for somebody who wants an access token.

use std::sync::Arc;
use std::time::Duration;

use gatepass_core::ports::{GrantKey, Row};
use gatepass_core::renewal::{DeadReason, Ended, Freshness, Lineage, State, Verdict, refresh_from};
use gatepass_core::{Scopes, Timestamp};

use super::Book;
use crate::tokens::{AccessToken, GrantTokens, Slot};
use crate::unavailable::{LoginReason, Unavailable};
use crate::undertaking::{Undertaking, Unproven};

/// How a grant stands for one slot.
#[derive(Debug)]
pub(crate) enum Standing {
    /// Here it is, and for so long it need not be looked at again by a keeper that remembers.
    Serve(AccessToken, Duration),
    /// Here it is, and the tokens of this lineage and generation are worth renewing.
    ServeAndRenew(AccessToken, Lineage, u64),
    /// Wait until the tokens of this lineage and generation are renewed.
    Renew(Lineage, u64),
}

/// What follows from the end of a renewal.
#[derive(Debug)]
pub(crate) enum Conclusion {
    /// This is the answer.
    Answer(Result<AccessToken, Unavailable>),
    /// Other tokens were found or stored, which have ended as well: these are to be renewed.
    Again(Lineage, u64),
    /// The answer has to be judged by newer keys than those of this edition, and to be asked for again: the tokens of this
    /// lineage and generation are to be renewed once they are there.
    CatchUp { edition: u64, then: (Lineage, u64) },
}

impl Book {
    /// Judges a row as it was read at `now`, the store's clock. A token that the API `refused` counts as ended.
    pub(crate) fn look(
        &self,
        key: &GrantKey,
        row: Option<&Row>,
        now: Timestamp,
        slot: &Slot,
        refused: Option<&AccessToken>,
    ) -> Result<Standing, Unavailable> {
        let row = row.ok_or_else(|| LoginReason::Absent.unavailable())?;
        let journal = &row.journal;
        match journal.state {
            State::Revoking => return Err(LoginReason::LoggedOut.unavailable()),
            State::Dead(reason) => return Err(dead(reason).unavailable()),
            _ => {}
        }
        let tokens = self.open(key, row).map_err(|why| {
            self.unreadable(key, why);
            Unavailable::Unreadable(why)
        })?;
        if let Some(wanted) = slot.wanted() {
            granted(&tokens, &wanted)?;
        }
        let (lineage, generation) = (journal.lineage, journal.generation);
        let suspect = journal.state == State::Suspect;
        let renewable = !suspect && journal.current.is_some();
        let kept = tokens.slot(slot).filter(|kept| !refused.is_some_and(|token| token.is(&kept.access)));
        let jitter = kept.map(|kept| self.jitter(lineage, generation, kept.lifetime())).unwrap_or_default();
        let freshness =
            kept.map_or(Freshness::Expired, |kept| Freshness::of(kept.expires, kept.lifetime(), jitter, now));
        match (kept, freshness) {
            (Some(kept), Freshness::Fresh) => {
                let fresh_for = match kept.expires {
                    _ if suspect => Duration::ZERO,
                    Some(expires) => refresh_from(expires, kept.lifetime(), jitter).saturating_since(now),
                    None => Duration::MAX,
                };
                Ok(Standing::Serve(AccessToken::new(kept, lineage, generation, suspect), fresh_for))
            }
            (Some(kept), Freshness::Stale) => {
                let token = AccessToken::new(kept, lineage, generation, suspect);
                Ok(if renewable {
                    Standing::ServeAndRenew(token, lineage, generation)
                } else {
                    Standing::Serve(token, Duration::ZERO)
                })
            }
            _ if renewable => Ok(Standing::Renew(lineage, generation)),
            _ if suspect => Err(LoginReason::Suspect.unavailable()),
            _ => Err(LoginReason::NotRenewable.unavailable()),
        }
    }

    /// Judges the end of a renewal for those who wait for it.
    pub(crate) fn conclude(&self, undertaking: &Undertaking, verdict: Verdict) -> Conclusion {
        let answer = match verdict {
            Verdict::Renewed => match undertaking.renewed() {
                Ok((token, true)) => return Conclusion::Again(token.lineage(), token.generation()),
                Ok((token, false)) => Ok(token),
                Err(why) => Err(Unavailable::Unreadable(why)),
            },
            Verdict::Adopted => {
                let (row, now) = undertaking.found();
                match self.look(undertaking.key(), row, now, undertaking.slot(), None) {
                    Ok(Standing::Serve(token, _) | Standing::ServeAndRenew(token, ..)) => Ok(token),
                    Ok(Standing::Renew(lineage, generation)) => {
                        return Conclusion::Again(lineage, generation);
                    }
                    Err(why) => Err(why),
                }
            }
            Verdict::Unusable if undertaking.unproven().is_some() => match undertaking.unproven() {
                Some(Unproven::Refused(why)) => Err(Unavailable::IdTokenRefused(Arc::clone(why))),
                Some(Unproven::KeysMissing { edition }) => {
                    if let (Some(row), _) = undertaking.found() {
                        let then = (row.journal.lineage, row.journal.generation);
                        return Conclusion::CatchUp { edition: *edition, then };
                    }
                    Err(undertaking.later())
                }
                None => Err(undertaking.later()),
            },
            Verdict::Unusable | Verdict::Refused(_) => match undertaking.refusal() {
                Some(why) if verdict == Verdict::Unusable => Err(Unavailable::Unusable(why.clone())),
                Some(why) => Err(Unavailable::Refused(why.clone())),
                None => Err(Unavailable::Later { retry_after: None }),
            },
            Verdict::Suspect => Err(LoginReason::Suspect.unavailable()),
            Verdict::NothingToPresent => Err(LoginReason::NotRenewable.unavailable()),
            Verdict::Ended(ended) => Err(match ended {
                Ended::Absent => LoginReason::Absent,
                Ended::LoggedOut => LoginReason::LoggedOut,
                Ended::Dead(reason) => dead(reason),
                _ => LoginReason::LoggedOut,
            }
            .unavailable()),
            Verdict::StoreAway => Err(undertaking.store_unavailable()),
            _ => Err(undertaking.later()),
        };
        Conclusion::Answer(answer)
    }
}

fn dead(reason: DeadReason) -> LoginReason {
    match reason {
        DeadReason::Rejected => LoginReason::Rejected,
        _ => LoginReason::LoggedOut,
    }
}

fn granted(tokens: &GrantTokens, wanted: &Scopes) -> Result<(), Unavailable> {
    let missing = wanted.without(&tokens.granted);
    if missing.is_empty() { Ok(()) } else { Err(Unavailable::NotGranted { missing }) }
}
