//! Points in time: the wall clock's and the monotonic clock's, both as arguments and never read here.

use std::fmt;
use std::time::Duration;

/// A point on the wall clock, in milliseconds since the Unix epoch (1970-01-01T00:00:00Z).
///
/// All arithmetic saturates at the ends of `i64`, so that no answer of a provider can make it wrap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The Unix epoch.
    pub const EPOCH: Self = Self(0);
    /// The last point that can be named.
    pub const MAX: Self = Self(i64::MAX);

    /// Makes a timestamp from milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_unix_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Makes a timestamp from seconds since the Unix epoch, as JSON Web Tokens and cookies count.
    #[must_use]
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_unix_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    #[must_use]
    pub const fn as_unix_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This point, `by` later.
    #[must_use]
    pub const fn saturating_add(self, by: Duration) -> Self {
        Self(clamp(self.0 as i128 + by.as_millis() as i128))
    }

    /// This point, `by` earlier.
    #[must_use]
    pub const fn saturating_sub(self, by: Duration) -> Self {
        Self(clamp(self.0 as i128 - by.as_millis() as i128))
    }

    /// How long after `earlier` this point lies; zero if it lies before.
    #[must_use]
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        let millis = self.0.saturating_sub(earlier.0);
        if millis <= 0 { Duration::ZERO } else { Duration::from_millis(millis.unsigned_abs()) }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}s", self.0.div_euclid(1000), self.0.rem_euclid(1000))
    }
}

/// A point on the monotonic clock, as the time since an origin that means nothing outside the process.
///
/// It never goes back, but it may stand still while the machine is suspended; that is why deadlines hold it beside
/// a [`Timestamp`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Monotonic(Duration);

impl Monotonic {
    /// Makes a point from the time since the clock's origin.
    #[must_use]
    pub const fn since_origin(elapsed: Duration) -> Self {
        Self(elapsed)
    }

    /// The time since the clock's origin.
    #[must_use]
    pub const fn as_duration(self) -> Duration {
        self.0
    }

    /// This point, `by` later.
    #[must_use]
    pub const fn saturating_add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(by))
    }

    /// How long after `earlier` this point lies; zero if it lies before.
    #[must_use]
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

/// The nearest point that can be named. (A `Duration` in milliseconds takes 75 bits, so that `i128` is exact.)
const fn clamp(millis: i128) -> i64 {
    if millis > i64::MAX as i128 {
        i64::MAX
    } else if millis < i64::MIN as i128 {
        i64::MIN
    } else {
        millis as i64
    }
}
