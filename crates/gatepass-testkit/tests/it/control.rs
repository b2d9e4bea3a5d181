//! The control API, which drives a provider from another process.

use crate::support::*;
use gatepass_testkit::Provider;
use serde_json::{Value, json};
use std::thread;
use std::time::{Duration, Instant};

pub(crate) fn control(provider: &Provider, verb: &str, body: Option<Value>) -> (u16, Value) {
    let url = format!("{}{verb}", provider.control_url().unwrap());
    let mut response = match body {
        Some(body) => agent().post(&url).send(body.to_string()).unwrap(),
        None => agent().get(&url).call().unwrap(),
    };
    let text = response.body_mut().read_to_string().unwrap();
    (response.status().as_u16(), serde_json::from_str(&text).unwrap())
}

pub(crate) fn order(provider: &Provider, verb: &str, body: Value) {
    assert_eq!(control(provider, verb, Some(body)), (200, json!({ "done": true })));
}

fn provider() -> Provider {
    Provider::builder().control_api().stopped_clock().start().unwrap()
}

#[test]
fn the_control_api_is_off_by_default() {
    let provider = Provider::start();
    assert_eq!(provider.control_url(), None);
    assert_eq!(get(&format!("{}/_control/log", provider.issuer()), &[]).status, 404);
}

#[test]
fn log_and_stats_can_be_read_and_are_not_in_the_log() {
    let provider = provider();
    let tokens = tokens(&provider);
    refresh(&provider, &tokens.member("refresh_token"));
    let (_, log) = control(&provider, "log", None);
    let log = log.as_array().unwrap();
    assert_eq!(log.len(), 3);
    assert_eq!(
        (&log[1]["endpoint"], &log[1]["status"], &log[1]["processed"]),
        (&json!("token"), &json!(200), &json!(true))
    );
    assert!(log[1]["body"].as_str().unwrap().contains("code_verifier="));
    let (_, stats) = control(&provider, "stats", None);
    assert_eq!((&stats["refreshes"], &stats["logins"]), (&json!(1), &json!(1)));
}

#[test]
fn the_clock_moves_and_tokens_expire() {
    let provider = provider();
    let access = tokens(&provider).member("access_token");
    order(&provider, "advance", json!({ "seconds": 3599.5 }));
    assert_eq!(user(&provider, &access).status, 200);
    order(&provider, "advance", json!({ "seconds": 0.5 }));
    assert_eq!(user(&provider, &access).status, 401);
    let access = tokens(&provider).member("access_token");
    order(&provider, "expire_access_tokens", json!({}));
    assert_eq!(user(&provider, &access).status, 401);
    order(&provider, "reset", json!({}));
    assert!(provider.log().is_empty());
}

#[test]
fn faults_can_be_ordered_and_cleared() {
    let provider = provider();
    let rewrite =
        json!({ "status": 502, "headers": { "retry-after": "3" }, "body": "{}", "members": { "a": 1 } });
    order(
        &provider,
        "faults",
        json!({ "endpoint": "echo", "phase": "after", "effect": { "rewrite": rewrite } }),
    );
    let reply = get(&provider.echo_endpoint(), &[]);
    assert_eq!((reply.status, reply.header("retry-after"), reply.text().as_str()), (502, "3", r#"{"a":1}"#));
    for effect in [json!("close"), json!("reset"), json!({ "raw": "nonsense" }), json!({ "partial_body": 3 })]
    {
        order(&provider, "faults", json!({ "endpoint": "echo", "phase": "after", "effect": effect }));
        assert!(try_get(&provider.echo_endpoint(), &[]).is_err(), "{effect}");
    }
    order(
        &provider,
        "faults",
        json!({ "phase": "before", "effect": { "redirect": { "status": 307, "location": "/x" } } }),
    );
    assert_eq!(get(&provider.echo_endpoint(), &[]).header("location"), "/x");
    order(
        &provider,
        "faults",
        json!({ "phase": "after", "effect": { "gzip_bomb": 1000 }, "skip": 1, "times": 2 }),
    );
    assert_eq!(get(&provider.echo_endpoint(), &[]).header("content-encoding"), "");
    assert_eq!(get(&provider.echo_endpoint(), &[]).header("content-encoding"), "gzip");
    assert_eq!(control(&provider, "faults", None).1, json!({ "waiting": 1 }));
    let url = format!("{}faults", provider.control_url().unwrap());
    assert_eq!(agent().delete(&url).call().unwrap().status(), 200);
    assert_eq!(provider.faults_waiting(), 0);
}

#[test]
fn a_fault_can_ask_for_members_of_the_form_and_stay_until_cleared() {
    let provider = provider();
    let fault = json!({
        "endpoint": "token", "phase": "before", "form": { "grant_type": "refresh_token" },
        "until_cleared": true, "effect": { "rewrite": { "status": 503 } }
    });
    order(&provider, "faults", fault);
    let token = tokens(&provider).member("refresh_token");
    assert_eq!((refresh(&provider, &token).status, refresh(&provider, &token).status), (503, 503));
}

#[test]
fn gates_have_names() {
    let provider = provider();
    order(
        &provider,
        "faults",
        json!({ "endpoint": "echo", "phase": "before", "effect": { "hold": "door" } }),
    );
    thread::scope(|scope| {
        let held = scope.spawn(|| get(&provider.echo_endpoint(), &[]));
        let deadline = Instant::now() + Duration::from_secs(10);
        while control(&provider, "gate?name=door", None).1["arrivals"] != 1 {
            assert!(Instant::now() < deadline);
        }
        assert!(!provider.log()[0].processed);
        order(&provider, "release", json!({ "gate": "door" }));
        assert_eq!(held.join().unwrap().status, 200);
    });
}

#[test]
fn a_malformed_order_is_told_and_changes_nothing() {
    let provider = provider();
    for body in [
        json!({}),
        json!({ "phase": "before", "effect": "explode" }),
        json!({ "phase": "x", "effect": "close" }),
    ] {
        assert_eq!(control(&provider, "faults", Some(body)).0, 400);
    }
    let misspelt = json!({ "phase": "before", "effect": "close", "endpont": "token" });
    assert_eq!(control(&provider, "faults", Some(misspelt)).0, 400);
    assert_eq!(provider.faults_waiting(), 0);
    assert_eq!(control(&provider, "advance", Some(json!({ "seconds": -1 }))).0, 400);
    assert_eq!(control(&provider, "nonsense", None).0, 404);
}
