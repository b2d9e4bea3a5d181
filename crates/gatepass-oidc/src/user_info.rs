//! Asking who somebody is (OpenID Connect Core section 5.3).
//!
//! - The access token travels in the `Authorization` header and nowhere else.
//! - An answer about anybody but the subject of the ID token is refused, and nothing of it can be read.

use std::fmt;

use gatepass_core::extension::claims_of_read;
use gatepass_core::ports::NoUserInfo;
use gatepass_core::{Attempt, Body, Roundtrip, Secret, Step, Timestamp};
use http::header::{ACCEPT, AUTHORIZATION};
use http::{HeaderValue, Request, Response};

use crate::claims::Reading;
use crate::discovery::content_type;
use crate::id_token::{audience, issuer, subject};
use crate::jws::{Jws, TokenKind};
use crate::{Claims, JwtError, KeySet, OpenId, SignInError};

/// A question for user info.
#[must_use = "a leg that is not driven asks nobody"]
pub struct FetchUserInfo {
    openid: OpenId,
    address: http::Uri,
    access_token: Secret,
    subject: Box<str>,
}

impl FetchUserInfo {
    pub(crate) fn new(openid: OpenId, address: http::Uri, access_token: Secret, subject: Box<str>) -> Self {
        Self { openid, address, access_token, subject }
    }
}

impl Roundtrip for FetchUserInfo {
    type Sent = Self;
    type Output = UnverifiedUserInfo;
    type Error = UserInfoError;

    fn request(self, _: Attempt) -> Result<(Request<Body>, Self), UserInfoError> {
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", self.access_token.expose()))
            .map_err(|_| UserInfoError::Token)?;
        bearer.set_sensitive(true);
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = self.address.clone();
        request.headers_mut().insert(AUTHORIZATION, bearer);
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json, application/jwt"));
        Ok((request, self))
    }

    fn response(sent: Self, answer: Response<Body>, _: Timestamp) -> Result<Step<Self>, UserInfoError> {
        let status = answer.status().as_u16();
        match status {
            200 => {}
            401 => return Err(UserInfoError::Token),
            300..=399 => return Err(UserInfoError::Redirect { status }),
            _ => return Err(UserInfoError::Status { status }),
        }
        let named = content_type(&answer);
        let signed = named.eq_ignore_ascii_case("application/jwt");
        if !signed && !named.eq_ignore_ascii_case("application/json") {
            return Err(UserInfoError::ContentType);
        }
        let text = std::str::from_utf8(answer.body().as_bytes()).map_err(|_| UserInfoError::Body)?;
        let (openid, subject) = (sent.openid, sent.subject);
        Ok(Step::Done(UnverifiedUserInfo { openid, subject, text: text.trim().into(), signed }))
    }

    fn not_sent(sent: Self) -> Self {
        sent
    }
}

impl fmt::Debug for FetchUserInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchUserInfo").field("openid", &self.openid).finish_non_exhaustive()
    }
}

/// User info that nobody has held against the login yet. Nothing of it can be read.
#[must_use = "what is not verified proves nothing"]
pub struct UnverifiedUserInfo {
    openid: OpenId,
    subject: Box<str>,
    text: Box<str>,
    signed: bool,
}

impl UnverifiedUserInfo {
    /// Verifies the signature, where one was agreed on or came, and the subject in any case.
    pub fn verify(self, keys: &KeySet) -> UserInfoVerdict {
        match self.judge(keys) {
            Ok(Some(claims)) => UserInfoVerdict::Verified(claims),
            Ok(None) => UserInfoVerdict::NeedKeys(self),
            Err(why) => UserInfoVerdict::Refused(why),
        }
    }

    fn judge(&self, keys: &KeySet) -> Result<Option<Claims>, UserInfoError> {
        let parts = &*self.openid.0;
        let json = match (self.signed, parts.rules.user_info) {
            (false, None) => self.text.to_string(),
            (false, Some(_)) => return Err(UserInfoError::NotSigned),
            (true, agreed) => {
                let agreed = agreed.map_or_else(|| parts.rules.algorithms.clone(), |only| vec![only]);
                let jws = Jws::read(&self.text, TokenKind::UserInfo, &agreed).map_err(UserInfoError::Jwt)?;
                let payload = match (&parts.rules.mac_secret, jws.algorithm.is_mac()) {
                    (Some(secret), true) => jws.verify_mac(secret.expose().as_bytes()),
                    _ => match jws.verify_with(keys) {
                        Some(payload) => payload,
                        None => return Ok(None),
                    },
                };
                let payload = payload.map_err(UserInfoError::Jwt)?;
                let claims = Reading::of(&payload).map_err(UserInfoError::Jwt)?;
                issuer(parts, &claims).map_err(UserInfoError::Jwt)?;
                audience(parts, &claims, jws.algorithm.is_mac()).map_err(UserInfoError::Jwt)?;
                payload
            }
        };
        let about =
            Reading::of(&json).and_then(|claims| subject(&claims)).map_err(|_| UserInfoError::Body)?;
        if about.as_deref() != Some(&*self.subject) {
            return Err(UserInfoError::OtherSubject);
        }
        Ok(Some(claims_of_read(json)))
    }
}

impl fmt::Debug for UnverifiedUserInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnverifiedUserInfo(..)")
    }
}

/// What became of user info.
#[derive(Debug)]
#[must_use = "it holds what the provider said"]
#[non_exhaustive]
pub enum UserInfoVerdict {
    /// It is about the person who logged in.
    Verified(Claims),
    /// No key of the set fits: fetch the keys, and verify again.
    NeedKeys(UnverifiedUserInfo),
    /// It was refused.
    Refused(UserInfoError),
}

/// User info that was refused. Nothing of it may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UserInfoError {
    /// The provider refused the access token, or it cannot be sent.
    Token,
    /// The endpoint redirects, which is not followed: the token would go along.
    Redirect {
        /// The status.
        status: u16,
    },
    /// The status is not 200.
    Status {
        /// The status.
        status: u16,
    },
    /// The answer is neither JSON nor a JWT by its content type.
    ContentType,
    /// The body is not one JSON object in UTF-8 with each member once, or its subject is none.
    Body,
    /// Signed user info was agreed on, and this is not signed.
    NotSigned,
    /// The signed answer was refused.
    Jwt(JwtError),
    /// It is about somebody else, or about nobody.
    OtherSubject,
    /// The endpoint lies on another origin than when the provider was asked first. The access token was not sent there.
    Moved,
}

impl fmt::Display for UserInfoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token => f.write_str("the user info endpoint refused the access token"),
            Self::Redirect { status } => {
                write!(f, "the user info endpoint redirects (status {status}), which is not followed")
            }
            Self::Status { status } => write!(f, "the user info endpoint answered status {status}"),
            Self::ContentType => f.write_str("user info is neither json nor a jwt"),
            Self::Body => f.write_str("user info is no json object with each member once and a subject"),
            Self::NotSigned => f.write_str("user info is not signed, which was agreed on"),
            Self::Jwt(why) => write!(f, "signed user info was refused: {why}"),
            Self::OtherSubject => f.write_str("user info is about another person than the id token"),
            Self::Moved => f.write_str(
                "user info has moved to another origin, to which no token is sent: allow it by naming the former one",
            ),
        }
    }
}

impl std::error::Error for UserInfoError {}

/// For somebody who knows nothing of OpenID Connect.
pub(crate) fn no_user_info(why: SignInError) -> NoUserInfo {
    match why {
        SignInError::UserInfo(UserInfoError::Token) => NoUserInfo::TokenRefused,
        SignInError::UserInfo(_) | SignInError::IdToken(_) => NoUserInfo::Refused(Box::new(why)),
        SignInError::Keys(_) | SignInError::NoClient(_) | SignInError::NoUserInfo(_) => {
            NoUserInfo::NotNow(Box::new(why))
        }
    }
}
