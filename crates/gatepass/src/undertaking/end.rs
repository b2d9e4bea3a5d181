//! What can be said of an undertaking that has ended.

use std::sync::Arc;

use gatepass_core::ports::Row;
use gatepass_core::renewal::Which;
use gatepass_core::{Revocation, Timestamp, TokenError};

use super::{Undertaking, Unproven};
use crate::sealing::SealError;
use crate::tokens::{AccessToken, GrantTokens};
use crate::unavailable::Unavailable;

impl Undertaking {
    /// The access token that was stored, and whether it is no good any more: it was to live longer than a request takes
    /// and has ended nevertheless, because the process stood still.
    pub(crate) fn renewed(&self) -> Result<(AccessToken, bool), SealError> {
        let row = self.vault.last_row().ok_or(SealError::Corrupt)?;
        let tokens: GrantTokens = self.book.open(&self.key, row)?;
        let kept = tokens.slot(&self.slot).ok_or(SealError::Corrupt)?;
        let ended = kept.expires.is_some_and(|expires| expires <= self.estimate())
            && kept.lifetime() > self.known.policy.deadlines().http;
        Ok((AccessToken::new(kept, row.journal.lineage, row.journal.generation, false), ended))
    }

    /// The row as it was last seen, and when.
    pub(crate) fn found(&self) -> (Option<&Row>, Timestamp) {
        (self.vault.last_row(), self.estimate())
    }

    /// Why the provider's answer was refused.
    pub(crate) fn refusal(&self) -> Option<&TokenError> {
        self.vault.refusal()
    }

    /// Why the access token of the answer is not used, although the answer was sound.
    pub(crate) fn unproven(&self) -> Option<&Unproven> {
        self.vault.unproven()
    }

    pub(crate) fn later(&self) -> Unavailable {
        match &self.hindered {
            Some(why) => why.clone().into(),
            None => Unavailable::Later { retry_after: self.vault.retry_after() },
        }
    }

    pub(crate) fn store_unavailable(&self) -> Unavailable {
        match (&self.away, &self.hindered) {
            (Some(why), _) => Unavailable::StoreUnavailable(Arc::clone(why)),
            (None, Some(why)) => why.clone().into(),
            (None, None) => Unavailable::Later { retry_after: None },
        }
    }

    /// The tokens that this undertaking names as worth revoking.
    pub(crate) fn leftovers(&self, which: Which) -> Vec<Revocation> {
        let tokens = self.to_revoke(which).into_iter();
        tokens.filter_map(|(token, kind)| self.client.as_ref()?.revoke(token, kind)).collect()
    }
}
