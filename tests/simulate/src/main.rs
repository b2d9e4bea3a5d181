//! Runs seeds and prints numbers, or one seed and prints its story. Ends with code 1 if anything went wrong that must
//! not, with the seed that shows it.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it is there to print")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use gatepass_simulate::{Mutant, Plan, Totals, run};
use lexopt::{Arg, Parser, ValueExt as _};

const HELP: &str = "\
Usage: gatepass-simulate [--seeds N] [--from S] [--mutant NAME | --mutants]
       gatepass-simulate --seed S [--mutant NAME]

  --seeds N        so many seeds (2000)
  --from S         beginning with this one (0)
  --seed S         this one alone, and its whole story
  --mutant NAME    with a driver that is broken on purpose; an unknown name lists them
  --mutants        each broken driver in turn: the first seed that shows it";

#[derive(Default)]
struct Asked {
    seeds: Option<u64>,
    from: u64,
    seed: Option<u64>,
    mutant: Option<Mutant>,
    mutants: bool,
}

fn main() -> ExitCode {
    let asked = match asked() {
        Ok(Some(asked)) => asked,
        Ok(None) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(why) => {
            eprintln!("{why}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    let clean = match (asked.seed, asked.mutants) {
        (Some(seed), _) => story(seed, asked.mutant),
        (None, true) => mutants(asked.seeds.unwrap_or(2_000)),
        (None, false) => seeds(&asked),
    };
    ExitCode::from(u8::from(!clean))
}

fn asked() -> Result<Option<Asked>, lexopt::Error> {
    let (mut asked, mut parser) = (Asked::default(), Parser::from_env());
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("seeds") => asked.seeds = Some(parser.value()?.parse()?),
            Arg::Long("from") => asked.from = parser.value()?.parse()?,
            Arg::Long("seed") => asked.seed = Some(parser.value()?.parse()?),
            Arg::Long("mutant") => asked.mutant = Some(parser.value()?.parse_with(Mutant::named)?),
            Arg::Long("mutants") => asked.mutants = true,
            Arg::Short('h') | Arg::Long("help") => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(asked))
}

fn story(seed: u64, mutant: Option<Mutant>) -> bool {
    let outcome = run(Plan::of(seed), mutant);
    println!("{}\n{}", outcome.plan, outcome.told);
    outcome.wrong.iter().for_each(|(wrong, at, why)| println!("{wrong:?} at {at} ms: {why}"));
    outcome.wrong.is_empty()
}

fn seeds(asked: &Asked) -> bool {
    let (begin, mut totals) = (Instant::now(), Totals::default());
    let mut shown = Instant::now();
    let last = asked.from + asked.seeds.unwrap_or(2_000);
    for seed in asked.from..last {
        let outcome = run(Plan::of(seed), asked.mutant);
        totals.add(&outcome);
        if !outcome.wrong.is_empty() {
            println!("{}", outcome.report(asked.mutant));
        }
        if shown.elapsed() > Duration::from_secs(5) {
            shown = Instant::now();
            println!("  {} of {} seeds, {} wrong", seed + 1 - asked.from, last - asked.from, totals.wrong);
        }
    }
    println!("{totals}in {:.1} s", begin.elapsed().as_secs_f32());
    totals.wrong == 0
}

fn mutants(most: u64) -> bool {
    let mut all = true;
    for mutant in Mutant::ALL {
        let shown = (0..most).map(|seed| run(Plan::of(seed), Some(mutant))).find(|run| !run.wrong.is_empty());
        match shown {
            Some(outcome) => println!("{mutant:?}: {}", outcome.headline()),
            None => {
                all = false;
                println!("{mutant:?}: NOT CAUGHT in {most} seeds");
            }
        }
    }
    all
}
