//! A replica: a keeper over the ports of the simulation, in one life after another.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gatepass::ports::{BoxFuture, Clock, Entropy, NoEntropy, Spawn, Timer};
use gatepass::{Keeper, Monotonic, Seed, Timestamp, World};

use crate::kept::Kept;
use crate::network::Network;
use crate::sim::{Life, Sim, lock, millis};
use crate::stage::Stage;
use crate::store::Store;
use crate::truth::Truth;

/// The clocks of a machine; they outlive its processes.
#[derive(Debug)]
pub struct Clocks {
    sim: Arc<Sim>,
    /// How far the wall clock is ahead of the store's, which may be set; shifted so that it is not negative.
    ahead: AtomicU64,
    /// How long the monotonic clock stood still.
    stood: AtomicU64,
    asleep_since: Mutex<Option<u64>>,
}

const SHIFT: u64 = 1 << 40;

impl Clocks {
    pub fn new(sim: Arc<Sim>) -> Arc<Self> {
        let skew = sim.dice(|dice| SHIFT + dice.below(20_000) - 10_000);
        Arc::new(Self { sim, ahead: skew.into(), stood: 0.into(), asleep_since: Mutex::default() })
    }

    pub fn jump(&self, by: i64) {
        self.ahead.fetch_add(by.cast_unsigned(), Ordering::SeqCst);
    }

    pub fn suspend(&self) {
        lock(&self.asleep_since).get_or_insert(self.sim.now());
    }

    pub fn resume(&self) {
        if let Some(since) = lock(&self.asleep_since).take() {
            self.stood.fetch_add(self.sim.now() - since, Ordering::SeqCst);
        }
    }
}

impl Clock for Clocks {
    fn now(&self) -> Timestamp {
        let ahead = self.ahead.load(Ordering::SeqCst).cast_signed() - SHIFT.cast_signed();
        let store = Truth::store_time(self.sim.now()).as_unix_millis();
        Timestamp::from_unix_millis(store + ahead)
    }

    fn monotonic(&self) -> Monotonic {
        let at = lock(&self.asleep_since).unwrap_or_else(|| self.sim.now());
        Monotonic::since_origin(Duration::from_millis(at - self.stood.load(Ordering::SeqCst)))
    }
}

struct Draws(Arc<Sim>);

impl fmt::Debug for Draws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Draws")
    }
}

impl Entropy for Draws {
    fn seed(&self) -> Result<Seed, NoEntropy> {
        let mut bytes = [0; 64];
        for part in bytes.chunks_mut(8) {
            part.copy_from_slice(&self.0.dice(|dice| dice.any()).to_be_bytes());
        }
        Ok(Seed::new(bytes))
    }
}

#[derive(Debug)]
struct Tasks {
    stage: Arc<Stage>,
    life: Life,
}

impl Spawn for Tasks {
    fn spawn(&self, task: BoxFuture<()>) {
        self.stage.sim.spawn(self.life, task);
    }
}

impl Timer for Tasks {
    fn sleep(&self, after: Duration) -> BoxFuture<()> {
        Box::pin(self.stage.sleep(millis(after)))
    }
}

/// A replica, which may be down.
#[derive(Debug)]
pub struct Replica {
    pub life: Life,
    pub keeper: Option<Kept>,
    pub clocks: Arc<Clocks>,
}

impl Replica {
    pub fn new(stage: &Arc<Stage>, index: usize) -> Self {
        let clocks = Clocks::new(Arc::clone(&stage.sim));
        let life = Life { replica: index, number: 0 };
        Self { life, keeper: None, clocks }
    }

    /// A new process.
    pub fn start(&mut self, stage: &Arc<Stage>) {
        self.life.number += 1;
        let life = self.life;
        let tasks = Arc::new(Tasks { stage: Arc::clone(stage), life });
        let http = Arc::new(Network { stage: Arc::clone(stage), life });
        let entropy = Arc::new(Draws(Arc::clone(&stage.sim)));
        let store = Arc::new(Store::new(Arc::clone(stage), life));
        let (client, ring, clocks) = (stage.client.clone(), stage.ring.clone(), self.clocks.clone());
        let keeper = if stage.plan.threads {
            let world = gatepass::blocking::World::new(http, clocks, entropy);
            let builder = gatepass::blocking::Keeper::builder(store, ring, world).client("example", client);
            Kept::Threads(builder.deadlines(stage.plan.deadlines()).build().unwrap())
        } else {
            let world = World::new(http, clocks, entropy, tasks.clone(), tasks);
            let builder = Keeper::builder(store, ring, world).client("example", client);
            Kept::Tasks(builder.deadlines(stage.plan.deadlines()).build().unwrap())
        };
        keeper.start_sweeper(stage, life);
        stage.sim.note(format_args!("{life} starts"));
        self.keeper = Some(keeper);
    }
}
