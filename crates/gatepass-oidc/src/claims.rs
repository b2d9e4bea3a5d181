//! The claims of a token while it is being judged.
//!
//! - A claim of the wrong type is an error and never taken for absent.
//! - Dates are JSON numbers, whole or not, of the years 1970 to 9999.

use std::borrow::Cow;

use gatepass_core::Timestamp;
use gatepass_core::extension::{Members, string};
use serde::Deserialize;

use crate::JwtError;

/// The claims of a token while it is being judged: parsed once.
pub(crate) struct Reading<'a>(Members<'a>);

/// A text, without a copy where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The end of the year 9999.
const LAST_SECOND: f64 = 253_402_300_799.0;

impl<'a> Reading<'a> {
    pub(crate) fn of(json: &'a str) -> Result<Self, JwtError> {
        Members::read(json.as_bytes()).map(Self).ok_or(JwtError::NotAnObject)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    pub(crate) fn raw(&self, name: &str) -> Option<&'a str> {
        self.0.raw(name)
    }

    pub(crate) fn text(&self, name: &'static str) -> Result<Option<Cow<'a, str>>, JwtError> {
        self.0.text(name).map_err(|_| JwtError::ClaimType(name))
    }

    pub(crate) fn date(&self, name: &'static str) -> Result<Option<Timestamp>, JwtError> {
        let Some(raw) = self.raw(name) else { return Ok(None) };
        let seconds: f64 = serde_json::from_str(raw).map_err(|_| JwtError::ClaimType(name))?;
        if !(0.0..=LAST_SECOND).contains(&seconds) {
            return Err(JwtError::ClaimType(name));
        }
        #[expect(clippy::cast_possible_truncation, reason = "the range was judged above")]
        let millis = (seconds * 1000.0) as i64;
        Ok(Some(Timestamp::from_unix_millis(millis)))
    }

    /// The audiences: a string or a list of strings, at least one.
    pub(crate) fn audiences(&self) -> Result<Vec<Cow<'a, str>>, JwtError> {
        let wrong = JwtError::ClaimType("aud");
        let raw = self.raw("aud").ok_or(JwtError::Missing("aud"))?;
        if raw.starts_with('"') {
            return Ok(vec![string(raw).ok_or(wrong)?]);
        }
        let list: Vec<Text<'a>> = serde_json::from_str(raw).map_err(|_| wrong)?;
        if list.is_empty() {
            return Err(wrong);
        }
        Ok(list.into_iter().map(|Text(one)| one).collect())
    }
}
