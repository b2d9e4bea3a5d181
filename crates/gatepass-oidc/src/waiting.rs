//! A login with an ID token in view that waits for the person to come back.
//!
//! The nonce, and what else the ID token will be held against, travel with the parked login: another process judges
//! by them, and a plain client cannot finish it.

use std::fmt;
use std::time::Duration;

use gatepass_core::ports::Hash32;
use gatepass_core::{Callback, CallbackError, Pending, PendingSnapshot, Protocol, ResumeError, Timestamp};
use serde::{Deserialize, Serialize};

use crate::OpenId;
use crate::openid::ReceiveError;
use crate::sign_in::SignInExchange;

/// A login that was started and waits for its callback.
///
/// It is no [`Pending`] of the core, whose callback makes an exchange without an ID token in view:
///
/// ```compile_fail,E0308
/// # use gatepass_core::{Callback, Exchange, Timestamp};
/// fn bare(waiting: gatepass_oidc::Waiting, callback: Callback, now: Timestamp) {
///     let exchange: Exchange = waiting.receive(callback, now).unwrap();
/// }
/// ```
#[must_use = "without it the person's callback cannot be told from a forged one, and the login is lost"]
pub struct Waiting {
    openid: OpenId,
    pending: Pending,
    carried: Carried,
}

/// What the ID token is held against.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Carried {
    pub(crate) nonce: Box<str>,
    /// In seconds.
    #[serde(deserialize_with = "Option::deserialize")]
    pub(crate) max_age: Option<u64>,
    pub(crate) acr: Box<[Box<str>]>,
}

impl Carried {
    pub(crate) fn max_age(&self) -> Option<Duration> {
        self.max_age.map(Duration::from_secs)
    }
}

impl Waiting {
    pub(crate) fn of(openid: &OpenId, pending: Pending) -> Result<Self, ResumeError> {
        let carried = serde_json::from_slice(pending.carried()).map_err(|_| ResumeError::Unreadable)?;
        Ok(Self { openid: openid.clone(), pending, carried })
    }

    pub(crate) fn new(openid: OpenId, pending: Pending, carried: Carried) -> Self {
        Self { openid, pending, carried }
    }

    /// What a store keeps this login under.
    #[must_use]
    pub fn state_hash(&self) -> Hash32 {
        self.pending.state_hash()
    }

    /// For the port, which gives a login that is not finished back to nobody.
    pub(crate) fn into_pending(self) -> Pending {
        self.pending
    }

    /// When it is too late to come back.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.pending.expires()
    }

    /// Makes a snapshot that another process can resume. It holds secrets: seal it before it is stored.
    pub fn park(self) -> PendingSnapshot {
        self.pending.park()
    }

    /// Checks a callback and makes of it the exchange of its code, as [`Pending::receive`] does.
    ///
    /// # Errors
    /// [`ReceiveError`]. A callback that is not of this login gives it back, unspent.
    pub fn receive(self, callback: Callback, now: Timestamp) -> Result<SignInExchange, ReceiveError> {
        let Self { openid, pending, carried } = self;
        let started = pending.started();
        match pending.receive_as(Protocol::OpenId, callback, now) {
            Ok(exchange) => Ok(SignInExchange::new(openid, exchange, carried, started)),
            Err(CallbackError::NotOurs(pending) | CallbackError::StateMissing(pending)) => {
                Err(ReceiveError::NotOurs(Box::new(Self::new(openid, *pending, carried))))
            }
            Err(why) => Err(ReceiveError::Refused(why)),
        }
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting").field("pending", &self.pending).finish_non_exhaustive()
    }
}
