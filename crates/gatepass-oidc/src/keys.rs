//! When to fetch a provider's keys, as a state with the clock as an argument.
//!
//! - Keys are fetched ahead of their end, and served for a bounded time when they cannot be.
//! - A token that names an unseen key causes one fetch, which all who miss it share. Then a cool-down refuses new
//!   fetches and never those who wait for one.

use std::time::Duration;

use gatepass_core::Monotonic;

use crate::KeySet;

/// How long keys are good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Freshness {
    /// After this time they are fetched anew, while the old ones serve.
    pub fresh: Duration,
    /// After this time they serve no more.
    pub stale: Duration,
    /// After a fetch that brought keys, nobody fetches for this long.
    pub cool_down: Duration,
    /// After a fetch that brought none, nobody fetches for this long.
    pub retry: Duration,
}

impl Default for Freshness {
    /// An hour, a day, a minute, and five seconds.
    fn default() -> Self {
        Self {
            fresh: Duration::from_secs(3600),
            stale: Duration::from_secs(24 * 3600),
            cool_down: Duration::from_secs(60),
            retry: Duration::from_secs(5),
        }
    }
}

/// A provider's keys over time.
#[derive(Clone, Debug)]
pub struct Keys {
    freshness: Freshness,
    set: Option<(KeySet, Monotonic)>,
    /// Counts the sets that came: who missed a key in an older one looks again first.
    edition: u64,
    /// When the last fetch ended, and for how long nobody begins another.
    rests: Option<(Monotonic, Duration)>,
    fetching: bool,
}

/// What to do about keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Need {
    /// Use those that are there.
    Use,
    /// Use those that are there, and fetch them anew at leisure.
    UseAndFetch,
    /// Begin a fetch, and wait for it.
    Fetch,
    /// Somebody fetches: wait for it.
    Wait,
    /// There are none, and nobody may fetch for this long.
    CoolDown(Duration),
}

impl Keys {
    /// No keys yet.
    #[must_use]
    pub fn new(freshness: Freshness) -> Self {
        Self { freshness, set: None, edition: 0, rests: None, fetching: false }
    }

    /// The keys, with their edition; `None`: there are none that may serve.
    #[must_use]
    pub fn current(&self, now: Monotonic) -> Option<(&KeySet, u64)> {
        let (set, fetched) = self.set.as_ref()?;
        (now.saturating_since(*fetched) < self.freshness.stale).then_some((set, self.edition))
    }

    /// What to do before a token is verified.
    #[must_use]
    pub fn look(&self, now: Monotonic) -> Need {
        match (self.current(now), &self.set) {
            (Some(_), Some((_, fetched))) => {
                let old = now.saturating_since(*fetched) >= self.freshness.fresh;
                if old && !self.fetching && self.cooling(now).is_none() {
                    Need::UseAndFetch
                } else {
                    Need::Use
                }
            }
            _ => self.fetch_or(now),
        }
    }

    /// What to do about a token for which the keys of an edition held none.
    #[must_use]
    pub fn missed(&self, edition: u64, now: Monotonic) -> Need {
        if edition < self.edition && self.current(now).is_some() { Need::Use } else { self.fetch_or(now) }
    }

    /// Whether a fetch is under way.
    #[must_use]
    pub fn is_fetching(&self) -> bool {
        self.fetching
    }

    /// A fetch begins.
    pub fn begin(&mut self) {
        self.fetching = true;
    }

    /// A fetch brought keys. A set without a usable key is one too: the provider has withdrawn them.
    pub fn fetched(&mut self, set: KeySet, now: Monotonic) {
        self.fetching = false;
        self.rests = Some((now, self.freshness.cool_down));
        self.edition += 1;
        self.set = Some((set, now));
    }

    /// A fetch brought nothing: the old keys stay, as long as they may.
    pub fn failed(&mut self, now: Monotonic) {
        self.fetching = false;
        self.rests = Some((now, self.freshness.retry));
    }

    fn fetch_or(&self, now: Monotonic) -> Need {
        if self.fetching {
            return Need::Wait;
        }
        self.cooling(now).map_or(Need::Fetch, Need::CoolDown)
    }

    fn cooling(&self, now: Monotonic) -> Option<Duration> {
        let (since, rest) = self.rests?;
        let left = rest.checked_sub(now.saturating_since(since))?;
        (!left.is_zero()).then_some(left)
    }
}
