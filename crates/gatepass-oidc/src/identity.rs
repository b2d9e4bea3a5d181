//! Who logged in.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatepass_core::extension::claims_of_read;
use gatepass_core::ports::Subject;
use gatepass_core::{Claims, IdToken, Timestamp};

use crate::claims::Reading;

/// A person, as a verified ID token names them.
///
/// The key of a person is issuer **and** subject, to the letter: two issuers may use one subject for two people, and
/// `Bob` is not `bob`.
#[derive(Clone)]
pub struct Identity {
    pub(crate) subject: Subject,
    pub(crate) issued: Timestamp,
    pub(crate) expires: Timestamp,
    pub(crate) auth_time: Option<Timestamp>,
    pub(crate) acr: Option<Box<str>>,
    pub(crate) nonce: Option<Box<str>>,
    pub(crate) claims: Claims,
    pub(crate) id_token: IdToken,
}

impl Identity {
    /// The identity of a login, from its ID token as it was kept; `None`: that is no such token.
    ///
    /// It was verified when the person logged in and is not verified again: it has usually ended since.
    #[must_use]
    pub fn of(id_token: &IdToken) -> Option<Self> {
        let payload = id_token.expose().split('.').nth(1)?;
        let payload = String::from_utf8(URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
        let claims = Reading::of(&payload).ok()?;
        let text = |name| claims.text(name).ok().flatten().map(Box::<str>::from);
        let date = |name| claims.date(name).ok().flatten();
        Some(Self {
            subject: Subject::new(text("iss")?, text("sub")?, text("sid")),
            issued: date("iat")?,
            expires: date("exp")?,
            auth_time: date("auth_time"),
            acr: text("acr"),
            nonce: text("nonce"),
            claims: claims_of_read(payload.clone()),
            id_token: id_token.clone(),
        })
    }

    /// Issuer, subject and, where the provider named it, its session.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The issuer, `iss`.
    #[must_use]
    pub fn iss(&self) -> &str {
        &self.subject.iss
    }

    /// The subject, `sub`: at most 255 characters of ASCII, unique only together with the issuer.
    #[must_use]
    pub fn sub(&self) -> &str {
        &self.subject.sub
    }

    /// When the token was issued.
    #[must_use]
    pub fn issued(&self) -> Timestamp {
        self.issued
    }

    /// When the token ends. The login does not end with it.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// When the person logged in at the provider, if it says so.
    #[must_use]
    pub fn auth_time(&self) -> Option<Timestamp> {
        self.auth_time
    }

    /// How strongly the person proved who they are, in the provider's words.
    #[must_use]
    pub fn acr(&self) -> Option<&str> {
        self.acr.as_deref()
    }

    /// All claims of the token.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The token itself, to be sent to the provider as `id_token_hint` and to nobody else.
    #[must_use]
    pub fn id_token(&self) -> &IdToken {
        &self.id_token
    }

    /// What a refreshed ID token has to agree with.
    pub fn established(&self) -> Established {
        Established {
            subject: self.subject.clone(),
            auth_time: self.auth_time,
            nonce: Some(self.nonce.clone()),
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("iss", &self.subject.iss)
            .field("claims", &self.claims)
            .finish_non_exhaustive()
    }
}

/// What stays of a login, so that a refreshed ID token can be judged (OpenID Connect Core section 12.2).
#[derive(Clone, PartialEq, Eq)]
#[must_use = "without it a refreshed id token cannot be judged"]
pub struct Established {
    pub(crate) subject: Subject,
    pub(crate) auth_time: Option<Timestamp>,
    /// The nonce of the login's ID token, which may have had none; `None`: nobody kept it.
    pub(crate) nonce: Option<Option<Box<str>>>,
}

impl Established {
    /// What a program kept of a login. The nonce is not among it, so that a refreshed ID token may have any:
    /// [`Identity::established`] keeps it.
    pub fn new(subject: Subject, auth_time: Option<Timestamp>) -> Self {
        Self { subject, auth_time, nonce: None }
    }

    /// Who logged in.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// When the person logged in at the provider, if it said so.
    #[must_use]
    pub fn auth_time(&self) -> Option<Timestamp> {
        self.auth_time
    }
}

impl fmt::Debug for Established {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Established").field("iss", &self.subject.iss).finish_non_exhaustive()
    }
}
