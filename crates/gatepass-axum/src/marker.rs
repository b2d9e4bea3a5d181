//! A cookie that says for a moment what has just been done for this browser, so that it is not done in a circle. It
//! is no secret and no proof: whoever forges it gets an explanation in place of a redirect.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, header};

/// What has just been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marker {
    /// A login that was lost on the way was begun anew.
    BegunAnew,
    /// The tokens of the session were replaced by new ones.
    Renewed,
}

impl Marker {
    const NAME: &str = "gatepass-just";

    fn word(self) -> &'static str {
        match self {
            Self::BegunAnew => "begun-anew",
            Self::Renewed => "renewed",
        }
    }

    /// How long a circle may take: over a login that is lost again, and over one call of an API.
    fn keep(self) -> Duration {
        match self {
            Self::BegunAnew => Duration::from_secs(300),
            Self::Renewed => Duration::from_secs(30),
        }
    }

    /// Whether the browser says so.
    pub(crate) fn is_set(self, headers: &HeaderMap) -> bool {
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .any(|(name, value)| {
                name.strip_prefix("__Host-").unwrap_or(name) == Self::NAME && value == self.word()
            })
    }

    pub(crate) fn set(self, secure: bool) -> Option<HeaderValue> {
        let (prefix, attribute) = if secure { ("__Host-", "; Secure") } else { ("", "") };
        let text = format!(
            "{prefix}{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{attribute}",
            Self::NAME,
            self.word(),
            self.keep().as_secs()
        );
        HeaderValue::from_str(&text).ok()
    }
}
