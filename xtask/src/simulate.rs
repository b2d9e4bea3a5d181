//! `cargo xtask simulate`: the real keepers of many replicas in virtual time, by seed.

use std::ffi::OsString;

use crate::step::{cargo, run, step};
use crate::verb::{Stop, Verb};

pub(crate) const VERB: Verb = Verb {
    name: "simulate",
    about: "the keepers of many replicas in virtual time: seeds, faults, crashes, stories",
    help: "\
Usage: cargo xtask simulate [--seeds N] [--from S] [--mutant NAME | --mutants]
       cargo xtask simulate --seed S [--mutant NAME]

Runs keepers as they ship over a simulated store, provider and network, with faults, crashes, freezes, logouts and
logins as a seed says, and an observer who sees everything and judges it. A seed tells the same story every time.
Prints how much was run, the faults by kind and the answers; of a seed in which something goes wrong that must not,
the story. `cargo xtask test` runs the first seeds; this runs more. Ends with code 1 if anything went wrong.

  --seeds N        so many seeds (2000)
  --from S         beginning with this one (0)
  --seed S         this one alone, and its whole story
  --mutant NAME    with a driver that is broken on purpose; an unknown name lists them
  --mutants        each broken driver in turn: the first seed that shows it",
    run: simulate,
};

fn simulate(args: Vec<OsString>) -> Result<(), Stop> {
    let mut command = cargo(["run", "--quiet", "-p", "gatepass-simulate", "--"]);
    command.args(args);
    step("simulate", || run(&mut command))
}
