//! A driver that is broken is noticed: by what it leads to, within the seeds that always run.

use gatepass_simulate::{Mutant, Plan, run};

/// Every run of the tests goes through more seeds than these.
const SEEDS: u64 = 600;

#[test]
fn c_70_every_broken_driver_is_caught_by_a_seed() {
    for mutant in Mutant::ALL {
        let shown =
            (0..SEEDS).map(|seed| run(Plan::of(seed), Some(mutant))).find(|run| !run.wrong.is_empty());
        let Some(outcome) = shown else { panic!("{mutant:?} was not caught in {SEEDS} seeds") };
        println!("{mutant:?}: {}", outcome.headline());
    }
}
