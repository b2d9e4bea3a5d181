//! How long a grant is left alone after a renewal that failed: as long as the provider asked for, and long enough that
//! a program under load does not ask a provider that is away with every request.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gatepass_core::ports::{GrantKey, NoClient};
use gatepass_core::{Monotonic, Remedy};

use crate::unavailable::Unavailable;

/// A token that still serves is not renewed again before this.
const PAUSE: Duration = Duration::from_secs(1);
/// A provider that asks for more is asked again after this.
const LONGEST: Duration = Duration::from_secs(300);
/// When there are more, those that are over are forgotten.
const MANY: usize = 1024;

/// Grants that are left alone for a while.
#[derive(Debug, Default)]
pub(crate) struct Rests(Mutex<HashMap<GrantKey, Rest>>);

#[derive(Clone, Copy, Debug)]
struct Rest {
    until: Monotonic,
    /// The provider asked for it: a caller without a token is put off as well.
    asked_for: bool,
}

impl Rests {
    /// Notes how a renewal ended.
    pub(crate) fn ended(&self, key: &GrantKey, failure: Option<&Unavailable>, now: Monotonic) {
        let rest = match failure {
            Some(Unavailable::Later { retry_after: Some(after) }) => {
                Rest { until: now.saturating_add((*after).min(LONGEST)), asked_for: true }
            }
            Some(Unavailable::NoClient(NoClient { remedy: Remedy::RetryLater(Some(after)), .. })) => {
                Rest { until: now.saturating_add((*after).min(LONGEST)), asked_for: true }
            }
            Some(
                Unavailable::Later { .. }
                | Unavailable::Refused(_)
                | Unavailable::Unusable(_)
                | Unavailable::IdTokenRefused(_)
                | Unavailable::NoClient(_)
                | Unavailable::Moved { .. },
            ) => Rest { until: now.saturating_add(PAUSE), asked_for: false },
            _ => {
                self.lock().remove(key);
                return;
            }
        };
        let mut resting = self.lock();
        if resting.len() >= MANY {
            resting.retain(|_, rest| rest.until > now);
        }
        resting.insert(key.clone(), rest);
    }

    /// Whether a token that still serves is left as it is.
    pub(crate) fn rests(&self, key: &GrantKey, now: Monotonic) -> bool {
        self.lock().get(key).is_some_and(|rest| rest.until > now)
    }

    /// How long the provider asked to be left alone still.
    pub(crate) fn asked_for(&self, key: &GrantKey, now: Monotonic) -> Option<Duration> {
        let rest = *self.lock().get(key).filter(|rest| rest.asked_for && rest.until > now)?;
        Some(rest.until.saturating_since(now))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<GrantKey, Rest>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
