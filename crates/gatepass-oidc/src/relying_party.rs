//! A client together with the provider's keys: a whole login as one call.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use gatepass_core::extension::exchange_patiently;
use gatepass_core::ports::{
    BeginError, Begun, ClientSource, Clock, Continuation, FinishError, Finished, Flow, Limits, LoggedOut,
    LogoutRefused, NoClient, NoUserInfo, Registered, Wish,
};
use gatepass_core::{
    Callback, CallbackError, Claims, Client, IdToken, PendingSnapshot, Secret, TokenSet, World, drive,
};
use url::Url;

use crate::continuation::{judge, no_client};
use crate::key_source::KeySource;
use crate::user_info::no_user_info;
use crate::{
    Freshness, Identity, JwtError, KeySet, LogoutVerdict, NoKeys, OpenId, ReceiveError, SignIn, SignInError,
    Unverified, UserInfoVerdict, Verdict,
};

/// An OpenID client in an asynchronous program. Cloning is cheap, and clones share their keys.
///
/// It is a [`Flow`]: `gatepass-axum` serves it like a plain client, and the session then knows who logged in.
#[derive(Clone)]
pub struct RelyingParty {
    openid: OpenId,
    keys: Arc<KeySource>,
}

impl RelyingParty {
    /// Fetches keys for this client when they are needed.
    #[must_use]
    pub fn new(openid: OpenId) -> Self {
        Self::with(openid, Freshness::default())
    }

    /// As [`new`](Self::new), with other times for the keys.
    #[must_use]
    pub fn with(openid: OpenId, freshness: Freshness) -> Self {
        Self { openid, keys: KeySource::new(freshness) }
    }

    /// The client.
    #[must_use]
    pub fn openid(&self) -> &OpenId {
        &self.openid
    }

    /// Verifies what came with an ID token. All who miss a key share one fetch of it.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn verify(&self, mut unverified: Unverified, world: &World) -> Result<SignIn, SignInError> {
        let (mut keys, mut edition) = self.keys(world).await?;
        loop {
            match unverified.verify(&keys, world.clock.now()) {
                Verdict::SignedIn(sign_in) => return Ok(sign_in),
                Verdict::Refused(why) => return Err(SignInError::IdToken(why)),
                Verdict::NeedKeys(again) => unverified = again,
            }
            (keys, edition) = self.newer_keys(edition, world).await?;
        }
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
        let Some(fetch) = self.openid.fetch_user_info(access_token, sub) else { return Ok(None) };
        let mut answer = drive(fetch, world, limits).await.map_err(SignInError::of_user_info)?;
        let (mut keys, mut edition) = self.keys(world).await?;
        loop {
            match answer.verify(&keys) {
                UserInfoVerdict::Verified(claims) => return Ok(Some(claims)),
                UserInfoVerdict::Refused(why) => return Err(SignInError::UserInfo(why)),
                UserInfoVerdict::NeedKeys(again) => answer = again,
            }
            (keys, edition) = self.newer_keys(edition, world).await?;
        }
    }

    async fn keys(&self, world: &World) -> Result<(KeySet, u64), SignInError> {
        match self.openid.fetch_keys() {
            Some(fetch) => self.keys.current(&fetch, world).await.map_err(SignInError::Keys),
            None => Ok((KeySet::default(), 0)),
        }
    }

    async fn newer_keys(&self, edition: u64, world: &World) -> Result<(KeySet, u64), SignInError> {
        let no_key = |_: NoKeys| SignInError::IdToken(JwtError::NoKey);
        let fetch = self.openid.fetch_keys().ok_or(SignInError::IdToken(JwtError::NoKey))?;
        self.keys.newer_than(edition, &fetch, world).await.map_err(no_key)
    }
}

#[async_trait]
impl ClientSource for RelyingParty {
    fn registered(&self) -> Registered {
        Registered::of(self.openid.client())
    }

    fn at_hand(&self) -> Option<Client> {
        Some(self.openid.client().clone())
    }

    async fn client(&self, world: &World) -> Result<Client, NoClient> {
        self.keys(world).await.map_err(no_client)?;
        Ok(self.openid.client().clone())
    }

    fn judge(&self, refreshed: TokenSet, login: Option<&IdToken>, clock: &dyn Clock) -> Continuation {
        let keys = self.keys.at_hand(clock.monotonic());
        judge(&self.openid, refreshed, login, keys, clock.now())
    }

    async fn catch_up(&self, edition: u64, world: &World) -> Result<(), NoClient> {
        self.newer_keys(edition, world).await.map(drop).map_err(no_client)
    }
}

#[async_trait]
impl Flow for RelyingParty {
    async fn begin(&self, wish: Wish, world: &World) -> Result<Begun, BeginError> {
        let attempt = world.attempt().map_err(BeginError::NoEntropy)?;
        let request = self.openid.authorize(&wish.scopes);
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
        let waiting = self.openid.resume(snapshot).map_err(FinishError::Resume)?;
        let exchange = waiting.receive(callback, world.clock.now()).map_err(|why| match why {
            ReceiveError::Refused(why) => FinishError::Callback(why),
            ReceiveError::NotOurs(waiting) => {
                FinishError::Callback(CallbackError::NotOurs(Box::new(waiting.into_pending())))
            }
        })?;
        let unverified = exchange_patiently(exchange, world, limits).await?;
        let sign_in =
            self.verify(unverified, world).await.map_err(|why| FinishError::Identity(Box::new(why)))?;
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
        _: &World,
    ) -> Result<Option<Url>, NoClient> {
        Ok(self.openid.end_session_url(hint, return_to))
    }

    async fn logged_out(&self, token: &str, world: &World) -> Result<LoggedOut, LogoutRefused> {
        let refused = |why: JwtError| LogoutRefused::Token(Box::new(why));
        let mut token = self.openid.logout_token(token);
        let found = self.keys(world).await;
        let (mut keys, mut edition) = found.map_err(|why| LogoutRefused::NotNow(no_client(why)))?;
        loop {
            match token.verify(&keys, world.clock.now()) {
                LogoutVerdict::LoggedOut(logout) => return Ok(logout.into()),
                LogoutVerdict::Refused(why) => return Err(refused(why)),
                LogoutVerdict::NeedKeys(again) => token = again,
            }
            let newer = self.newer_keys(edition, world).await;
            (keys, edition) = newer.map_err(|_| refused(JwtError::NoKey))?;
        }
    }
}

impl fmt::Debug for RelyingParty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelyingParty").field("openid", &self.openid).finish_non_exhaustive()
    }
}
