//! An access token that was handed out.

use std::fmt;
use std::sync::Arc;

use gatepass_core::renewal::Lineage;
use gatepass_core::{Scopes, Secret, Timestamp};

use super::{Kept, Slot};

/// An access token of a grant. Cloning is cheap.
///
/// Send it as `Authorization: Bearer` to the provider's resources only, or let the keeper's bearer client do so.
/// It knows which slot, lineage and generation it came from, so that a refused one is renewed once, however many
/// callers met the refusal.
#[derive(Clone)]
pub struct AccessToken(Arc<Inner>);

struct Inner {
    secret: Secret,
    slot: Slot,
    scopes: Scopes,
    lineage: Lineage,
    generation: u64,
    expires: Option<Timestamp>,
    suspect: bool,
}

impl AccessToken {
    pub(crate) fn new(kept: &Kept, lineage: Lineage, generation: u64, suspect: bool) -> Self {
        Self(Arc::new(Inner {
            secret: kept.access.clone(),
            slot: kept.slot.clone(),
            scopes: kept.scopes.clone(),
            lineage,
            generation,
            expires: kept.expires,
            suspect,
        }))
    }

    /// The token itself, for the moment of sending it.
    #[must_use]
    pub fn secret(&self) -> &Secret {
        &self.0.secret
    }

    /// Which of the grant's tokens it is.
    #[must_use]
    pub fn slot(&self) -> &Slot {
        &self.0.slot
    }

    /// What it is good for, as the provider said.
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        &self.0.scopes
    }

    /// The family that it belongs to.
    #[must_use]
    pub fn lineage(&self) -> Lineage {
        self.0.lineage
    }

    /// The generation of the row that it was read from.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.0.generation
    }

    /// When it ends, on the store's clock; `None`: the provider did not say.
    #[must_use]
    pub fn expires(&self) -> Option<Timestamp> {
        self.0.expires
    }

    /// Whether the grant is suspect: this token serves to its end and cannot be renewed, so that it is worth sending
    /// the person to log in again at the next good moment.
    #[must_use]
    pub fn wants_login(&self) -> bool {
        self.0.suspect
    }

    /// Whether somebody else holds it too.
    #[cfg(test)]
    pub(crate) fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }

    pub(crate) fn is(&self, other: &Secret) -> bool {
        self.0.secret.same_as(other.expose())
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("slot", &self.0.slot)
            .field("scopes", &self.0.scopes)
            .field("lineage", &self.0.lineage)
            .field("generation", &self.0.generation)
            .field("expires", &self.0.expires)
            .finish_non_exhaustive()
    }
}
