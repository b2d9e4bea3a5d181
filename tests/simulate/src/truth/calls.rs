//! The calls of those who use a keeper, and what every answer is judged by.

use std::fmt;

use gatepass::{AccessToken, KeepError, LoginReason, Slot, Unavailable};

use super::{Truth, Wrong};
use crate::provider::Provider;
use crate::sim::Life;

pub type CallId = u64;

/// What somebody wants of a keeper.
#[derive(Clone, Debug)]
pub enum Wish {
    Token {
        grant: usize,
        slot: Slot,
    },
    /// The API refused the token that was served last.
    Another {
        grant: usize,
        refused: AccessToken,
    },
    Logout {
        grant: usize,
    },
    LogIn {
        grant: usize,
    },
}

#[derive(Clone, Debug)]
pub struct Call {
    pub life: Life,
    pub began: u64,
    wish: Wish,
    /// Nobody can be sent away: nothing goes wrong and the grant is good.
    sure: bool,
    unrest: u64,
    /// The families that a logout must end: those whose login had returned before it began.
    installed: Vec<usize>,
    /// Those that must not be served, since a logout had returned.
    over: Vec<usize>,
    /// The family that a login brought.
    family: Option<usize>,
}

impl Wish {
    pub fn grant(&self) -> usize {
        match self {
            Self::Token { grant, .. }
            | Self::Another { grant, .. }
            | Self::Logout { grant }
            | Self::LogIn { grant } => *grant,
        }
    }
}

impl Call {
    fn turns(&self) -> bool {
        matches!(self.wish, Wish::Logout { .. } | Wish::LogIn { .. })
    }
}

impl fmt::Display for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token { grant, slot } => write!(f, "wants a token of grant {grant}, slot {:?}", name(slot)),
            Self::Another { grant, refused } => {
                write!(f, "says that the API refused {} of grant {grant}", refused.secret().expose())
            }
            Self::Logout { grant } => write!(f, "logs grant {grant} out"),
            Self::LogIn { grant } => write!(f, "logs grant {grant} in"),
        }
    }
}

/// A caller is answered within this time, if its replica does not stand still.
const PATIENCE: u64 = 240_000;

/// The slot as the provider sees it.
pub fn name(slot: &Slot) -> &'static str {
    match slot {
        slot if *slot == calendar() => "https://api.example/calendar|",
        slot if *slot == reading() => "|read",
        _ => "",
    }
}

pub fn calendar() -> Slot {
    Slot::new().resource("https://api.example/calendar")
}

pub fn reading() -> Slot {
    Slot::new().scopes(&gatepass::Scopes::new("read").unwrap())
}

impl Truth {
    pub fn begins(&mut self, now: u64, life: Life, wish: &Wish) -> CallId {
        self.last_call += 1;
        let grant = wish.grant();
        if matches!(wish, Wish::Logout { .. } | Wish::LogIn { .. }) {
            self.unrest[grant] += 1;
        }
        if let Wish::Another { refused, .. } = wish
            && let Some(token) = self.provider.access_of(refused.secret().expose())
        {
            self.provider.access[token].refused = true;
        }
        let families = |all: &std::collections::BTreeSet<usize>| {
            all.iter().filter(|family| self.provider.families[**family].grant == grant).copied().collect()
        };
        let call = Call {
            life,
            began: now,
            wish: wish.clone(),
            sure: self.is_calm() && self.is_good(grant) && !self.is_turning(now, grant),
            unrest: self.unrest[grant],
            installed: families(&self.installed),
            over: families(&self.over),
            family: None,
        };
        self.calls.insert(self.last_call, call);
        self.last_call
    }

    /// A login has its tokens.
    pub fn issued(&mut self, id: CallId, refresh: &str) {
        let family = self.provider.refresh_of(refresh).map(|token| self.provider.family_of(token));
        if let Some(call) = self.calls.get_mut(&id) {
            call.family = family;
        }
    }

    /// The caller went away; a login or a logout goes on without.
    pub fn gone(&mut self, now: u64, id: CallId) {
        let Some(call) = self.calls.remove(&id) else { return };
        if call.turns() {
            self.unattended[call.wish.grant()] = now + PATIENCE;
        }
    }

    /// Whether a login or a logout is under way.
    fn is_turning(&self, now: u64, grant: usize) -> bool {
        now < self.unattended[grant]
            || self.calls.values().any(|call| call.wish.grant() == grant && call.turns())
    }

    pub fn served(
        &mut self,
        now: u64,
        id: CallId,
        answer: &Result<AccessToken, Unavailable>,
        reads: u64,
    ) -> &'static str {
        let Some(call) = self.calls.remove(&id) else { return "nobody listens" };
        self.waited(now, &call);
        let told = match answer {
            Ok(token) => {
                self.judge_served(now, &call, token);
                "a token"
            }
            Err(why) => unavailable(why),
        };
        *self.counts.answers.entry(told).or_default() += 1;
        if matches!(call.wish, Wish::Token { .. }) && reads > 1 {
            self.accuse(now, Wrong::Reads, format_args!("call {id} read the store {reads} times"));
        }
        if call.sure && answer.is_err() && call.unrest == self.unrest[call.wish.grant()] {
            self.accuse(now, Wrong::NeedlessRefusal, format_args!("call {id} was told: {told}"));
        }
        told
    }

    fn judge_served(&mut self, now: u64, call: &Call, token: &AccessToken) {
        let text = token.secret().expose();
        let Some(access) = self.provider.access_of(text).map(|at| self.provider.access[at].clone()) else {
            return self.accuse(now, Wrong::ServedForeign, "a token that the provider never issued");
        };
        let slot = match &call.wish {
            Wish::Token { slot, .. } => name(slot),
            Wish::Another { refused, .. } => name(refused.slot()),
            _ => "",
        };
        let owner = self.provider.families[access.family].grant;
        if owner != call.wish.grant() || access.slot != slot {
            let why = format!("{text} of grant {owner}, slot {:?} for slot {slot:?}", access.slot);
            self.accuse(now, Wrong::ServedForeign, why);
        }
        if call.over.contains(&access.family) {
            let why = format!("{text}, asked for at {} ms, after the logout", call.began);
            self.accuse(now, Wrong::ServedAfterLogout, why);
        }
        if !self.committed.contains(&access.beside) {
            let beside = Provider::refresh_text(access.beside);
            let why = format!("{text} was handed out, and {beside} stands in no row");
            self.accuse(now, Wrong::ServedBeforeCommit, why);
        }
        if access.expires < call.began {
            self.accuse(now, Wrong::ServedExpired, format_args!("{text} ended at {} ms", access.expires));
        }
    }

    /// A login or a logout is over.
    pub fn settled(&mut self, now: u64, id: CallId, answer: &Result<(), KeepError>) -> &'static str {
        let Some(call) = self.calls.remove(&id) else { return "nobody listens" };
        self.waited(now, &call);
        self.unrest[call.wish.grant()] += 1;
        let told = match (answer, &call.wish) {
            (Ok(()), Wish::Logout { .. }) => {
                self.over.extend(&call.installed);
                "logged out"
            }
            (Ok(()), _) => {
                self.installed.extend(call.family);
                "logged in"
            }
            (Err(KeepError::StoreUnavailable(_)), _) => "store away, owed",
            (Err(KeepError::Overtaken), _) => "overtaken",
            (Err(KeepError::LoggedOut), _) => "logged out meanwhile",
            (Err(_), _) => "lost",
        };
        *self.counts.answers.entry(told).or_default() += 1;
        if self.is_calm() && matches!(told, "lost" | "store away, owed") {
            self.accuse(now, Wrong::NeedlessRefusal, format_args!("call {id} was told: {told}"));
        }
        told
    }

    fn waited(&mut self, now: u64, call: &Call) {
        let stood = self.stood_still.get(call.life.replica).copied().unwrap_or(0);
        let waited = (now - call.began).saturating_sub(stood);
        self.counts.longest_wait = self.counts.longest_wait.max(waited);
        if waited > PATIENCE {
            let why = format!("{} and waited for {} s", call.wish, waited / 1000);
            self.accuse(now, Wrong::Unanswered, why);
        }
    }

    pub(super) fn judge_calls(&mut self, now: u64) {
        for (id, call) in std::mem::take(&mut self.calls) {
            if now - call.began > PATIENCE {
                let why = format!("call {id} of {}: {}", call.life, call.wish);
                self.accuse(now, Wrong::Unanswered, why);
            }
        }
    }
}

fn unavailable(why: &Unavailable) -> &'static str {
    match why {
        Unavailable::LoginRequired { why, .. } => match why {
            LoginReason::Absent => "login: absent",
            LoginReason::LoggedOut => "login: logged out",
            LoginReason::Rejected => "login: rejected",
            LoginReason::Suspect => "login: suspect",
            LoginReason::NotRenewable => "login: not renewable",
            _ => "login",
        },
        Unavailable::StoreUnavailable(_) => "store away",
        Unavailable::Later { .. } => "later",
        Unavailable::Refused(_) => "refused",
        Unavailable::Unusable(_) => "unusable",
        Unavailable::Unreadable(_) => "unreadable",
        _ => "other",
    }
}
