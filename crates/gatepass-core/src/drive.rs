//! The drivers: how a leg meets a network. The only ones, and the same loop twice.

use std::fmt;
use std::sync::Arc;

use crate::ports::{Clock, Entropy, HttpClient, HttpError, Limits, NoEntropy, Processed, Spawn, Timer};
use crate::{Attempt, Roundtrip, Step};

/// Everything that an asynchronous program gives to a driver. Cloning is cheap.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct World {
    /// HTTP.
    pub http: Arc<dyn HttpClient>,
    /// The clocks.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Tasks.
    pub spawn: Arc<dyn Spawn>,
    /// Timers.
    pub timer: Arc<dyn Timer>,
}

impl World {
    /// A world of these parts.
    #[must_use]
    pub fn new(
        http: Arc<dyn HttpClient>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        spawn: Arc<dyn Spawn>,
        timer: Arc<dyn Timer>,
    ) -> Self {
        Self { http, clock, entropy, spawn, timer }
    }

    /// A new attempt, now.
    ///
    /// # Errors
    /// [`NoEntropy`], when the random generator does not deliver.
    pub fn attempt(&self) -> Result<Attempt, NoEntropy> {
        Ok(Attempt::new(self.clock.now(), self.entropy.seed()?))
    }
}

/// Drives a leg to its end.
///
/// # Errors
/// [`DriveError`]; of [`DriveError::NotSent`] and [`DriveError::NoEntropy`] it holds the leg, unspent.
pub async fn drive<R: Roundtrip>(
    mut leg: R,
    world: &World,
    limits: &Limits,
) -> Result<R::Output, DriveError<R>> {
    loop {
        let Ok(attempt) = world.attempt() else { return Err(DriveError::NoEntropy { leg }) };
        let (request, sent) = leg.request(attempt).map_err(DriveError::Refused)?;
        let answer = match world.http.send(request, limits).await {
            Ok(answer) => answer,
            Err(why) => return Err(DriveError::unanswered(sent, why)),
        };
        match R::response(sent, answer, world.clock.now()).map_err(DriveError::Refused)? {
            Step::Again(again) => leg = again,
            Step::Done(output) => return Ok(output),
        }
    }
}

/// A leg that did not come to its end.
#[non_exhaustive]
pub enum DriveError<R: Roundtrip> {
    /// Nothing reached the provider: here is the leg, unspent.
    NotSent {
        /// The leg.
        leg: R,
        /// What kept the request from leaving.
        why: HttpError,
    },
    /// The random generator did not deliver: here is the leg, unspent.
    NoEntropy {
        /// The leg.
        leg: R,
    },
    /// The provider may have acted, and the answer is not known. The leg is spent.
    Unknown(HttpError),
    /// The answer was refused, or the provider did. The leg is spent.
    Refused(R::Error),
}

impl<R: Roundtrip> DriveError<R> {
    fn unanswered(sent: R::Sent, why: HttpError) -> Self {
        match why.processed() {
            Processed::CertainlyNot => Self::NotSent { leg: R::not_sent(sent), why },
            Processed::Maybe => Self::Unknown(why),
        }
    }
}

impl<R: Roundtrip> fmt::Debug for DriveError<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent { why, .. } => f.debug_tuple("NotSent").field(why).finish(),
            Self::NoEntropy { .. } => f.write_str("NoEntropy"),
            Self::Unknown(why) => f.debug_tuple("Unknown").field(why).finish(),
            Self::Refused(why) => f.debug_tuple("Refused").field(why).finish(),
        }
    }
}

impl<R: Roundtrip> fmt::Display for DriveError<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent { .. } => f.write_str("nothing reached the provider"),
            Self::NoEntropy { .. } => fmt::Display::fmt(&NoEntropy, f),
            Self::Unknown(_) => f.write_str("whether the provider acted is not known"),
            Self::Refused(why) => fmt::Display::fmt(why, f),
        }
    }
}

impl<R: Roundtrip> std::error::Error for DriveError<R>
where
    R::Error: 'static,
{
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotSent { why, .. } | Self::Unknown(why) => Some(why),
            Self::NoEntropy { .. } => None,
            Self::Refused(why) => why.source(),
        }
    }
}

/// The driver of blocking programs.
pub mod blocking {
    use std::sync::Arc;

    use super::DriveError;
    use crate::ports::blocking::HttpClient;
    use crate::ports::{Clock, Entropy, Limits, NoEntropy};
    use crate::{Attempt, Roundtrip, Step};

    /// Everything that a blocking program gives to a driver. Cloning is cheap.
    #[derive(Clone, Debug)]
    #[non_exhaustive]
    pub struct World {
        /// HTTP.
        pub http: Arc<dyn HttpClient>,
        /// The clocks.
        pub clock: Arc<dyn Clock>,
        /// Randomness.
        pub entropy: Arc<dyn Entropy>,
    }

    impl World {
        /// A world of these parts.
        #[must_use]
        pub fn new(http: Arc<dyn HttpClient>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
            Self { http, clock, entropy }
        }

        /// A new attempt, now.
        ///
        /// # Errors
        /// [`NoEntropy`], when the random generator does not deliver.
        pub fn attempt(&self) -> Result<Attempt, NoEntropy> {
            Ok(Attempt::new(self.clock.now(), self.entropy.seed()?))
        }
    }

    /// Drives a leg to its end.
    ///
    /// # Errors
    /// As [`drive`](super::drive).
    pub fn drive<R: Roundtrip>(
        mut leg: R,
        world: &World,
        limits: &Limits,
    ) -> Result<R::Output, DriveError<R>> {
        loop {
            let Ok(attempt) = world.attempt() else { return Err(DriveError::NoEntropy { leg }) };
            let (request, sent) = leg.request(attempt).map_err(DriveError::Refused)?;
            let answer = match world.http.send(request, limits) {
                Ok(answer) => answer,
                Err(why) => return Err(DriveError::unanswered(sent, why)),
            };
            match R::response(sent, answer, world.clock.now()).map_err(DriveError::Refused)? {
                Step::Again(again) => leg = again,
                Step::Done(output) => return Ok(output),
            }
        }
    }
}
