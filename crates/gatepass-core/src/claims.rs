//! What is said about a person, as JSON.

use std::fmt;

use crate::wire::json::{Members, string};

/// The claims of a token or of a user info answer, as JSON, in their order.
///
/// They are data about a person: escape them wherever they are shown, fetch no address in them, and look nobody up
/// by an email.
#[derive(Clone, PartialEq, Eq)]
pub struct Claims(Box<str>);

impl Claims {
    /// Reads a JSON object; `None`: it is no JSON object with each member once.
    #[must_use]
    pub fn read(json: String) -> Option<Self> {
        Members::read(json.as_bytes())?;
        Some(Self(json.into()))
    }

    /// As [`read`](Self::read), of a text that [`Members`] has read before.
    pub(crate) fn of_read(json: String) -> Self {
        Self(json.into())
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
        self.email_by(EmailTrust::Claim)
    }

    /// The person's email, and whether it counts as verified at a provider of this habit.
    #[must_use]
    pub fn email_by(&self, trust: EmailTrust) -> Option<Email> {
        let address = self.text("email")?;
        let verified = match (trust, self.json("email_verified")) {
            (EmailTrust::Claim | EmailTrust::ClaimOrText, Some("true")) => true,
            (EmailTrust::ClaimOrText, Some(raw)) => string(raw).is_some_and(|text| text == "true"),
            _ => false,
        };
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

/// When an email counts as verified: a habit of the provider's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EmailTrust {
    /// When `email_verified` is the boolean `true` (OpenID Connect Core section 5.1).
    #[default]
    Claim,
    /// When it is that, or the text `true`.
    ClaimOrText,
    /// Never: whoever administrates an account writes what they like into it.
    Never,
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
