//! One seed from its beginning to its end.

use std::sync::{Arc, Mutex};

use crate::kept::Kept;
use crate::log::Told;
use crate::mutant::Mutant;
use crate::people::{Blow, People};
use crate::plan::{Plan, TAIL};
use crate::replica::Replica;
use crate::sim::{Stepped, lock};
use crate::stage::Stage;
use crate::truth::{Counts, Wish, Wrong, calendar, reading};

/// What came of a seed.
#[derive(Debug)]
pub struct Outcome {
    pub plan: Plan,
    pub told: Told,
    pub counts: Counts,
    /// Virtual milliseconds.
    pub lasted: u64,
    pub steps: u64,
    pub wrong: Vec<(Wrong, u64, String)>,
}

/// More steps than this are a loop without an end.
const MOST_STEPS: u64 = 300_000;
/// Nothing goes wrong before everybody is logged in.
const SETTLING: u64 = 5_000;

pub fn run(plan: Plan, mutant: Option<Mutant>) -> Outcome {
    let stage = Stage::new(plan, mutant);
    let people = People::new(&stage);
    let busy = Director { stage: Arc::clone(&stage), people: Arc::clone(&people) }.plan();
    let end = busy + TAIL;
    let mut steps = 0;
    loop {
        match stage.sim.step(end) {
            Stepped::Idle => break,
            Stepped::Ran(life) => people.after_step(life),
            Stepped::Went => {}
        }
        steps += 1;
        if steps > MOST_STEPS {
            stage.truth().accuse(stage.sim.now(), Wrong::Livelock, format_args!("{steps} steps"));
            break;
        }
    }
    let mut truth = stage.truth();
    if steps <= MOST_STEPS {
        truth.judge_end(stage.sim.now());
    }
    let (counts, wrong) = (truth.counts.clone(), std::mem::take(&mut truth.wrong));
    drop(truth);
    for (wrong, _, why) in &wrong {
        stage.sim.note(format_args!("WRONG: {wrong:?}: {why}"));
    }
    let lasted = stage.sim.now();
    // A thread that is killed must not be the last who has a keeper: that one waits for the others.
    stage.sim.close();
    people.leave();
    Outcome { plan: stage.plan.clone(), told: stage.sim.log.take(), counts, lasted, steps, wrong }
}

/// Puts on the agenda what people do and what goes wrong by the clock.
struct Director {
    stage: Arc<Stage>,
    people: Arc<People>,
}

impl Director {
    fn roll(&self, low: u64, high: u64) -> u64 {
        self.stage.sim.dice(|dice| dice.between(low, high))
    }

    /// Answers when the last scene is over.
    fn plan(&self) -> u64 {
        let plan = self.stage.plan.clone();
        self.stage.quiet(true);
        for grant in 0..plan.grants {
            self.asks(10 + grant as u64, Wish::LogIn { grant });
        }
        let stage = Arc::clone(&self.stage);
        self.stage.sim.after(SETTLING, move || stage.quiet(false));
        let mut scenes = Vec::new();
        let mut begin = SETTLING;
        for _ in 0..plan.scenes {
            begin += self.roll(plan.lifetime * 3 / 4, plan.lifetime * 21 / 20);
            scenes.push(begin);
            self.scene(begin, &plan);
        }
        let some = |scenes: &[u64]| {
            self.stage.sim.dice(|dice| dice.one_of(scenes)) + self.roll(0, 3_000) * self.roll(0, 10)
        };
        for _ in 0..plan.logouts {
            self.asks(some(&scenes), Wish::Logout { grant: self.grant() });
        }
        for _ in 0..plan.logins {
            self.asks(some(&scenes), Wish::LogIn { grant: self.grant() });
        }
        for _ in 0..plan.faults.crashes {
            self.people.arm(some(&scenes), self.roll(1, 60), Blow::Kill);
        }
        for _ in 0..plan.faults.freezes {
            let longest = self.stage.sim.dice(|dice| dice.one_of(&[2_000, 40_000, 150_000]));
            // A wall clock that is set while the monotonic one stands still is outside of what is promised.
            let suspend = plan.faults.jumps == 0 && self.stage.sim.dice(|dice| dice.happens(500));
            let blow = Blow::Freeze { lasts: self.roll(100, longest), suspend };
            self.people.arm(some(&scenes), self.roll(1, 60), blow);
        }
        for _ in 0..plan.faults.jumps {
            let by = self.roll(0, 7_200_000).cast_signed() - 3_600_000;
            self.people.jump(some(&scenes), by);
        }
        for _ in 0..plan.faults.outages {
            self.outage(some(&scenes), self.roll(100, 20_000));
        }
        let busy = begin + 200_000;
        self.tail(busy, &plan);
        busy
    }

    fn grant(&self) -> usize {
        self.roll(0, self.stage.plan.grants as u64 - 1) as usize
    }

    fn scene(&self, begin: u64, plan: &Plan) {
        let spread = self.stage.sim.dice(|dice| dice.one_of(&[20, 3_000, 40_000]));
        for _ in 0..plan.requests {
            let (at, grant) = (begin + self.roll(0, spread), self.grant());
            match self.roll(0, 19) {
                0..=14 => self.asks(at, Wish::Token { grant, slot: gatepass::Slot::new() }),
                15 | 16 => self.asks(at, Wish::Token { grant, slot: calendar() }),
                17 => self.asks(at, Wish::Token { grant, slot: reading() }),
                _ => self.refuses(at, grant),
            }
        }
    }

    fn asks(&self, at: u64, wish: Wish) {
        let (people, replica) = (Arc::clone(&self.people), self.replica());
        self.stage.sim.after(at, move || people.ask(replica, wish));
    }

    fn refuses(&self, at: u64, grant: usize) {
        let (people, replica) = (Arc::clone(&self.people), self.replica());
        self.stage.sim.after(at, move || people.refuse(replica, grant));
    }

    fn replica(&self) -> usize {
        self.roll(0, self.stage.plan.replicas as u64 - 1) as usize
    }

    fn outage(&self, at: u64, lasts: u64) {
        let (stage, back) = (Arc::clone(&self.stage), Arc::clone(&self.stage));
        let goes = move |stage: &Stage, away: bool| {
            stage.sim.note(if away { "! the store goes away" } else { "the store is back" });
            stage.away.store(away, std::sync::atomic::Ordering::SeqCst);
            if away {
                stage.truth().fault("store outage");
            }
            let until = stage.sim.now();
            (0..stage.plan.replicas).for_each(|replica| stage.truth().hampered(replica, until));
        };
        self.stage.sim.after(at, move || goes(&stage, true));
        self.stage.sim.after(at + lasts, move || goes(&back, false));
    }

    /// Nothing goes wrong any more; in the end everybody must be served who can be.
    fn tail(&self, busy: u64, plan: &Plan) {
        let people = Arc::clone(&self.people);
        self.stage.sim.after(busy, move || people.calm());
        for at in [busy + 420_000, busy + 422_000, busy + 600_000] {
            for replica in 0..plan.replicas {
                for grant in 0..plan.grants {
                    let people = Arc::clone(&self.people);
                    let wish = Wish::Token { grant, slot: gatepass::Slot::new() };
                    self.stage.sim.after(at, move || people.ask(replica, wish));
                }
            }
        }
        let people = Arc::clone(&self.people);
        self.stage.sim.after(busy + TAIL - 60_000, move || people.drain());
    }
}

/// The replicas of a run.
pub type Replicas = Mutex<Vec<Replica>>;

pub fn alive(replicas: &Replicas, wanted: usize) -> Option<(crate::sim::Life, Kept)> {
    let replicas = lock(replicas);
    let there = |replica: &Replica| Some((replica.life, replica.keeper.clone()?));
    replicas.get(wanted).and_then(there).or_else(|| replicas.iter().find_map(there))
}
