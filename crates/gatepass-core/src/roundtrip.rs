//! A leg: one question to the provider.

use http::{Request, Response};

use crate::{Attempt, Body, Timestamp};

/// One question to the provider, without I/O.
///
/// [`request`](Roundtrip::request) consumes the leg and yields what waits for the answer: an answer without a request
/// does not compile, the moment of sending is remembered, and what never left gives the leg back, unspent.
pub trait Roundtrip: Sized {
    /// What waits for the answer.
    type Sent;
    /// What a good answer makes.
    type Output;
    /// What a bad one makes.
    type Error: std::error::Error;

    /// Makes the request.
    ///
    /// # Errors
    /// When it cannot be made.
    fn request(self, attempt: Attempt) -> Result<(Request<Body>, Self::Sent), Self::Error>;

    /// Judges the answer, which arrived at `now`.
    ///
    /// # Errors
    /// When the provider refused or did not keep to the protocol.
    fn response(sent: Self::Sent, answer: Response<Body>, now: Timestamp) -> Result<Step<Self>, Self::Error>;

    /// Gives the leg back: the request certainly never reached the provider.
    fn not_sent(sent: Self::Sent) -> Self;
}

/// What an answer leads to.
#[derive(Debug)]
#[non_exhaustive]
pub enum Step<R: Roundtrip> {
    /// The provider asks for the same once more, in another way (a DPoP nonce).
    Again(R),
    /// Done.
    Done(R::Output),
}
