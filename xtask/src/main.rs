//! `cargo xtask VERB`: the one entry point for everything that is done to this repository.

mod bench;
mod ci;
mod conformance;
mod demo;
mod doc;
mod explore;
mod peers;
mod replicas;
mod simulate;
mod step;
mod test;
mod tidy;
mod verb;

use std::process::ExitCode;

use verb::{Stop, Verb};

/// Every verb, in the order in which the help shows them.
const VERBS: &[Verb] = &[
    test::VERB,
    ci::VERB,
    tidy::VERB,
    doc::VERB,
    bench::VERB,
    explore::VERB,
    simulate::VERB,
    replicas::VERB,
    conformance::VERB,
    demo::VERB,
    demo::BROWSER,
];

fn main() -> ExitCode {
    let Err(stop) = verb::dispatch(VERBS, std::env::args_os().skip(1)) else {
        return ExitCode::SUCCESS;
    };
    eprintln!("xtask: {}", stop.why());
    match stop {
        Stop::Usage(_) => ExitCode::from(2),
        Stop::Failed(_) => ExitCode::FAILURE,
    }
}
