//! Grants and their tokens: what a person allowed, the family of refresh tokens, and the access tokens.

use super::openid::Login;
use super::settings::Rotation;
use std::collections::HashMap;
use std::time::SystemTime;

#[derive(Debug, Default)]
pub(crate) struct Grants {
    last: u64,
    pub(crate) grants: HashMap<u64, Grant>,
    pub(crate) access: HashMap<String, AccessToken>,
    pub(crate) refresh: HashMap<String, RefreshToken>,
}

#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) client_id: String,
    pub(crate) sub: String,
    pub(crate) login: Login,
    pub(crate) scopes: Vec<String>,
    pub(crate) alive: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct AccessToken {
    pub(crate) grant: u64,
    pub(crate) scopes: Vec<String>,
    pub(crate) expires: SystemTime,
    pub(crate) revoked: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct RefreshToken {
    pub(crate) grant: u64,
    pub(crate) expires: Option<SystemTime>,
    pub(crate) used: Option<Use>,
}

/// The first use of a rotating refresh token.
#[derive(Debug, Clone)]
pub(crate) struct Use {
    at: SystemTime,
    successor: String,
}

/// What a presented refresh token is worth.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Presented {
    /// It stays as it is.
    Keep,
    /// It gives way to a new one.
    Rotate,
    /// Within the grace window: its successor once more.
    Repeat(String),
    /// Within the grace window: another successor.
    Sibling,
    /// An old one: somebody else has it.
    Reused,
}

impl Grants {
    pub(crate) fn open(&mut self, grant: Grant) -> u64 {
        self.last += 1;
        self.grants.insert(self.last, grant);
        self.last
    }

    pub(crate) fn judge(&self, token: &RefreshToken, rotation: Rotation, now: SystemTime) -> Presented {
        let Some(first) = &token.used else {
            return if rotation == Rotation::Off { Presented::Keep } else { Presented::Rotate };
        };
        let Rotation::Grace { window, idempotent } = rotation else {
            return Presented::Reused;
        };
        if now.duration_since(first.at).is_ok_and(|age| age > window) {
            return Presented::Reused;
        }
        if !idempotent {
            return Presented::Sibling;
        }
        let successor_unused = self.refresh.get(&first.successor).is_some_and(|token| token.used.is_none());
        if successor_unused { Presented::Repeat(first.successor.clone()) } else { Presented::Reused }
    }

    /// Remembers the first use only: the window does not grow by repeating.
    pub(crate) fn spend(&mut self, token: &str, successor: &str, at: SystemTime) {
        if let Some(token) = self.refresh.get_mut(token) {
            token.used.get_or_insert_with(|| Use { at, successor: successor.to_owned() });
        }
    }

    /// Ends a grant with all its tokens; false when it had ended before.
    pub(crate) fn kill(&mut self, grant: u64) -> bool {
        let was_alive =
            self.grants.get_mut(&grant).is_some_and(|grant| std::mem::replace(&mut grant.alive, false));
        self.revoke_access_of(grant);
        was_alive
    }

    pub(crate) fn revoke_access_of(&mut self, grant: u64) {
        for token in self.access.values_mut().filter(|token| token.grant == grant) {
            token.revoked = true;
        }
    }
}
