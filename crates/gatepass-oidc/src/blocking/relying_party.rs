//! A client together with the provider's metadata and keys, in a blocking program.

use std::fmt;

use gatepass_core::blocking::{World, drive};
use gatepass_core::ports::blocking::ClientSource;
use gatepass_core::ports::{Clock, Continuation, FinishError, Limits, NoClient, Registered};
use gatepass_core::{Client, IdToken, Secret, TokenSet};

use crate::continuation::{judge, no_client};
use crate::discovered::{Discovered, ForOpenId, Party, Whence};
use crate::relying_party::NEWER;
use crate::{
    Claims, Freshness, JwtError, Metadata, OpenId, Registration, SignIn, SignInError, SignInExchange,
    Unverified, UserInfoError, UserInfoVerdict, Verdict,
};

/// An OpenID client in a blocking program. Cloning is cheap, and clones share what they know of the provider.
///
/// Of a [`Registration`] it asks the provider when somebody needs it. Threads that need the same wait for one question; those
/// that only look at what is there wait for nobody.
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
    pub fn openid(&self, world: &World) -> Result<OpenId, NoClient> {
        self.provider.answer_blocking(world).map(|party| party.openid)
    }

    /// What the provider said of itself when it was asked last; `None`: it was not, or by the program.
    ///
    /// [`Metadata::as_json`] can be kept for a start without the provider: `RegistrationBuilder::known`.
    #[must_use]
    pub fn metadata(&self) -> Option<Metadata> {
        self.provider.last()?.metadata().map(|metadata| (*metadata).clone())
    }

    /// The names of endpoints that lie on another origin than when the provider was asked first.
    #[must_use]
    pub fn moved(&self) -> Vec<&'static str> {
        self.provider.last().map(|party| party.moved()).unwrap_or_default()
    }

    /// Exchanges a code and verifies what comes of it. The provider's keys are fetched before the code is spent: without them
    /// nobody could say whose the tokens are.
    ///
    /// # Errors
    /// [`FinishError`], by whose fault.
    pub fn finish(
        &self,
        exchange: SignInExchange,
        world: &World,
        limits: &Limits,
    ) -> Result<SignIn, FinishError> {
        ClientSource::client(self, world).map_err(FinishError::NoClient)?;
        let unverified = drive(exchange, world, limits).map_err(FinishError::from)?;
        self.verify(unverified, world).map_err(|why| FinishError::Identity(Box::new(why)))
    }

    /// Verifies what came with an ID token.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn verify(&self, mut unverified: Unverified, world: &World) -> Result<SignIn, SignInError> {
        let party = self.provider.answer_blocking(world).map_err(SignInError::NoClient)?;
        let (mut keys, mut edition) = party.keys_blocking(None, world).map_err(SignInError::Keys)?;
        for _ in 0..NEWER {
            match unverified.verify(&keys, world.clock.now()) {
                Verdict::SignedIn(sign_in) => return Ok(sign_in),
                Verdict::Refused(why) => return Err(SignInError::IdToken(why)),
                Verdict::NeedKeys(again) => unverified = again,
            }
            let newer = party.keys_blocking(Some(edition), world);
            (keys, edition) = newer.map_err(|why| SignInError::no_newer(why, SignInError::IdToken))?;
        }
        Err(SignInError::IdToken(JwtError::NoKey))
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
        let party = self.provider.answer_blocking(world).map_err(SignInError::NoClient)?;
        if party.user_info_moved() {
            return Err(SignInError::UserInfo(UserInfoError::Moved));
        }
        let Some(fetch) = party.openid.fetch_user_info(access_token, sub) else { return Ok(None) };
        let mut answer = drive(fetch, world, limits).map_err(SignInError::of_user_info)?;
        // What is not signed needs no keys, and must not wait for any.
        let (mut keys, mut edition) = party.keys_at_hand(world.clock.monotonic()).unwrap_or_default();
        for _ in 0..NEWER {
            match answer.verify(&keys) {
                UserInfoVerdict::Verified(claims) => return Ok(Some(claims)),
                UserInfoVerdict::Refused(why) => return Err(SignInError::UserInfo(why)),
                UserInfoVerdict::NeedKeys(again) => answer = again,
            }
            let newer = party.keys_blocking(Some(edition), world);
            (keys, edition) = newer.map_err(|why| SignInError::no_newer(why, SignInError::of_jwt))?;
        }
        Err(SignInError::of_jwt(JwtError::NoKey))
    }
}

impl ClientSource for RelyingParty {
    fn registered(&self) -> Registered {
        self.provider.registered()
    }

    fn at_hand(&self) -> Option<Client> {
        self.provider.last().map(|party| party.client().clone())
    }

    fn client(&self, world: &World) -> Result<Client, NoClient> {
        let party = self.provider.answer_blocking(world)?;
        party.keys_blocking(None, world).map_err(no_client)?;
        Ok(party.client().clone())
    }

    fn judge(&self, refreshed: TokenSet, login: Option<&IdToken>, clock: &dyn Clock) -> Continuation {
        judge(self.provider.at_hand(clock.monotonic()), refreshed, login, clock)
    }

    fn catch_up(&self, edition: u64, world: &World) -> Result<(), NoClient> {
        let party = self.provider.answer_blocking(world)?;
        party.keys_blocking(Some(edition), world).map(drop).map_err(no_client)
    }
}

impl fmt::Debug for RelyingParty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelyingParty")
            .field("registered", &self.provider.registered())
            .finish_non_exhaustive()
    }
}
