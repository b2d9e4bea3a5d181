//! The tokens of one grant: a refresh token, and an access token a slot.

use std::time::Duration;

use gatepass_core::{IdToken, Scopes, Secret, Timestamp, TokenSet};

use super::{Home, Slot};

/// More access tokens than this are not kept for one grant: the one that ends first goes.
const MOST_SLOTS: usize = 32;

/// What stands sealed in a row.
pub(crate) struct GrantTokens {
    pub(crate) refresh: Option<Secret>,
    pub(crate) requested: Scopes,
    pub(crate) granted: Scopes,
    pub(crate) kept: Vec<Kept>,
    /// The ID token of the login, which was verified then.
    pub(crate) id_token: Option<IdToken>,
    /// Where they were issued.
    pub(crate) home: Home,
}

/// An access token in its slot. Its times stand on the store's clock.
pub(crate) struct Kept {
    pub(crate) slot: Slot,
    pub(crate) scopes: Scopes,
    pub(crate) access: Secret,
    pub(crate) issued: Timestamp,
    pub(crate) expires: Option<Timestamp>,
}

impl GrantTokens {
    pub(crate) fn empty() -> Self {
        Self {
            refresh: None,
            requested: Scopes::none(),
            granted: Scopes::none(),
            kept: Vec::new(),
            id_token: None,
            home: Home::default(),
        }
    }

    /// None of the tokens, and what they were good for: a new login asks for as much.
    pub(crate) fn dropped(self) -> Self {
        Self { refresh: None, kept: Vec::new(), id_token: None, ..self }
    }

    /// The tokens of a new login, whose request left at `issued` on the store's clock.
    pub(crate) fn issued(tokens: &TokenSet, issued: Timestamp) -> Self {
        let mut all = Self::empty();
        all.requested = tokens.requested().clone();
        all.refresh = tokens.refresh_token().cloned();
        all.id_token = tokens.verified_id_token().cloned();
        all.home = Home::of(tokens.client().provider());
        all.put(Slot::new(), tokens, issued);
        all
    }

    /// Puts an access token into its slot. In the default one it says what the grant as a whole still allows.
    pub(crate) fn put(&mut self, slot: Slot, tokens: &TokenSet, issued: Timestamp) {
        if slot.is_default() {
            self.granted = tokens.granted().clone();
        }
        self.kept.retain(|kept| {
            kept.slot != slot
                && (kept.slot.is_default() || kept.expires.is_none_or(|expires| expires > issued))
        });
        if self.kept.len() >= MOST_SLOTS {
            let ends = |kept: &Kept| kept.expires.unwrap_or(Timestamp::MAX);
            let first = (0..self.kept.len()).filter(|at| !self.kept[*at].slot.is_default());
            if let Some(at) = first.min_by_key(|at| ends(&self.kept[*at])) {
                self.kept.swap_remove(at);
            }
        }
        self.kept.push(Kept {
            slot,
            scopes: tokens.granted().clone(),
            access: tokens.access_token().clone(),
            issued,
            expires: lifetime(tokens).map(|lifetime| issued.saturating_add(lifetime)),
        });
    }

    pub(crate) fn slot(&self, slot: &Slot) -> Option<&Kept> {
        self.kept.iter().find(|kept| kept.slot == *slot)
    }
}

impl Kept {
    /// How long the provider said that it lives.
    pub(crate) fn lifetime(&self) -> Duration {
        self.expires.map_or(Duration::ZERO, |expires| expires.saturating_since(self.issued))
    }
}

fn lifetime(tokens: &TokenSet) -> Option<Duration> {
    tokens.expires().map(|expires| expires.saturating_since(tokens.issued()))
}
