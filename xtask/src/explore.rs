//! `cargo xtask explore`: every state that a grant can reach, over the renewal machine that ships.

use std::ffi::OsString;

use lexopt::Arg;

use crate::step::{cargo, run, step};
use crate::verb::{Stop, Verb};

pub(crate) const VERB: Verb = Verb {
    name: "explore",
    about: "every state that a grant can reach, the rules that keep it, and where promises end",
    help: "\
Usage: cargo xtask explore [--deep]

Walks all states of the renewal machine with two and three replicas under every single fault and every
pair, at each kind of provider, and prints how many there are. Then breaks each rule of the machine and
prints the shortest story by which the exploration notices; then each assumption, and where it lands.
`cargo xtask test` checks the same; this prints it. Ends with code 1 if anything is not as it must be.

  --deep    more faults at once: hours, not minutes",
    run: explore,
};

fn explore(args: Vec<OsString>) -> Result<(), Stop> {
    let mut command = cargo(["run", "--quiet", "-p", "gatepass-explore"]);
    let mut parser = lexopt::Parser::from_args(args);
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("deep") => drop(command.env("GATEPASS_EXPLORE", "deep")),
            other => return Err(other.unexpected().into()),
        }
    }
    step("explore", || run(&mut command))
}
