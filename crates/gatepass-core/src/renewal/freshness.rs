//! Whether an access token is fresh, stale or expired, as a function of times.

use std::time::Duration;

use crate::Timestamp;

/// How an access token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Freshness {
    /// Use it.
    Fresh,
    /// Use it, while one renewal runs.
    Stale,
    /// Wait for the renewal.
    Expired,
}

impl Freshness {
    /// How a token stands that expires at `expiry` after a life of `lifetime`.
    ///
    /// A token without an expiry is fresh until the API says otherwise. `jitter` spreads the renewals of many grants
    /// and of many replicas; it is drawn once per token.
    #[must_use]
    pub fn of(expiry: Option<Timestamp>, lifetime: Duration, jitter: Duration, now: Timestamp) -> Self {
        match expiry {
            None => Self::Fresh,
            Some(expiry) if now >= expiry => Self::Expired,
            Some(expiry) if now >= refresh_from(expiry, lifetime, jitter) => Self::Stale,
            Some(_) => Self::Fresh,
        }
    }
}

/// From when a token is renewed: `expiry - min(60 s, 20 % of the lifetime) - jitter`.
///
/// The jitter counts up to 10 % of the lifetime, so that no token is stale when it is issued.
///
/// ```
/// use gatepass_core::{Timestamp, renewal::refresh_from};
/// use std::time::Duration;
///
/// let (hour, expiry) = (Duration::from_secs(3600), Timestamp::from_unix_seconds(10_000));
/// let from = refresh_from(expiry, hour, Duration::from_secs(7));
/// assert_eq!(from, Timestamp::from_unix_seconds(10_000 - 60 - 7));
/// ```
#[must_use]
pub fn refresh_from(expiry: Timestamp, lifetime: Duration, jitter: Duration) -> Timestamp {
    let lead = (lifetime / 5).min(Duration::from_secs(60));
    expiry.saturating_sub(lead).saturating_sub(jitter.min(lifetime / 10))
}
