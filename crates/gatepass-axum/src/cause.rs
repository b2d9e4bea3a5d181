//! Why a login, a logout or a request was refused: a closed set, by whose fault.

use gatepass::ports::{BeginError, FinishError, NoClient, StoreError, StoreErrorKind};
use gatepass::{CallbackError, ErrorCode, KeepError, MalformedCallback, Remedy, TokenError, Unavailable};
use http::StatusCode;

/// Why something was refused. Each has a page, a status, and a name for metrics and programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// The callback cannot be read, or holds neither a code nor an error.
    Malformed,
    /// The callback holds a parameter twice.
    Duplicate,
    /// The callback holds something of another flow.
    Unexpected,
    /// The callback came by GET where a POST was agreed, or the other way round.
    WrongMode,
    /// The form is no form.
    ContentType,
    /// The request is too large.
    TooLarge,
    /// The callback has no `state`.
    StateMissing,
    /// No login waits for this callback: it expired, was finished, or never was.
    StateUnknown,
    /// The login was started in another browser or at another provider.
    OtherBrowser,
    /// The browser sent no cookie along.
    CookieMissing,
    /// The person who came back is not the one who started to connect an account.
    OtherUser,
    /// The person came back too late.
    Expired,
    /// The login is being finished by another request.
    StillBusy,
    /// As many logins are under way as there is room for.
    Crowded,
    /// The callback has no `iss`, which this provider always sends.
    IssuerMissing,
    /// The callback's `iss` is that of another provider.
    IssuerMismatch,
    /// The person, or the provider for them, said no.
    Declined,
    /// The provider reports an error.
    ProviderRefused,
    /// The provider reports that it is out of order.
    ProviderDown,
    /// The provider refused the code.
    CodeRefused,
    /// The provider refused this application's credentials or request.
    ClientRefused,
    /// The provider's answer cannot be used.
    ProviderMisbehaved,
    /// The provider could not be reached.
    ProviderUnreachable,
    /// The provider did not answer, and may have acted.
    ProviderSilent,
    /// The provider's word about who the person is was refused.
    IdentityRefused,
    /// The login is good, and the application does not let this person in.
    NotAdmitted,
    /// An API that was asked for the person did not answer as it should.
    ApiFailed,
    /// The store did not answer.
    StoreUnavailable,
    /// Something is wrong on this side.
    Internal,
    /// There is no such provider.
    UnknownProvider,
    /// A page elsewhere, and not the person, sent the request.
    CrossSite,
    /// Nobody here has sent the person to log out at the provider from where they come.
    LogoutUnknown,
    /// There is no session, and no person to send to the login.
    LoginRequired,
    /// The person has not connected that account, or it has to be connected again.
    NotConnected,
    /// A login is started by going to it, not by a script, an image or a frame.
    NotNavigation,
    /// The browser looked ahead: nothing was done.
    Prefetch,
    /// The method is not one of this place.
    Method,
}

impl Cause {
    const ALL: [Self; 37] = [
        Self::Malformed,
        Self::Duplicate,
        Self::Unexpected,
        Self::WrongMode,
        Self::ContentType,
        Self::TooLarge,
        Self::StateMissing,
        Self::StateUnknown,
        Self::OtherBrowser,
        Self::CookieMissing,
        Self::OtherUser,
        Self::Expired,
        Self::StillBusy,
        Self::Crowded,
        Self::IssuerMissing,
        Self::IssuerMismatch,
        Self::Declined,
        Self::ProviderRefused,
        Self::ProviderDown,
        Self::CodeRefused,
        Self::ClientRefused,
        Self::ProviderMisbehaved,
        Self::ProviderUnreachable,
        Self::ProviderSilent,
        Self::IdentityRefused,
        Self::NotAdmitted,
        Self::ApiFailed,
        Self::StoreUnavailable,
        Self::Internal,
        Self::UnknownProvider,
        Self::CrossSite,
        Self::LogoutUnknown,
        Self::LoginRequired,
        Self::NotConnected,
        Self::NotNavigation,
        Self::Prefetch,
        Self::Method,
    ];

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    /// The name, for metrics and for programs: it never changes.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Duplicate => "duplicate",
            Self::Unexpected => "unexpected",
            Self::WrongMode => "wrong_mode",
            Self::ContentType => "content_type",
            Self::TooLarge => "too_large",
            Self::StateMissing => "state_missing",
            Self::StateUnknown => "state_unknown",
            Self::OtherBrowser => "other_browser",
            Self::CookieMissing => "cookie_missing",
            Self::OtherUser => "other_user",
            Self::Expired => "expired",
            Self::StillBusy => "still_busy",
            Self::Crowded => "crowded",
            Self::IssuerMissing => "iss_missing",
            Self::IssuerMismatch => "iss_mismatch",
            Self::Declined => "declined",
            Self::ProviderRefused => "provider_refused",
            Self::ProviderDown => "provider_down",
            Self::CodeRefused => "code_refused",
            Self::ClientRefused => "client_refused",
            Self::ProviderMisbehaved => "provider_misbehaved",
            Self::ProviderUnreachable => "provider_unreachable",
            Self::ProviderSilent => "provider_silent",
            Self::IdentityRefused => "identity_refused",
            Self::NotAdmitted => "not_admitted",
            Self::ApiFailed => "api_failed",
            Self::StoreUnavailable => "store_unavailable",
            Self::Internal => "internal",
            Self::UnknownProvider => "unknown_provider",
            Self::CrossSite => "cross_site",
            Self::LogoutUnknown => "logout_unknown",
            Self::LoginRequired => "login_required",
            Self::NotConnected => "not_connected",
            Self::NotNavigation => "not_navigation",
            Self::Prefetch => "prefetch",
            Self::Method => "method",
        }
    }

    pub(crate) fn of_label(label: &str) -> Option<Self> {
        Self::all().find(|cause| cause.label() == label)
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::Malformed
            | Self::Duplicate
            | Self::Unexpected
            | Self::WrongMode
            | Self::StateMissing
            | Self::StateUnknown
            | Self::OtherBrowser
            | Self::CookieMissing
            | Self::OtherUser
            | Self::Expired
            | Self::IssuerMissing
            | Self::IssuerMismatch
            | Self::LogoutUnknown
            | Self::Declined
            | Self::ProviderRefused => StatusCode::BAD_REQUEST,
            Self::ProviderDown
            | Self::CodeRefused
            | Self::ClientRefused
            | Self::ProviderMisbehaved
            | Self::ProviderUnreachable
            | Self::ProviderSilent
            | Self::IdentityRefused
            | Self::ApiFailed => StatusCode::BAD_GATEWAY,
            Self::StillBusy | Self::Crowded | Self::StoreUnavailable | Self::Prefetch => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::UnknownProvider => StatusCode::NOT_FOUND,
            Self::CrossSite | Self::NotConnected | Self::NotAdmitted => StatusCode::FORBIDDEN,
            Self::LoginRequired | Self::NotNavigation => StatusCode::UNAUTHORIZED,
            Self::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    pub(crate) fn of_malformed(why: MalformedCallback) -> Self {
        match why {
            MalformedCallback::TooLarge => Self::TooLarge,
            MalformedCallback::Twice(_) => Self::Duplicate,
            MalformedCallback::Unexpected(_) => Self::Unexpected,
            _ => Self::Malformed,
        }
    }

    pub(crate) fn of_begin(why: &BeginError) -> Self {
        match why {
            BeginError::NoClient(why) => Self::of_no_client(why),
            _ => Self::Internal,
        }
    }

    fn of_no_client(why: &NoClient) -> Self {
        match why.remedy {
            Remedy::RetryLater(_) => Self::ProviderUnreachable,
            _ => Self::Internal,
        }
    }

    pub(crate) fn of_store(why: &StoreError) -> Self {
        match why.kind() {
            StoreErrorKind::Unavailable => Self::StoreUnavailable,
            _ => Self::Internal,
        }
    }

    pub(crate) fn of_keep(why: &KeepError) -> Self {
        match why {
            KeepError::StoreUnavailable(_) => Self::StoreUnavailable,
            _ => Self::Internal,
        }
    }

    /// Whoever has to log in is the caller's to say where.
    pub(crate) fn of_unavailable(why: &Unavailable) -> Self {
        match why {
            Unavailable::LoginRequired { .. } => Self::LoginRequired,
            Unavailable::StoreUnavailable(_) => Self::StoreUnavailable,
            Unavailable::Later { .. } => Self::ProviderUnreachable,
            Unavailable::Refused(_) => Self::ClientRefused,
            Unavailable::Unusable(_) | Unavailable::IdTokenRefused(_) => Self::ProviderMisbehaved,
            Unavailable::NoClient(why) => Self::of_no_client(why),
            _ => Self::Internal,
        }
    }

    pub(crate) fn of_finish(why: &FinishError) -> Self {
        match why {
            // The row was of this state, browser and route, but of a configuration that is no more.
            FinishError::Resume(_) => Self::Expired,
            FinishError::Callback(why) => Self::of_callback(why),
            FinishError::Token(why) => Self::of_token(why),
            FinishError::NotSent(_) => Self::ProviderUnreachable,
            FinishError::Unknown(_) => Self::ProviderSilent,
            FinishError::Identity(_) => Self::IdentityRefused,
            FinishError::NoClient(why) => Self::of_no_client(why),
            _ => Self::Internal,
        }
    }

    fn of_callback(why: &CallbackError) -> Self {
        match why {
            CallbackError::NotOurs(_) => Self::StateUnknown,
            CallbackError::StateMissing(_) => Self::StateMissing,
            CallbackError::Expired => Self::Expired,
            CallbackError::IssuerMissing => Self::IssuerMissing,
            CallbackError::IssuerMismatch => Self::IssuerMismatch,
            CallbackError::Provider(error) => match error.code() {
                ErrorCode::AccessDenied => Self::Declined,
                ErrorCode::ServerError | ErrorCode::TemporarilyUnavailable => Self::ProviderDown,
                _ => Self::ProviderRefused,
            },
            _ => Self::Malformed,
        }
    }

    fn of_token(why: &TokenError) -> Self {
        match why {
            _ if why.is_client_refused() => Self::ClientRefused,
            TokenError::Provider { error, .. } => match error.code() {
                ErrorCode::InvalidGrant => Self::CodeRefused,
                ErrorCode::ServerError | ErrorCode::TemporarilyUnavailable => Self::ProviderDown,
                _ => Self::ClientRefused,
            },
            TokenError::Status { status: 429 | 500..=599, .. } => Self::ProviderDown,
            _ => Self::ProviderMisbehaved,
        }
    }
}
