//! What can be wrong with a signed token.

use std::fmt;

/// A signed token (an ID token, a logout token, signed user info) was refused. Nothing of it may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JwtError {
    /// It is larger than 64 KiB, or its header than 8 KiB.
    TooLarge,
    /// It is not three segments of canonical base64url (RFC 7515 section 7.1).
    Malformed,
    /// It is encrypted, and no encryption was agreed on.
    Encrypted,
    /// Header or payload is not one JSON object in UTF-8 with each member once.
    NotAnObject,
    /// Its `alg` is not one that was agreed on, or it has none.
    Algorithm,
    /// Its header holds a critical extension, which nobody here understands (RFC 7515 section 4.1.11).
    Critical,
    /// It is of another kind: a logout token is no ID token, an access token is neither (RFC 8725 section 3.12).
    OtherKind,
    /// No key of the provider fits it.
    NoKey,
    /// The signature is not the key's.
    Signature,
    /// A claim that must be there is not.
    Missing(&'static str),
    /// A claim is of the wrong type, or out of all range.
    ClaimType(&'static str),
    /// A claim has another value than it must have.
    Claim(&'static str),
    /// It has expired.
    Expired,
    /// Its time has not come: `nbf` or `iat` lies ahead.
    NotYet,
    /// It was issued too long ago.
    TooOld,
    /// The person logged in at the provider too long ago for the `max_age` that was asked for.
    LoginTooOld,
    /// It is about another person than before.
    OtherSubject,
}

impl fmt::Display for JwtError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => f.write_str("the token is too large"),
            Self::Malformed => f.write_str("the token is not three segments of base64url"),
            Self::Encrypted => f.write_str("the token is encrypted, which was not agreed on"),
            Self::NotAnObject => f.write_str("header or payload is no json object with each member once"),
            Self::Algorithm => f.write_str("the signature algorithm is not one that was agreed on"),
            Self::Critical => f.write_str("the header demands an extension that is not understood"),
            Self::OtherKind => f.write_str("the token is of another kind than expected here"),
            Self::NoKey => f.write_str("no key of the provider fits the token"),
            Self::Signature => f.write_str("the signature is wrong"),
            Self::Missing(claim) => write!(f, "the claim {claim} is missing"),
            Self::ClaimType(claim) => write!(f, "the claim {claim} is of the wrong type or out of range"),
            Self::Claim(claim) => write!(f, "the claim {claim} is not what it must be"),
            Self::Expired => f.write_str("the token has expired"),
            Self::NotYet => f.write_str("the token is from the future: compare the clocks"),
            Self::TooOld => f.write_str("the token was issued too long ago"),
            Self::LoginTooOld => f.write_str("the login at the provider is older than was asked for"),
            Self::OtherSubject => f.write_str("the token is about another person"),
        }
    }
}

impl std::error::Error for JwtError {}
