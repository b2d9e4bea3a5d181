//! The table of transitions in the core's documentation is what the machine does: no turn more, no turn less.

use std::collections::BTreeSet;

use gatepass_explore::{catalogue, explore};

const TABLE: &str = include_str!("../../../../crates/gatepass-core/src/renewal/states.md");

#[test]
fn c_70_the_table_of_transitions_is_what_the_machine_does() {
    let written: BTreeSet<(String, String, String)> = (TABLE.lines())
        .filter(|line| line.starts_with("| ") && !line.starts_with("| who "))
        .map(|line| {
            let mut cells = line.split('|').skip(1).map(|cell| cell.trim().replace('`', ""));
            let mut cell = || cells.next().expect("a row has four cells");
            (cell(), cell(), cell())
        })
        .collect();
    let done: BTreeSet<(String, String, String)> = (catalogue::turns().iter())
        .flat_map(|scenario| explore(scenario, usize::MAX, false).turns)
        .map(|(who, from, to)| (who.into(), from.into(), to.into()))
        .collect();
    assert_eq!(written, done);
}
