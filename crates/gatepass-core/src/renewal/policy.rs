//! The numbers of renewal: what a provider's profile says about rotation, the keeper's deadlines, and what follows.

use std::fmt;
use std::time::Duration;

/// How far a revocation at the provider reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reach {
    /// The token that was named.
    Token,
    /// All tokens of the same authorization.
    Family,
    /// Everything that the person granted to this client, another login included.
    Grant,
}

/// A window in which the provider takes a refresh token that was already rotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Grace {
    /// Counted from the first time that the provider saw the token.
    pub window: Duration,
    /// Whether every presentation in the window brings the same successor. If not, each brings another one and the
    /// latest may be the only one that lives.
    pub idempotent: bool,
}

/// What is known about how a provider rotates refresh tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Rotation {
    /// Whether a refresh token may be spent by being used. If not, presenting it again is harmless.
    pub rotates: bool,
    /// The grace window; `None`: a second presentation is taken for theft.
    pub grace: Option<Grace>,
    /// How far a revocation reaches.
    pub reach: Reach,
    /// A request that was written arrives within this time of its last byte, or never.
    pub arrival: Duration,
    /// Whether 502, 503 and 504 prove that the provider did not act. Gateways answer so after it did, too.
    pub unavailable_is_unprocessed: bool,
}

impl Rotation {
    /// The pessimistic default: rotates, kills the family on reuse, revokes everything, and a request may travel for
    /// five seconds.
    pub const STRICT: Self = Self {
        rotates: true,
        grace: None,
        reach: Reach::Grant,
        arrival: Duration::from_secs(5),
        unavailable_is_unprocessed: false,
    };

    /// The same provider, whose refresh tokens stay as they are.
    #[must_use]
    pub const fn stable(mut self) -> Self {
        self.rotates = false;
        self
    }

    /// The same provider with a grace window.
    #[must_use]
    pub const fn grace(mut self, window: Duration, idempotent: bool) -> Self {
        self.grace = Some(Grace { window, idempotent });
        self
    }

    /// The same provider with another reach of revocation.
    #[must_use]
    pub const fn reach(mut self, reach: Reach) -> Self {
        self.reach = reach;
        self
    }

    /// The same provider with another bound on how long a request travels.
    #[must_use]
    pub const fn arrival(mut self, bound: Duration) -> Self {
        self.arrival = bound;
        self
    }

    /// The same provider, whose gateway says 502, 503 and 504 only of requests that it did not pass on.
    #[must_use]
    pub const fn unavailable_is_unprocessed(mut self) -> Self {
        self.unavailable_is_unprocessed = true;
        self
    }
}

impl Default for Rotation {
    fn default() -> Self {
        Self::STRICT
    }
}

/// The keeper's own numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Deadlines {
    /// The whole time of one request to the provider, connecting included.
    pub http: Duration,
    /// What clocks and schedulers may be off by.
    pub margin: Duration,
    /// How long a claim holds the row.
    pub lease: Duration,
    /// How long a dead row is kept, so that a late writer learns what became of it.
    pub tombstone: Duration,
}

impl Deadlines {
    /// Ten seconds for a request, five of margin, a lease of thirty, a tombstone for an hour.
    pub const DEFAULT: Self = Self {
        http: Duration::from_secs(10),
        margin: Duration::from_secs(5),
        lease: Duration::from_secs(30),
        tombstone: Duration::from_secs(3600),
    };

    /// Deadlines for a provider: ten seconds for a request, two of margin, three in which a holder may begin, and a
    /// lease that holds just that, so that nobody waits long for a holder that is gone.
    ///
    /// Where the provider's grace window does not hold that lease and one more request, all are tightened until it
    /// does, down to about two seconds for a request; a window that is shorter still is left to
    /// [`Replay::GraceTooShort`].
    #[must_use]
    pub fn fitting(rotation: &Rotation) -> Self {
        let ms = Duration::from_millis;
        let (mut http, mut margin, mut begin) = (ms(10_000), ms(2_000), ms(3_000));
        if let (true, Some(grace)) = (rotation.rotates, rotation.grace) {
            let room = grace.window.saturating_sub(rotation.arrival * 2);
            if room <= 2 * (http + margin) + begin && room >= ms(7_000) {
                begin = room / 9;
                margin = room / 9;
                http = (room - begin) / 2 - margin - ms(10);
            }
        }
        let lease = http.saturating_add(rotation.arrival).saturating_add(margin).saturating_add(begin);
        Self { http, margin, lease, tombstone: Self::DEFAULT.tombstone }
    }

    /// The same deadlines with another one for a request.
    #[must_use]
    pub const fn http(mut self, http: Duration) -> Self {
        self.http = http;
        self
    }

    /// The same deadlines with another margin.
    #[must_use]
    pub const fn margin(mut self, margin: Duration) -> Self {
        self.margin = margin;
        self
    }

    /// The same deadlines with another lease.
    #[must_use]
    pub const fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// The same deadlines with another life of tombstones.
    #[must_use]
    pub const fn tombstone(mut self, tombstone: Duration) -> Self {
        self.tombstone = tombstone;
        self
    }
}

impl Default for Deadlines {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What becomes of a refresh whose outcome is unknown. Worth a line in the log when a keeper is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Replay {
    /// The provider does not rotate: presenting the token again is harmless.
    Harmless,
    /// The token is presented again, sent no later than this after it was first sent.
    Within(Duration),
    /// Never: the profile names no grace window.
    NoGrace,
    /// Never: the grace window does not hold a lease and one more request.
    GraceTooShort {
        /// The window.
        grace: Duration,
        /// It would have to be longer than this.
        needed: Duration,
    },
}

impl fmt::Display for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Harmless => f.write_str("refresh tokens do not rotate, a lost answer is asked for again"),
            Self::Within(by) => write!(f, "a lost answer is asked for again within {by:?}"),
            Self::NoGrace => f.write_str("no replay: the profile names no grace window"),
            Self::GraceTooShort { grace, needed } => {
                write!(f, "no replay: the grace window is {grace:?} and would have to exceed {needed:?}")
            }
        }
    }
}

/// Deadlines that do not fit one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeadlineError {
    /// A request must be over, and have arrived, before the lease ends: `http + arrival + margin < lease`.
    LeaseTooShort {
        /// The request's deadline.
        http: Duration,
        /// The arrival bound of the profile.
        arrival: Duration,
        /// The margin.
        margin: Duration,
        /// The lease.
        lease: Duration,
    },
    /// No request is over in no time.
    NoTimeForARequest,
}

impl fmt::Display for DeadlineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeaseTooShort { http, arrival, margin, lease } => write!(
                f,
                "the lease of {lease:?} must be longer than the request's deadline {http:?} + the arrival bound \
                 {arrival:?} + the margin {margin:?}"
            ),
            Self::NoTimeForARequest => f.write_str("the request's deadline must be longer than zero"),
        }
    }
}

impl std::error::Error for DeadlineError {}

/// Checked numbers: a profile and deadlines that fit.
///
/// `http + arrival + margin < lease < replay < grace - margin`, where `replay`, the last moment for sending a token
/// again, is derived: `grace - (http + arrival + margin)`. A grace window that leaves no room for that means no
/// replay, and [`Policy::replay`] says so by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Policy {
    rotation: Rotation,
    deadlines: Deadlines,
    replay: Replay,
}

impl Policy {
    /// Checks the numbers.
    ///
    /// # Errors
    /// [`DeadlineError`], which names the numbers that do not fit.
    pub fn new(rotation: Rotation, deadlines: Deadlines) -> Result<Self, DeadlineError> {
        let Deadlines { http, margin, lease, .. } = deadlines;
        if http.is_zero() {
            return Err(DeadlineError::NoTimeForARequest);
        }
        let settled = http.saturating_add(rotation.arrival).saturating_add(margin);
        if settled >= lease {
            return Err(DeadlineError::LeaseTooShort { http, arrival: rotation.arrival, margin, lease });
        }
        let needed = lease.saturating_add(settled);
        let replay = match rotation.grace {
            _ if !rotation.rotates => Replay::Harmless,
            None => Replay::NoGrace,
            Some(Grace { window, .. }) if window <= needed => Replay::GraceTooShort { grace: window, needed },
            Some(Grace { window, .. }) => Replay::Within(window.saturating_sub(settled)),
        };
        Ok(Self { rotation, deadlines, replay })
    }

    /// What the profile says.
    #[must_use]
    pub const fn rotation(&self) -> &Rotation {
        &self.rotation
    }

    /// The keeper's numbers.
    #[must_use]
    pub const fn deadlines(&self) -> &Deadlines {
        &self.deadlines
    }

    /// What becomes of a refresh whose outcome is unknown.
    #[must_use]
    pub const fn replay(&self) -> Replay {
        self.replay
    }

    /// How long after its last byte may have left a request is certain to have arrived or to be lost.
    pub(super) const fn arrived(&self) -> Duration {
        self.rotation.arrival.saturating_add(self.deadlines.margin)
    }

    /// How long after its guard a request is certain to have been answered or given up, and arrived or lost.
    pub(super) const fn settled(&self) -> Duration {
        self.deadlines.http.saturating_add(self.arrived())
    }

    /// Whether a revocation touches no other family.
    pub(super) const fn revokes_one_family(&self) -> bool {
        matches!(self.rotation.reach, Reach::Token | Reach::Family)
    }

    /// Whether a token may be presented by one holder after another, so that only the last may commit what he got:
    /// his request may still be out when the token's successor is used.
    pub(super) const fn is_replayed(&self) -> bool {
        matches!(self.replay, Replay::Within(_))
    }
}
