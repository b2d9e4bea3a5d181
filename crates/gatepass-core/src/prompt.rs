//! What a provider may show the person (OpenID Connect Core section 3.1.2.1).

use std::fmt;

/// A value of the parameter `prompt`. Providers that know none of them pass it over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Prompt {
    /// `none`: nothing. Where something would have to be shown, the answer is an error, see
    /// [`ErrorCode::wants_person`](crate::ErrorCode::wants_person). It stands alone.
    None,
    /// `login`: the person logs in, even if they are logged in there.
    Login,
    /// `consent`: the person is asked what this client may do, even if they were asked before.
    Consent,
    /// `select_account`: the person chooses one of their accounts.
    SelectAccount,
    /// `create`: the person makes an account (Initiating User Registration).
    Create,
}

impl Prompt {
    const ALL: [Self; 5] = [Self::None, Self::Login, Self::Consent, Self::SelectAccount, Self::Create];

    /// The value as it is sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Login => "login",
            Self::Consent => "consent",
            Self::SelectAccount => "select_account",
            Self::Create => "create",
        }
    }

    /// Reads one value; `None`: it is not one of these.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|prompt| prompt.as_str() == value)
    }
}

impl fmt::Display for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
