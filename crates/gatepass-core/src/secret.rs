//! Text that must not be seen: client secrets, codes and tokens.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A secret text.
///
/// It is wiped when dropped, printed as `Secret(..)`, and compared only through [`Secret::same_as`], which takes the
/// same time whatever differs (lengths are not hidden).
pub struct Secret(Zeroizing<Box<str>>);

impl Secret {
    /// Wraps a text.
    #[must_use]
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself, for the moment of sending or sealing it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Compares in constant time.
    #[must_use]
    pub fn same_as(&self, other: &str) -> bool {
        same(self.0.as_bytes(), other.as_bytes())
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Clone for Secret {
    fn clone(&self) -> Self {
        Self::new(self.expose())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// Constant-time equality of two byte strings; only their lengths may be learnt from the time.
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}
