//! Faults: which requests go wrong, and when. What happens to them is in `effect`.

use super::effect::{Effect, Rewrite};
use super::endpoint::Endpoint;
use super::gate::Gate;
use super::received::Received;
use bytes::Bytes;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Before,
    After,
}

type Condition = Arc<dyn Fn(&Received) -> bool + Send + Sync>;

/// A fault that waits for its requests: by itself the next one, once.
#[derive(Clone)]
#[must_use = "a fault does nothing before Provider::inject"]
pub struct Fault {
    endpoint: Option<Endpoint>,
    phase: Phase,
    when: Option<Condition>,
    skip: usize,
    /// `None`: until cleared.
    left: Option<usize>,
    pub(crate) effect: Effect,
}

/// The place of a fault, which still lacks what shall happen there.
#[derive(Debug, Clone, Copy)]
#[must_use = "choose what shall happen"]
pub struct FaultSite {
    endpoint: Option<Endpoint>,
    phase: Phase,
}

impl Fault {
    /// A fault that comes before the request is processed: where it answers or cuts, nothing has happened.
    ///
    /// `None` stands for all endpoints.
    pub fn before(endpoint: impl Into<Option<Endpoint>>) -> FaultSite {
        FaultSite { endpoint: endpoint.into(), phase: Phase::Before }
    }

    /// A fault that comes after the request was processed: the provider has acted, whatever the client sees.
    ///
    /// `None` stands for all endpoints.
    pub fn after(endpoint: impl Into<Option<Endpoint>>) -> FaultSite {
        FaultSite { endpoint: endpoint.into(), phase: Phase::After }
    }

    /// Only for requests for which this holds, such as a certain grant type.
    pub fn when(mut self, holds: impl Fn(&Received) -> bool + Send + Sync + 'static) -> Self {
        self.when = Some(Arc::new(holds));
        self
    }

    /// Only for token requests of this grant type.
    pub fn when_grant_type(self, grant_type: &'static str) -> Self {
        self.when(move |request| request.form_value("grant_type").as_deref() == Some(grant_type))
    }

    /// Lets the first matching requests pass untouched.
    pub fn skip(mut self, requests: usize) -> Self {
        self.skip = requests;
        self
    }

    /// For that many matching requests instead of one.
    pub fn times(mut self, requests: usize) -> Self {
        self.left = Some(requests);
        self
    }

    /// For all matching requests until [`Provider::clear_faults`](super::Provider::clear_faults).
    pub fn until_cleared(mut self) -> Self {
        self.left = None;
        self
    }
}

impl FaultSite {
    pub(crate) fn with(self, effect: Effect) -> Fault {
        Fault { endpoint: self.endpoint, phase: self.phase, when: None, skip: 0, left: Some(1), effect }
    }

    /// Waits that long by the real clock, then goes on.
    pub fn delay(self, by: Duration) -> Fault {
        self.with(Effect::Delay(by))
    }

    /// Waits until the gate lets the request through, then goes on.
    pub fn hold(self, gate: &Gate) -> Fault {
        self.with(Effect::Hold(gate.clone()))
    }

    /// Answers with another status. After processing the header fields and the body stay; before it there are none.
    pub fn status(self, status: u16) -> Fault {
        self.rewrite(Rewrite::new().status(status))
    }

    /// Changes the answer; before processing there is an empty 200 to change.
    pub fn rewrite(self, rewrite: Rewrite) -> Fault {
        self.with(Effect::Rewrite(rewrite))
    }

    /// Answers with a redirect to that location, with status 301, 302, 303, 307 or 308.
    pub fn redirect(self, status: u16, location: &str) -> Fault {
        self.rewrite(Rewrite::new().status(status).header("location", location).body(""))
    }

    /// Closes the connection without a byte of an answer.
    pub fn close(self) -> Fault {
        self.with(Effect::Close)
    }

    /// Resets the connection (RST) without a byte of an answer.
    pub fn reset(self) -> Fault {
        self.with(Effect::Reset)
    }

    /// Sends the head, that many bytes of the body, and closes the connection; the head promises more.
    pub fn partial_body(self, bytes: usize) -> Fault {
        self.with(Effect::PartialBody(bytes))
    }

    /// Sends a body that never ends.
    pub fn endless_body(self) -> Fault {
        self.with(Effect::EndlessBody)
    }

    /// Compresses the answer behind so much white space that it inflates to that many bytes and a little more.
    pub fn gzip_bomb(self, inflated: u64) -> Fault {
        self.with(Effect::GzipBomb(inflated))
    }

    /// Sends the head at once and the body byte by byte, with this pause before each.
    pub fn trickle(self, pause: Duration) -> Fault {
        self.with(Effect::Trickle(pause))
    }

    /// Sends these bytes instead of an HTTP answer and closes the connection.
    pub fn raw(self, bytes: impl Into<Bytes>) -> Fault {
        self.with(Effect::Raw(bytes.into()))
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fault")
            .field("endpoint", &self.endpoint)
            .field("phase", &self.phase)
            .field("conditional", &self.when.is_some())
            .field("skip", &self.skip)
            .field("left", &self.left)
            .field("effect", &self.effect)
            .finish()
    }
}

/// All faults that wait, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    pub(crate) fn add(&self, fault: Fault) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(crate) fn waiting(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The effects for this request; each fault that takes part is used up by one.
    pub(crate) fn take(&self, phase: Phase, endpoint: Endpoint, request: &Received) -> Vec<Effect> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut effects = Vec::new();
        for fault in faults.iter_mut() {
            let matches = fault.phase == phase
                && fault.endpoint.is_none_or(|at| at == endpoint)
                && fault.left != Some(0)
                && fault.when.as_ref().is_none_or(|holds| holds(request));
            if !matches {
                continue;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            fault.left = fault.left.map(|left| left - 1);
            effects.push(fault.effect.clone());
        }
        faults.retain(|fault| fault.left != Some(0));
        effects
    }
}
