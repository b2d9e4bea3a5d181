//! A client together with the provider's metadata and keys: a whole login as one call.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use gatepass_core::extension::exchange_patiently;
use gatepass_core::ports::{
    BeginError, Begun, ClientSource, Clock, Continuation, FinishError, Finished, Flow, Limits, LoggedOut,
    LogoutRefused, NoClient, NoUserInfo, Registered, Wish,
};
use gatepass_core::{
    Callback, CallbackError, Claims, Client, IdToken, PendingSnapshot, Remedy, Secret, TokenSet, World, drive,
};
use url::Url;

use crate::continuation::{judge, no_client};
use crate::discovered::{Discovered, ForOpenId, Party, Whence};
use crate::user_info::no_user_info;
use crate::{
    Freshness, Identity, JwtError, LogoutVerdict, Metadata, NoKeys, OpenId, ReceiveError, Registration,
    SignIn, SignInError, Unverified, UserInfoError, UserInfoVerdict, Verdict,
};

/// An OpenID client in an asynchronous program. Cloning is cheap, and clones share what they know of the provider.
///
/// Of a [`Registration`] it asks the provider when somebody needs it: a program starts while its provider is down. All who wait
/// share one question, in a task that nobody's leaving ends.
///
/// It is a [`Flow`]: `gatepass-axum` serves it like a plain client, and the session then knows who logged in.
#[derive(Clone)]
pub struct RelyingParty {
    provider: Whence<ForOpenId>,
}

impl RelyingParty {
    /// Asks the provider what it is, and for its keys, when they are needed.
    #[must_use]
    pub fn of(registration: Registration) -> Self {
        Self { provider: Whence::asked(ForOpenId(registration)) }
    }

    /// Fetches keys for this client when they are needed. The program has asked for the metadata, and asks for newer ones.
    #[must_use]
    pub fn new(openid: OpenId) -> Self {
        Self::with(openid, Freshness::default())
    }

    /// As [`new`](Self::new), with other times for the keys.
    #[must_use]
    pub fn with(openid: OpenId, freshness: Freshness) -> Self {
        let registered = Registered::of(openid.client());
        Self { provider: Whence::AtHand(Box::new((Party::new(openid, freshness), registered))) }
    }

    /// The client; its provider is asked, if that has not been done or for long.
    ///
    /// # Errors
    /// [`NoClient`].
    pub async fn openid(&self, world: &World) -> Result<OpenId, NoClient> {
        self.provider.answer(world).await.map(|party| party.openid)
    }

    /// What the provider said of itself when it was asked last; `None`: it was not, or by the program.
    ///
    /// [`Metadata::as_json`] can be kept for a start without the provider: `RegistrationBuilder::known`.
    #[must_use]
    pub fn metadata(&self) -> Option<Metadata> {
        self.provider.last()?.metadata().map(|metadata| (*metadata).clone())
    }

    /// The names of endpoints that lie on another origin than when the provider was asked first. Logins go there; the tokens
    /// of grants from before do not, unless [`moved_from`](crate::RegistrationBuilder::moved_from) allows it.
    #[must_use]
    pub fn moved(&self) -> Vec<&'static str> {
        self.provider.last().map(|party| party.moved()).unwrap_or_default()
    }

    /// Verifies what came with an ID token. All who miss a key share one fetch of it.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn verify(&self, unverified: Unverified, world: &World) -> Result<SignIn, SignInError> {
        let party = self.provider.answer(world).await.map_err(SignInError::NoClient)?;
        verify(&party, unverified, world).await
    }

    /// Asks who somebody is who logged in. `None`: the provider has no user info.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn user_info(
        &self,
        sign_in: &SignIn,
        world: &World,
        limits: &Limits,
    ) -> Result<Option<Claims>, SignInError> {
        self.user_info_of(sign_in.tokens.access_token(), sign_in.identity.sub(), world, limits).await
    }

    /// As [`user_info`](Self::user_info), with an access token that has been kept, of a login of this subject.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn user_info_of(
        &self,
        access_token: &Secret,
        sub: &str,
        world: &World,
        limits: &Limits,
    ) -> Result<Option<Claims>, SignInError> {
        let party = self.provider.answer(world).await.map_err(SignInError::NoClient)?;
        if party.user_info_moved() {
            return Err(SignInError::UserInfo(UserInfoError::Moved));
        }
        let Some(fetch) = party.openid.fetch_user_info(access_token, sub) else { return Ok(None) };
        let mut answer = drive(fetch, world, limits).await.map_err(SignInError::of_user_info)?;
        // What is not signed needs no keys, and must not wait for any.
        let (mut keys, mut edition) = party.keys_at_hand(world.clock.monotonic()).unwrap_or_default();
        for _ in 0..NEWER {
            match answer.verify(&keys) {
                UserInfoVerdict::Verified(claims) => return Ok(Some(claims)),
                UserInfoVerdict::Refused(why) => return Err(SignInError::UserInfo(why)),
                UserInfoVerdict::NeedKeys(again) => answer = again,
            }
            let newer = party.keys(Some(edition), world).await;
            (keys, edition) = newer.map_err(|why| SignInError::no_newer(why, SignInError::of_jwt))?;
        }
        Err(SignInError::of_jwt(JwtError::NoKey))
    }

    /// Asks the provider once more, if that is not for long: a code cannot be had a second time.
    async fn party_patiently(&self, world: &World) -> Result<Party, NoClient> {
        match self.provider.answer(world).await {
            Err(NoClient { remedy: Remedy::RetryLater(Some(after)), .. }) if after <= PATIENCE => {
                world.timer.sleep(after).await;
                self.provider.answer(world).await
            }
            answer => answer,
        }
    }
}

/// A token that no key of that many editions fits is given up, however short the cool-down is: whoever makes up the name of a
/// key does not have the provider asked for ever.
pub(crate) const NEWER: usize = 3;

/// How long somebody who has come back waits for what could not be had a moment ago.
const PATIENCE: Duration = Duration::from_secs(8);

/// Waits for the provider's keys once more, if that is not for long.
async fn keys_patiently(party: &Party, world: &World) -> Result<(), NoKeys> {
    match party.keys(None, world).await {
        Err(why) if matches!(why.remedy(), Remedy::RetryLater(_)) && why.retry_after <= PATIENCE => {
            world.timer.sleep(why.retry_after).await;
            party.keys(None, world).await.map(drop)
        }
        keys => keys.map(drop),
    }
}

async fn verify(party: &Party, mut unverified: Unverified, world: &World) -> Result<SignIn, SignInError> {
    let (mut keys, mut edition) = party.keys(None, world).await.map_err(SignInError::Keys)?;
    for _ in 0..NEWER {
        match unverified.verify(&keys, world.clock.now()) {
            Verdict::SignedIn(sign_in) => return Ok(sign_in),
            Verdict::Refused(why) => return Err(SignInError::IdToken(why)),
            Verdict::NeedKeys(again) => unverified = again,
        }
        let newer = party.keys(Some(edition), world).await;
        (keys, edition) = newer.map_err(|why| SignInError::no_newer(why, SignInError::IdToken))?;
    }
    Err(SignInError::IdToken(JwtError::NoKey))
}

#[async_trait]
impl ClientSource for RelyingParty {
    fn registered(&self) -> Registered {
        self.provider.registered()
    }

    fn at_hand(&self) -> Option<Client> {
        self.provider.last().map(|party| party.client().clone())
    }

    async fn client(&self, world: &World) -> Result<Client, NoClient> {
        let party = self.provider.answer(world).await?;
        party.keys(None, world).await.map_err(no_client)?;
        Ok(party.client().clone())
    }

    fn judge(&self, refreshed: TokenSet, login: Option<&IdToken>, clock: &dyn Clock) -> Continuation {
        judge(self.provider.at_hand(clock.monotonic()), refreshed, login, clock)
    }

    async fn catch_up(&self, edition: u64, world: &World) -> Result<(), NoClient> {
        let party = self.provider.answer(world).await?;
        party.keys(Some(edition), world).await.map(drop).map_err(no_client)
    }
}

#[async_trait]
impl Flow for RelyingParty {
    async fn begin(&self, wish: Wish, world: &World) -> Result<Begun, BeginError> {
        let party = self.provider.answer(world).await.map_err(BeginError::NoClient)?;
        // While the person is away, so that nobody waits for keys with a code in hand.
        party.prepare(world);
        let attempt = world.attempt().map_err(BeginError::NoEntropy)?;
        let request = party.openid.authorize(&wish.scopes);
        let request =
            wish.params.into_iter().fold(request, |request, (name, value)| request.param(name, value));
        let (url, waiting) = request.start(attempt).map_err(BeginError::Start)?;
        Ok(Begun::new(url, waiting.state_hash(), waiting.park()))
    }

    async fn finish(
        &self,
        snapshot: PendingSnapshot,
        callback: Callback,
        world: &World,
        limits: &Limits,
    ) -> Result<Finished, FinishError> {
        let party = self.party_patiently(world).await.map_err(FinishError::NoClient)?;
        let waiting = party.openid.resume(snapshot).map_err(FinishError::Resume)?;
        let exchange = waiting.receive(callback, world.clock.now()).map_err(|why| match why {
            ReceiveError::Refused(why) => FinishError::Callback(why),
            ReceiveError::NotOurs(waiting) => {
                FinishError::Callback(CallbackError::NotOurs(Box::new(waiting.into_pending())))
            }
        })?;
        // Before the code is spent: without keys nobody could say whose the tokens are.
        keys_patiently(&party, world).await.map_err(|why| FinishError::NoClient(no_client(why)))?;
        let unverified = exchange_patiently(exchange, world, limits).await?;
        let sign_in =
            verify(&party, unverified, world).await.map_err(|why| FinishError::Identity(Box::new(why)))?;
        let subject = sign_in.identity.subject().clone();
        Ok(Finished::new(sign_in.tokens, Some(subject)))
    }

    fn claims(&self, id_token: &IdToken) -> Option<Claims> {
        Identity::of(id_token).map(|identity| identity.claims)
    }

    async fn user_info(
        &self,
        access_token: &Secret,
        sub: &str,
        world: &World,
        limits: &Limits,
    ) -> Result<Option<Claims>, NoUserInfo> {
        self.user_info_of(access_token, sub, world, limits).await.map_err(no_user_info)
    }

    async fn end_session(
        &self,
        hint: Option<&IdToken>,
        return_to: Option<(&Url, &str)>,
        world: &World,
    ) -> Result<Option<Url>, NoClient> {
        Ok(self.provider.answer(world).await?.openid.end_session_url(hint, return_to))
    }

    fn ends_sessions_at(&self) -> Option<Url> {
        self.provider.last()?.openid.end_session_url(None, None)
    }

    async fn logged_out(&self, token: &str, world: &World) -> Result<LoggedOut, LogoutRefused> {
        let refused = |why: JwtError| LogoutRefused::Token(Box::new(why));
        let party = self.provider.answer(world).await.map_err(LogoutRefused::NotNow)?;
        let mut token = party.openid.logout_token(token);
        let found = party.keys(None, world).await;
        let (mut keys, mut edition) = found.map_err(|why| LogoutRefused::NotNow(no_client(why)))?;
        for _ in 0..NEWER {
            match token.verify(&keys, world.clock.now()) {
                LogoutVerdict::LoggedOut(logout) => return Ok(logout.into()),
                LogoutVerdict::Refused(why) => return Err(refused(why)),
                LogoutVerdict::NeedKeys(again) => token = again,
            }
            let newer = party.keys_for_stranger(edition, world).await;
            (keys, edition) = newer.map_err(|why| {
                if why.is_outage() { LogoutRefused::NotNow(no_client(why)) } else { refused(JwtError::NoKey) }
            })?;
        }
        Err(refused(JwtError::NoKey))
    }
}

impl fmt::Debug for RelyingParty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelyingParty")
            .field("registered", &self.provider.registered())
            .finish_non_exhaustive()
    }
}
