//! The requests of an undertaking, with the tokens that the journal names.

use std::collections::VecDeque;

use gatepass_core::renewal::{Event, Fingerprint, Which};
use gatepass_core::{Client, Refresh, Secret, TokenKind};

use super::{Ask, Hindrance, Undertaking};
use crate::sealing::SealError;

impl Undertaking {
    pub(super) fn leg(&self, present: Fingerprint) -> Result<Refresh, Hindrance> {
        let client = self.client.as_ref().ok_or(SealError::Corrupt)?;
        let tokens = self.vault.last(&self.book, &self.key)?;
        if let Some((from, to)) = tokens.home.moved(client.provider()) {
            return Err(Hindrance::Moved { from, to });
        }
        let token = tokens.refresh.filter(|token| Fingerprint::of(token.expose()) == present);
        let leg = client.refresh(token.ok_or(SealError::Corrupt)?, &tokens.granted);
        let leg = match self.slot.resource_uri() {
            Some(uri) => leg.resource(uri),
            None => leg,
        };
        match self.slot.wanted() {
            // Whether they were granted was judged when the slot was asked for; what shrank since is left out.
            Some(wanted) => {
                let wanted = wanted.without(&wanted.without(&tokens.granted));
                leg.narrow(&wanted).map_err(|_| SealError::Corrupt.into())
            }
            None => Ok(leg),
        }
    }

    pub(super) fn revoke_next(&mut self) -> Ask {
        let next = self.revoking.pop_front();
        match next.and_then(|(token, kind)| self.client.as_ref()?.revoke(token, kind)) {
            Some(leg) => Ask::Revoke(Box::new(leg), self.limits()),
            None => self.step(Event::Told(self.told), self.estimate()),
        }
    }

    pub(super) fn to_revoke(&self, which: Which) -> VecDeque<(Secret, TokenKind)> {
        let Some(provider) = self.client.as_ref().map(Client::provider).filter(|one| one.can_revoke()) else {
            return VecDeque::new();
        };
        match self.vault.which(which, provider, &self.book, &self.key) {
            Ok(tokens) => tokens,
            Err(why) => {
                self.book.unreadable(&self.key, why);
                VecDeque::new()
            }
        }
    }
}
