//! Scopes: what is asked for, and what was granted.

use std::fmt;
use std::sync::Arc;

/// A set of scope tokens in the order in which they were named (RFC 6749 section 3.3).
///
/// The order is kept for sending and means nothing: two sets are equal if they hold the same tokens. Cloning is cheap.
///
/// ```
/// # use gatepass_core::Scopes;
/// let asked = Scopes::new("profile email profile")?;
/// assert_eq!(asked.as_str(), "profile email");
/// assert_eq!(asked, Scopes::new("email profile")?);
/// # Ok::<(), gatepass_core::ScopeError>(())
/// ```
#[derive(Clone, Default)]
pub struct Scopes(Arc<str>);

impl Scopes {
    /// Parses a space-separated list; doubled tokens are dropped.
    ///
    /// # Errors
    /// [`ScopeError`], when a character is not one of RFC 6749 appendix A.4.
    pub fn new(list: &str) -> Result<Self, ScopeError> {
        if let Some(at) =
            list.bytes().position(|byte| !matches!(byte, b' ' | 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
        {
            return Err(ScopeError { at });
        }
        Ok(Self::of(list.split(' ')))
    }

    /// No scope at all.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Takes up a list that came out of a set: [`as_str`](Scopes::as_str) of what a provider named may hold
    /// characters that cannot be asked for.
    #[must_use]
    pub fn of_stored(list: &str) -> Self {
        Self::of(list.split(' '))
    }

    /// Takes what a provider named; `None` if a token holds a control character or is not ASCII.
    pub(crate) fn granted<'a>(tokens: impl Iterator<Item = &'a str> + Clone) -> Option<Self> {
        tokens
            .clone()
            .all(|token| token.bytes().all(|byte| matches!(byte, 0x20..=0x7e)))
            .then(|| Self::of(tokens))
    }

    fn of<'a>(tokens: impl Iterator<Item = &'a str> + Clone) -> Self {
        let mut list = String::new();
        for token in tokens.filter(|token| !token.is_empty()) {
            if list.split(' ').any(|known| known == token) {
                continue;
            }
            if !list.is_empty() {
                list.push(' ');
            }
            list.push_str(token);
        }
        Self(list.into())
    }

    /// The tokens, separated by one space.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tokens.
    pub fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.split(' ').filter(|token| !token.is_empty())
    }

    /// Whether there is no token.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a token is in the set. Letters count as they stand.
    #[must_use]
    pub fn contains(&self, token: &str) -> bool {
        self.iter().any(|known| known == token)
    }

    /// Whether every token of this set is in the other.
    #[must_use]
    pub fn is_subset_of(&self, other: &Self) -> bool {
        self.iter().all(|token| other.contains(token))
    }

    /// The tokens of both sets, those of this one first.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        Self::of(self.iter().chain(other.iter()))
    }

    /// The tokens of this set that the other lacks.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self::of(self.iter().filter(|token| !other.contains(token)))
    }
}

impl PartialEq for Scopes {
    fn eq(&self, other: &Self) -> bool {
        self.is_subset_of(other) && other.is_subset_of(self)
    }
}

impl Eq for Scopes {}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scopes({:?})", self.as_str())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Scopes {
    type Err = ScopeError;

    fn from_str(list: &str) -> Result<Self, ScopeError> {
        Self::new(list)
    }
}

/// A scope holds a character that RFC 6749 does not allow: a quote, a backslash, a control character, or no ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScopeError {
    /// Where the character stands, in bytes.
    pub at: usize,
}

impl fmt::Display for ScopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the scope holds a character at byte {} that rfc 6749 section 3.3 does not allow", self.at)
    }
}

impl std::error::Error for ScopeError {}
