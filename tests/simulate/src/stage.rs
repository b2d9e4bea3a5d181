//! Where everything stands that a run needs.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use gatepass::ports::{GrantKey, Owner};
use gatepass::{Client, ClientAuth, KeyRing, Profile, Provider};

use crate::mutant::Mutant;
use crate::plan::{Faults, Plan};
use crate::sim::{Later, Life, Sim, lock};
use crate::truth::Truth;

pub struct Stage {
    pub sim: Arc<Sim>,
    pub plan: Plan,
    pub mutant: Option<Mutant>,
    pub ring: KeyRing,
    pub client: Client,
    truth: Mutex<Truth>,
    /// The store is away.
    pub away: AtomicBool,
    /// Nothing goes wrong any more.
    quiet: AtomicBool,
}

pub const CALLBACK: &str = "https://app.example/callback";

impl Stage {
    pub fn new(plan: Plan, mutant: Option<Mutant>) -> Arc<Self> {
        let keys = (0..plan.grants)
            .map(|grant| GrantKey::new("example", Owner::User(format!("person {grant}").into())))
            .collect();
        let mut profile = Profile::strict();
        profile.rotation = plan.rotation();
        let provider = Provider::builder("https://as.example/authorize", "https://as.example/token")
            .revocation_endpoint("https://as.example/revoke")
            .profile(profile)
            .build()
            .unwrap();
        Arc::new(Self {
            sim: Sim::new(plan.seed),
            truth: Mutex::new(Truth::new(&plan, keys)),
            mutant,
            ring: KeyRing::parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap(),
            client: Client::new(provider, "app", ClientAuth::None, CALLBACK).unwrap(),
            plan,
            away: AtomicBool::new(false),
            quiet: AtomicBool::new(false),
        })
    }

    pub fn truth(&self) -> MutexGuard<'_, Truth> {
        lock(&self.truth)
    }

    pub fn is(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    /// Nothing goes wrong, or again it may.
    pub fn quiet(&self, quiet: bool) {
        self.quiet.store(quiet, Ordering::SeqCst);
        self.away.store(false, Ordering::SeqCst);
    }

    /// As a timer or a sleeping thread waits.
    pub fn sleep(&self, millis: u64) -> Later<()> {
        if self.is(Mutant::WaitsAreSkipped) && millis < 15_000 {
            return self.sim.sleep(1);
        }
        // Only writes that the store does not take are waited for so long and no longer.
        let for_the_store = [100, 200, 400, 800, 1_600, 3_200, 6_400].contains(&millis);
        if self.is(Mutant::SuccessorIsNotKept) && for_the_store {
            return Later::new();
        }
        let late = self.sim.dice(|dice| dice.below(5));
        self.sim.sleep(millis + late)
    }

    /// A replica stands still for some time, from now on.
    pub fn stall(self: &Arc<Self>, life: Life, lasts: u64) {
        let (sim, index) = (&self.sim, life.replica);
        sim.note(format_args!("! {life} stands still for {lasts} ms"));
        sim.freeze(index);
        let mut truth = self.truth();
        truth.hampered(index, sim.now() + lasts);
        truth.stood_still[index] += lasts;
        let stage = Arc::clone(self);
        sim.after(lasts, move || {
            stage.sim.note(format_args!("replica {index} goes on"));
            stage.sim.thaw(index);
        });
    }

    /// Whether this fault happens now; it is counted and told.
    pub fn fault(&self, name: &'static str, often: impl Fn(&Faults) -> u64) -> bool {
        let often = often(&self.plan.faults);
        let happens =
            often > 0 && !self.quiet.load(Ordering::SeqCst) && self.sim.dice(|dice| dice.happens(often));
        if happens {
            self.truth().fault(name);
        }
        happens
    }
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage").field("plan", &self.plan).finish_non_exhaustive()
    }
}
