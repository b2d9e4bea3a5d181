//! The example program `cli` over its life: what it keeps, renews, loses and gives back.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use gatepass_testkit::Provider;
use gatepass_testkit::provider::{Endpoint, Fault, RefreshTokens};

use crate::cli_run::{PATIENCE, Place, Running, parameter, visit};

#[test]
fn a_token_that_ends_is_renewed_and_the_refresh_token_rotates() {
    let place = Place::with(Provider::builder().access_token_lifetime(Duration::from_secs(1)));
    place.log_in();
    let begun = Instant::now();
    while place.provider.stats().refreshes < 3 {
        assert!(begun.elapsed() < PATIENCE);
        place.run().is(0).asked_nobody();
    }
    let stats = place.provider.stats();
    assert_eq!((stats.exchanges, stats.reuse_detected), (1, 0));
    let presented: Vec<_> = place.provider.token_requests("refresh_token");
    let mut tokens: Vec<_> =
        presented.iter().map(|entry| entry.request.form_value("refresh_token").unwrap()).collect();
    tokens.sort();
    tokens.dedup();
    assert_eq!(tokens.len(), presented.len(), "a refresh token was presented twice");
}

#[test]
fn a_401_of_the_api_leads_to_one_renewal() {
    let place = Place::new();
    place.log_in();
    place.provider.expire_access_tokens();
    let ended = place.run();
    assert_eq!(ended.is(0).asked_nobody().json()["sub"], "user-alice");
    assert_eq!(place.provider.stats().refreshes, 1);
    place.run().is(0);
    assert_eq!(place.provider.stats().refreshes, 1, "the renewed token is kept");

    place.provider.inject(Fault::before(Endpoint::User).status(401).times(2));
    place.run().is(1).asked_nobody();
    assert_eq!(place.provider.stats().refreshes, 2);
}

#[test]
fn a_grant_that_the_provider_ended_leads_to_a_new_login() {
    let place = Place::new();
    place.log_in();
    place.provider.end_grants();
    place.log_in();
    place.run().is(0).asked_nobody();
    assert_eq!(place.provider.stats().exchanges, 2);
}

#[test]
fn a_renewal_whose_answer_is_lost_leads_to_a_new_login_and_never_to_a_second_presentation() {
    let place = Place::new();
    place.log_in();
    place.provider.expire_access_tokens();
    place.provider.inject(Fault::after(Endpoint::Token).close().when_grant_type("refresh_token"));
    place.log_in();
    place.run().is(0).asked_nobody();
    let stats = place.provider.stats();
    assert_eq!((stats.exchanges, stats.refreshes, stats.reuse_detected), (2, 1, 0));
}

#[test]
fn without_a_refresh_token_the_person_is_asked_when_the_token_has_ended() {
    let place = Place::with(Provider::builder().refresh_tokens(RefreshTokens::Never));
    place.log_in();
    place.run().is(0).asked_nobody();
    place.provider.expire_access_tokens();
    place.log_in();
    assert_eq!(place.provider.stats().exchanges, 2);
}

#[test]
fn a_grant_is_kept_by_client_and_scope_in_any_order() {
    let place = Place::new();
    place.log_in();
    let mut reordered = place.program();
    reordered.env("SCOPE", "email profile");
    Running::start(reordered).end().is(0).asked_nobody();

    let mut other = place.program();
    other.env("SCOPE", "read");
    let mut running = Running::start(other);
    let url = running.url();
    assert_eq!(parameter(&url, "scope"), "read");
    visit(&url);
    assert_eq!(running.end().is(0).json()["scopes"], serde_json::json!(["read"]));

    let mut other = place.program();
    other.env("CLIENT_ID", "app").env("CLIENT_SECRET", "secret");
    Running::start(other).with_browser(visit).is(0);
    place.run().is(0).asked_nobody();
    assert_eq!(place.provider.stats().exchanges, 3);
}

#[test]
fn programs_that_run_at_once_share_one_grant_and_renew_it_once() {
    let place = Place::new();
    place.log_in();
    place.provider.expire_access_tokens();
    let running: Vec<_> = (0..6).map(|_| Running::start(place.program())).collect();
    for running in running {
        running.end().is(0).asked_nobody();
    }
    let stats = place.provider.stats();
    assert_eq!((stats.refreshes, stats.reuse_detected), (1, 0));
}

#[test]
fn nat_04_programs_that_log_in_at_once_have_ports_of_their_own() {
    let place = Place::new();
    let mut running: Vec<_> = (0..3).map(|_| Running::start(place.program())).collect();
    let urls: Vec<_> = running.iter_mut().map(Running::url).collect();
    let mut ports: Vec<_> = urls.iter().map(|url| parameter(url, "redirect_uri")).collect();
    ports.sort();
    ports.dedup();
    assert_eq!(ports.len(), 3);
    thread::scope(|scope| {
        for url in &urls {
            scope.spawn(|| visit(url));
        }
    });
    for running in running {
        running.end().is(0);
    }
    place.run().is(0).asked_nobody();
}

#[cfg(unix)]
#[test]
fn sto_05_the_key_beside_the_database_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    place.log_in();
    for name in ["gatepass.db", "gatepass.db.key"] {
        assert_eq!(fs::metadata(place.path(name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
    let key = fs::read_to_string(place.path("gatepass.db.key")).unwrap();
    place.run().is(0).asked_nobody();
    assert_eq!(fs::read_to_string(place.path("gatepass.db.key")).unwrap(), key);

    fs::set_permissions(place.path("gatepass.db.key"), fs::Permissions::from_mode(0o644)).unwrap();
    let ended = place.run();
    ended.is(2);
    assert!(ended.said.contains("gatepass.db.key"), "{ended:?}");
}

#[test]
fn a_key_of_the_environment_is_used_and_another_one_does_not_open_the_grant() {
    const ONE: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    const OTHER: &str = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";
    let place = Place::new();
    let with = |key: &str| {
        let mut program = place.program();
        program.env("STORE_KEY", key).env("STORE", "sqlite:other.db");
        Running::start(program)
    };
    with(ONE).with_browser(visit).is(0);
    assert!(place.path("other.db").exists() && !place.path("other.db.key").exists());
    with(&format!("{OTHER},{ONE}")).end().is(0).asked_nobody();
    let ended = with(OTHER).end();
    ended.is(2).asked_nobody();
    assert!(!ended.said.contains(OTHER), "{ended:?}");
}

#[test]
fn a_store_in_memory_leaves_nothing_behind() {
    let place = Place::new();
    let mut program = place.program();
    program.env("STORE", "sqlite::memory:");
    Running::start(program).with_browser(visit).is(0);
    assert_eq!(fs::read_dir(place.folder.path()).unwrap().count(), 0);
}

#[test]
fn a_logout_revokes_the_grant_and_forgets_it() {
    let place = Place::new();
    place.log_in();
    let log_out = || {
        let mut program = place.program();
        program.arg("--logout");
        Running::start(program).end()
    };
    let ended = log_out();
    ended.is(0);
    assert_eq!(ended.answer, "");
    assert!(place.provider.stats().revocations >= 1);
    place.log_in();
    assert_eq!(place.provider.stats().exchanges, 2);
    log_out().is(0);
    log_out().is(0);
}

#[test]
fn a_logout_that_the_provider_does_not_hear_of_holds_here_all_the_same() {
    let place = Place::new();
    place.log_in();
    place.provider.inject(Fault::before(Endpoint::Revoke).status(503).until_cleared());
    let mut program = place.program();
    program.arg("--logout");
    let ended = Running::start(program).end();
    ended.is(1);
    assert!(ended.said.contains("--logout"), "{ended:?}");
    place.provider.clear_faults();
    place.log_in();
    assert_eq!(place.provider.stats().exchanges, 2);
}
