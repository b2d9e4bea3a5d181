//! The numbers undisturbed, and one seed of every disturbance; `cargo xtask replicas` plays more.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking, and shows its table"
)]

use std::path::Path;
use std::thread;

use gatepass_replicas::{CROWD, Disturbance, Kind, PROCESSES, Plan, Store, Table, Tally, run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_gatepass-replicas");

/// Runs by the default seed at each kind of provider, at once; `None`: there is no PostgreSQL.
fn disturbed(store: Store) {
    let seed = std::env::var("GATEPASS_SEED").map_or(1, |seed| seed.parse().unwrap());
    let mut table = Table::default();
    let mut wrong = Vec::new();
    thread::scope(|scope| {
        let play = |kind| {
            let plan = Plan::new(kind, store, seed);
            scope.spawn(move || (plan, run(plan, Disturbance::ALL, Path::new(PROGRAM)).unwrap()))
        };
        let runs: Vec<_> = Kind::ALL.iter().map(|kind| play(*kind)).collect();
        for played in runs {
            let (plan, outcome) = played.join().unwrap();
            let Some(outcome) = outcome else { return };
            table.add(plan.kind, store, &outcome.rows);
            wrong.extend(outcome.wrong.iter().map(|wrong| format!("{wrong}  (again: {plan})")));
        }
    });
    println!("{table}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn c_70_on_one_sqlite_file_no_disturbance_costs_a_login_that_could_be_kept() {
    disturbed(Store::Sqlite);
}

#[test]
fn c_70_in_blocking_programs_no_disturbance_costs_a_login_that_could_be_kept() {
    disturbed(Store::SqliteBlocking);
}

#[test]
fn c_70_on_one_postgresql_no_disturbance_costs_a_login_that_could_be_kept() {
    disturbed(Store::Postgres);
}

/// Twenty expiries of one person's token, and nothing goes wrong: one refresh each, and every request served.
#[test]
fn c_70_three_blocking_processes_on_one_sqlite_file_renew_once_an_expiry() {
    let plan = Plan::new(Kind::Strict, Store::SqliteBlocking, 1).people(1);
    let outcome = run(plan, &[Disturbance::Nothing; 20], Path::new(PROGRAM)).unwrap().unwrap();
    assert!(outcome.wrong.is_empty(), "{}", outcome.wrong.join("\n"));
    let Tally { expiries, requests, refreshes, put_off, cut_off, asked, failed, logins, revoked, .. } =
        &outcome.rows[&Disturbance::Nothing];
    assert_eq!((*expiries, *refreshes, *requests), (20, 20, 20 * (PROCESSES * CROWD) as u64));
    assert_eq!((put_off, cut_off, asked, failed, logins, revoked), (&0, &0, &0, &0, &0, &0));
    println!(
        "{expiries} expiries of {PROCESSES} processes x {CROWD} requests, {refreshes} refreshes, 0 failed"
    );
}
