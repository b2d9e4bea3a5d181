//! Every fault, seen from the client's end of the socket, and whether the provider has acted.

use crate::support::*;
use gatepass_testkit::Provider;
use gatepass_testkit::provider::{Endpoint, Fault, Gate, Rewrite};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(10);

/// All bytes of the answer to one GET, and whether the connection was reset.
fn raw_get(url: &str, up_to: usize) -> (Vec<u8>, bool) {
    let url = url::Url::parse(url).unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", url.port().unwrap())).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET {} HTTP/1.1\r\nhost: {}\r\n\r\n", url.path(), url.authority()).unwrap();
    let mut seen = Vec::new();
    let mut chunk = [0; 4096];
    while seen.len() < up_to {
        match stream.read(&mut chunk) {
            Ok(0) => return (seen, false),
            Ok(read) => seen.extend_from_slice(&chunk[..read]),
            Err(error) => {
                assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
                return (seen, true);
            }
        }
    }
    (seen, false)
}

#[test]
fn a_connection_closed_before_processing_has_changed_nothing() {
    let provider = Provider::start();
    let token = tokens(&provider).member("refresh_token");
    provider.inject(Fault::before(Endpoint::Token).close());
    assert!(try_refresh(&provider, &token).is_err());
    let entry = provider.log().pop().unwrap();
    assert_eq!((entry.processed, entry.status), (false, None));
    assert_eq!(provider.stats().refreshes, 0);
    assert_eq!(refresh(&provider, &token).status, 200);
}

#[test]
fn a_connection_closed_after_processing_has_rotated() {
    let provider = Provider::start();
    let token = tokens(&provider).member("refresh_token");
    provider.inject(Fault::after(Endpoint::Token).close());
    assert!(try_refresh(&provider, &token).is_err());
    let entry = provider.log().pop().unwrap();
    assert_eq!((entry.processed, entry.status), (true, None));
    assert_eq!(provider.stats().refreshes, 1);
    assert_eq!(refresh(&provider, &token).member("error"), "invalid_grant");
    assert_eq!(provider.stats().reuse_detected, 1);
}

#[test]
fn closing_sends_no_byte_and_resetting_sends_rst() {
    let provider = Provider::start();
    provider.inject(Fault::before(Endpoint::Echo).close());
    assert_eq!(raw_get(&provider.echo_endpoint(), usize::MAX), (vec![], false));
    provider.inject(Fault::after(Endpoint::Echo).reset());
    assert_eq!(raw_get(&provider.echo_endpoint(), usize::MAX), (vec![], true));
}

#[test]
fn an_answer_can_be_replaced_after_processing() {
    let provider = Provider::start();
    let token = tokens(&provider).member("refresh_token");
    let rewrite = Rewrite::new()
        .status(502)
        .header("retry-after", "7")
        .header("content-type", "text/html")
        .without_header("cache-control")
        .body("<h1>Bad gateway</h1>");
    provider.inject(Fault::after(Endpoint::Token).rewrite(rewrite));
    let reply = refresh(&provider, &token);
    assert_eq!((reply.status, reply.text().as_str()), (502, "<h1>Bad gateway</h1>"));
    assert_eq!((reply.header("retry-after"), reply.header("cache-control")), ("7", ""));
    assert_eq!(reply.header("content-type"), "text/html");
    assert_eq!(provider.stats().refreshes, 1);
}

#[test]
fn a_status_alone_keeps_the_body_after_processing_and_has_none_before() {
    let provider = Provider::start();
    provider.inject(Fault::after(Endpoint::Token).status(503));
    let reply = exchange(&provider, &code(&provider));
    assert_eq!(reply.status, 503);
    assert_ne!(reply.member("access_token"), "");
    provider.inject(Fault::before(Endpoint::Token).status(503));
    let reply = exchange(&provider, &code(&provider));
    assert_eq!((reply.status, reply.body.len()), (503, 0));
}

#[test]
fn members_of_a_json_answer_can_be_changed() {
    let provider = Provider::start();
    let rewrite = Rewrite::new().member("expires_in", "3600").member("extra", 1).without_member("token_type");
    provider.inject(Fault::after(Endpoint::Token).rewrite(rewrite));
    let tokens = tokens(&provider).json();
    assert_eq!(tokens["expires_in"], "3600");
    assert_eq!(tokens["extra"], 1);
    assert_eq!(tokens.get("token_type"), None);
    assert!(tokens["access_token"].is_string());
}

#[test]
fn redirects_go_where_they_are_told() {
    let provider = Provider::start();
    for status in [301, 302, 303, 307, 308] {
        provider.inject(Fault::before(Endpoint::Token).redirect(status, "https://evil.example/token"));
        let reply = exchange(&provider, "x");
        assert_eq!((reply.status, reply.header("location")), (status, "https://evil.example/token"));
    }
}

#[test]
fn a_partial_body_ends_before_it_is_complete() {
    let provider = Provider::start();
    provider.inject(Fault::after(Endpoint::Token).partial_body(20));
    let code = code(&provider);
    assert!(try_post(&provider.token_endpoint(), &[BASIC], &exchange_form(&code)).is_err());
    assert_eq!(provider.stats().exchanges, 1);
    provider.inject(Fault::after(Endpoint::Echo).partial_body(20));
    let (seen, reset) = raw_get(&provider.echo_endpoint(), usize::MAX);
    let seen = String::from_utf8(seen).unwrap();
    let (head, body) = seen.split_once("\r\n\r\n").unwrap();
    assert_eq!((body.len(), reset), (20, false));
    let promised: usize = between(&format!("{head}\r\n"), "content-length: ", "\r\n").parse().unwrap();
    assert!(promised > 20);
}

#[test]
fn an_endless_body_does_not_end() {
    let provider = Provider::start();
    provider.inject(Fault::after(Endpoint::Echo).endless_body());
    let (seen, _) = raw_get(&provider.echo_endpoint(), 3 << 20);
    assert!(seen.len() >= 3 << 20);
    assert_eq!(get(&provider.metadata_url(), &[]).status, 200, "the provider goes on serving");
}

#[test]
fn a_gzip_bomb_is_small_on_the_wire_and_large_behind_it() {
    let provider = Provider::start();
    provider.inject(Fault::after(Endpoint::Token).gzip_bomb(40 << 20));
    let reply = exchange(&provider, &code(&provider));
    assert_eq!(reply.header("content-encoding"), "gzip");
    assert!(reply.body.len() < 1 << 20, "{}", reply.body.len());
    let mut inflated = Vec::new();
    flate2::read::GzDecoder::new(&reply.body[..]).read_to_end(&mut inflated).unwrap();
    assert!(inflated.len() > 40 << 20);
    let tokens: serde_json::Value = serde_json::from_slice(&inflated).unwrap();
    assert!(tokens["access_token"].is_string());
}

#[test]
fn raw_bytes_arrive_as_they_are() {
    let provider = Provider::start();
    provider.inject(Fault::before(Endpoint::Echo).raw("SSH-2.0-OpenSSH_9\r\n"));
    assert_eq!(raw_get(&provider.echo_endpoint(), usize::MAX), (b"SSH-2.0-OpenSSH_9\r\n".to_vec(), false));
}

#[test]
fn a_trickle_comes_byte_by_byte() {
    let provider = Provider::start();
    provider.inject(Fault::after(Endpoint::Echo).rewrite(Rewrite::new().body("0123456789")));
    provider.inject(Fault::after(Endpoint::Echo).trickle(Duration::from_millis(10)));
    let start = Instant::now();
    assert_eq!(get(&provider.echo_endpoint(), &[]).text(), "0123456789");
    assert!(start.elapsed() >= Duration::from_millis(100));
}

#[test]
fn a_delay_comes_before_the_answer() {
    let provider = Provider::start();
    provider.inject(Fault::before(Endpoint::Echo).delay(Duration::from_millis(60)));
    provider.inject(Fault::after(Endpoint::Echo).delay(Duration::from_millis(60)));
    let start = Instant::now();
    assert_eq!(get(&provider.echo_endpoint(), &[]).status, 200);
    assert!(start.elapsed() >= Duration::from_millis(120));
}

#[test]
fn faults_choose_their_requests() {
    let provider = Provider::start();
    let statuses = |requests: usize| -> Vec<u16> {
        (0..requests).map(|_| get(&provider.echo_endpoint(), &[]).status).collect()
    };
    provider.inject(Fault::before(Endpoint::Echo).status(503));
    assert_eq!(statuses(2), [503, 200]);
    provider.inject(Fault::before(Endpoint::Echo).status(503).skip(1).times(2));
    assert_eq!(statuses(4), [200, 503, 503, 200]);
    assert_eq!(provider.faults_waiting(), 0);
    provider.inject(Fault::before(Endpoint::Echo).status(503).until_cleared());
    assert_eq!(statuses(3), [503, 503, 503]);
    assert_eq!(get(&provider.metadata_url(), &[]).status, 200, "another endpoint");
    provider.clear_faults();
    assert_eq!(statuses(1), [200]);
    provider.inject(Fault::before(None).status(503).times(2));
    assert_eq!((get(&provider.metadata_url(), &[]).status, statuses(2)), (503, vec![503, 200]));
    provider
        .inject(Fault::before(Endpoint::Echo).status(418).when(|request| request.header("x-bad").is_some()));
    assert_eq!(statuses(2), [200, 200]);
    assert_eq!(get(&provider.echo_endpoint(), &[("x-bad", "1")]).status, 418);
    provider.inject(Fault::before(Endpoint::Token).status(503).when_grant_type("refresh_token"));
    let tokens = tokens(&provider);
    assert_eq!(refresh(&provider, &tokens.member("refresh_token")).status, 503);
}

#[test]
fn a_gate_before_processing_holds_what_has_not_happened() {
    let provider = Provider::start();
    let token = tokens(&provider).member("refresh_token");
    let gate = Gate::new();
    provider.inject(Fault::before(Endpoint::Token).hold(&gate));
    thread::scope(|scope| {
        let held = scope.spawn(|| refresh(&provider, &token));
        assert!(gate.wait_for(1, PATIENCE));
        assert_eq!(provider.stats().refreshes, 0);
        assert_eq!(provider.log().pop().unwrap().status, None);
        gate.open();
        assert_eq!(held.join().unwrap().status, 200);
    });
    assert_eq!(provider.stats().refreshes, 1);
}

#[test]
fn a_gate_after_processing_holds_only_the_answer() {
    let provider = Provider::start();
    let token = tokens(&provider).member("refresh_token");
    let gate = Gate::new();
    provider.inject(Fault::after(Endpoint::Token).hold(&gate));
    thread::scope(|scope| {
        let held = scope.spawn(|| refresh(&provider, &token));
        assert!(gate.wait_for(1, PATIENCE));
        assert_eq!(provider.stats().refreshes, 1);
        gate.release(1);
        assert_eq!(held.join().unwrap().status, 200);
    });
}

#[test]
fn a_gate_lets_requests_through_one_by_one_in_their_order() {
    let provider = Provider::start();
    let gate = Gate::new();
    provider.inject(Fault::before(Endpoint::Echo).hold(&gate).times(2));
    thread::scope(|scope| {
        let first = scope.spawn(|| get(&provider.echo_endpoint(), &[]));
        assert!(gate.wait_for(1, PATIENCE));
        let second = scope.spawn(|| get(&provider.echo_endpoint(), &[]));
        assert!(gate.wait_for(2, PATIENCE));
        gate.release(1);
        first.join().unwrap();
        assert_eq!(gate.arrivals(), 2);
        let processed: Vec<_> = provider.log().iter().map(|entry| entry.processed).collect();
        assert_eq!(processed, [true, false]);
        gate.release(1);
        second.join().unwrap();
    });
    assert!(!gate.wait_for(3, Duration::from_millis(1)));
}

#[test]
fn a_request_whose_client_has_gone_is_still_processed() {
    let provider = Provider::start();
    let gate = Gate::new();
    provider.inject(Fault::before(Endpoint::Echo).hold(&gate));
    let url = url::Url::parse(&provider.echo_endpoint()).unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", url.port().unwrap())).unwrap();
    write!(stream, "GET /api/echo HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    assert!(gate.wait_for(1, PATIENCE));
    drop(stream);
    assert!(!provider.log()[0].processed);
    gate.open();
    let deadline = Instant::now() + PATIENCE;
    while !provider.log()[0].processed {
        assert!(Instant::now() < deadline, "never processed");
        thread::yield_now();
    }
}

#[test]
fn dropping_the_provider_closes_its_port_even_while_requests_are_held() {
    let provider = Provider::start();
    let gate = Gate::new();
    provider.inject(Fault::before(Endpoint::Echo).hold(&gate));
    let url = provider.echo_endpoint();
    thread::scope(|scope| {
        let held = scope.spawn(|| try_get(&url, &[]));
        assert!(gate.wait_for(1, PATIENCE));
        drop(provider);
        assert!(held.join().unwrap().is_err());
    });
    assert!(try_get(&url, &[]).is_err());
}

#[test]
fn an_outage_refuses_connections_and_forgets_nothing() {
    let provider = Provider::start();
    let token = tokens(&provider).member("refresh_token");
    let port = url::Url::parse(&provider.issuer()).unwrap().port().unwrap();
    let mut kept = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(kept, "GET /api/echo HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    kept.set_read_timeout(Some(PATIENCE)).unwrap();
    assert!(kept.read(&mut [0; 4096]).unwrap() > 0);
    provider.go_down();
    provider.go_down();
    let refused = TcpStream::connect(("127.0.0.1", port)).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    assert_eq!(kept.read(&mut [0; 4096]).unwrap(), 0, "a connection that was kept alive is closed");
    provider.come_back().unwrap();
    assert_eq!(refresh(&provider, &token).status, 200);
}
