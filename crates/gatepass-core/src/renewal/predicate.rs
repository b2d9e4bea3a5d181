//! Which write may replace which row: one table.
//!
//! A write is a swap on the revision of the row that was judged, so what is judged here is what is replaced. *Mine* is
//! the journal as the writer last wrote it (a holder) or read it (everybody else). A claim of an `Active` row, a logout
//! and a new login need nothing more than the revision: the first is for whoever comes, the others win.
//!
//! | write | state in the row | lease in the row | lineage | generation | attempt |
//! |---|---|---|---|---|---|
//! | take over | `Refreshing` | over | | | |
//! | doubt a stranger | `Refreshing` | over | | | |
//! | present again | `Refreshing` | | mine | mine | mine |
//! | commit | | | mine | mine | mine where a token may be presented again, else any |
//! | release | `Refreshing` | | mine | mine | mine |
//! | heal, the token was not used | `Suspect` | | mine | mine | mine |
//! | suspect | `Refreshing` | | mine | mine | mine |
//! | dead | `Refreshing` | | mine | mine | mine |
//! | follow a fence | `Revoking` | | the next after mine | | (the row still holds the token that was presented) |
//! | yield to a fence | `Revoking` | | the next after mine | | mine |
//! | sweep | `Revoking` | over, or none | | | |
//! | swept, put off | `Revoking` | | mine | mine | mine |
//! | purge | `Dead` | over | | | |

use super::{Journal, Policy, Rule, Rules, State};
use crate::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Write {
    TakeOver,
    Replay,
    Commit,
    Release,
    Heal,
    Suspect,
    Dead,
    Follow,
    Yield,
    Sweep,
    Swept,
    Purge,
}

impl Write {
    /// Whether this write may replace `row`. For the writes that look at the row alone, `mine` is the row.
    pub(super) fn may_replace(
        self,
        row: &Journal,
        mine: &Journal,
        now: Timestamp,
        policy: &Policy,
        rules: Rules,
    ) -> bool {
        let tokens = row.lineage == mine.lineage && row.generation == mine.generation;
        let attempt = row.attempt == mine.attempt;
        let over = row.lease_until.is_none_or(|until| until <= now);
        let refreshing = row.state == State::Refreshing;
        let fenced = row.state == State::Revoking && row.lineage == mine.lineage.next();
        match self {
            Self::TakeOver => refreshing && over,
            Self::Replay | Self::Suspect => refreshing && tokens && attempt,
            Self::Commit => {
                tokens && (attempt || !policy.is_replayed() || !rules.keep(Rule::LastPresenterCommits))
            }
            Self::Release => tokens && (refreshing && attempt || !rules.keep(Rule::ReleaseNeedsAttempt)),
            Self::Heal => row.state == State::Suspect && tokens && attempt,
            Self::Dead => refreshing && tokens && attempt || !rules.keep(Rule::DeathNeedsUnchangedRow),
            Self::Follow => fenced && row.current == mine.current,
            Self::Yield => fenced && attempt,
            Self::Sweep => row.state == State::Revoking && over,
            Self::Swept => row.state == State::Revoking && tokens && attempt,
            Self::Purge => matches!(row.state, State::Dead(_)) && row.lease_until.is_some() && over,
        }
    }
}
