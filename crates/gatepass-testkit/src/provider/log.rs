//! The log of all requests.

use super::api;
use super::endpoint::Endpoint;
use super::received::Received;
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// One request in the log, and what became of it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LogEntry {
    /// Counts from 0 in the order of arrival, and goes on over a reset.
    pub number: usize,
    /// Where it arrived.
    pub endpoint: Endpoint,
    /// The request as it was received.
    pub request: Received,
    /// When it arrived, by the provider's clock.
    pub at: SystemTime,
    /// Whether the provider has acted on it; a fault may have come before.
    pub processed: bool,
    /// The status that was answered: `None` while there is no answer, and for ever if a fault closed the connection.
    pub status: Option<u16>,
}

impl LogEntry {
    /// The grant type, when it is a token request.
    #[must_use]
    pub fn grant_type(&self) -> Option<String> {
        if self.endpoint == Endpoint::Token { self.request.form_value("grant_type") } else { None }
    }

    pub(crate) fn as_json(&self) -> Value {
        let mut entry = api::as_json(&self.request);
        entry["number"] = self.number.into();
        entry["endpoint"] = json!(self.endpoint);
        entry["at"] = self.at.duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64()).into();
        entry["processed"] = self.processed.into();
        entry["status"] = self.status.into();
        entry
    }
}
