//! Ctrl-C at every moment of the example program `cli`.
#![cfg(unix)]

use std::process::Command;
use std::thread;
use std::time::Duration;

use gatepass_testkit::provider::{Endpoint, Fault, Gate};

use crate::cli_run::{PATIENCE, Place, Running, visit};

fn interrupt(running: &Running) {
    let sent = Command::new("sh").args(["-c", "kill -INT \"$1\"", "sh", &running.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

fn hold_token_endpoint(place: &Place) -> Gate {
    let gate = Gate::new();
    place.provider.inject(Fault::after(Endpoint::Token).hold(&gate));
    gate
}

#[test]
fn an_interruption_of_the_waiting_ends_the_program_at_once() {
    let place = Place::new();
    let mut running = Running::start(place.program());
    running.url();
    interrupt(&running);
    running.end().is(130);
}

#[test]
fn an_interruption_of_the_exchange_waits_until_the_tokens_are_stored() {
    let place = Place::new();
    let gate = hold_token_endpoint(&place);
    let mut running = Running::start(place.program());
    let url = running.url();
    let browser = thread::spawn(move || visit(&url));
    assert!(gate.wait_for(1, PATIENCE));
    interrupt(&running);
    running.says(|line| line.contains("Ctrl-C again"));
    gate.open();
    let ended = running.end();
    ended.is(130);
    assert_eq!(ended.answer, "");
    assert!(browser.join().unwrap().contains("<h1>You are logged in</h1>"));
    place.run().is(0).asked_nobody();
    assert_eq!(place.provider.stats().exchanges, 1);
}

#[test]
fn an_interruption_of_a_renewal_waits_until_its_successor_is_stored() {
    let place = Place::new();
    place.log_in();
    place.provider.expire_access_tokens();
    let gate = hold_token_endpoint(&place);
    let mut running = Running::start(place.program());
    assert!(gate.wait_for(1, PATIENCE));
    interrupt(&running);
    running.says(|line| line.contains("Ctrl-C again"));
    gate.open();
    running.end().is(130);
    place.run().is(0).asked_nobody();
    let stats = place.provider.stats();
    assert_eq!((stats.exchanges, stats.refreshes, stats.reuse_detected), (1, 1, 0));
}

#[test]
fn a_second_interruption_does_not_wait() {
    let place = Place::new();
    let gate = hold_token_endpoint(&place);
    let mut running = Running::start(place.program());
    let url = running.url();
    let browser = thread::spawn(move || {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(30)))
            .build()
            .into();
        drop(agent.get(&url).call());
    });
    assert!(gate.wait_for(1, PATIENCE));
    interrupt(&running);
    running.says(|line| line.contains("Ctrl-C again"));
    interrupt(&running);
    running.end().is(130);
    gate.open();
    browser.join().unwrap();
}
