//! A provider in virtual time: families of refresh tokens, rotation, grace, reuse detection, revocation, access tokens.

use std::collections::BTreeSet;

use gatepass::renewal::Reach;

/// What a provider does with a refresh token that was already used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Takes it for theft at once.
    Strict,
    /// In the window: the same successor again.
    Same,
    /// In the window: one more successor beside the others, until one of them is used.
    Fork,
    /// In the window: one more successor, and only the latest lives.
    Newest,
    /// Tokens do not rotate.
    Stable,
}

/// Why a family lives or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Alive,
    Revoked,
    /// Revoked with everything else when somebody logged out, because that is how far a revocation reaches here.
    Swept,
    Theft,
}

/// The tokens of one authorization. Refresh tokens are numbered over all families.
#[derive(Clone, Debug)]
pub struct Family {
    /// The grant that it was given to, by number.
    pub grant: usize,
    pub fate: Fate,
    live: BTreeSet<usize>,
    revoked: BTreeSet<usize>,
    /// The one that was used last, and when first.
    parent: Option<(usize, u64)>,
}

/// An access token.
#[derive(Clone, Debug)]
pub struct Access {
    pub family: usize,
    pub slot: String,
    pub issued: u64,
    pub expires: u64,
    /// The refresh token that came with it or stayed.
    pub beside: usize,
    pub refused: bool,
}

#[derive(Debug)]
pub struct Provider {
    kind: Kind,
    reach: Reach,
    /// Both in milliseconds.
    window: u64,
    pub lifetime: u64,
    pub families: Vec<Family>,
    /// The family of each refresh token.
    tokens: Vec<usize>,
    pub access: Vec<Access>,
}

/// What the token endpoint grants.
#[derive(Clone, Copy, Debug)]
pub struct Granted {
    pub access: usize,
    pub refresh: Option<usize>,
}

impl Provider {
    pub fn new(kind: Kind, reach: Reach, window: u64, lifetime: u64) -> Self {
        let (families, tokens, access) = (Vec::new(), Vec::new(), Vec::new());
        Self { kind, reach, window, lifetime, families, tokens, access }
    }

    pub fn refresh_text(token: usize) -> String {
        format!("rt-{token}")
    }

    pub fn access_text(token: usize) -> String {
        format!("at-{token}")
    }

    pub fn refresh_of(&self, text: &str) -> Option<usize> {
        text.strip_prefix("rt-")?.parse().ok().filter(|token| *token < self.tokens.len())
    }

    pub fn access_of(&self, text: &str) -> Option<usize> {
        text.strip_prefix("at-")?.parse().ok().filter(|token| *token < self.access.len())
    }

    fn issue(&mut self, family: usize) -> usize {
        self.tokens.push(family);
        self.tokens.len() - 1
    }

    fn grant(&mut self, now: u64, family: usize, slot: &str, beside: usize, refresh: bool) -> Granted {
        let expires = now + self.lifetime;
        let slot = slot.to_owned();
        self.access.push(Access { family, slot, issued: now, expires, beside, refused: false });
        Granted { access: self.access.len() - 1, refresh: refresh.then_some(beside) }
    }

    /// A new authorization.
    pub fn authorize(&mut self, now: u64, grant: usize) -> Granted {
        let family = self.families.len();
        let token = self.issue(family);
        let live = BTreeSet::from([token]);
        self.families.push(Family { grant, fate: Fate::Alive, live, revoked: BTreeSet::new(), parent: None });
        self.grant(now, family, "", token, true)
    }

    pub fn family_of(&self, token: usize) -> usize {
        self.tokens[token]
    }

    pub fn is_live(&self, token: usize) -> bool {
        let family = &self.families[self.family_of(token)];
        family.fate == Fate::Alive && family.live.contains(&token)
    }

    /// Whether a family has a token that is good.
    pub fn lives(&self, family: usize) -> bool {
        let family = &self.families[family];
        family.fate == Fate::Alive && !family.live.is_empty()
    }

    /// Whether a revocation ends everything that the person granted.
    pub fn reaches_everything(&self) -> bool {
        !matches!(self.reach, Reach::Token | Reach::Family)
    }

    /// The token endpoint; `None` is `invalid_grant`.
    pub fn present(&mut self, now: u64, token: usize, slot: &str) -> Option<Granted> {
        let index = self.family_of(token);
        let family = &self.families[index];
        if family.fate != Fate::Alive || family.revoked.contains(&token) {
            return None;
        }
        let good = family.live.contains(&token);
        let in_window = !family.live.is_empty()
            && family.parent.is_some_and(|(parent, used)| parent == token && now <= used + self.window);
        match self.kind {
            Kind::Stable if good => Some(self.grant(now, index, slot, token, false)),
            _ if good => {
                let successor = self.issue(index);
                let family = &mut self.families[index];
                family.parent = Some((token, now));
                family.live = BTreeSet::from([successor]);
                Some(self.grant(now, index, slot, successor, true))
            }
            Kind::Same if in_window => {
                let successor = *family.live.first()?;
                Some(self.grant(now, index, slot, successor, true))
            }
            Kind::Fork | Kind::Newest if in_window => {
                let successor = self.issue(index);
                let family = &mut self.families[index];
                if self.kind == Kind::Newest {
                    family.live.clear();
                }
                family.live.insert(successor);
                Some(self.grant(now, index, slot, successor, true))
            }
            _ if family.live.is_empty() => None,
            _ => {
                self.families[index].fate = Fate::Theft;
                None
            }
        }
    }

    /// The revocation endpoint; `fate` is what becomes of families that it reaches. An access token reaches as far as
    /// a refresh token does.
    pub fn revoke(&mut self, text: &str, fate: Fate) {
        let refresh = self.refresh_of(text);
        let access = self.access_of(text).map(|token| self.access[token].family);
        let Some(index) = refresh.map(|token| self.family_of(token)).or(access) else { return };
        match (self.reach, refresh) {
            (Reach::Token, Some(token)) => {
                self.families[index].live.remove(&token);
                self.families[index].revoked.insert(token);
            }
            (Reach::Token, None) => {}
            (Reach::Family, _) => self.end(fate, |at, _| at == index),
            _ if refresh.is_none_or(|token| self.is_live(token)) && self.lives(index) => {
                let grant = self.families[index].grant;
                self.end(fate, |_, family| family.grant == grant);
            }
            _ => {}
        }
    }

    fn end(&mut self, fate: Fate, reached: impl Fn(usize, &Family) -> bool) {
        for (at, family) in self.families.iter_mut().enumerate() {
            if family.fate == Fate::Alive && reached(at, family) {
                family.fate = fate;
            }
        }
    }
}
