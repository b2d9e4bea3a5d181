//! A whole login in a blocking program.

use std::sync::{Mutex, PoisonError};

use gatepass_core::blocking::{World, drive};
use gatepass_core::ports::blocking::ClientSource;
use gatepass_core::ports::{Clock, Continuation, Limits, NoClient, Registered};
use gatepass_core::{Client, IdToken, Secret, TokenSet};

use crate::continuation::{judge, no_client};
use crate::{
    Claims, Freshness, JwtError, KeySet, Keys, Need, NoKeys, OpenId, SignIn, SignInError, Unverified,
    UserInfoVerdict, Verdict,
};

/// An OpenID client in a blocking program. Share it behind an `Arc`: threads that miss a key wait for one fetch.
#[derive(Debug)]
pub struct RelyingParty {
    openid: OpenId,
    keys: Mutex<Keys>,
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
        Self { openid, keys: Mutex::new(Keys::new(freshness)) }
    }

    /// The client.
    #[must_use]
    pub fn openid(&self) -> &OpenId {
        &self.openid
    }

    /// Verifies what came with an ID token.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn verify(&self, mut unverified: Unverified, world: &World) -> Result<SignIn, SignInError> {
        let (mut keys, mut edition) = self.keys(None, world).map_err(SignInError::Keys)?;
        loop {
            match unverified.verify(&keys, world.clock.now()) {
                Verdict::SignedIn(sign_in) => return Ok(sign_in),
                Verdict::Refused(why) => return Err(SignInError::IdToken(why)),
                Verdict::NeedKeys(again) => unverified = again,
            }
            (keys, edition) = self.keys(Some(edition), world).map_err(no_key)?;
        }
    }

    /// Asks who somebody is who logged in. `None`: the provider has no user info.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn user_info(
        &self,
        sign_in: &SignIn,
        world: &World,
        limits: &Limits,
    ) -> Result<Option<Claims>, SignInError> {
        self.user_info_of(sign_in.tokens.access_token(), sign_in.identity.sub(), world, limits)
    }

    /// As [`user_info`](Self::user_info), with an access token that has been kept, of a login of this subject.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn user_info_of(
        &self,
        access_token: &Secret,
        sub: &str,
        world: &World,
        limits: &Limits,
    ) -> Result<Option<Claims>, SignInError> {
        let Some(fetch) = self.openid.fetch_user_info(access_token, sub) else { return Ok(None) };
        let mut answer = drive(fetch, world, limits).map_err(SignInError::of_user_info)?;
        let (mut keys, mut edition) = self.keys(None, world).map_err(SignInError::Keys)?;
        loop {
            match answer.verify(&keys) {
                UserInfoVerdict::Verified(claims) => return Ok(Some(claims)),
                UserInfoVerdict::Refused(why) => return Err(SignInError::UserInfo(why)),
                UserInfoVerdict::NeedKeys(again) => answer = again,
            }
            (keys, edition) = self.keys(Some(edition), world).map_err(no_key)?;
        }
    }

    /// The keys; newer than an edition in which one was missing. Whoever fetches holds the lock, and the others wait.
    fn keys(&self, missed: Option<u64>, world: &World) -> Result<(KeySet, u64), NoKeys> {
        let Some(fetch) = self.openid.fetch_keys() else { return Ok((KeySet::default(), 0)) };
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let now = world.clock.monotonic();
            let need = missed.map_or_else(|| keys.look(now), |edition| keys.missed(edition, now));
            match (need, keys.current(now)) {
                (Need::CoolDown(left), _) => return Err(NoKeys { retry_after: left }),
                (Need::Use, Some((set, edition))) => return Ok((set.clone(), edition)),
                _ => {}
            }
            keys.begin();
            match drive(fetch.clone(), world, &Limits::DEFAULT) {
                Ok(set) => keys.fetched(set, world.clock.monotonic()),
                Err(_) => keys.failed(world.clock.monotonic()),
            }
        }
    }
}

impl ClientSource for RelyingParty {
    fn registered(&self) -> Registered {
        Registered::of(self.openid.client())
    }

    fn at_hand(&self) -> Option<Client> {
        Some(self.openid.client().clone())
    }

    fn client(&self, world: &World) -> Result<Client, NoClient> {
        self.keys(None, world).map_err(|why| no_client(SignInError::Keys(why)))?;
        Ok(self.openid.client().clone())
    }

    fn judge(&self, refreshed: TokenSet, login: Option<&IdToken>, clock: &dyn Clock) -> Continuation {
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = keys.current(clock.monotonic()).map(|(set, edition)| (set.clone(), edition));
        judge(&self.openid, refreshed, login, keys, clock.now())
    }

    fn catch_up(&self, edition: u64, world: &World) -> Result<(), NoClient> {
        self.keys(Some(edition), world).map(drop).map_err(|why| no_client(SignInError::Keys(why)))
    }
}

fn no_key(_: NoKeys) -> SignInError {
    SignInError::IdToken(JwtError::NoKey)
}
