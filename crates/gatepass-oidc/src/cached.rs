//! When to ask a provider anew for what it publishes, keys and metadata, as a state with the clock as an argument.
//!
//! - What was fetched is fetched anew ahead of its end, and serves for a bounded time when it cannot be.
//! - Somebody who misses something in it, a key that a token names, causes one fetch, which all who miss it share. Then a
//!   cool-down refuses new fetches and never those who wait for one. A fetch that was due by age begins none: a provider may
//!   change its keys right after it was asked for them.
//! - A fetch that fails takes nothing away.

use std::time::Duration;

use gatepass_core::Monotonic;

/// How long what was fetched is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Freshness {
    /// After this time it is fetched anew, while the old copy serves.
    pub fresh: Duration,
    /// After this time the old copy serves no more.
    pub stale: Duration,
    /// After a fetch for something that was missed, nobody fetches for this long.
    pub cool_down: Duration,
    /// After a fetch that brought nothing, nobody fetches for this long.
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

/// One document of a provider's over time. It is all that is kept of it: a new one replaces the old.
#[derive(Clone, Debug)]
pub struct Cached<T> {
    freshness: Freshness,
    copy: Option<(T, Age)>,
    /// Counts the copies that came: who missed something in an older one looks again first.
    edition: u64,
    /// When the last fetch ended, and for how long nobody begins another.
    rests: Option<(Monotonic, Duration)>,
    /// The same for those who name what is missed without having shown who they are.
    strangers_rest: Option<(Monotonic, Duration)>,
    fetching: bool,
    for_stranger: bool,
}

/// Something that was missed in a copy: a key that a token names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Missed {
    /// The edition of the copy that lacked it.
    pub(crate) edition: u64,
    /// Whether anybody at all may have said so, as with a logout token, which nobody has to log in to send. What strangers
    /// ask for has a cool-down of its own, so that they spend nobody else's.
    pub(crate) by_stranger: bool,
}

/// A provider's keys over time.
pub type Keys = Cached<crate::KeySet>;

#[derive(Clone, Copy, Debug)]
enum Age {
    /// It was fetched then.
    Fetched(Monotonic),
    /// It was kept from before, nobody knows for how long. Its end is counted from the first fetch that failed.
    Kept(Option<Monotonic>),
}

/// What to do about a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Need {
    /// Use the copy that is there.
    Use,
    /// Use the copy that is there, and fetch it anew at leisure.
    UseAndFetch,
    /// Begin a fetch, and wait for it.
    Fetch,
    /// Somebody fetches: wait for it.
    Wait,
    /// There is none, and nobody may fetch for this long.
    CoolDown(Duration),
}

impl<T> Cached<T> {
    /// Nothing yet.
    #[must_use]
    pub fn new(freshness: Freshness) -> Self {
        Self {
            freshness,
            copy: None,
            edition: 0,
            rests: None,
            strangers_rest: None,
            fetching: false,
            for_stranger: false,
        }
    }

    /// A copy that was kept from before: it serves while the first fetch is under way, and while fetches fail.
    #[must_use]
    pub fn kept(freshness: Freshness, copy: T) -> Self {
        Self { copy: Some((copy, Age::Kept(None))), edition: 1, ..Self::new(freshness) }
    }

    /// The same copy and its age, to be fetched anew from elsewhere: until that has brought something, it serves as it would have.
    pub(crate) fn moved(&self) -> Self
    where
        T: Clone,
    {
        let copy = self.copy.as_ref().map(|(copy, age)| {
            let (Age::Fetched(since) | Age::Kept(Some(since))) = age else { return (copy.clone(), *age) };
            (copy.clone(), Age::Kept(Some(*since)))
        });
        Self { copy, edition: self.edition, ..Self::new(self.freshness) }
    }

    /// The copy, with its edition; `None`: there is none that may serve.
    #[must_use]
    pub fn current(&self, now: Monotonic) -> Option<(&T, u64)> {
        let (copy, age) = self.copy.as_ref()?;
        let serves = match age {
            Age::Fetched(since) | Age::Kept(Some(since)) => {
                now.saturating_since(*since) < self.freshness.stale
            }
            Age::Kept(None) => true,
        };
        serves.then_some((copy, self.edition))
    }

    /// The copy that came last; gone once a fetch failed after its end.
    pub(crate) fn last(&self) -> Option<&T> {
        self.copy.as_ref().map(|(copy, _)| copy)
    }

    /// What to do before it is used.
    #[must_use]
    pub fn look(&self, now: Monotonic) -> Need {
        match (self.current(now), &self.copy) {
            (Some(_), Some(_)) => {
                if self.is_due(now) && !self.fetching && self.cooling(now).is_none() {
                    Need::UseAndFetch
                } else {
                    Need::Use
                }
            }
            _ => self.fetch_or(now),
        }
    }

    /// What to do about something that was missed in the copy of an edition: a key that a token names.
    #[must_use]
    pub fn missed(&self, edition: u64, now: Monotonic) -> Need {
        if edition < self.edition && self.current(now).is_some() { Need::Use } else { self.fetch_or(now) }
    }

    /// As [`missed`](Self::missed), by somebody who has not shown who they are.
    pub(crate) fn missed_by_stranger(&self, edition: u64, now: Monotonic) -> Need {
        match (self.missed(edition, now), left(self.strangers_rest, now)) {
            (Need::Fetch, Some(left)) => Need::CoolDown(left),
            (need, _) => need,
        }
    }

    /// A fetch begins that a stranger caused.
    pub(crate) fn begin_for_stranger(&mut self) {
        self.begin();
        self.for_stranger = true;
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

    /// A fetch brought a copy. A set without a usable key is one too: the provider has withdrawn them.
    pub fn fetched(&mut self, copy: T, now: Monotonic) {
        self.fetching = false;
        let rest = (!self.is_due(now)).then_some((now, self.freshness.cool_down));
        if std::mem::take(&mut self.for_stranger) {
            self.strangers_rest = rest;
        } else {
            self.rests = rest;
        }
        self.edition += 1;
        self.copy = Some((copy, Age::Fetched(now)));
    }

    /// A fetch brought nothing: the old copy stays, as long as it may.
    pub fn failed(&mut self, now: Monotonic) {
        self.fetching = false;
        self.for_stranger = false;
        self.rests = Some((now, self.freshness.retry));
        if let Some((_, Age::Kept(since))) = &mut self.copy {
            since.get_or_insert(now);
        }
        if self.current(now).is_none() {
            self.copy = None;
        }
    }

    /// Whether it is to be fetched, missed or not.
    fn is_due(&self, now: Monotonic) -> bool {
        self.copy.as_ref().is_none_or(|(_, age)| match age {
            Age::Fetched(since) => now.saturating_since(*since) >= self.freshness.fresh,
            Age::Kept(_) => true,
        })
    }

    fn fetch_or(&self, now: Monotonic) -> Need {
        if self.fetching {
            return Need::Wait;
        }
        self.cooling(now).map_or(Need::Fetch, Need::CoolDown)
    }

    /// For how long nobody fetches yet.
    pub(crate) fn cooling(&self, now: Monotonic) -> Option<Duration> {
        left(self.rests, now)
    }
}

/// What is left of a rest.
fn left(rest: Option<(Monotonic, Duration)>, now: Monotonic) -> Option<Duration> {
    let (since, rest) = rest?;
    let left = rest.checked_sub(now.saturating_since(since))?;
    (!left.is_zero()).then_some(left)
}
