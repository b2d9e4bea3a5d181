//! What came of a login, as it is kept for a minute so that a repeated callback gets the same answer.

use gatepass::ports::{Entropy, PendingKey, Sealed, SessionId, Subject};
use gatepass::{KeyRing, SealError};
use serde::{Deserialize, Serialize};

use crate::parked::bind;
use crate::refusal::Refusal;
use crate::{Cause, ReturnTo};

/// What came of a login.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// A session, which the person takes along to where they wanted to go.
    Session { id: SessionId, return_to: ReturnTo },
    /// A connected account: there is nothing to take along.
    Account { return_to: ReturnTo },
    /// Somebody for whom the application begins a session of its own.
    Own { owner: Box<str>, subject: Option<Subject>, return_to: ReturnTo },
    /// A refusal, which shows the same page again.
    Refused(Refusal),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, tag = "outcome", rename_all = "lowercase")]
enum Kept {
    Session { id: Box<str>, return_to: Box<str> },
    Account { return_to: Box<str> },
    Own { owner: Box<str>, subject: Option<Named>, return_to: Box<str> },
    Refused { cause: Box<str>, reference: Box<str> },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    iss: Box<str>,
    sub: Box<str>,
    sid: Option<Box<str>>,
}

impl Named {
    fn of(subject: &Subject) -> Self {
        Self { iss: subject.iss.clone(), sub: subject.sub.clone(), sid: subject.sid.clone() }
    }

    fn subject(self) -> Subject {
        Subject::new(self.iss, self.sub, self.sid)
    }
}

impl Outcome {
    pub(crate) fn seal(
        &self,
        key: &PendingKey,
        ring: &KeyRing,
        entropy: &dyn Entropy,
    ) -> Result<Sealed, SealError> {
        let kept = match self {
            Self::Session { id, return_to } => {
                Kept::Session { id: id.as_str().into(), return_to: return_to.as_str().into() }
            }
            Self::Account { return_to } => Kept::Account { return_to: return_to.as_str().into() },
            Self::Own { owner, subject, return_to } => Kept::Own {
                owner: owner.clone(),
                subject: subject.as_ref().map(Named::of),
                return_to: return_to.as_str().into(),
            },
            Self::Refused(refusal) => {
                Kept::Refused { cause: refusal.cause().label().into(), reference: refusal.reference().into() }
            }
        };
        let text = serde_json::to_vec(&kept).map_err(|_| SealError::Corrupt)?;
        ring.seal(&bind("landed login", key), &text, entropy)
    }

    pub(crate) fn open(sealed: &Sealed, key: &PendingKey, ring: &KeyRing) -> Result<Self, SealError> {
        let text = ring.open(&bind("landed login", key), sealed)?;
        match serde_json::from_slice(&text).map_err(|_| SealError::Corrupt)? {
            Kept::Session { id, return_to } => Ok(Self::Session {
                id: SessionId::new(id),
                return_to: ReturnTo::parse(&return_to).map_err(|_| SealError::Corrupt)?,
            }),
            Kept::Account { return_to } => {
                Ok(Self::Account { return_to: ReturnTo::parse(&return_to).map_err(|_| SealError::Corrupt)? })
            }
            Kept::Own { owner, subject, return_to } => {
                let return_to = ReturnTo::parse(&return_to).map_err(|_| SealError::Corrupt)?;
                Ok(Self::Own { owner, subject: subject.map(Named::subject), return_to })
            }
            Kept::Refused { cause, reference } => {
                let cause = Cause::of_label(&cause).ok_or(SealError::Corrupt)?;
                Ok(Self::Refused(Refusal::kept(cause, reference)))
            }
        }
    }
}
