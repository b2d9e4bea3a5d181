//! Plays the table and prints it.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it is there to print")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Instant;

use gatepass_conformance::{Cast, Report, Row, head, line, rows};
use lexopt::prelude::*;

const HELP: &str = include_str!("help.txt");

struct Options {
    only: Vec<String>,
    plans: Vec<String>,
    jobs: usize,
}

fn main() -> ExitCode {
    match options() {
        Ok(None) => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        Ok(Some(options)) => match play(&options) {
            Some(good) => ExitCode::from(u8::from(!good)),
            None => {
                eprintln!("conformance: no module and no plan has such a name");
                ExitCode::from(2)
            }
        },
        Err(why) => {
            eprintln!("conformance: {why}");
            ExitCode::from(2)
        }
    }
}

fn options() -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options { only: Vec::new(), plans: Vec::new(), jobs: 4 };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(None),
            Long("only") => options.only.push(parser.value()?.string()?),
            Long("plan") => options.plans.push(parser.value()?.string()?),
            Long("jobs") => options.jobs = parser.value()?.parse()?,
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(options))
}

/// Whether all went as it must; `None`: nothing is of that name.
fn play(options: &Options) -> Option<bool> {
    let named = |names: &[String], name: &str| {
        names.is_empty() || names.iter().any(|part| name.contains(part.as_str()))
    };
    let mut rows = rows();
    rows.retain(|row| named(&options.only, row.module) && named(&options.plans, row.plan.name()));
    if rows.is_empty() {
        return None;
    }
    let began = Instant::now();
    let (next, done) = (Mutex::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..options.jobs.max(1) {
            scope.spawn(|| work(&rows, &next, &done));
        }
    });
    let mut reports = done.into_inner().unwrap_or_default();
    reports.sort_by_key(|(number, _)| *number);
    let mut plan = None;
    for (number, report) in &reports {
        let row = &rows[*number];
        if plan != Some(row.plan) {
            plan = Some(row.plan);
            println!("\n{}\n{}", row.plan.name(), head());
        }
        match report {
            Ok(report) => println!("{}", line(report)),
            Err(why) => println!("{:<72} RED: could not be played: {why}", row.module),
        }
    }
    let red = reports.iter().filter(|(_, report)| is_red(report)).count();
    let skipped = rows.iter().filter(|row| matches!(row.cast, Cast::Skipped(_))).count();
    let twins = reports
        .iter()
        .filter(|(_, report)| report.as_ref().is_ok_and(|report| report.twin.is_some()))
        .count();
    println!(
        "\n{} modules played, {twins} of them with an accepting twin, {skipped} skipped, {red} red, in {:.0} s.",
        rows.len() - skipped,
        began.elapsed().as_secs_f64()
    );
    Some(red == 0)
}

fn is_red(report: &Result<Report, String>) -> bool {
    report.as_ref().map_or(true, |report| !report.wrong().is_empty())
}

type Done = Mutex<Vec<(usize, Result<Report, String>)>>;

fn work(rows: &[Row], next: &Mutex<usize>, done: &Done) {
    loop {
        let number = {
            let Ok(mut next) = next.lock() else { return };
            *next += 1;
            *next - 1
        };
        let Some(row) = rows.get(number) else { return };
        let report = catch_unwind(AssertUnwindSafe(|| row.play())).map_err(|why| {
            let text = why.downcast_ref::<String>().cloned();
            text.or_else(|| why.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
        });
        let Ok(mut done) = done.lock() else { return };
        let verdict = match &report {
            Ok(report) if report.run.is_none() => "skipped",
            report if is_red(report) => "RED",
            _ => "ok",
        };
        done.push((number, report));
        eprintln!("{:>4} of {}  {:<7}  {}", done.len(), rows.len(), verdict, row.module);
    }
}
