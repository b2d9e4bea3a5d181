//! Prints what the exploration finds: the numbers inside the assumptions, the mutants and their stories, the broken
//! assumptions and theirs. Set `GATEPASS_EXPLORE=deep` for the long run.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it is there to print")]

use std::process::ExitCode;
use std::time::Instant;

use gatepass_explore::{catalogue, explore};

fn main() -> ExitCode {
    let (mut states, mut wrong) = (0, 0);
    println!("Inside the assumptions: nothing may go wrong.\n");
    for kind in catalogue::KINDS {
        for scenario in catalogue::inside(kind, catalogue::deep()) {
            let begin = Instant::now();
            let found = explore(&scenario, usize::MAX, false);
            states += found.states;
            wrong += found.stories.len();
            println!(
                "{:>9} states {:>10} moves {:>6.1} s  {}",
                found.states,
                found.moves,
                begin.elapsed().as_secs_f32(),
                scenario.name()
            );
            for (wrong, story) in &found.stories {
                println!("  {wrong:?}\n{story}");
            }
        }
    }
    println!("\n{states} states in all, {wrong} things that must not happen.\n");
    println!("Each rule broken in turn: the exploration must notice.\n");
    for (rule, scenario, expected) in catalogue::mutants() {
        let found = explore(&scenario, usize::MAX, true);
        match found.stories.get(&expected) {
            Some(story) => println!("{rule:?} -> {expected:?}  ({})\n{story}\n", scenario.name()),
            None => {
                wrong += 1;
                println!("{rule:?}: NOT CAUGHT as {expected:?}\n");
            }
        }
    }
    println!("Each assumption broken in turn: where it lands.\n");
    for (broken, scenario, expected) in catalogue::broken() {
        let found = explore(&scenario, usize::MAX, true);
        wrong += usize::from(found.stories.keys().next() != expected.as_ref());
        println!("{broken:?}  ({})", scenario.name());
        match found.stories.iter().next() {
            Some((wrong, story)) => println!("  {wrong:?}\n{story}\n"),
            None => println!("  nothing lost; rows end {:?}\n", found.landings),
        }
    }
    ExitCode::from(u8::from(wrong > 0))
}
