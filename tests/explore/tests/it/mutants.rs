//! Each rule matters: without it the exploration finds a story.

use gatepass_core::renewal::Rule;
use gatepass_explore::{catalogue, explore};

#[test]
fn c_70_every_rule_has_a_mutant_and_every_mutant_a_story() {
    let mutants = catalogue::mutants();
    for rule in Rule::EVERY {
        assert!(mutants.iter().any(|(named, ..)| named == rule), "{rule:?} has no mutant");
    }
    for (rule, scenario, expected) in mutants {
        let found = explore(&scenario, usize::MAX, true);
        let Some(story) = found.stories.get(&expected) else {
            panic!("{rule:?} was not caught as {expected:?} but as {:?}", found.stories.keys());
        };
        println!("{rule:?} -> {expected:?}  ({})\n{story}\n", scenario.name());
    }
}
