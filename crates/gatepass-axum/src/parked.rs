//! A login as it waits in the store: what the protocol needs, and where the person wanted to go.

use gatepass::ports::{Entropy, PendingKey, Sealed};
use gatepass::{Binding, KeyRing, PendingSnapshot, SealError};
use zeroize::Zeroizing;

use crate::ReturnTo;

/// A login under way. It is sealed, and bound to its `state`, its browser and its route.
#[derive(Debug)]
pub(crate) struct Parked {
    pub(crate) return_to: ReturnTo,
    pub(crate) snapshot: PendingSnapshot,
}

const VERSION: u8 = 1;

impl Parked {
    pub(crate) fn seal(
        &self,
        key: &PendingKey,
        ring: &KeyRing,
        entropy: &dyn Entropy,
    ) -> Result<Sealed, SealError> {
        let (place, snapshot) = (self.return_to.as_str().as_bytes(), self.snapshot.as_bytes());
        // `ReturnTo::LONGEST` fits into two bytes.
        let length = u16::try_from(place.len()).map_err(|_| SealError::Corrupt)?;
        let mut text = Zeroizing::new(Vec::with_capacity(3 + place.len() + snapshot.len()));
        text.push(VERSION);
        text.extend_from_slice(&length.to_be_bytes());
        text.extend_from_slice(place);
        text.extend_from_slice(snapshot);
        ring.seal(&binding(key), &text, entropy)
    }

    /// Opens a login, and judges once more where the person wanted to go.
    pub(crate) fn open(sealed: &Sealed, key: &PendingKey, ring: &KeyRing) -> Result<Self, SealError> {
        let text = ring.open(&binding(key), sealed)?;
        let parts = || {
            let [VERSION, high, low, rest @ ..] = text.as_slice() else { return None };
            let (place, snapshot) = rest.split_at_checked(u16::from_be_bytes([*high, *low]).into())?;
            let return_to = ReturnTo::parse(std::str::from_utf8(place).ok()?).ok()?;
            Some(Self { return_to, snapshot: PendingSnapshot::from_bytes(snapshot.to_vec()) })
        };
        parts().ok_or(SealError::Corrupt)
    }
}

fn binding(key: &PendingKey) -> Binding {
    bind("parked login", key)
}

/// Binds bytes to a purpose and the row in which they stand.
pub(crate) fn bind(purpose: &str, key: &PendingKey) -> Binding {
    Binding::new(purpose).to(key.state.as_bytes()).to(key.browser.as_bytes()).to(key.route.as_bytes())
}
