//! A row of the table: a module in a plan, how it is played, and what the client owes.

use gatepass_testkit::provider::openid::{Misbehaviour, Module};

use crate::{Plan, Story};

/// A module in a plan.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Row {
    /// The plan.
    pub plan: Plan,
    /// The module's name in the suite.
    pub module: &'static str,
    /// How it is played.
    pub cast: Cast,
}

/// How a module is played.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Cast {
    /// Not at all, and why.
    Skipped(&'static str),
    /// By a person who does this, at a `webapp` with these settings beside the usual ones.
    Played {
        /// What the person does.
        story: Story,
        /// Environment variables.
        settings: &'static [(&'static str, &'static str)],
        /// What the client owes.
        owes: Owes,
    },
}

/// What the client owes to a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Owes {
    /// All goes well.
    Acceptance,
    /// A refusal.
    Refusal {
        /// What is wrong.
        fault: Fault,
        /// The cause that the client writes down.
        cause: &'static str,
        /// What its explanation to the operator holds.
        detail: &'static str,
    },
}

/// Where the provider's fault meets the client: what the client asks afterwards, it should not have asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// In the metadata.
    Metadata,
    /// In the answer that the browser brings back.
    Callback,
    /// In what a code was exchanged for.
    Exchange,
    /// In what a refresh gave.
    Refresh,
    /// In user info.
    UserInfo,
    /// In the logout token.
    LogoutToken,
    /// In the way back from the logout.
    LogoutReturn,
    /// In the request that sends a person to log in.
    Initiation,
}

impl Row {
    pub(crate) const fn accepts(plan: Plan, module: &'static str, story: Story) -> Self {
        Self { plan, module, cast: Cast::Played { story, settings: &[], owes: Owes::Acceptance } }
    }

    pub(crate) const fn refuses(
        plan: Plan,
        module: &'static str,
        story: Story,
        fault: Fault,
        (cause, detail): (&'static str, &'static str),
    ) -> Self {
        let owes = Owes::Refusal { fault, cause, detail };
        Self { plan, module, cast: Cast::Played { story, settings: &[], owes } }
    }

    pub(crate) const fn skipped(plan: Plan, module: &'static str, why: &'static str) -> Self {
        Self { plan, module, cast: Cast::Skipped(why) }
    }

    /// At a `webapp` with these settings.
    pub(crate) const fn with(mut self, settings: &'static [(&'static str, &'static str)]) -> Self {
        if let Cast::Played { story, owes, .. } = self.cast {
            self.cast = Cast::Played { story, settings, owes };
        }
        self
    }

    /// What its provider does, in one clause; in a login that somebody else asks for, what those do.
    #[must_use]
    pub fn plays(&self) -> &'static str {
        match self.cast {
            Cast::Played { story: Story::IsSentElsewhere, .. } => {
                "sends a person to log in and then to another site"
            }
            Cast::Played { story: Story::IsSentByAStranger, .. } => {
                "names an issuer that is not known to the client"
            }
            _ => Module::named(self.module).map_or("", Module::plays),
        }
    }

    /// The provider of the module.
    pub(crate) fn misbehaviour(&self) -> Misbehaviour {
        Misbehaviour::named(self.module).expect("a module that the testkit's provider plays")
    }
}
