//! Where a person goes after a login: a path on this very site, and nothing else.

use std::fmt;

use url::Url;

/// A path and query on this site, such as `/orders?open=1`.
///
/// It is judged as a browser would resolve it (the WHATWG URL standard): it stays on the same origin, begins with one
/// `/` that neither `/` nor `\` follows, holds no control character, no space, no backslash and no fragment, and is at
/// most [`LONGEST`](ReturnTo::LONGEST) bytes long. What does not hold is refused and never repaired (RFC 9700 section
/// 4.11: a client is no open redirector).
///
/// ```
/// use gatepass_axum::ReturnTo;
///
/// assert_eq!(ReturnTo::parse("/orders/../orders?open=1")?.as_str(), "/orders?open=1");
/// assert!(ReturnTo::parse("//evil.example").is_err());
/// assert!(ReturnTo::parse("/\t/evil.example").is_err());
/// assert!(ReturnTo::parse("https://evil.example").is_err());
/// # Ok::<(), gatepass_axum::OpenRedirect>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReturnTo(Box<str>);

impl ReturnTo {
    /// The most bytes.
    pub const LONGEST: usize = 2048;

    /// The root of the site, `/`.
    #[must_use]
    pub fn root() -> Self {
        Self("/".into())
    }

    /// Judges a text that may come from anybody.
    ///
    /// # Errors
    /// [`OpenRedirect`], when it is not surely a path on this site.
    pub fn parse(text: &str) -> Result<Self, OpenRedirect> {
        if text.len() > Self::LONGEST {
            return Err(OpenRedirect);
        }
        if text.bytes().any(|byte| !matches!(byte, 0x21..=0x7e) || matches!(byte, b'\\' | b'#')) {
            return Err(OpenRedirect);
        }
        one_slash(text)?;
        let path = text.split('?').next().unwrap_or_default();
        if escapes(path).any(|byte| byte < 0x20 || matches!(byte, 0x7f | b'\\')) {
            return Err(OpenRedirect);
        }
        // Any origin will do: what stays on this one stays on every one.
        let here = Url::parse("https://site.invalid/").map_err(|_| OpenRedirect)?;
        let there = here.join(text).map_err(|_| OpenRedirect)?;
        if there.origin() != here.origin() || !there.username().is_empty() || there.password().is_some() {
            return Err(OpenRedirect);
        }
        let resolved = &there[url::Position::BeforePath..];
        // Dot segments may have been all that stood between two slashes.
        one_slash(resolved)?;
        Ok(Self(resolved.into()))
    }

    /// The path and query, as it stands in a `Location`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path without its query.
    pub(crate) fn path(&self) -> &str {
        self.0.split('?').next().unwrap_or_default()
    }
}

impl fmt::Display for ReturnTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Begins with one slash, and with nothing that somebody on the way might take for a second one.
fn one_slash(text: &str) -> Result<(), OpenRedirect> {
    let rest = text.strip_prefix('/').ok_or(OpenRedirect)?;
    let second = rest.get(..3).unwrap_or_default();
    let slash = rest.starts_with(['/', '\\'])
        || second.eq_ignore_ascii_case("%2f")
        || second.eq_ignore_ascii_case("%5c");
    if slash { Err(OpenRedirect) } else { Ok(()) }
}

/// The bytes that are percent-encoded in a text; what is no escape is left out.
fn escapes(text: &str) -> impl Iterator<Item = u8> {
    text.as_bytes().windows(3).filter_map(|window| {
        let digits = std::str::from_utf8(window.strip_prefix(b"%")?).ok()?;
        u8::from_str_radix(digits, 16).ok()
    })
}

/// The text is not surely a path on this site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenRedirect;

impl fmt::Display for OpenRedirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the place to return to is not a path on this site")
    }
}

impl std::error::Error for OpenRedirect {}
