//! The plans of the suite, in the order in which the table shows them.

/// A list of modules that the suite runs together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Plan {
    /// Basic RP.
    Basic,
    /// Config RP.
    Config,
    /// Form Post RP: the basic list, with answers by form.
    FormPost,
    /// What only the comprehensive and the dynamic plan have.
    Comprehensive,
    /// Refresh tokens.
    Refresh,
    /// Third-party initiated login.
    ThirdParty,
    /// RP-initiated logout.
    RpInitiated,
    /// Back-channel logout.
    BackChannel,
    /// Front-channel logout.
    FrontChannel,
    /// Session management.
    Session,
    /// FAPI 2.0 security profile.
    Fapi2,
    /// FAPI 2.0 message signing.
    Fapi2Signing,
    /// FAPI 1.0 advanced.
    Fapi1,
    /// Client-initiated back-channel authentication.
    Ciba,
}

impl Plan {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Basic,
        Self::Config,
        Self::FormPost,
        Self::Comprehensive,
        Self::Refresh,
        Self::ThirdParty,
        Self::RpInitiated,
        Self::BackChannel,
        Self::FrontChannel,
        Self::Session,
        Self::Fapi2,
        Self::Fapi2Signing,
        Self::Fapi1,
        Self::Ciba,
    ];

    /// Its name in the suite.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Basic => "oidcc-client-basic-certification-test-plan",
            Self::Config => "oidcc-client-config-certification-test-plan",
            Self::FormPost => "oidcc-client-formpost-basic-certification-test-plan",
            Self::Comprehensive => "oidcc-client-test-plan",
            Self::Refresh => "oidcc-client-refreshtoken-test-plan",
            Self::ThirdParty => "oidcc-client-test-3rd-party-init-login-test-plan",
            Self::RpInitiated => "oidcc-client-rp-initiated-logout-rp-basic",
            Self::BackChannel => "oidcc-client-back-channel-logout-rp-basic",
            Self::FrontChannel => "oidcc-client-front-channel-logout-rp-basic",
            Self::Session => "oidcc-client-rp-session-management-rp-basic",
            Self::Fapi2 => "fapi2-security-profile-final-client-test-plan",
            Self::Fapi2Signing => "fapi2-message-signing-final-client-test-plan",
            Self::Fapi1 => "fapi1-advanced-final-client-test-plan",
            Self::Ciba => "fapi-ciba-id1-client-test-plan",
        }
    }
}
