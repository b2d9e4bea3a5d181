//! A provider that has not said what it is, or nothing that can be used.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use gatepass_core::Remedy;
use gatepass_core::ports::NoClient;

use crate::FetchError;
use crate::source::Missing;

/// A provider whose metadata could not be had, or not be used. Nothing stands in for them, and nothing was sent there.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NotDiscovered {
    /// The issuer, as it was configured.
    pub issuer: Box<str>,
    /// Why.
    pub why: Option<Arc<FetchError>>,
    /// When the provider can be asked again.
    pub retry_after: Duration,
}

impl NotDiscovered {
    pub(crate) fn new(issuer: &str, Missing { why, retry_after }: Missing) -> Self {
        Self { issuer: issuer.into(), why, retry_after }
    }

    /// What a program can do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match &self.why {
            Some(why) => why.remedy(self.retry_after),
            None => Remedy::RetryLater(Some(self.retry_after)),
        }
    }

    pub(crate) fn into_no_client(self) -> NoClient {
        match self.remedy() {
            Remedy::RetryLater(again_in) => NoClient::for_now(Arc::new(self), again_in),
            _ => NoClient::misconfigured(Arc::new(self)),
        }
    }
}

impl fmt::Display for NotDiscovered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issuer = &self.issuer;
        match self.remedy() {
            Remedy::RetryLater(_) => {
                let seconds = self.retry_after.as_secs_f32().ceil();
                write!(
                    f,
                    "the provider {issuer} could not be asked, and is asked again in {seconds} s at the earliest"
                )
            }
            _ => write!(f, "what the provider {issuer} says of itself cannot be used"),
        }
    }
}

impl std::error::Error for NotDiscovered {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.why.as_deref().map(|why| why as _)
    }
}
