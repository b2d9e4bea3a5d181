//! A walk as a script: which port is called next and with what, and what it answers.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use gatepass::ports::{
    HttpError, HttpErrorKind, Limits, Processed, Reading, Revision, Row, Sealed, StoreError, StoreErrorKind,
    Swap,
};
use gatepass::renewal::{
    Effect, Event, Fingerprint, Found, Journal, Refusal, Seen, Tokens, Told, Waiting, Which,
};
use gatepass::{Binding, Body, Seed, Timestamp};
use gatepass_explore::numbers::{CURRENT, NOW, TICK, aged, fingerprint, holder, token};
use gatepass_explore::trace::{Task, Trace};
use http::{Request, Response};

use super::forge::{BEGIN, Forge, answer, key, refresh, ring};

pub(super) struct Script(Mutex<State>);

struct State {
    trace: Trace,
    /// The next event.
    at: usize,
    /// The process's own clocks, and the store's. While the store is asked, only its own goes on: a driver counts from
    /// before it asked, on purpose, and then its estimate of the store's clock is the clock.
    local: Timestamp,
    store: Timestamp,
    revision: i64,
    /// The row that a caller sees before the machine is made.
    look: Option<Journal>,
    sealed: HashMap<(u64, u64, u8), Sealed>,
    /// What the driver wrote, as the explorer ages it, and as it is.
    mine: Vec<(Journal, Row)>,
    seeds: VecDeque<[u8; 16]>,
    drawn: u64,
    failed_swaps: u32,
    pauses: bool,
    answered: Option<u8>,
    revoked: Vec<String>,
    after: Vec<String>,
}

const ACCESS: &str = "access-of-the-answer";

impl Script {
    pub(super) fn new(trace: &Trace, forge: &mut Forge) -> Arc<Self> {
        let mut seeds = VecDeque::from([[0; 16], *holder(trace.index).as_bytes()]);
        if let Task::Install(lineage, _) = trace.task {
            let mut seed = [0; 16];
            seed[..8].copy_from_slice(&lineage.number().to_be_bytes());
            seeds.push_back(seed);
        }
        let look = match trace.task {
            Task::Renew(row) => Some(row),
            _ => None,
        };
        let found = trace.steps.iter().filter_map(|step| match step.event {
            Event::Read(Some((_, row))) | Event::Moved(Some((_, row))) => Some(row),
            _ => None,
        });
        let mut sealed = HashMap::new();
        for row in found.chain(look) {
            if let Some(current) = row.current.map(token) {
                let made = forge.sealed(row.lineage, row.generation, current);
                sealed.insert((row.lineage.number(), row.generation, current), made);
            }
        }
        Arc::new(Self(Mutex::new(State {
            trace: trace.clone(),
            at: 1,
            local: BEGIN,
            store: BEGIN.saturating_add(Duration::from_secs(12_345)),
            revision: 1,
            look,
            sealed,
            mine: Vec::new(),
            seeds,
            drawn: 0,
            failed_swaps: 0,
            pauses: false,
            answered: None,
            revoked: Vec::new(),
            after: Vec::new(),
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(super) fn local(&self) -> Timestamp {
        self.state().local
    }

    pub(super) fn about(&self) -> String {
        self.state().about()
    }

    pub(super) fn draws(&self) -> Seed {
        let mut state = self.state();
        state.drawn += 1;
        let mut bytes = [0x5a; 64];
        bytes[16..24].copy_from_slice(&state.drawn.to_be_bytes());
        bytes[32..40].copy_from_slice(&state.drawn.to_be_bytes());
        match state.seeds.pop_front() {
            Some(seed) => bytes[..16].copy_from_slice(&seed),
            None => bytes[..8].copy_from_slice(&state.drawn.to_be_bytes()),
        }
        Seed::new(bytes)
    }

    /// The access token that the last answer brought.
    pub(super) fn access(&self) -> Option<String> {
        self.state().answered.map(|number| format!("{ACCESS}-{number}"))
    }

    pub(super) fn is_over(&self) {
        let mut state = self.state();
        state.told();
        assert!(state.ends(), "{}: the keeper answers before the machine has ended", state.about());
    }

    /// After the end, the tokens that the verdict names were revoked.
    pub(super) fn leftovers_are(&self, which: Which) {
        let state = self.state();
        let named = state.named(which);
        assert_eq!(state.after.first(), named.as_ref(), "{}: leftovers", state.about());
    }

    pub(super) fn reads(&self) -> Result<Reading, StoreError> {
        let mut state = self.state();
        if let Some(row) = state.look.take() {
            return Ok(state.reading(Some((CURRENT, row))));
        }
        state.told();
        if state.ends() {
            return Err(StoreError::new(StoreErrorKind::Unavailable));
        }
        let wanted = state.effect();
        assert_eq!(wanted, Effect::Read, "{}: the keeper reads", state.about());
        match state.next(false) {
            Event::Read(found) => Ok(state.reading(found)),
            Event::StoreUnknown => Err(StoreError::new(StoreErrorKind::Unavailable)),
            other => panic!("{}: the explorer told {other:?} after a read", state.about()),
        }
    }

    pub(super) fn swaps(&self, expected: Option<Revision>, next: Option<Row>) -> Result<Swap, StoreError> {
        let mut state = self.state();
        state.told();
        if state.ends() {
            return Err(StoreError::new(StoreErrorKind::Unavailable));
        }
        let Effect::Swap { expected: wanted, next: journal, tokens } = state.effect() else {
            panic!("{}: the keeper swaps, and the machine wants {:?}", state.about(), state.effect())
        };
        let current = Revision::new(state.revision);
        match (expected, wanted) {
            (None, None) => {}
            (Some(given), Some(CURRENT)) => assert_eq!(given, current, "{}: revision", state.about()),
            (Some(given), Some(_)) => assert_ne!(given, current, "{}: revision", state.about()),
            _ => panic!("{}: the keeper expects {expected:?}, the machine {wanted:?}", state.about()),
        }
        state.same_row(next.as_ref(), journal, tokens);
        if let (Some(journal), Some(row)) = (journal, next) {
            state.mine.push((journal, row));
        }
        match state.next(false) {
            Event::Swapped(_) => {
                state.failed_swaps = 0;
                Ok(Swap::Done { revision: Revision::new(state.revision), now: state.store })
            }
            Event::Moved(found) => {
                state.failed_swaps = 0;
                Ok(Swap::Moved(state.reading(found)))
            }
            Event::StoreUnknown => {
                state.failed_swaps += 1;
                // The driver's own pause between writes that fail again and again; the machine hears afterwards.
                state.pauses = state.failed_swaps > 1;
                Err(StoreError::new(StoreErrorKind::Unavailable))
            }
            other => panic!("{}: the explorer told {other:?} after a swap", state.about()),
        }
    }

    pub(super) fn sends(
        &self,
        request: &Request<Body>,
        limits: &Limits,
    ) -> Result<Response<Body>, HttpError> {
        let form: HashMap<String, String> =
            url::form_urlencoded::parse(request.body().as_bytes()).into_owned().collect();
        if request.uri().path() == "/revoke" {
            return self.revokes(&form["token"]);
        }
        assert_eq!(form["grant_type"], "refresh_token");
        let (present, not_after) = {
            let mut state = self.state();
            state.told();
            if state.ends() {
                return Err(HttpError::new(HttpErrorKind::Connect, Processed::CertainlyNot));
            }
            let Effect::Send { present, not_after } = state.effect() else {
                panic!("{}: the keeper sends, and the machine wants {:?}", state.about(), state.effect())
            };
            (present, not_after)
        };
        assert_eq!(form["refresh_token"], refresh(token(present)), "{}: the token", self.about());
        self.same_guard(limits, not_after);
        let mut state = self.state();
        match state.next(true) {
            Event::Answered(seen) => state.answers(seen, not_after),
            other => panic!("{}: the explorer told {other:?} after a request", state.about()),
        }
    }

    /// The guard passes with the moment that the machine named, on the process's own clocks.
    fn same_guard(&self, limits: &Limits, not_after: Timestamp) {
        let guard = limits.not_after.as_ref().expect("every refresh is guarded");
        assert_eq!(guard.has_passed(), not_after < NOW, "{}: the guard", self.about());
        if not_after == Timestamp::MAX {
            return;
        }
        let now = self.local();
        self.state().local = now.saturating_add(not_after.saturating_since(NOW));
        assert_eq!(guard.has_passed(), not_after < NOW, "{}: the guard, at its end", self.about());
        self.state().local = self.local().saturating_add(Duration::from_millis(1));
        assert!(guard.has_passed(), "{}: the guard, after its end", self.about());
        self.state().local = now;
    }

    fn revokes(&self, token: &str) -> Result<Response<Body>, HttpError> {
        let mut state = self.state();
        if state.ends() {
            state.after.push(token.to_owned());
            return Ok(answer(200, ""));
        }
        let Effect::Revoke(_) = state.effect() else {
            panic!("{}: the keeper revokes, and the machine wants {:?}", state.about(), state.effect())
        };
        if state.revoked.is_empty() {
            let ticks = state.trace.steps[state.at].ticks;
            state.pass(ticks, true);
        }
        state.revoked.push(token.to_owned());
        match state.trace.steps[state.at].event {
            Event::Told(Told::Done) => Ok(answer(200, "")),
            _ => Err(HttpError::new(HttpErrorKind::Timeout, Processed::Maybe)),
        }
    }

    pub(super) fn sleeps(&self, time: Duration) {
        let mut state = self.state();
        state.told();
        if std::mem::take(&mut state.pauses) {
            assert!(time >= Duration::from_millis(100), "{}: its own pause", state.about());
            return;
        }
        if state.ends() {
            return;
        }
        let Effect::Wait { until, why } = state.effect() else {
            panic!("{}: the keeper waits, and the machine wants {:?}", state.about(), state.effect())
        };
        let left = until.saturating_since(NOW);
        match why {
            Waiting::Holder => assert!(time <= left, "{}: too long", state.about()),
            _ => assert_eq!(time, left, "{}: how long", state.about()),
        }
        assert_eq!(state.next(true), Event::Woke, "{}", state.about());
    }
}

impl State {
    fn about(&self) -> String {
        let Trace { scenario, shows, task, .. } = &self.trace;
        format!("{shows} ({}, {task:?}), step {}", scenario.name(), self.at)
    }

    /// What the machine wants now.
    fn effect(&self) -> Effect {
        assert!(!self.pauses, "{}: writes that fail again and again are paused between", self.about());
        self.trace.steps[self.at - 1].effect
    }

    fn ends(&self) -> bool {
        matches!(self.trace.steps[self.at - 1].effect, Effect::Done(_))
    }

    fn pass(&mut self, ticks: u8, everywhere: bool) {
        let time = TICK * u32::from(ticks);
        self.store = self.store.saturating_add(time);
        if everywhere {
            self.local = self.local.saturating_add(time);
        }
        for (journal, _) in &mut self.mine {
            *journal = aged(*journal, ticks);
        }
    }

    fn next(&mut self, everywhere: bool) -> Event {
        let step = self.trace.steps[self.at];
        self.at += 1;
        self.pass(step.ticks, everywhere);
        self.revision += i64::from(step.writes);
        step.event
    }

    /// The driver is done with the tokens that it was told to revoke.
    fn told(&mut self) {
        let Effect::Revoke(which) = self.trace.steps[self.at - 1].effect else { return };
        let first = self.revoked.first().cloned();
        assert_eq!(first, self.named(which), "{}: what is revoked", self.about());
        let step = self.trace.steps[self.at];
        assert!(matches!(step.event, Event::Told(_)), "{}: {:?}", self.about(), step.event);
        self.at += 1;
        self.revision += i64::from(step.writes);
        self.revoked.clear();
    }

    /// The refresh token that is named.
    fn named(&self, which: Which) -> Option<String> {
        let number = match which {
            Which::Stored(lineage, generation) => {
                let seen = self.trace.steps.iter().filter_map(|step| match (step.event, step.effect) {
                    (Event::Read(Some((_, row))) | Event::Moved(Some((_, row))), _) => Some(row),
                    (_, Effect::Swap { next: Some(row), .. }) => Some(row),
                    _ => None,
                });
                let mut named = seen.filter(|row| (row.lineage, row.generation) == (lineage, generation));
                named.find_map(|row| row.current).map(token)
            }
            Which::Answer => self.answered,
            _ => match self.trace.task {
                Task::Install(_, token) => Some(token),
                _ => None,
            },
        };
        number.map(refresh)
    }

    fn reading(&self, found: Found) -> Reading {
        let row = found.map(|(_, journal)| (Revision::new(self.revision), self.row(journal)));
        Reading::new(row, self.store)
    }

    /// A row as a store keeps it: what the driver wrote is what it finds.
    fn row(&self, journal: Journal) -> Row {
        let mine = self.mine.iter().rfind(|(known, _)| aged(*known, 0) == aged(journal, 0));
        if let Some((_, row)) = mine {
            return row.clone();
        }
        let tokens = |of: &Journal| (of.lineage, of.generation, of.current);
        // Whoever wrote only the journal since has kept the tokens that the driver sealed.
        let kept = self.mine.iter().rfind(|(known, _)| tokens(known) == tokens(&journal));
        let forged = || {
            let current = journal.current.map(token)?;
            self.sealed.get(&(journal.lineage.number(), journal.generation, current)).cloned()
        };
        let sealed = kept.map(|(_, row)| row.tokens.clone()).or_else(forged);
        let sealed = sealed.unwrap_or_else(|| Sealed::from_stored([]));
        let time = |time: Timestamp| {
            self.store.saturating_add(time.saturating_since(NOW)).saturating_sub(NOW.saturating_since(time))
        };
        let print = |print: Fingerprint| Fingerprint::of(&refresh(token(print)));
        let mut row = journal;
        (row.first_sent, row.lease_until) = (row.first_sent.map(time), row.lease_until.map(time));
        (row.current, row.previous) = (row.current.map(print), row.previous.map(print));
        Row::new(row, sealed)
    }

    /// The journal is the machine's, and the sealed tokens are those that it names.
    fn same_row(&self, row: Option<&Row>, journal: Option<Journal>, tokens: Tokens) {
        let time = |time: Timestamp| {
            NOW.saturating_add(time.saturating_since(self.store))
                .saturating_sub(self.store.saturating_since(time))
        };
        let print = |print: Fingerprint| {
            let number = (0..100).find(|number| Fingerprint::of(&refresh(*number)) == print);
            fingerprint(number.expect("a token of the walk"))
        };
        let seen = row.map(|row| {
            let mut seen = row.journal;
            (seen.first_sent, seen.lease_until) = (seen.first_sent.map(time), seen.lease_until.map(time));
            (seen.current, seen.previous) = (seen.current.map(print), seen.previous.map(print));
            aged(seen, 0)
        });
        assert_eq!(seen, journal.map(|journal| aged(journal, 0)), "{}: the row", self.about());
        let (Some(row), Some(journal)) = (row, journal) else { return };
        let binding = Binding::grant(&key(), row.journal.lineage, row.journal.generation);
        let opened = ring().open(&binding, &row.tokens).expect("sealed under its own lineage and generation");
        let text = String::from_utf8_lossy(&opened);
        let held: Vec<u8> = (0..100).filter(|number| text.contains(&refresh(*number))).collect();
        let named: Vec<u8> = journal.current.map(token).into_iter().collect();
        assert_eq!(held, named, "{}: the refresh token that is sealed", self.about());
        let access = (text.contains(ACCESS), text.contains("issued"));
        match tokens {
            Tokens::Drop => assert_eq!(access, (false, false), "{}: what is dropped", self.about()),
            Tokens::Issued => assert_eq!(access, (false, true), "{}: what was issued", self.about()),
            _ => {}
        }
    }

    /// What the provider says, by RFC 6749 and not by the code under test.
    fn answers(&mut self, seen: Seen, not_after: Timestamp) -> Result<Response<Body>, HttpError> {
        let refused = |code| Ok(answer(400, format!(r#"{{"error":"{code}"}}"#)));
        match seen {
            Seen::NotSent if not_after < NOW => {
                Err(HttpError::new(HttpErrorKind::TooLate, Processed::CertainlyNot))
            }
            Seen::NotSent => Err(HttpError::new(HttpErrorKind::Connect, Processed::CertainlyNot)),
            Seen::TooManyRequests => Ok(answer(429, "")),
            Seen::Unavailable => Ok(answer(503, "")),
            Seen::Refused(Refusal::InvalidGrant) => refused("invalid_grant"),
            Seen::Refused(Refusal::Other) => refused("invalid_request"),
            Seen::Refused(_) => refused("server_error"),
            Seen::Answer { successor, usable } => {
                let number = successor.map(token);
                self.answered = number;
                let refresh = number.map(refresh).map(|text| format!(r#""refresh_token":"{text}","#));
                let kind = if usable { r#""token_type":"Bearer","# } else { "" };
                let access = format!("{ACCESS}-{}", number.unwrap_or_default());
                self.answered = Some(number.unwrap_or_default());
                let body = format!(
                    r#"{{{}{kind}"access_token":"{access}","expires_in":3600}}"#,
                    refresh.unwrap_or_default()
                );
                Ok(answer(200, body))
            }
            _ => Err(HttpError::new(HttpErrorKind::Broken, Processed::Maybe)),
        }
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Script")
    }
}
