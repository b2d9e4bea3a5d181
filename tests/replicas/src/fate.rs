//! What becomes of each refresh request at the provider, by the dice; and which refresh tokens met something after which
//! nobody can know whether they are spent.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gatepass::renewal::Fingerprint;
use gatepass_testkit::Provider;
use gatepass_testkit::provider::{Endpoint, Fault, FaultSite, Received, Rewrite};

use crate::Disturbance;
use crate::dice::Dice;
use crate::numbers::HTTP;

/// Milliseconds before the provider acts, and between that and its answer.
const PAUSES: [u64; 5] = [5, 60, 150, 280, 420];

/// How a request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Answered,
    /// Closed or reset before the provider acted.
    Lost {
        reset: bool,
    },
    /// Closed, reset or broken off after it.
    Unanswered(u8),
    Late,
    Status {
        status: u16,
        acted: bool,
    },
}

#[derive(Clone, Copy, Debug)]
struct Fate {
    before: u64,
    after: u64,
    end: End,
}

/// The fates of all refresh requests.
#[derive(Clone, Debug)]
pub(crate) struct Fates(Arc<Mutex<Inside>>);

#[derive(Debug)]
struct Inside {
    dice: Dice,
    disturbance: Disturbance,
    /// By refresh token: the fate of its last presentation.
    now: HashMap<String, Fate>,
    /// Tokens of which a presentation brought no answer in time that says anything.
    unknowable: HashSet<Fingerprint>,
}

impl Fates {
    pub(crate) fn new(seed: u64, provider: &Provider) -> Self {
        let inside = Inside {
            dice: Dice::new(seed, "fates"),
            disturbance: Disturbance::Nothing,
            now: HashMap::new(),
            unknowable: HashSet::new(),
        };
        let fates = Self(Arc::new(Mutex::new(inside)));
        fates.govern(provider);
        fates
    }

    /// From now on.
    pub(crate) fn set(&self, disturbance: Disturbance) {
        self.lock().disturbance = disturbance;
    }

    pub(crate) fn is_unknowable(&self, token: &Fingerprint) -> bool {
        self.lock().unknowable.contains(token)
    }

    fn govern(&self, provider: &Provider) {
        let (before, after) = (|| Fault::before(Endpoint::Token), || Fault::after(Endpoint::Token));
        // The first fault of all rolls the dice for the request, and then lets it pass.
        let fates = self.clone();
        provider.inject(before().delay(Duration::ZERO).until_cleared().when(move |request| {
            fates.roll(request);
            false
        }));
        for pause in PAUSES {
            let by = Duration::from_millis(pause);
            self.when(provider, before().delay(by), move |fate| fate.before == pause);
            self.when(provider, after().delay(by), move |fate| fate.after == pause);
        }
        let too_long = HTTP + Duration::from_millis(600);
        self.when(provider, after().delay(too_long), |fate| fate.end == End::Late);
        self.when(provider, before().close(), |fate| fate.end == End::Lost { reset: false });
        self.when(provider, before().reset(), |fate| fate.end == End::Lost { reset: true });
        self.when(provider, after().close(), |fate| fate.end == End::Unanswered(0));
        self.when(provider, after().reset(), |fate| fate.end == End::Unanswered(1));
        self.when(provider, after().partial_body(20), |fate| fate.end == End::Unanswered(2));
        for status in [500, 503] {
            for (acted, site) in [(false, before as fn() -> FaultSite), (true, after)] {
                self.when(provider, site().rewrite(Rewrite::new().status(status).body("")), move |fate| {
                    fate.end == End::Status { status, acted }
                });
            }
        }
    }

    fn when(&self, provider: &Provider, fault: Fault, holds: impl Fn(&Fate) -> bool + Send + Sync + 'static) {
        let fates = self.clone();
        provider.inject(fault.until_cleared().when(move |request| {
            let token = request.form_value("refresh_token");
            token.and_then(|token| fates.lock().now.get(&token).copied()).is_some_and(|fate| holds(&fate))
        }));
    }

    fn roll(&self, request: &Received) {
        let Some(token) = request.form_value("refresh_token") else { return };
        let mut inside = self.lock();
        let again = inside.now.contains_key(&token);
        let fate = inside.fate(again);
        if fate.end != End::Answered {
            inside.unknowable.insert(Fingerprint::of(&token));
        }
        inside.now.insert(token, fate);
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    /// One bad end a token, and every second token; during an outage every request meets one.
    fn fate(&mut self, again: bool) -> Fate {
        let (before, after) = (self.dice.pick(&PAUSES), self.dice.pick(&PAUSES));
        let spared = again || self.dice.index(2) == 0;
        let end = match self.disturbance {
            Disturbance::Outage => self.status(),
            _ if spared => End::Answered,
            Disturbance::Lost => self.lost(),
            Disturbance::Late => End::Late,
            Disturbance::Refused => self.status(),
            Disturbance::Everything if self.dice.index(2) == 0 => self.lost(),
            Disturbance::Everything => self.status(),
            _ => End::Answered,
        };
        Fate { before, after, end }
    }

    fn lost(&mut self) -> End {
        match self.dice.index(5) {
            0 => End::Lost { reset: false },
            1 => End::Lost { reset: true },
            2 => End::Unanswered(0),
            3 => End::Unanswered(1),
            _ => End::Unanswered(2),
        }
    }

    fn status(&mut self) -> End {
        End::Status { status: self.dice.pick(&[500, 503]), acted: self.dice.index(2) == 0 }
    }
}
