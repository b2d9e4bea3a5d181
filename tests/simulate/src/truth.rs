//! What an observer knows who sees everything at once: the register, the provider, who holds what; and what he
//! judges at every write, every request and every answer.

mod calls;
mod rows;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use gatepass::ports::{GrantKey, Revision, Row};
use gatepass::renewal::Fingerprint;

use crate::plan::Plan;
use crate::provider::{Fate, Provider};
use crate::sim::{Life, millis};

pub use calls::{Call, CallId, Wish, calendar, reading};

/// What must never happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    /// A refresh token was presented outside the window after it was used.
    FamilyRevoked,
    /// We revoked tokens that a live row holds.
    OwnRevocation,
    /// A row says `Active` and its token is spent.
    SpentToken,
    /// A row of a family that was logged out serves again.
    Resurrection,
    /// A row of an older login replaced a newer one.
    OlderLogin,
    /// A row whose token is good was declared dead, or was removed.
    GoodGrantBuried,
    /// A token was served after a logout had returned.
    ServedAfterLogout,
    /// A token was served whose refresh token had not been stored.
    ServedBeforeCommit,
    /// A token was served that belongs to another grant or another slot.
    ServedForeign,
    /// A token was served that had ended before it was asked for.
    ServedExpired,
    /// A grant became suspect, and what became of its token could have been known.
    SuspectWithoutDoubt,
    /// A successor reached a process that lived on, and nobody keeps it.
    SuccessorLost,
    /// A token was renewed that was fresh and that nobody had refused.
    NeedlessRefresh,
    /// A caller was sent away though nothing went wrong.
    NeedlessRefusal,
    /// A caller waited too long, or for ever.
    Unanswered,
    /// An access token cost more than one read of the store.
    Reads,
    /// Long after the last fault a row is not settled, or a token of a logged-out family lives.
    Unsettled,
    /// `drain` gave up though nothing was away.
    NotDrained,
    /// The simulation does not come to its end.
    Livelock,
}

/// Who claimed a row, and when.
#[derive(Clone, Copy, Debug)]
struct Claim {
    life: Life,
    at: u64,
    /// It took so long to be written that its lease was shorter than it should be.
    late: bool,
}

/// A successor that reached a process.
#[derive(Clone, Copy, Debug)]
struct Delivered {
    life: Life,
    token: usize,
}

/// Numbers of one run.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Successors and new access tokens that the provider gave out.
    pub renewals: u64,
    pub longest_wait: u64,
    pub faults: BTreeMap<&'static str, u64>,
    /// How calls ended.
    pub answers: BTreeMap<&'static str, u64>,
    /// How rows turned.
    pub turns: BTreeMap<&'static str, u64>,
}

pub struct Truth {
    pub provider: Provider,
    pub keys: Vec<GrantKey>,
    rows: BTreeMap<GrantKey, (Revision, Row)>,
    revisions: i64,
    by_print: HashMap<Fingerprint, usize>,
    /// Families that were logged out.
    fenced: BTreeSet<usize>,
    /// Families that another login replaced.
    replaced: BTreeSet<usize>,
    /// Refresh tokens that stood in a row.
    committed: BTreeSet<usize>,
    claims: HashMap<[u8; 16], Claim>,
    /// How long a claim holds a row.
    lease: u64,
    dead: BTreeSet<Life>,
    /// When a replica last stood still, or its store failed it.
    hampered: BTreeMap<usize, u64>,
    /// Tokens that were presented and whose outcome nobody was told.
    doubtful: BTreeSet<usize>,
    delivered: Vec<Delivered>,
    calls: BTreeMap<CallId, Call>,
    last_call: CallId,
    /// For each grant: logouts and logins that have begun or ended.
    unrest: Vec<u64>,
    /// For each grant: until when a login or a logout may go on whose caller went away.
    unattended: Vec<u64>,
    /// Families whose login has returned.
    installed: BTreeSet<usize>,
    /// Families that must not be served any more, since a logout has returned.
    over: BTreeSet<usize>,
    /// How long each replica stood still, in all.
    pub stood_still: Vec<u64>,
    calm_plan: bool,
    /// Nothing goes wrong from here on.
    pub tail: bool,
    pub counts: Counts,
    pub wrong: Vec<(Wrong, u64, String)>,
}

impl Truth {
    pub fn new(plan: &Plan, keys: Vec<GrantKey>) -> Self {
        Self {
            provider: Provider::new(plan.kind, plan.reach, plan.grace, plan.lifetime),
            unrest: vec![0; keys.len()],
            unattended: vec![0; keys.len()],
            keys,
            rows: BTreeMap::new(),
            revisions: 0,
            by_print: HashMap::new(),
            fenced: BTreeSet::new(),
            replaced: BTreeSet::new(),
            committed: BTreeSet::new(),
            claims: HashMap::new(),
            lease: millis(plan.deadlines().lease),
            dead: BTreeSet::new(),
            hampered: BTreeMap::new(),
            doubtful: BTreeSet::new(),
            delivered: Vec::new(),
            calls: BTreeMap::new(),
            last_call: 0,
            installed: BTreeSet::new(),
            over: BTreeSet::new(),
            stood_still: vec![0; plan.replicas],
            calm_plan: plan.is_calm(),
            tail: false,
            counts: Counts::default(),
            wrong: Vec::new(),
        }
    }

    pub fn accuse(&mut self, now: u64, wrong: Wrong, why: impl fmt::Display) {
        self.wrong.push((wrong, now, why.to_string()));
    }

    pub fn grant_of(&self, key: &GrantKey) -> usize {
        self.keys.iter().position(|known| known == key).unwrap_or(usize::MAX)
    }

    fn is_calm(&self) -> bool {
        self.calm_plan || self.tail
    }

    pub fn fault(&mut self, name: &'static str) {
        *self.counts.faults.entry(name).or_default() += 1;
    }

    /// A new authorization of a grant, as the token endpoint answers it.
    pub fn authorize(&mut self, now: u64, grant: usize) -> String {
        let granted = self.provider.authorize(now, grant);
        self.body(granted)
    }

    fn body(&mut self, granted: crate::provider::Granted) -> String {
        let access = Provider::access_text(granted.access);
        let lifetime = self.provider.lifetime / 1000;
        let mut body =
            format!(r#"{{"access_token":"{access}","token_type":"Bearer","expires_in":{lifetime}"#);
        if let Some(token) = granted.refresh {
            let text = Provider::refresh_text(token);
            self.by_print.insert(Fingerprint::of(&text), token);
            body += &format!(r#","refresh_token":"{text}""#);
        }
        body + "}"
    }

    /// A refresh reaches the token endpoint. `Err` is `invalid_grant`.
    pub fn presented(&mut self, now: u64, text: &str, slot: &str) -> Option<(String, Option<usize>)> {
        let token = self.provider.refresh_of(text)?;
        let family = self.provider.family_of(token);
        let before = self.provider.families[family].fate;
        self.judge_need(now, family, slot);
        let granted = self.provider.present(now, token, slot);
        if self.provider.families[family].fate == Fate::Theft && before != Fate::Theft {
            self.accuse(now, Wrong::FamilyRevoked, format_args!("{text} was presented once more"));
        }
        let granted = granted?;
        self.counts.renewals += 1;
        let successor = granted.refresh.filter(|successor| *successor != token);
        let body = self.body(granted);
        Some((body, successor))
    }

    /// Where nothing goes wrong, each renewal has a reason.
    fn judge_need(&mut self, now: u64, family: usize, slot: &str) {
        if !self.calm_plan {
            return;
        }
        let newest = self.provider.access.iter().rfind(|known| known.family == family && known.slot == slot);
        let Some(newest) = newest.filter(|newest| !newest.refused) else { return };
        let life = newest.expires - newest.issued;
        // The lead, the most of the jitter, and how much earlier than we a client counts.
        let early = (life / 5).min(60_000) + (life / 10).min(30_000) + 2_000;
        if now + early < newest.expires {
            let why = format!("the token of slot {slot:?} was issued {} s ago", (now - newest.issued) / 1000);
            self.accuse(now, Wrong::NeedlessRefresh, why);
        }
    }

    /// A revocation reaches the provider.
    pub fn revoked(&mut self, now: u64, text: &str) {
        let refresh = self.provider.refresh_of(text).map(|token| self.provider.family_of(token));
        let access = self.provider.access_of(text).map(|token| self.provider.access[token].family);
        let Some(family) = refresh.or(access) else { return };
        let logout = self.fenced.contains(&family);
        let grant = self.provider.families[family].grant;
        let held = self.row_family(grant).filter(|held| self.provider.lives(*held));
        self.provider.revoke(text, if logout { Fate::Swept } else { Fate::Revoked });
        if let Some(held) = held.filter(|held| !self.provider.lives(*held))
            && !(logout && self.provider.families[held].fate == Fate::Swept)
        {
            self.accuse(
                now,
                Wrong::OwnRevocation,
                format_args!("{text} was revoked, and with it a live row"),
            );
        }
    }

    /// What a process heard of a refresh: a successor, an answer without one, or nothing that proves anything.
    pub fn heard(&mut self, life: Life, text: &str, successor: Option<usize>, proves: bool) {
        let Some(token) = self.provider.refresh_of(text) else { return };
        if !proves {
            self.doubtful.insert(token);
        }
        if let Some(token) = successor {
            self.delivered.push(Delivered { life, token });
        }
    }

    pub fn died(&mut self, life: Life) {
        self.dead.insert(life);
        self.calls.retain(|_, call| call.life != life);
    }

    /// A replica stands still, or the store fails it, so that it may miss its lease.
    pub fn hampered(&mut self, replica: usize, until: u64) {
        let last = self.hampered.entry(replica).or_default();
        *last = until.max(*last);
    }

    /// Judges what can be judged only when everything had its time.
    pub fn judge_end(&mut self, now: u64) {
        self.judge_calls(now);
        self.judge_rows(now);
        for Delivered { life, token } in std::mem::take(&mut self.delivered) {
            let family = self.provider.family_of(token);
            let grant = self.provider.families[family].grant;
            let kept = self.committed.contains(&token)
                || self.dead.contains(&life)
                || !self.provider.is_live(token)
                || self.row_family(grant) != Some(family)
                || self.row_token(grant).is_some_and(|held| self.provider.is_live(held));
            if !kept {
                let text = Provider::refresh_text(token);
                self.accuse(now, Wrong::SuccessorLost, format_args!("{text} reached {life}, which lives"));
            }
        }
    }
}

impl fmt::Debug for Truth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Truth").field("wrong", &self.wrong).finish_non_exhaustive()
    }
}
