//! Asking a provider for its keys.

use gatepass_core::{Attempt, Body, Roundtrip, Step, Timestamp};
use http::{Request, Response};

use crate::discovery::{check_json, get_json};
use crate::{DiscoveryError, KeySet};

/// A question for a provider's key set, at the address that its metadata name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a leg that is not driven asks nobody"]
pub struct FetchKeys {
    address: http::Uri,
}

impl FetchKeys {
    pub(crate) fn new(address: http::Uri) -> Self {
        Self { address }
    }
}

impl Roundtrip for FetchKeys {
    type Sent = Self;
    type Output = KeySet;
    type Error = DiscoveryError;

    fn request(self, _: Attempt) -> Result<(Request<Body>, Self), DiscoveryError> {
        Ok((get_json(&self.address), self))
    }

    fn response(_: Self, answer: Response<Body>, _: Timestamp) -> Result<Step<Self>, DiscoveryError> {
        check_json(&answer)?;
        KeySet::read(answer.body().as_bytes()).map(Step::Done).map_err(DiscoveryError::Keys)
    }

    fn not_sent(sent: Self) -> Self {
        sent
    }
}
