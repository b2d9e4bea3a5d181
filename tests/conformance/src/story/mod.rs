//! What a person does in a module, and what can then be seen of it.

mod login;
mod logout;
mod refresh;
mod third_party;

use gatepass_testkit::provider::Endpoint;

use crate::outcome::End;
use crate::stage::Stage;

/// What a person does in a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Story {
    /// They log in and look at their profile.
    LogsIn,
    /// So does another person after them.
    LogsInAfterAnother,
    /// They log in, and come back when the access token has ended.
    ComesBack,
    /// They log out, here and at the provider.
    LogsOut,
    /// They log in, and end their session at the provider.
    LogsOutElsewhere,
    /// Somebody sends them to log in.
    IsSentToLogIn,
    /// The same, and they are to land on a page of another site.
    IsSentElsewhere,
    /// The same, at a provider that is not known here.
    IsSentByAStranger,
}

/// What was seen of it.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) end: End,
    /// How many requests there were before the fault met the client, where the log alone does not tell.
    pub(crate) before: Option<usize>,
    /// What the person has then asked for by themselves, to see where they stand.
    pub(crate) own: Vec<Endpoint>,
}

impl From<End> for Told {
    fn from(end: End) -> Self {
        Self { end, before: None, own: Vec::new() }
    }
}

impl Story {
    /// Plays it. What is wrong whoever judges it goes into `wrong`.
    pub(crate) fn tell(self, stage: &mut Stage, wrong: &mut Vec<String>) -> Told {
        match self {
            Self::LogsIn => login::once(stage, wrong),
            Self::LogsInAfterAnother => login::after_another(stage, wrong),
            Self::ComesBack => refresh::comes_back(stage, wrong),
            Self::LogsOut => logout::here(stage, wrong),
            Self::LogsOutElsewhere => logout::elsewhere(stage, wrong),
            Self::IsSentToLogIn => third_party::to_log_in(stage, wrong),
            Self::IsSentElsewhere => third_party::to_another_site(stage),
            Self::IsSentByAStranger => third_party::by_a_stranger(stage),
        }
    }

    /// The story in which nothing is wrong.
    pub(crate) fn without_fault(self) -> Self {
        match self {
            Self::IsSentElsewhere | Self::IsSentByAStranger => Self::IsSentToLogIn,
            story => story,
        }
    }
}
