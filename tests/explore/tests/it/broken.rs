//! Outside the assumptions a family can be lost; these are the shortest ways.

use gatepass_explore::{catalogue, explore};

#[test]
fn c_70_each_broken_assumption_lands_where_the_docs_say() {
    for (broken, scenario, expected) in catalogue::broken() {
        let found = explore(&scenario, usize::MAX, true);
        let lands = found.stories.keys().next().copied();
        assert_eq!(lands, expected, "{broken:?}, {}", scenario.name());
        println!("{broken:?}  ({})", scenario.name());
        for (wrong, story) in &found.stories {
            println!("  {wrong:?}\n{story}\n");
        }
    }
}
