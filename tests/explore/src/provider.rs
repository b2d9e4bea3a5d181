//! A provider as far as refresh tokens go: families, rotation, grace, reuse detection, revocation.

use gatepass_core::renewal::{Reach, Refusal, Seen};

use crate::numbers::{GRACE, fingerprint};

/// A refresh token, by the order of issue; 0 is none.
pub type Token = u8;

/// What a provider does with a token that was already used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Life {
    Alive,
    Revoked,
    /// Revoked with everything else when somebody logged out, because that is how far a revocation reaches here.
    Swept,
    /// The person took the access away at the provider.
    Withdrawn,
    Theft,
}

/// The tokens of one authorization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Family {
    pub life: Life,
    /// All tokens that were ever issued in it, as bits.
    all: u32,
    /// Those that are good.
    live: u32,
    /// Those that were revoked by name.
    revoked: u32,
    /// The one that was used last, and for how many ticks.
    parent: Token,
    parent_age: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Provider {
    pub families: Vec<Family>,
    issued: Token,
}

const fn bit(token: Token) -> u32 {
    1 << token
}

impl Provider {
    pub fn new() -> Self {
        Self { families: Vec::new(), issued: 0 }
    }

    fn issue(&mut self) -> Token {
        self.issued += 1;
        assert!(self.issued < 32, "the model counts tokens in 32 bits");
        self.issued
    }

    /// A new authorization.
    pub fn authorize(&mut self) -> Token {
        let token = self.issue();
        let all = bit(token);
        self.families.push(Family {
            life: Life::Alive,
            all,
            live: all,
            revoked: 0,
            parent: 0,
            parent_age: 0,
        });
        token
    }

    pub fn family_of(&self, token: Token) -> usize {
        self.families.iter().position(|family| family.all & bit(token) != 0).unwrap_or(usize::MAX)
    }

    pub fn is_live(&self, token: Token) -> bool {
        self.families.iter().any(|family| family.life == Life::Alive && family.live & bit(token) != 0)
    }

    /// Whether a family has a token that is good.
    pub fn lives(&self, family: usize) -> bool {
        let family = &self.families[family];
        family.life == Life::Alive && family.live != 0
    }

    /// The token endpoint.
    pub fn present(&mut self, token: Token, kind: Kind, window: u8) -> Seen {
        let index = self.family_of(token);
        let family = self.families[index];
        if family.life != Life::Alive || family.revoked & bit(token) != 0 {
            return Seen::Refused(Refusal::InvalidGrant);
        }
        let good = family.live & bit(token) != 0;
        let in_window = token == family.parent && family.parent_age <= window && family.live != 0;
        let answer = |token| Seen::Answer { successor: Some(fingerprint(token)), usable: true };
        match kind {
            Kind::Stable if good => Seen::Answer { successor: None, usable: true },
            _ if good => {
                let successor = self.issue();
                let family = &mut self.families[index];
                (family.parent, family.parent_age) = (token, 0);
                (family.live, family.all) = (bit(successor), family.all | bit(successor));
                answer(successor)
            }
            Kind::Same if in_window => answer(family.live.trailing_zeros() as Token),
            Kind::Fork | Kind::Newest if in_window => {
                let successor = self.issue();
                let family = &mut self.families[index];
                family.all |= bit(successor);
                family.live = bit(successor) | if kind == Kind::Fork { family.live } else { 0 };
                answer(successor)
            }
            _ if family.live == 0 => Seen::Refused(Refusal::InvalidGrant),
            _ => {
                self.families[index].life = Life::Theft;
                Seen::Refused(Refusal::InvalidGrant)
            }
        }
    }

    /// The revocation endpoint. A spent token takes its family with it where that is what a revocation reaches; the
    /// wider reach needs a token that is good.
    pub fn revoke(&mut self, token: Token, reach: Reach, tidy: bool) {
        let index = self.family_of(token);
        let life = if tidy || reach != Reach::Grant { Life::Revoked } else { Life::Swept };
        let revoke = |family: &mut Family| {
            if family.life == Life::Alive {
                family.life = life;
            }
        };
        match reach {
            Reach::Token => {
                let family = &mut self.families[index];
                (family.live, family.revoked) = (family.live & !bit(token), family.revoked | bit(token));
            }
            Reach::Family => revoke(&mut self.families[index]),
            _ if self.is_live(token) => self.families.iter_mut().for_each(revoke),
            _ => {}
        }
    }

    /// The person takes the access away, or an administrator does.
    pub fn withdraw(&mut self) {
        for family in self.families.iter_mut().filter(|family| family.life == Life::Alive) {
            family.life = Life::Withdrawn;
        }
    }

    pub fn tick(&mut self) {
        for family in &mut self.families {
            if family.parent != 0 {
                family.parent_age = (family.parent_age + 1).min(GRACE + 1);
            }
        }
    }
}
