//! Inside the assumptions no family is revoked, nothing comes back after a logout, and everybody is answered.

use gatepass_explore::{Kind, catalogue, explore};

fn nothing_goes_wrong(kind: Kind) {
    let mut states = 0;
    for scenario in catalogue::inside(kind, catalogue::deep()) {
        let found = explore(&scenario, usize::MAX, false);
        assert!(found.complete, "{}", scenario.name());
        if let Some((wrong, story)) = found.stories.iter().next() {
            panic!("{}: {wrong:?}\n{story}", scenario.name());
        }
        println!("{:>9} states {:>9} moves  {}", found.states, found.moves, scenario.name());
        states += found.states;
    }
    println!("{states} states");
    assert!(states > 100_000, "the exploration has become blind: {states} states");
}

#[test]
fn c_70_strict_provider() {
    nothing_goes_wrong(Kind::Strict);
}

#[test]
fn c_70_grace_with_the_same_successor() {
    nothing_goes_wrong(Kind::Same);
}

#[test]
fn c_70_grace_with_one_more_successor() {
    nothing_goes_wrong(Kind::Fork);
}

#[test]
fn c_70_grace_where_only_the_latest_successor_lives() {
    nothing_goes_wrong(Kind::Newest);
}

#[test]
fn c_70_provider_that_does_not_rotate() {
    nothing_goes_wrong(Kind::Stable);
}
