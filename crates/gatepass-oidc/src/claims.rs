//! What a verified token says.
//!
//! - A claim of the wrong type is an error and never taken for absent.
//! - Dates are JSON numbers, whole or not, of the years 1970 to 9999.

use std::fmt;

use gatepass_core::Timestamp;
use gatepass_core::extension::{Members, string};

use crate::JwtError;

/// The claims of a token or of a user info answer, as JSON, in their order.
///
/// They are data about a person: escape them wherever they are shown, fetch no address in them, and look nobody up
/// by an email.
#[derive(Clone, PartialEq, Eq)]
pub struct Claims(Box<str>);

impl Claims {
    /// `None`: it is no JSON object with each member once.
    pub(crate) fn read(json: String) -> Option<Self> {
        Members::read(json.as_bytes())?;
        Some(Self(json.into()))
    }

    /// The whole object, as it came: no number loses a digit.
    #[must_use]
    pub fn as_json(&self) -> &str {
        &self.0
    }

    /// The JSON text of a claim.
    #[must_use]
    pub fn json(&self, name: &str) -> Option<&str> {
        Members::read(self.0.as_bytes())?.raw(name)
    }

    /// The text of a claim that is a string.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        string(self.json(name)?).map(|text| text.into_owned())
    }

    /// The person's email, and whether the provider says that it verified it.
    #[must_use]
    pub fn email(&self) -> Option<Email> {
        let address = self.text("email")?;
        let verified = self.json("email_verified") == Some("true");
        Some(if verified { Email::Verified(address) } else { Email::Unverified(address) })
    }
}

impl fmt::Debug for Claims {
    /// Shows names and no values: they are about a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members = Members::read(self.0.as_bytes());
        let names: Vec<&str> = members.iter().flat_map(Members::iter).map(|(name, _)| name).collect();
        write!(f, "Claims({names:?})")
    }
}

/// An email address as a provider gave it. It names nobody: a person is issuer and subject.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Email {
    /// `email_verified` is the boolean `true`.
    Verified(String),
    /// It is not, or says something else.
    Unverified(String),
}

impl Email {
    /// Whether the provider verified an address at exactly this domain: not below it, and not one that looks like it.
    ///
    /// An address with more than one `@`, or with a domain that is not plain ASCII, belongs to no domain.
    #[must_use]
    pub fn is_verified_at(&self, domain: &str) -> bool {
        let Self::Verified(address) = self else { return false };
        let mut parts = address.split('@');
        let (Some(local), Some(at), None) = (parts.next(), parts.next(), parts.next()) else { return false };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
        !local.is_empty() && !at.is_empty() && at.bytes().all(plain) && at.eq_ignore_ascii_case(domain)
    }
}

/// The claims of a token while it is being judged: parsed once.
pub(crate) struct Reading<'a>(Members<'a>);

/// The end of the year 9999.
const LAST_SECOND: f64 = 253_402_300_799.0;

impl<'a> Reading<'a> {
    pub(crate) fn of(json: &'a str) -> Result<Self, JwtError> {
        Members::read(json.as_bytes()).map(Self).ok_or(JwtError::NotAnObject)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.raw(name).is_some()
    }

    pub(crate) fn raw(&self, name: &str) -> Option<&'a str> {
        self.0.raw(name)
    }

    pub(crate) fn text(&self, name: &'static str) -> Result<Option<std::borrow::Cow<'a, str>>, JwtError> {
        self.0.text(name).map_err(|_| JwtError::ClaimType(name))
    }

    pub(crate) fn date(&self, name: &'static str) -> Result<Option<Timestamp>, JwtError> {
        let Some(raw) = self.0.raw(name) else { return Ok(None) };
        let seconds: f64 = serde_json::from_str(raw).map_err(|_| JwtError::ClaimType(name))?;
        if !(0.0..=LAST_SECOND).contains(&seconds) {
            return Err(JwtError::ClaimType(name));
        }
        #[expect(clippy::cast_possible_truncation, reason = "the range was judged above")]
        let millis = (seconds * 1000.0) as i64;
        Ok(Some(Timestamp::from_unix_millis(millis)))
    }

    /// The audiences: a string or a list of strings, at least one.
    pub(crate) fn audiences(&self) -> Result<Vec<String>, JwtError> {
        let raw = self.0.raw("aud").ok_or(JwtError::Missing("aud"))?;
        if let Some(one) = string(raw) {
            return Ok(vec![one.into_owned()]);
        }
        let list: Vec<String> = serde_json::from_str(raw).map_err(|_| JwtError::ClaimType("aud"))?;
        if list.is_empty() { Err(JwtError::ClaimType("aud")) } else { Ok(list) }
    }
}
