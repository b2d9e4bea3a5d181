//! Several processes on one SQLite file, and processes that are killed.

use std::io::{BufRead, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

use gatepass_core::ports::Swap;
use gatepass_core::ports::blocking::GrantStore;
use gatepass_sqlx::blocking::SqliteStore;

use crate::support::{File, key, row};

const PROCESSES: u64 = 4;
const WRITES: u64 = 60;

/// Starts another of the tests here as a process of its own.
fn process(test: &str, file: &File) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env("GATEPASS_TEST_STORE", file.url())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn opened() -> SqliteStore {
    let store = SqliteStore::open(&std::env::var("GATEPASS_TEST_STORE").unwrap()).unwrap();
    store.migrate().unwrap();
    store
}

/// Adds one to the number that stands for the tokens; how often it had to try.
fn add_one(store: &SqliteStore) -> u64 {
    let key = key("counter");
    for tries in 1.. {
        let there = store.read(&key).unwrap().row;
        let (expected, number) = match &there {
            None => (None, 0),
            Some((revision, row)) => {
                (Some(*revision), u64::from_be_bytes(row.tokens.as_bytes().try_into().unwrap()))
            }
        };
        if let Swap::Done { .. } = store.swap(&key, expected, Some(row(&(number + 1).to_be_bytes()))).unwrap()
        {
            return tries;
        }
    }
    unreachable!("it tries until it is done")
}

#[test]
#[ignore = "runs as a process of `grant_1_processes_that_share_a_file_lose_no_write`"]
fn a_process_that_adds() {
    let store = opened();
    let tries: u64 = (0..WRITES).map(|_| add_one(&store)).sum();
    println!("added {WRITES} in {tries}");
}

#[test]
fn grant_1_processes_that_share_a_file_lose_no_write() {
    let file = File::new();
    // The file is missing: they also make it, switch its mode and migrate it at once.
    let processes: Vec<_> =
        (0..PROCESSES).map(|_| process("processes::a_process_that_adds", &file)).collect();
    for process in processes {
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let store = SqliteStore::open(&file.url()).unwrap();
    let (_, row) = store.read(&key("counter")).unwrap().row.unwrap();
    assert_eq!(
        row.tokens.as_bytes(),
        (PROCESSES * WRITES).to_be_bytes(),
        "increments were lost or came twice"
    );
}

#[test]
#[ignore = "runs as the process that `grant_7_a_done_write_survives_kill_9` kills"]
fn a_process_that_is_killed() {
    let store = opened();
    loop {
        add_one(&store);
        println!("done");
        std::io::stdout().flush().unwrap();
    }
}

#[test]
fn grant_7_a_done_write_survives_kill_9() {
    let file = File::new();
    let mut done = 0;
    for round in 1..=6_u64 {
        let mut process = process("processes::a_process_that_is_killed", &file);
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        // Libtest writes lines of its own.
        let seen = lines
            .by_ref()
            .filter(|line| line.as_ref().unwrap().ends_with("done"))
            .take(round as usize * 3)
            .count();
        process.kill().unwrap();
        process.wait().unwrap();
        // What was done between the last line that was waited for and the end counts too.
        let after = lines.map_while(Result::ok).filter(|line| line == "done").count();
        done += (seen + after) as u64;
        let store = SqliteStore::open(&file.url()).unwrap();
        let (_, row) = store.read(&key("counter")).unwrap().row.unwrap();
        let kept = u64::from_be_bytes(row.tokens.as_bytes().try_into().unwrap());
        // The last write may have been done and not been told.
        assert!((done..=done + 1).contains(&kept), "{done} writes were done and {kept} are kept");
        done = kept;
    }
}
