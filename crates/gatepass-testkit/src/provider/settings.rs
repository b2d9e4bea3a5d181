//! How an instance behaves: every switch of the provider in one value.

use std::time::Duration;

/// Who answers the authorization request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Mode {
    /// Nobody is asked: `login_hint` says who logs in (`alice`, `bob`), `deny` says no, `error:CODE` fails with that code.
    #[default]
    Auto,
    /// A person sees a login page and a consent page.
    Pages,
}

/// What happens to a refresh token that is used (RFC 9700 section 4.14.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Rotation {
    /// The refresh token stays; answers carry none.
    Off,
    /// Each use gives a successor; an old one kills the whole family.
    #[default]
    Strict,
    /// As `Strict`, but the previous token is accepted for a while.
    Grace {
        /// How long after its first use, by the provider's clock.
        window: Duration,
        /// `true`: the same successor again, as long as that was not used itself. `false`: a sibling each time.
        idempotent: bool,
    },
}

/// Which grants come with a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum RefreshTokens {
    /// All of them.
    #[default]
    Always,
    /// Those whose scope has `offline_access`.
    OfflineAccess,
    /// None.
    Never,
}

/// What the provider does with the `iss` parameter of RFC 9207.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum IssParameter {
    /// Announced in the metadata and sent with codes and errors.
    #[default]
    Sent,
    /// Announced, but left off error answers.
    LeftOffErrors,
    /// Sent, but not announced.
    Unannounced,
    /// Neither announced nor sent.
    Absent,
}

/// What one revocation ends (RFC 7009 section 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Revocation {
    /// The token that was named; a refresh token takes the access tokens of its grant along, as the RFC demands.
    PerToken,
    /// The whole grant, whichever of its tokens was named.
    #[default]
    PerGrant,
}

#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) mode: Mode,
    pub(crate) rotation: Rotation,
    pub(crate) refresh_tokens: RefreshTokens,
    pub(crate) iss: IssParameter,
    pub(crate) revocation: Revocation,
    pub(crate) require_pkce: bool,
    pub(crate) code_lifetime: Duration,
    pub(crate) access_token_lifetime: Duration,
    pub(crate) refresh_token_lifetime: Option<Duration>,
    pub(crate) scopes: Vec<String>,
    pub(crate) grant_at_most: Option<Vec<String>>,
    pub(crate) redirect_parameters: Vec<(String, String)>,
    pub(crate) token_members: Vec<(String, serde_json::Value)>,
    pub(crate) issuer_path: String,
    pub(crate) control: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            rotation: Rotation::default(),
            refresh_tokens: RefreshTokens::default(),
            iss: IssParameter::default(),
            revocation: Revocation::default(),
            require_pkce: true,
            code_lifetime: Duration::from_secs(30),
            access_token_lifetime: Duration::from_secs(3600),
            refresh_token_lifetime: None,
            scopes: ["profile", "email", "offline_access", "read", "write"].map(String::from).to_vec(),
            grant_at_most: None,
            redirect_parameters: Vec::new(),
            token_members: Vec::new(),
            issuer_path: String::new(),
            control: false,
        }
    }
}
