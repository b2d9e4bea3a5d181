//! The claims of a token while it is being judged.
//!
//! - A claim of the wrong type is an error and never taken for absent.
//! - Dates are JSON numbers, whole or not, of the years 1970 to 9999.

use gatepass_core::Timestamp;
use gatepass_core::extension::{Members, string};

use crate::JwtError;

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
