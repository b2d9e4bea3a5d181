//! The undertaking beside the bare machine: both hear of the same world, and every question must be the machine's
//! effect, with the very tokens that the journal names.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use gatepass_core::ports::{
    ClientSource, Clock, GrantKey, HttpError, HttpErrorKind, Limits, Owner, Processed, Reading, Revision,
    Row, StoreError, StoreErrorKind, Swap,
};
use gatepass_core::renewal::{
    Deadlines, Effect, Event, Fingerprint, Found, Journal, Lineage, Machine, Reach, Refusal, Rotation, Seen,
    State, Tokens, Told, Verdict, Waiting,
};
use gatepass_core::{
    Attempt, Body, Client, ClientAuth, DriveError, Monotonic, Profile, Provider, Refresh, Refreshed,
    Revocation, Roundtrip, Scopes, Secret, Seed, Step, Timestamp,
};

use super::{Ask, Reply, Undertaking};
use crate::book::Book;
use crate::sealing::{Binding, KeyRing};
use crate::system::SystemEntropy;
use crate::tokens::{GrantTokens, Slot};

#[derive(Debug)]
struct Still(Mutex<Timestamp>);

impl Still {
    fn advance(&self, by: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = now.saturating_add(by);
    }
}

impl Clock for Still {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic::since_origin(self.now().saturating_since(Timestamp::EPOCH))
    }
}

/// A register and a provider, and dice for what goes wrong.
struct World {
    dice: u64,
    clock: Arc<Still>,
    book: Arc<Book>,
    key: GrantKey,
    row: Option<(Revision, Row)>,
    last: i64,
    issued: u32,
    /// Faults that may still come: every story ends.
    faults: u32,
}

impl World {
    fn new(seed: u64, rotation: Rotation) -> Self {
        let mut profile = Profile::strict();
        profile.rotation = rotation;
        let provider = Provider::builder("https://as.example/a", "https://as.example/t");
        let provider = provider.revocation_endpoint("https://as.example/r").profile(profile).build().unwrap();
        let client = Client::new(provider, "id", ClientAuth::None, "https://app.example/cb").unwrap();
        let clock = Arc::new(Still(Mutex::new(Timestamp::from_unix_seconds(1_000))));
        let clients: Vec<(_, Arc<dyn ClientSource>)> = vec![("example".into(), Arc::new(client))];
        let (ring, entropy) = (KeyRing::generate().unwrap(), Arc::new(SystemEntropy::new()));
        let book = Book::new(clients, Some(Deadlines::DEFAULT), Duration::ZERO, ring, clock.clone(), entropy)
            .unwrap();
        let key = GrantKey::new("example", Owner::User("ada".into()));
        let dice = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut world = Self { dice, clock, book, key, row: None, last: 0, issued: 0, faults: 4 };
        let first = world.token();
        let journal = Journal::issued(Lineage::new(7), Some(Fingerprint::of(first.expose())));
        world.write(journal, first);
        world
    }

    fn roll(&mut self, sides: u64) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        (self.dice.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % sides
    }

    fn fault(&mut self) -> bool {
        let comes = self.faults > 0 && self.roll(3) == 0;
        self.faults -= u32::from(comes);
        comes
    }

    /// Only where the store is not waited for: else the driver's estimate of its clock is a little more than it, on
    /// purpose, and the two cannot be compared to the letter.
    fn time_passes(&mut self) {
        if self.fault() {
            let by = Duration::from_secs(self.roll(40));
            self.clock.advance(by);
        }
    }

    fn token(&mut self) -> Secret {
        self.issued += 1;
        Secret::from(format!("refresh-{}", self.issued))
    }

    fn write(&mut self, journal: Journal, refresh: Secret) {
        let mut tokens = GrantTokens::empty();
        tokens.granted = Scopes::new("profile").unwrap();
        tokens.refresh = Some(refresh);
        let binding = Binding::grant(&self.key, journal.lineage, journal.generation);
        let sealed = self.book.ring.seal(&binding, &tokens.to_bytes(), &*self.book.entropy).unwrap();
        self.put(Some(Row::new(journal, sealed)));
    }

    fn put(&mut self, row: Option<Row>) -> Revision {
        self.last += 1;
        let revision = Revision::new(self.last);
        self.row = row.map(|row| (revision, row));
        revision
    }

    fn refresh_token(&self) -> Option<Secret> {
        let (_, row) = self.row.as_ref()?;
        self.book.open(&self.key, row).unwrap().refresh
    }

    /// Another process: a logout, a sibling's commit, or a new login.
    fn interfere(&mut self) {
        let Some((_, row)) = &self.row else { return };
        let (journal, now) = (row.journal, self.clock.now());
        let Some(held) = self.refresh_token() else { return };
        let mut next = journal;
        match self.roll(3) {
            0 => {
                next.lineage = journal.lineage.next();
                next.state = State::Revoking;
                if !journal.is_held(now) {
                    (next.attempt, next.lease_until) = (None, None);
                }
                self.write(next, held);
            }
            1 if journal.state != State::Revoking => {
                let new = self.token();
                next.generation += 1;
                (next.previous, next.current) = (next.current, Some(Fingerprint::of(new.expose())));
                (next.state, next.attempt, next.lease_until) = (State::Active, None, None);
                self.write(next, new);
            }
            _ => {
                let new = self.token();
                let lineage = Lineage::new(self.roll(1 << 40));
                self.write(Journal::issued(lineage, Some(Fingerprint::of(new.expose()))), new);
            }
        }
    }

    fn reading(&self) -> Reading {
        Reading::new(self.row.clone(), self.clock.now())
    }

    fn swap(&mut self, expected: Option<Revision>, next: Option<Row>) -> Result<Swap, StoreError> {
        let away = || StoreError::new(StoreErrorKind::Unavailable);
        if self.fault() {
            return Err(away());
        }
        if self.row.as_ref().map(|(revision, _)| *revision) != expected {
            return Ok(Swap::Moved(self.reading()));
        }
        let revision = self.put(next);
        let done = Swap::Done { revision, now: self.clock.now() };
        if self.fault() { Err(away()) } else { Ok(done) }
    }

    /// What the provider says, and what that proves, by the rules of RFC 6749 and not by the code under test.
    fn refresh(&mut self, leg: Refresh) -> (Result<Refreshed, DriveError<Refresh>>, Seen) {
        let attempt = Attempt::new(self.clock.now(), Seed::new([1; 64]));
        let (_, sent) = leg.request(attempt).unwrap();
        let (kind, bytes) = ("application/json", |text: String| Body::from(text));
        let token = self.token();
        let text = token.expose();
        let successor = Some(Fingerprint::of(text));
        let (status, body, seen) = match if self.fault() { self.roll(8) } else { 100 } {
            0 => {
                let why = HttpError::new(HttpErrorKind::Connect, Processed::CertainlyNot);
                return (Err(DriveError::NotSent { leg: Refresh::not_sent(sent), why }), Seen::NotSent);
            }
            1 => {
                let why = HttpError::new(HttpErrorKind::Timeout, Processed::Maybe);
                return (Err(DriveError::Unknown(why)), Seen::NoAnswer);
            }
            2 => (429, String::new(), Seen::TooManyRequests),
            3 => (503, String::new(), Seen::Unavailable),
            4 => (400, r#"{"error":"invalid_grant"}"#.to_owned(), Seen::Refused(Refusal::InvalidGrant)),
            5 => (401, r#"{"error":"invalid_client"}"#.to_owned(), Seen::Refused(Refusal::Other)),
            6 => {
                let body = format!(r#"{{"access_token":"a","token_type":"mac","refresh_token":"{text}"}}"#);
                (200, body, Seen::Answer { successor, usable: false })
            }
            7 => (
                200,
                r#"{"access_token":"a","token_type":"Bearer"}"#.to_owned(),
                Seen::Answer { successor: None, usable: true },
            ),
            _ => {
                let body =
                    format!(r#"{{"access_token":"a","token_type":"Bearer","refresh_token":"{text}"}}"#);
                (200, body, Seen::Answer { successor, usable: true })
            }
        };
        let answer = http::Response::builder().status(status).header("content-type", kind).body(bytes(body));
        let result = match Refresh::response(sent, answer.unwrap(), self.clock.now()) {
            Ok(Step::Done(refreshed)) => Ok(refreshed),
            Ok(_) => panic!("no leg asks again"),
            Err(why) => Err(DriveError::Refused(why)),
        };
        (result, seen)
    }
}

fn found(reading: &Reading) -> Found {
    reading.row.as_ref().map(|(revision, row)| (*revision, row.journal))
}

fn presented(leg: &Refresh) -> String {
    // A leg shows its token to the provider only, so it is asked as the provider would be: `Debug` shows nothing.
    format!("{leg:?}")
}

/// A swap: the journal is the machine's, and the sealed tokens are those that it names.
fn same_row(world: &World, next: Option<&Row>, journal: Option<Journal>, tokens: Tokens) {
    assert_eq!(next.map(|row| row.journal), journal);
    let Some(row) = next else { return };
    let opened = world.book.open(&world.key, row).expect("sealed under its own lineage and generation");
    if tokens == Tokens::Drop {
        assert!(opened.refresh.is_none() && opened.kept.is_empty());
        return;
    }
    let refresh = opened.refresh.map(|token| Fingerprint::of(token.expose()));
    assert_eq!(refresh, row.journal.current, "the sealed refresh token is the one that the journal names");
}

fn same_guard(world: &World, limits: &Limits, not_after: Timestamp) {
    let guard = limits.not_after.as_ref().expect("every refresh is guarded");
    let now = world.clock.now();
    assert_eq!(guard.has_passed(), now > not_after);
    let left = not_after.saturating_since(now);
    world.clock.advance(left);
    assert_eq!(guard.has_passed(), now > not_after);
    world.clock.advance(Duration::from_millis(1));
    assert!(guard.has_passed());
    *world.clock.0.lock().unwrap() = now;
}

/// One story, told to both.
fn story(seed: u64, rotation: Rotation, begin: fn(&World) -> Undertaking) -> Verdict {
    let mut world = World::new(seed, rotation);
    if world.fault() {
        world.interfere();
    }
    let mut undertaking = begin(&world);
    let bare: Machine = undertaking.machine;
    let (mut bare, mut effect) = bare.step(Event::Begin, world.clock.now());
    let mut ask = undertaking.begin();
    let mut failed = 0;
    for _ in 0..200 {
        if world.fault() {
            world.interfere();
        }
        let (reply, event) = match (ask, effect) {
            (Ask::Read, Effect::Read) => {
                if world.fault() {
                    let away = StoreError::new(StoreErrorKind::Unavailable);
                    (Reply::Read(Err(away)), Event::StoreUnknown)
                } else {
                    let reading = world.reading();
                    let event = Event::Read(found(&reading));
                    (Reply::Read(Ok(reading)), event)
                }
            }
            (Ask::Swap { expected, next }, Effect::Swap { expected: wanted, next: journal, tokens }) => {
                assert_eq!(expected, wanted);
                same_row(&world, next.as_ref(), journal, tokens);
                let swap = world.swap(expected, next);
                failed = if swap.is_err() { failed + 1 } else { 0 };
                let event = match &swap {
                    Ok(Swap::Done { revision, .. }) => Event::Swapped(*revision),
                    Ok(Swap::Moved(reading)) => Event::Moved(found(reading)),
                    _ => Event::StoreUnknown,
                };
                if failed > 1 {
                    // The driver's own pause: the machine hears of it afterwards.
                    let Ask::Wait { store_away: true, .. } = undertaking.heard(Reply::Swapped(swap)) else {
                        panic!("writes that fail again and again are paused between");
                    };
                    (Reply::Woke, event)
                } else {
                    (Reply::Swapped(swap), event)
                }
            }
            (Ask::Refresh(leg, limits), Effect::Send { present, not_after }) => {
                let held = undertaking.vault.last(&world.book, &world.key).unwrap().refresh.unwrap();
                assert_eq!(Fingerprint::of(held.expose()), present);
                assert!(!presented(&leg).contains(held.expose()));
                same_guard(&world, &limits, not_after);
                world.time_passes();
                let (result, seen) = world.refresh(*leg);
                (Reply::Refreshed(result), Event::Answered(seen))
            }
            (mut asked, Effect::Revoke(_)) => {
                let owed = world.fault();
                let mut told = 0;
                while let Ask::Revoke(..) = asked {
                    told += 1;
                    let why = HttpError::new(HttpErrorKind::Timeout, Processed::Maybe);
                    let result: Result<(), DriveError<Revocation>> =
                        if owed { Err(DriveError::Unknown(why)) } else { Ok(()) };
                    asked = undertaking.heard(Reply::Revoked(result));
                }
                assert!(told > 0, "there is a token to revoke");
                let now = world.clock.now();
                let heard =
                    Event::Told(if owed { Told::NotNow { again_in: Duration::ZERO } } else { Told::Done });
                (bare, effect) = bare.step(heard, now);
                ask = asked;
                continue;
            }
            (Ask::Wait { pause, store_away }, Effect::Wait { until, why }) => {
                assert_eq!(store_away, why == Waiting::Store);
                let left = until.saturating_since(world.clock.now());
                match why {
                    Waiting::Holder => assert!(pause <= left),
                    _ => assert!(pause >= left),
                }
                world.clock.advance(pause);
                world.time_passes();
                (Reply::Woke, Event::Woke)
            }
            (Ask::Done(verdict), Effect::Done(wanted)) => {
                assert_eq!(verdict, wanted);
                return verdict;
            }
            (ask, effect) => panic!("seed {seed}: the machine wants {effect:?}, the driver asks {ask:?}"),
        };
        let now = world.clock.now();
        ask = undertaking.heard(reply);
        (bare, effect) = bare.step(event, now);
        assert_eq!(bare, undertaking.machine, "seed {seed}: both stand in the same state");
    }
    panic!("seed {seed}: the story does not end");
}

fn renewal(world: &World) -> Undertaking {
    let known = world.book.known("example").unwrap();
    let (_, row) = world.row.as_ref().unwrap();
    let (lineage, generation) = (row.journal.lineage, row.journal.generation);
    let client = known.source.at_hand().unwrap();
    Undertaking::renew(&world.book, known, client, &world.key, &Slot::new(), lineage, generation).unwrap()
}

fn fence(world: &World) -> Undertaking {
    Undertaking::fence(&world.book, world.book.known("example").unwrap(), &world.key).unwrap()
}

fn sweep(world: &World) -> Undertaking {
    let known = world.book.known("example").unwrap();
    Undertaking::sweep(&world.book, known, known.source.at_hand(), &world.key).unwrap()
}

#[test]
fn the_driver_interprets_every_effect_as_the_machine_means_it() {
    let grace = Duration::from_secs(120);
    let rotations = [
        Rotation::STRICT,
        Rotation::STRICT.reach(Reach::Family),
        Rotation::STRICT.stable(),
        Rotation::STRICT.grace(grace, true).reach(Reach::Token),
        Rotation::STRICT.grace(grace, false),
    ];
    let mut verdicts = Vec::new();
    for rotation in rotations {
        for seed in 1..=400 {
            for begin in [renewal as fn(&World) -> Undertaking, fence, sweep] {
                let verdict = story(seed, rotation, begin);
                let kind = std::mem::discriminant(&verdict);
                if !verdicts.contains(&kind) {
                    verdicts.push(kind);
                }
            }
        }
    }
    let expected = [
        Verdict::Renewed,
        Verdict::Unusable,
        Verdict::Adopted,
        Verdict::Refused(Refusal::Other),
        Verdict::Later,
        Verdict::Suspect,
        Verdict::Fenced,
        Verdict::StoreAway,
        Verdict::Swept,
    ];
    for verdict in expected {
        assert!(verdicts.contains(&std::mem::discriminant(&verdict)), "no story ended in {verdict:?}");
    }
}
