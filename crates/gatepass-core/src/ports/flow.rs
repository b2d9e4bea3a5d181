//! A whole login as a port: what the browser's side needs of a protocol.

use std::fmt;

use async_trait::async_trait;
use url::Url;

use super::{ClientSource, Hash32, HttpError, Limits, NoClient, NoEntropy, Subject, Wish};
use crate::drive::{DriveError, World, drive};
use crate::{
    Callback, CallbackError, Claims, Client, IdToken, PendingSnapshot, Remedy, ResumeError, Roundtrip,
    Secret, StartError, Timestamp, TokenError, TokenSet,
};

/// A login that was begun.
#[derive(Debug)]
#[must_use = "without the snapshot the login is lost"]
#[non_exhaustive]
pub struct Begun {
    /// Where to send the person.
    pub url: Url,
    /// What to keep the snapshot under.
    pub state: Hash32,
    /// The login, to be sealed and kept.
    pub snapshot: PendingSnapshot,
}

impl Begun {
    /// A login of these parts.
    pub fn new(url: Url, state: Hash32, snapshot: PendingSnapshot) -> Self {
        Self { url, state, snapshot }
    }
}

/// A login that was finished.
#[derive(Debug)]
#[must_use = "tokens that are not kept are lost, and the person has to log in again"]
#[non_exhaustive]
pub struct Finished {
    /// The tokens.
    pub tokens: TokenSet,
    /// Who logged in, if the protocol tells and it was verified.
    pub subject: Option<Subject>,
}

impl Finished {
    /// A login of these parts.
    pub fn new(tokens: TokenSet, subject: Option<Subject>) -> Self {
        Self { tokens, subject }
    }
}

/// A protocol that logs people in.
///
/// - FLOW-1: what [`begin`](Flow::begin) made, [`finish`](Flow::finish) takes, in another process too.
/// - FLOW-2: `finish` sends nothing before `state`, `iss` and `error` of the callback were judged.
/// - FLOW-3: a code is presented at most once, unless its request certainly never left.
/// - FLOW-4: nothing of a logout token is used before all of it was verified.
#[async_trait]
pub trait Flow: ClientSource {
    /// Begins a login.
    ///
    /// # Errors
    /// [`BeginError`], when no authorization request can be made.
    async fn begin(&self, wish: Wish, world: &World) -> Result<Begun, BeginError>;

    /// Finishes a login.
    ///
    /// # Errors
    /// [`FinishError`], by whose fault.
    async fn finish(
        &self,
        snapshot: PendingSnapshot,
        callback: Callback,
        world: &World,
        limits: &Limits,
    ) -> Result<Finished, FinishError>;

    /// What a verified ID token of this protocol says; `None`: it has none.
    fn claims(&self, id_token: &IdToken) -> Option<Claims>;

    /// Asks who a person is, with their access token. The answer counts only if it is about the subject of their login
    /// (OpenID Connect Core section 5.3); `None`: the provider has no user info.
    ///
    /// # Errors
    /// [`NoUserInfo`].
    async fn user_info(
        &self,
        access_token: &Secret,
        sub: &str,
        world: &World,
        limits: &Limits,
    ) -> Result<Option<Claims>, NoUserInfo>;

    /// The URL that ends the person's session at the provider, which sends them back to `return_to` with this `state`
    /// (OpenID Connect RP-Initiated Logout section 2); `None`: there is no such place.
    ///
    /// # Errors
    /// [`NoClient`].
    async fn end_session(
        &self,
        hint: Option<&IdToken>,
        return_to: Option<(&Url, &str)>,
        world: &World,
    ) -> Result<Option<Url>, NoClient>;

    /// Where [`end_session`](Flow::end_session) leads, if that is at hand: the pages of a site have to name it, and ask nobody.
    fn ends_sessions_at(&self) -> Option<Url>;

    /// Verifies a logout token that somebody has sent (OpenID Connect Back-Channel Logout section 2.6).
    ///
    /// # Errors
    /// [`LogoutRefused`]: nothing has ended.
    async fn logged_out(&self, token: &str, world: &World) -> Result<LoggedOut, LogoutRefused>;
}

#[async_trait]
impl Flow for Client {
    async fn begin(&self, wish: Wish, world: &World) -> Result<Begun, BeginError> {
        let attempt = world.attempt().map_err(BeginError::NoEntropy)?;
        let (url, pending) = wish.request(self).start(attempt).map_err(BeginError::Start)?;
        Ok(Begun { url, state: pending.state_hash(), snapshot: pending.park() })
    }

    async fn finish(
        &self,
        snapshot: PendingSnapshot,
        callback: Callback,
        world: &World,
        limits: &Limits,
    ) -> Result<Finished, FinishError> {
        let pending = self.resume(snapshot).map_err(FinishError::Resume)?;
        let exchange = pending.receive(callback, world.clock.now()).map_err(FinishError::Callback)?;
        Ok(Finished { tokens: exchange_patiently(exchange, world, limits).await?, subject: None })
    }

    fn claims(&self, _: &IdToken) -> Option<Claims> {
        None
    }

    async fn user_info(
        &self,
        _: &Secret,
        _: &str,
        _: &World,
        _: &Limits,
    ) -> Result<Option<Claims>, NoUserInfo> {
        Ok(None)
    }

    async fn end_session(
        &self,
        _: Option<&IdToken>,
        _: Option<(&Url, &str)>,
        _: &World,
    ) -> Result<Option<Url>, NoClient> {
        Ok(None)
    }

    fn ends_sessions_at(&self) -> Option<Url> {
        None
    }

    async fn logged_out(&self, _: &str, _: &World) -> Result<LoggedOut, LogoutRefused> {
        Err(LogoutRefused::Unsupported)
    }
}

/// User info that cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum NoUserInfo {
    /// The access token was refused: another one may be good.
    TokenRefused,
    /// The answer was refused, and nothing of it may be used.
    Refused(Box<dyn std::error::Error + Send + Sync>),
    /// The provider, or its keys, cannot be had now.
    NotNow(Box<dyn std::error::Error + Send + Sync>),
}

impl fmt::Display for NoUserInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TokenRefused => "the user info endpoint refused the access token",
            Self::Refused(_) => "user info was refused",
            Self::NotNow(_) => "user info cannot be had now",
        })
    }
}

impl std::error::Error for NoUserInfo {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::TokenRefused => None,
            Self::Refused(why) | Self::NotNow(why) => Some(why.as_ref()),
        }
    }
}

/// Somebody who logged out at the provider, by a logout token that was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "their sessions here have not ended yet"]
#[non_exhaustive]
pub struct LoggedOut {
    /// The issuer. No session of another issuer is meant.
    pub iss: Box<str>,
    /// The subject, `sub`. With a session, both must fit.
    pub sub: Option<Box<str>>,
    /// The provider's session, `sid`; `None`: all of the subject.
    pub sid: Option<Box<str>>,
    /// The token's own id, by which a second arrival is known.
    pub jti: Box<str>,
    /// When the token was issued: sessions that began later are not meant.
    pub issued: Timestamp,
    /// Until when a second arrival is possible.
    pub expires: Timestamp,
}

impl LoggedOut {
    /// A logout of these parts; one of subject and session must be there.
    pub fn new(
        iss: impl Into<Box<str>>,
        (sub, sid): (Option<Box<str>>, Option<Box<str>>),
        jti: impl Into<Box<str>>,
        (issued, expires): (Timestamp, Timestamp),
    ) -> Self {
        Self { iss: iss.into(), sub, sid, jti: jti.into(), issued, expires }
    }
}

/// A logout token that ended nothing.
#[derive(Debug)]
#[non_exhaustive]
pub enum LogoutRefused {
    /// The protocol has no such thing.
    Unsupported,
    /// The token is not sound, or cannot be judged.
    Token(Box<dyn std::error::Error + Send + Sync>),
    /// The provider's keys cannot be had now.
    NotNow(NoClient),
}

impl fmt::Display for LogoutRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unsupported => "this provider sends no logout tokens that could be verified",
            Self::Token(_) => "the logout token was refused",
            Self::NotNow(_) => "the logout token cannot be verified now",
        })
    }
}

impl std::error::Error for LogoutRefused {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unsupported => None,
            Self::Token(why) => Some(why.as_ref()),
            Self::NotNow(why) => Some(why),
        }
    }
}

/// How long to wait before a request that never left is sent again.
const PATIENCE: [std::time::Duration; 3] = [
    std::time::Duration::from_millis(100),
    std::time::Duration::from_millis(400),
    std::time::Duration::from_millis(1_600),
];

/// Exchanges a code; a code that never left is not lost to a name that was not found or a connection that was refused.
///
/// # Errors
/// [`FinishError`].
pub async fn exchange_patiently<R: Roundtrip<Error = TokenError>>(
    mut exchange: R,
    world: &World,
    limits: &Limits,
) -> Result<R::Output, FinishError> {
    let mut patience = PATIENCE.into_iter();
    loop {
        match drive(exchange, world, limits).await {
            Ok(tokens) => return Ok(tokens),
            Err(DriveError::NotSent { leg, why }) => {
                let Some(wait) = patience.next() else { return Err(FinishError::NotSent(why)) };
                world.timer.sleep(wait).await;
                exchange = leg;
            }
            Err(why) => return Err(why.into()),
        }
    }
}

/// A login that cannot be begun.
#[derive(Debug)]
#[non_exhaustive]
pub enum BeginError {
    /// The authorization request cannot be made.
    Start(StartError),
    /// There is no randomness.
    NoEntropy(NoEntropy),
    /// There is no client yet.
    NoClient(NoClient),
}

impl fmt::Display for BeginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(why) => fmt::Display::fmt(why, f),
            Self::NoEntropy(why) => fmt::Display::fmt(why, f),
            Self::NoClient(why) => fmt::Display::fmt(why, f),
        }
    }
}

impl std::error::Error for BeginError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NoClient(why) => std::error::Error::source(why),
            _ => None,
        }
    }
}

/// A login that was not finished.
#[derive(Debug)]
#[non_exhaustive]
pub enum FinishError {
    /// The parked login cannot be taken up.
    Resume(ResumeError),
    /// The callback was refused.
    Callback(CallbackError),
    /// The token endpoint refused, or its answer was.
    Token(TokenError),
    /// Nothing reached the token endpoint, however often it was tried.
    NotSent(HttpError),
    /// No answer came, and the code may be spent.
    Unknown(HttpError),
    /// There is no randomness.
    NoEntropy(NoEntropy),
    /// There is no client, and the code was not sent.
    NoClient(NoClient),
    /// The identity was refused; a protocol on top of this crate says why.
    Identity(Box<dyn std::error::Error + Send + Sync>),
}

impl<R: Roundtrip<Error = TokenError>> From<DriveError<R>> for FinishError {
    fn from(why: DriveError<R>) -> Self {
        match why {
            DriveError::Refused(why) => Self::Token(why),
            DriveError::NotSent { why, .. } => Self::NotSent(why),
            DriveError::Unknown(why) => Self::Unknown(why),
            DriveError::NoEntropy { .. } => Self::NoEntropy(NoEntropy),
        }
    }
}

impl FinishError {
    /// What a program can do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Resume(_) => Remedy::AskAgain,
            Self::Callback(why) => why.remedy(),
            Self::Token(why) => why.remedy(),
            Self::NotSent(_) | Self::Unknown(_) | Self::NoEntropy(_) => Remedy::RetryLater(None),
            Self::NoClient(why) => why.remedy,
            Self::Identity(_) => Remedy::ProviderMisbehaved,
        }
    }
}

impl fmt::Display for FinishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resume(why) => fmt::Display::fmt(why, f),
            Self::Callback(why) => fmt::Display::fmt(why, f),
            Self::Token(why) => fmt::Display::fmt(why, f),
            Self::NotSent(_) => f.write_str("the token endpoint could not be reached"),
            Self::Unknown(_) => f.write_str("the token endpoint did not answer, and the code may be spent"),
            Self::NoEntropy(why) => fmt::Display::fmt(why, f),
            Self::NoClient(why) => fmt::Display::fmt(why, f),
            Self::Identity(_) => f.write_str("the identity was refused"),
        }
    }
}

impl std::error::Error for FinishError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotSent(why) | Self::Unknown(why) => Some(why),
            Self::NoClient(why) => std::error::Error::source(why),
            Self::Identity(why) => Some(why.as_ref()),
            _ => None,
        }
    }
}
