//! What keeps a request from being made at all.

use crate::sealing::SealError;
use crate::unavailable::Unavailable;

/// Nothing was sent, and something here has to change first.
#[derive(Clone, Debug)]
pub(crate) enum Hindrance {
    /// The tokens do not open.
    Unreadable(SealError),
    /// The provider's endpoints are at another origin than when the tokens were issued.
    Moved { from: Box<str>, to: Box<str> },
}

impl From<SealError> for Hindrance {
    fn from(why: SealError) -> Self {
        Self::Unreadable(why)
    }
}

impl From<Hindrance> for Unavailable {
    fn from(why: Hindrance) -> Self {
        match why {
            Hindrance::Unreadable(why) => Self::Unreadable(why),
            Hindrance::Moved { from, to } => Self::Moved { from, to },
        }
    }
}
