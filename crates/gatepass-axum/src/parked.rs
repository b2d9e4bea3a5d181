//! A login as it waits in the store: what the protocol needs, what it is for, and where the person wanted to go.

use gatepass::ports::{Entropy, PendingKey, Sealed, Wish};
use gatepass::{Binding, KeyRing, PendingSnapshot, Scopes, SealError};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::ReturnTo;

/// What the tokens of a login are for. It is decided when the login begins, kept on the server, and judged again when
/// the person comes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Purpose {
    /// A session of their own.
    Session,
    /// The session of this id, which goes on with them.
    Renewal(Box<str>),
    /// An account that is connected to the application's user of this key.
    Account(Box<str>),
}

/// A login under way. It is sealed, and bound to its `state`, its browser and its route.
#[derive(Debug)]
pub(crate) struct Parked {
    pub(crate) return_to: ReturnTo,
    pub(crate) purpose: Purpose,
    /// What to ask for next, if the provider would have to show the person something and was told not to.
    pub(crate) aloud: Option<Wish>,
    pub(crate) snapshot: PendingSnapshot,
}

const VERSION: u8 = 2;

/// Every field is demanded: one that is missing never means a weaker check.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    return_to: Box<str>,
    purpose: Purpose,
    #[serde(deserialize_with = "Option::deserialize")]
    aloud: Option<Aloud>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Aloud {
    scope: Box<str>,
    params: Vec<(Box<str>, Box<str>)>,
}

impl Parked {
    pub(crate) fn seal(
        &self,
        key: &PendingKey,
        ring: &KeyRing,
        entropy: &dyn Entropy,
    ) -> Result<Sealed, SealError> {
        let header = serde_json::to_vec(&Header {
            return_to: self.return_to.as_str().into(),
            purpose: self.purpose.clone(),
            aloud: self
                .aloud
                .as_ref()
                .map(|wish| Aloud { scope: wish.scopes.as_str().into(), params: wish.params.clone() }),
        })
        .map_err(|_| SealError::Corrupt)?;
        let snapshot = self.snapshot.as_bytes();
        let length = u32::try_from(header.len()).map_err(|_| SealError::Corrupt)?;
        let mut text = Zeroizing::new(Vec::with_capacity(5 + header.len() + snapshot.len()));
        text.push(VERSION);
        text.extend_from_slice(&length.to_be_bytes());
        text.extend_from_slice(&header);
        text.extend_from_slice(snapshot);
        ring.seal(&binding(key), &text, entropy)
    }

    /// Opens a login, and judges once more where the person wanted to go.
    pub(crate) fn open(sealed: &Sealed, key: &PendingKey, ring: &KeyRing) -> Result<Self, SealError> {
        let text = ring.open(&binding(key), sealed)?;
        let parts = || {
            let [VERSION, a, b, c, d, rest @ ..] = text.as_slice() else { return None };
            let length = usize::try_from(u32::from_be_bytes([*a, *b, *c, *d])).ok()?;
            let (header, snapshot) = rest.split_at_checked(length)?;
            let header: Header = serde_json::from_slice(header).ok()?;
            Some(Self {
                return_to: ReturnTo::parse(&header.return_to).ok()?,
                purpose: header.purpose,
                aloud: header.aloud.map(Aloud::wish),
                snapshot: PendingSnapshot::from_bytes(snapshot.to_vec()),
            })
        };
        parts().ok_or(SealError::Corrupt)
    }
}

impl Aloud {
    fn wish(self) -> Wish {
        let wish = Wish::new(Scopes::of_stored(&self.scope));
        self.params.into_iter().fold(wish, |wish, (name, value)| wish.param(name, value))
    }
}

fn binding(key: &PendingKey) -> Binding {
    bind("parked login", key)
}

/// Binds bytes to a purpose and the row in which they stand.
pub(crate) fn bind(purpose: &str, key: &PendingKey) -> Binding {
    Binding::new(purpose).to(key.state.as_bytes()).to(key.browser.as_bytes()).to(key.route.as_bytes())
}
