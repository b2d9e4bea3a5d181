//! Plays runs and prints the table; or is one of the processes.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it is there to print")]

use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Instant;

use gatepass_replicas::{Disturbance, Kind, Plan, Store, Table, replica, run};
use lexopt::prelude::*;

const HELP: &str = include_str!("help.txt");

struct Options {
    seeds: u64,
    seed: u64,
    kinds: Vec<Kind>,
    stores: Vec<Store>,
    disturbances: Vec<Disturbance>,
    rounds: usize,
    jobs: usize,
}

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let done = if arguments.first().is_some_and(|first| first == "replica") {
        replica::run().map(|()| true)
    } else {
        options(arguments).and_then(|options| options.map_or(Ok(true), |options| play(&options)))
    };
    match done {
        Ok(good) => ExitCode::from(u8::from(!good)),
        Err(why) => {
            eprintln!("replicas: {why}");
            ExitCode::from(2)
        }
    }
}

fn options(arguments: Vec<std::ffi::OsString>) -> Result<Option<Options>, String> {
    let mut options = Options {
        seeds: 1,
        seed: 1,
        kinds: Vec::new(),
        stores: Vec::new(),
        disturbances: Vec::new(),
        rounds: 1,
        jobs: 3,
    };
    let mut parser = lexopt::Parser::from_args(arguments);
    let wrong = |why: lexopt::Error| why.to_string();
    while let Some(argument) = parser.next().map_err(wrong)? {
        match argument {
            Short('h') | Long("help") => {
                print!("{HELP}");
                return Ok(None);
            }
            Long("seeds") => options.seeds = parser.value().and_then(|value| value.parse()).map_err(wrong)?,
            Long("seed") => options.seed = parser.value().and_then(|value| value.parse()).map_err(wrong)?,
            Long("rounds") => {
                options.rounds = parser.value().and_then(|value| value.parse()).map_err(wrong)?
            }
            Long("jobs") => options.jobs = parser.value().and_then(|value| value.parse()).map_err(wrong)?,
            Long("provider") => {
                options.kinds.push(parser.value().and_then(|value| value.parse()).map_err(wrong)?);
            }
            Long("store") => {
                options.stores.push(parser.value().and_then(|value| value.parse()).map_err(wrong)?);
            }
            Long("disturbance") => {
                options.disturbances.push(parser.value().and_then(|value| value.parse()).map_err(wrong)?);
            }
            other => return Err(other.unexpected().to_string()),
        }
    }
    if options.kinds.is_empty() {
        options.kinds = Kind::ALL.to_vec();
    }
    if options.stores.is_empty() {
        options.stores = Store::ALL.to_vec();
    }
    if options.disturbances.is_empty() {
        options.disturbances = Disturbance::ALL.to_vec();
    }
    Ok(Some(options))
}

/// Whether all went as it must.
fn play(options: &Options) -> Result<bool, String> {
    let program = std::env::current_exe().map_err(|why| why.to_string())?;
    let mut plans = Vec::new();
    for seed in options.seed..options.seed.saturating_add(options.seeds) {
        for &store in &options.stores {
            plans.extend(options.kinds.iter().map(|&kind| Plan::new(kind, store, seed)));
        }
    }
    let (all, began) = (plans.len(), Instant::now());
    let disturbances = options.disturbances.repeat(options.rounds);
    plans.reverse();
    let (left, done) = (Mutex::new(plans), Mutex::new((Table::default(), 0, true)));
    std::thread::scope(|scope| {
        for _ in 0..options.jobs.max(1) {
            scope.spawn(|| work(&left, &done, &disturbances, &program, all));
        }
    });
    let (table, _, good) = done.into_inner().map_err(|_| "a run panicked")?;
    println!("\n{table}\n{all} runs in {:.0} s.", began.elapsed().as_secs_f64());
    Ok(good)
}

fn work(
    left: &Mutex<Vec<Plan>>,
    done: &Mutex<(Table, usize, bool)>,
    disturbances: &[Disturbance],
    program: &Path,
    all: usize,
) {
    loop {
        let Some(plan) = left.lock().ok().and_then(|mut left| left.pop()) else { return };
        let began = Instant::now();
        let played = run(plan, disturbances, program);
        let Ok(mut done) = done.lock() else { return };
        done.1 += 1;
        let names = format!("{:<16} {:<15} seed {}", plan.kind.name(), plan.store.name(), plan.seed);
        print!("{:>4} of {all}  {names}  {:>5.1} s  ", done.1, began.elapsed().as_secs_f64());
        match played {
            Ok(None) => println!("skipped: there is no PostgreSQL here"),
            Ok(Some(outcome)) => {
                done.0.add(plan.kind, plan.store, &outcome.rows);
                println!("{}", if outcome.wrong.is_empty() { "ok" } else { "WRONG" });
                for wrong in &outcome.wrong {
                    println!("        {wrong}");
                }
                if !outcome.wrong.is_empty() {
                    done.2 = false;
                    println!("        again: {plan}");
                }
            }
            Err(why) => {
                done.2 = false;
                println!("could not be played: {why}\n        again: {plan}");
            }
        }
    }
}
