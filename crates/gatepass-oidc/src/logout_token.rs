//! The logout token of a back-channel logout (OpenID Connect Back-Channel Logout section 2.6).
//!
//! It is held to the rules of an ID token, has the logout event, an id and a subject or a session, and no nonce.

use std::fmt;

use gatepass_core::Timestamp;
use gatepass_core::extension::Members;
use gatepass_core::ports::LoggedOut;

use crate::claims::Reading;
use crate::id_token::{audience, issuer, subject, times};
use crate::jws::{Jws, TokenKind};
use crate::{JwtError, KeyId, KeySet, OpenId};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A logout token that nobody has verified. Nothing of it can be read.
#[must_use = "a logout that is not verified ends nothing"]
pub struct LogoutToken {
    openid: OpenId,
    token: Box<str>,
}

impl LogoutToken {
    pub(crate) fn new(openid: OpenId, token: Box<str>) -> Self {
        Self { openid, token }
    }

    /// Verifies it, all of it.
    pub fn verify(self, keys: &KeySet, now: Timestamp) -> LogoutVerdict {
        match self.judge(keys, now) {
            Ok(Some(logout)) => LogoutVerdict::LoggedOut(logout),
            Ok(None) => LogoutVerdict::NeedKeys(self),
            Err(why) => LogoutVerdict::Refused(why),
        }
    }

    /// The key that the token names, for somebody who fetches keys; `None`: it names none.
    #[must_use]
    pub fn key_id(&self) -> Option<KeyId> {
        Jws::read(&self.token, TokenKind::Logout, &self.openid.0.rules.algorithms).ok()?.kid
    }

    fn judge(&self, keys: &KeySet, now: Timestamp) -> Result<Option<Logout>, JwtError> {
        let parts = &*self.openid.0;
        let jws = Jws::read(&self.token, TokenKind::Logout, &parts.rules.algorithms)?;
        let payload = match &parts.rules.mac_secret {
            Some(secret) => jws.verify_mac(secret.expose().as_bytes())?,
            None => match jws.verify_with(keys) {
                Some(payload) => payload?,
                None => return Ok(None),
            },
        };
        let claims = Reading::of(&payload)?;
        let iss = issuer(parts, &claims)?;
        audience(parts, &claims, jws.algorithm.is_mac())?;
        let (issued, expires) = times(parts, &claims, now)?;
        let events = claims.raw("events").ok_or(JwtError::Missing("events"))?;
        let events = Members::read(events.as_bytes()).ok_or(JwtError::ClaimType("events"))?;
        let event = events.raw(EVENT).ok_or(JwtError::Claim("events"))?;
        Members::read(event.as_bytes()).ok_or(JwtError::ClaimType("events"))?;
        if claims.has("nonce") {
            return Err(JwtError::Claim("nonce"));
        }
        let sub = subject(&claims)?;
        let sid = claims.text("sid")?.filter(|sid| !sid.is_empty()).map(Box::from);
        let whom = match (sub, sid) {
            (None, None) => return Err(JwtError::Missing("sub")),
            (sub, Some(sid)) => Whom::Session { sid, sub },
            (Some(sub), None) => Whom::Subject(sub),
        };
        let jti = claims.text("jti")?.filter(|jti| !jti.is_empty()).ok_or(JwtError::Missing("jti"))?;
        Ok(Some(Logout {
            iss,
            whom,
            jti: jti.into(),
            issued,
            expires: expires.saturating_add(parts.rules.skew),
        }))
    }
}

impl fmt::Debug for LogoutToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogoutToken(..)")
    }
}

/// What became of a logout token.
#[derive(Debug)]
#[must_use = "it says whom to log out"]
#[non_exhaustive]
pub enum LogoutVerdict {
    /// Somebody logged out.
    LoggedOut(Logout),
    /// No key of the set fits: fetch the keys, and verify again.
    NeedKeys(LogoutToken),
    /// The token was refused: answer 400 and change nothing.
    Refused(JwtError),
}

/// A logout at the provider, verified.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Logout {
    /// The issuer. No session of another issuer is meant.
    pub iss: Box<str>,
    /// Whose sessions end.
    pub whom: Whom,
    /// The token's own id, by which a second arrival is known.
    pub jti: Box<str>,
    /// When it was issued.
    pub issued: Timestamp,
    /// Until when a second arrival is possible.
    pub expires: Timestamp,
}

impl From<Logout> for LoggedOut {
    fn from(logout: Logout) -> Self {
        let whom = match logout.whom {
            Whom::Session { sid, sub } => (sub, Some(sid)),
            Whom::Subject(sub) => (Some(sub), None),
        };
        Self::new(logout.iss, whom, logout.jti, (logout.issued, logout.expires))
    }
}

/// Whose sessions end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Whom {
    /// Those of one session at the provider.
    Session {
        /// The provider's session.
        sid: Box<str>,
        /// The subject, if the token names it too.
        sub: Option<Box<str>>,
    },
    /// All of a subject.
    Subject(Box<str>),
}
