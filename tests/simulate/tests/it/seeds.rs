//! Seeds: nothing goes wrong in any, and each tells one story only.

use std::time::{Duration, Instant};

use gatepass_simulate::{Plan, Totals, run};

/// Long enough for a thousand seeds and more, also on a busy machine; the seeds are always the first ones.
const TIME: Duration = Duration::from_secs(15);

#[test]
fn c_70_keepers_of_many_replicas_lose_nothing_in_any_seed() {
    let (begin, mut totals) = (Instant::now(), Totals::default());
    let mut seed = 0;
    while begin.elapsed() < TIME {
        let outcome = run(Plan::of(seed), None);
        assert!(outcome.wrong.is_empty(), "{}", outcome.report(None));
        totals.add(&outcome);
        seed += 1;
    }
    println!("{totals}");
    assert!(totals.seeds > 100 && totals.renewals > totals.seeds, "the simulation has become blind");
}

#[test]
fn c_70_a_seed_tells_the_same_story_every_time() {
    for seed in 0..60 {
        let (one, other) = (run(Plan::of(seed), None), run(Plan::of(seed), None));
        assert!(one.told.len() > 20, "seed {seed}: nothing happens");
        assert_eq!(one.told, other.told, "seed {seed}");
        assert_eq!((one.steps, one.lasted), (other.steps, other.lasted), "seed {seed}");
    }
    assert_ne!(run(Plan::of(0), None).told, run(Plan::of(1), None).told);
}
