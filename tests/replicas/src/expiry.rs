//! One expiry: everybody's token ends, a crowd comes to every process, something goes wrong; and then it is seen who is
//! still logged in.
//!
//! A login may end suspect only where the outcome of its renewal was *unknowable*, and that is known from outside: the
//! process that held the grant was killed while the row said so (its claim stood, the successor did not), or the
//! provider's own dice say that a presentation of its refresh token brought no answer, none in time, or 500 or 503.

use std::collections::BTreeSet;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use gatepass::renewal::Fingerprint;
use gatepass_testkit::Provider;

use crate::crew::{Birth, Replica};
use crate::death::Moment;
use crate::dice::Dice;
use crate::fate::Fates;
use crate::numbers::{CROWD, PROCESSES};
use crate::place::Place;
use crate::run::Plan;
use crate::{Disturbance, Kind, Tally};

/// Longer than any request may take: several leases, several deadlines, and a store that was away.
const PATIENCE: Duration = Duration::from_secs(60);

/// Everything that stands during a run.
pub(crate) struct Scene<'a> {
    plan: Plan,
    seed: Option<u64>,
    program: &'a Path,
    provider: &'a Provider,
    place: Place,
    fates: Option<Fates>,
    dice: Dice,
    replicas: Vec<Replica>,
    born: u64,
    asked: u64,
    revoked: u64,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(
        plan: Plan,
        slow: bool,
        program: &'a Path,
        provider: &'a Provider,
        place: Place,
    ) -> Result<Self, String> {
        let mut scene = Self {
            plan,
            seed: slow.then_some(plan.seed),
            program,
            provider,
            place,
            fates: slow.then(|| Fates::new(plan.seed, provider)),
            dice: Dice::new(plan.seed, "scene"),
            replicas: Vec::new(),
            born: 0,
            asked: 0,
            revoked: 0,
        };
        for _ in 0..PROCESSES {
            let replica = scene.birth()?;
            scene.replicas.push(replica);
        }
        for name in scene.names() {
            scene.log_in(&name)?;
        }
        Ok(scene)
    }

    /// Plays one, counts it, and says what must not be.
    pub(crate) fn expiry(
        &mut self,
        disturbance: Disturbance,
        tally: &mut Tally,
        wrong: &mut Vec<String>,
    ) -> Result<(), String> {
        if let Some(fates) = &self.fates {
            fates.set(disturbance);
        }
        let before = self.tokens()?;
        let refreshes = self.provider.token_requests("refresh_token").len();
        self.provider.expire_access_tokens();
        let crowd = self.fire();
        let mut unknowable = BTreeSet::new();
        match disturbance {
            Disturbance::Kill | Disturbance::Everything => {
                thread::sleep(self.dice.millis(0, 1300));
                self.kill(tally, &mut unknowable)?;
            }
            Disturbance::StoreAway => {
                thread::sleep(self.dice.millis(0, 700));
                self.place.go_away()?;
                thread::sleep(self.dice.millis(1000, 6500));
                self.place.come_back()?;
            }
            Disturbance::Outage => thread::sleep(self.dice.millis(3000, 5000)),
            _ => {}
        }
        if let (Disturbance::Outage, Some(fates)) = (disturbance, &self.fates) {
            fates.set(Disturbance::Nothing);
        }
        let put_off = tally.put_off;
        self.count(crowd, tally, wrong);
        if disturbance == Disturbance::Nothing && tally.put_off > put_off {
            wrong.push(format!("{} requests were put off", tally.put_off - put_off));
        }
        if let Some(fates) = &self.fates {
            fates.set(Disturbance::Nothing);
        }
        for (name, token) in self.names().into_iter().zip(before) {
            let lied = |fates: &Fates| token.is_some_and(|token| fates.is_unknowable(&token));
            let nobody_knows = unknowable.contains(&name) || self.fates.as_ref().is_some_and(lied);
            tally.unknowable += u64::from(nobody_knows);
            self.settle(&name, nobody_knows, tally, wrong)?;
        }
        tally.expiries += 1;
        let refreshes = self.provider.token_requests("refresh_token").len() - refreshes;
        tally.refreshes += refreshes as u64;
        if disturbance == Disturbance::Nothing && refreshes != self.plan.people {
            wrong.push(format!("{refreshes} refresh requests for {} grants", self.plan.people));
        }
        let stats = self.provider.stats();
        let revoked = stats.families_revoked - self.revoked;
        tally.revoked += revoked;
        self.revoked = stats.families_revoked;
        if revoked > 0 || stats.reuse_detected > 0 {
            wrong.push(format!("{revoked} families revoked, {} tokens used again", stats.reuse_detected));
        }
        Ok(())
    }

    /// A crowd to each process, shared out among the grants. Gives who was asked what.
    fn fire(&mut self) -> Vec<(usize, u64, u64)> {
        let mut crowd = Vec::new();
        let names = self.names();
        for request in 0..CROWD {
            for (process, replica) in self.replicas.iter_mut().enumerate() {
                self.asked += 1;
                replica.tell("ask", self.asked, &names[(request + process) % names.len()]);
                crowd.push((process, replica.number, self.asked));
            }
        }
        crowd
    }

    fn count(&self, crowd: Vec<(usize, u64, u64)>, tally: &mut Tally, wrong: &mut Vec<String>) {
        let deadline = Instant::now() + PATIENCE;
        for (process, number, id) in crowd {
            tally.requests += 1;
            let replica = &self.replicas[process];
            let answer = if replica.number == number { replica.answer(id, deadline) } else { None };
            match answer.as_deref() {
                Some("ok") => {}
                Some("later" | "away") => tally.put_off += 1,
                Some("soft") => tally.asked += 1,
                None if replica.number != number => tally.cut_off += 1,
                other => {
                    tally.failed += 1;
                    wrong.push(format!("a request ended so: {}", other.unwrap_or("never answered")));
                }
            }
        }
    }

    /// Kills one process at this moment, notes where it was, and puts another in its place.
    fn kill(&mut self, tally: &mut Tally, unknowable: &mut BTreeSet<String>) -> Result<(), String> {
        let victim = self.dice.index(PROCESSES);
        let under_way = self.replicas[victim].kill();
        let number = self.replicas[victim].number;
        if under_way.is_empty() {
            *tally.kills.entry(Moment::Idle).or_default() += 1;
        }
        for (name, note) in under_way {
            let moment = Moment::of(&note, self.place.row(&name)?.as_ref(), number, self.provider);
            *tally.kills.entry(moment).or_default() += 1;
            if !matches!(moment, Moment::Idle | Moment::Unclaimed | Moment::Committed) {
                unknowable.insert(name);
            }
        }
        self.replicas[victim] = self.birth()?;
        Ok(())
    }

    /// Asks for somebody until it is known whether they are still logged in; where they are not, they log in.
    fn settle(
        &mut self,
        name: &str,
        nobody_knows: bool,
        tally: &mut Tally,
        wrong: &mut Vec<String>,
    ) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        // A late success heals a grant that others took for suspect, where it is on its way.
        let patience = Instant::now() + Duration::from_secs(if nobody_knows { 0 } else { 5 });
        let process = self.dice.index(PROCESSES);
        let last = loop {
            self.asked += 1;
            self.replicas[process].tell("ask", self.asked, name);
            let answer = self.replicas[process].answer(self.asked, deadline);
            let answer = answer.unwrap_or_else(|| "nothing".to_owned());
            let wait = match &*answer {
                "later" | "away" => Instant::now() < deadline,
                "soft" => Instant::now() < patience,
                _ => false,
            };
            if !wait {
                break answer;
            }
            thread::sleep(Duration::from_millis(100));
        };
        match &*last {
            "ok" => return Ok(()),
            "soft" => {
                tally.logins += 1;
                if self.plan.kind != Kind::Strict {
                    wrong.push(format!(
                        "{name} was logged out, and the provider would have replaced the token again"
                    ));
                } else if !nobody_knows {
                    wrong.push(format!("{name} was logged out, and what became of the token was known"));
                }
            }
            other => wrong.push(format!("{name} cannot go on: {other}")),
        }
        self.log_in(name)
    }

    fn log_in(&mut self, name: &str) -> Result<(), String> {
        self.asked += 1;
        let process = self.dice.index(PROCESSES);
        self.replicas[process].tell("login", self.asked, name);
        match self.replicas[process].answer(self.asked, Instant::now() + PATIENCE).as_deref() {
            Some("ok") => Ok(()),
            other => Err(format!("{name} could not log in: {}", other.unwrap_or("no answer"))),
        }
    }

    /// The refresh tokens that stand in the rows.
    fn tokens(&self) -> Result<Vec<Option<Fingerprint>>, String> {
        let token = |name: &String| Ok(self.place.row(name)?.and_then(|row| row.journal.current));
        self.names().iter().map(token).collect()
    }

    fn names(&self) -> Vec<String> {
        (0..self.plan.people).map(|number| format!("person{number}")).collect()
    }

    fn birth(&mut self) -> Result<Replica, String> {
        let birth = Birth {
            program: self.program,
            provider: self.provider,
            kind: self.plan.kind,
            store: self.plan.store,
            url: self.place.url(),
            seed: self.seed,
        };
        self.born += 1;
        Replica::start(&birth, self.born)
    }
}
