//! The rules that the machine keeps, each by a name, so that each can be broken to see that it matters.

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// A rule of the machine. Exploration breaks each in turn and must find the story in which that matters.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[doc(hidden)]
        #[non_exhaustive]
        pub enum Rule { $($(#[$doc])* $name,)* }

        impl Rule {
            /// All of them.
            pub const EVERY: &[Self] = &[$(Self::$name,)*];
        }
    };
}

rules! {
    /// A refused commit that finds its own fingerprint in the row was its own write.
    OwnWrite,
    /// A refused commit that finds another fingerprint of the same lineage revokes nothing.
    SiblingIsFamily,
    /// A logout raises the lineage.
    FenceRaisesLineage,
    /// A release needs the releaser's own attempt in the row.
    ReleaseNeedsAttempt,
    /// A request carries the guard.
    Guard,
    /// The guard ends so early that the request is answered and has arrived before the lease ends.
    GuardEndsBeforeLease,
    /// A successor in an answer that is refused otherwise is kept.
    SuccessorOutranksVerdict,
    /// 502, 503 and 504 prove nothing.
    GatewayProvesNothing,
    /// `invalid_grant` ends the grant only if the row is unchanged and still the presenter's.
    DeathNeedsUnchangedRow,
    /// A token that may be spent is presented again only in the window.
    ReplayInWindow,
    /// Before a token is presented again, the request before has arrived or is lost.
    ArrivalBeforeReplay,
    /// Where a token may be presented by one holder after another, only the last commits what it got.
    LastPresenterCommits,
    /// A token that may be spent is not released as unused because a later request was not processed.
    DoubtOutlivesRelease,
    /// A successor that finds its family logged out is put into the fenced row, to be revoked with it.
    SuccessorFollowsFence,
    /// The provider is told only after the request that is out at the time of the logout is over.
    SweepAfterFlight,
    /// A write that was fenced before its reply came is not written again.
    FenceBeatsRewrite,
    /// A fence that was overtaken by a new login before its reply came does not fence that, too.
    LoginBeatsRefence,
    /// Nothing is revoked for tidiness where a revocation reaches other families.
    ReachBoundsTidiness,
}

/// The rules in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(hidden)]
pub struct Rules {
    broken: Option<Rule>,
}

impl Rules {
    /// All rules: what ships.
    pub const ALL: Self = Self { broken: None };

    /// All but one: a mutant, for the exploration.
    #[must_use]
    pub const fn without(rule: Rule) -> Self {
        Self { broken: Some(rule) }
    }

    pub(super) fn keep(self, rule: Rule) -> bool {
        self.broken != Some(rule)
    }
}
