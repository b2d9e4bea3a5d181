//! The loopback port, with browsers, strangers and stallers on raw sockets.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use gatepass::loopback::{BindError, Loopback, LoopbackError};
use gatepass_core::ports::Clock;
use gatepass_core::{
    Attempt, CallbackError, Client, ClientAuth, Monotonic, Provider, Scopes, Seed, Timestamp,
};

const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

#[derive(Debug)]
struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        NOW
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic::since_origin(Duration::ZERO)
    }
}

/// What the program does when the callback is there.
type Outcome = Result<(), LoopbackError>;

/// A program that waits for its login.
struct Program {
    address: SocketAddr,
    state: String,
    thread: JoinHandle<Outcome>,
}

impl Program {
    fn start() -> Self {
        Self::start_with(Duration::from_secs(60), 7)
    }

    fn start_with(deadline: Duration, seed: u8) -> Self {
        let loopback = Loopback::bind("/callback").unwrap().deadline(deadline);
        let address = loopback.address();
        let provider = Provider::builder("https://as.example/authorize", "https://as.example/token")
            .issuer("https://as.example")
            .build()
            .unwrap();
        let client = Client::new(provider, "my-program", ClientAuth::None, loopback.redirect_uri()).unwrap();
        let scopes = Scopes::new("profile").unwrap();
        let (url, pending) =
            client.authorize(&scopes).start(Attempt::new(NOW, Seed::new([seed; 64]))).unwrap();
        let value = |name| url.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned();
        assert_eq!(value("redirect_uri"), format!("http://{address}/callback"));
        let state = value("state");
        let thread = thread::spawn(move || {
            let (_exchange, visitor) = loopback.receive(pending, &Stopped)?;
            visitor.done();
            Ok(())
        });
        Self { address, state, thread }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    fn host(&self) -> String {
        format!("Host: {}\r\n", self.address)
    }

    fn ask(&self, line: &str, fields: &str) -> String {
        let mut stream = self.connect();
        write!(stream, "{line} HTTP/1.1\r\n{fields}\r\n").unwrap();
        rest(stream)
    }

    fn callback(&self, query: &str) -> String {
        self.ask(&format!("GET /callback?{query}"), &self.host())
    }

    /// The browser comes back, as it should.
    fn finish(self) -> String {
        let page = self.callback(&format!("code=abc&state={}", self.state));
        self.thread.join().unwrap().unwrap();
        page
    }
}

fn rest(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[track_caller]
fn has_status(answer: &str, status: u16) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer:?}");
}

#[test]
fn nat_02_the_redirect_uri_is_a_loopback_address_in_numbers() {
    let loopback = Loopback::bind("/callback").unwrap();
    let port = loopback.address().port();
    assert_ne!(port, 0);
    let literals = [format!("http://127.0.0.1:{port}/callback"), format!("http://[::1]:{port}/callback")];
    assert!(literals.iter().any(|uri| uri == loopback.redirect_uri()), "{}", loopback.redirect_uri());
}

#[test]
fn c_103_the_listener_is_bound_to_loopback_alone() {
    let loopback = Loopback::bind("/callback").unwrap();
    assert!(loopback.address().ip().is_loopback());
    if cfg!(target_os = "linux") && loopback.address().is_ipv4() {
        // The same port of another address is free only if the listener does not hold them all.
        drop(TcpListener::bind(("127.0.0.2", loopback.address().port())).expect("another address is free"));
    }
}

#[test]
fn nat_03_the_port_is_closed_before_the_browser_has_its_page() {
    let loopback = Loopback::bind("/callback").unwrap();
    let address = loopback.address();
    let mut browser = TcpStream::connect(address).unwrap();
    write!(browser, "GET /callback?code=abc HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
    let (_callback, visitor) = loopback.receive_with(Some).unwrap();
    assert!(TcpStream::connect(address).is_err(), "the port is still open");
    visitor.done();
    has_status(&rest(browser), 200);
}

#[test]
fn nat_04_programs_side_by_side_have_ports_of_their_own() {
    let [one, two] = [1, 2].map(|seed| Program::start_with(Duration::from_secs(60), seed));
    assert_ne!(one.address, two.address);
    has_status(&two.callback(&format!("code=abc&state={}", one.state)), 400);
    has_status(&one.finish(), 200);
    has_status(&two.finish(), 200);
}

#[test]
fn nat_05_another_host_path_or_method_is_refused_and_the_login_goes_on() {
    let program = Program::start();
    let right = format!("/callback?code=abc&state={}", program.state);
    let get = format!("GET {right}");
    has_status(&program.ask(&get, "Host: evil.example\r\n"), 400);
    has_status(&program.ask(&get, &format!("Host: localhost:{}\r\n", program.address.port())), 400);
    has_status(&program.ask(&get, ""), 400);
    has_status(
        &program.ask(&format!("GET /elsewhere?code=abc&state={}", program.state), &program.host()),
        404,
    );
    has_status(&program.ask("GET /favicon.ico", &program.host()), 404);
    for method in ["HEAD", "POST", "OPTIONS"] {
        let answer = program.ask(&format!("{method} {right}"), &program.host());
        has_status(&answer, 405);
        assert!(answer.contains("\r\nAllow: GET\r\n") && answer.ends_with("\r\n\r\n"), "{answer}");
    }
    has_status(&program.finish(), 200);
}

#[test]
fn nat_08_a_callback_at_another_path_is_not_received() {
    let program = Program::start();
    for path in ["/", "/callback/", "/Callback", "//callback", "/callback/../callback", "/callbac%6b"] {
        has_status(
            &program.ask(&format!("GET {path}?code=abc&state={}", program.state), &program.host()),
            404,
        );
    }
    has_status(&program.finish(), 200);
}

#[test]
fn nat_05_a_head_without_end_is_cut_and_the_login_goes_on() {
    let program = Program::start();
    let mut big = program.connect();
    write!(big, "GET /callback?code=abc&state={} HTTP/1.1\r\n{}", program.state, program.host()).unwrap();
    let padding = format!("X: {}\r\n", "x".repeat(1000));
    for _ in 0..100 {
        // Once it is refused the other side may have gone.
        if big.write_all(padding.as_bytes()).is_err() {
            break;
        }
    }
    drop(big.write_all(b"\r\n"));
    has_status(&rest(big), 431);
    has_status(&program.finish(), 200);
}

#[test]
fn nat_05_a_large_head_below_the_cap_is_read() {
    let program = Program::start();
    let cookies = format!("{}Cookie: {}\r\n", program.host(), "c".repeat(40_000));
    has_status(&program.ask(&format!("GET /callback?code=abc&state={}", program.state), &cookies), 200);
    program.thread.join().unwrap().unwrap();
}

#[test]
fn nat_05_stalled_connections_delay_nobody() {
    let program = Program::start();
    let stalled: Vec<TcpStream> = (0..200)
        .map(|number| {
            let mut stream = program.connect();
            if number % 2 == 0 {
                drop(stream.write_all(b"GET /callback?code=stalled&state="));
            }
            stream
        })
        .collect();
    let begun = Instant::now();
    has_status(&program.finish(), 200);
    assert!(begun.elapsed() < Duration::from_secs(5), "it took {:?}", begun.elapsed());
    drop(stalled);
}

#[test]
fn nat_05_who_trickles_is_cut_after_a_while() {
    let program = Program::start();
    let mut slow = program.connect();
    slow.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let begun = Instant::now();
    let cut = loop {
        let gone = slow.write_all(b"G").is_err() || matches!(slow.read(&mut [0]), Ok(0));
        if gone || begun.elapsed() > Duration::from_secs(30) {
            break gone;
        }
    };
    assert!(cut, "still there after {:?}", begun.elapsed());
    has_status(&program.finish(), 200);
}

#[test]
fn c_100_junk_on_the_port_does_not_end_the_login() {
    let program = Program::start();
    let state = program.state.clone();
    for query in [
        "code=evil".to_owned(),
        "code=evil&state=".to_owned(),
        "code=evil&state=guessed".to_owned(),
        "error=access_denied&state=guessed".to_owned(),
        "error=access_denied".to_owned(),
        format!("code=evil&code=evil&state={state}"),
        format!("code=evil&state={state}&state={state}"),
        format!("code=evil&access_token=evil&state={state}"),
        format!("code=%ff&state={state}"),
        format!("state={state}"),
        String::new(),
    ] {
        let answer = program.callback(&query);
        has_status(&answer, 400);
        assert!(answer.contains("the program still waits for you"), "{answer}");
    }
    for bytes in [&b"\x16\x03\x01\x02\x00\x01\xfc\x03\x03"[..], b"\r\n\r\n", b"\0\0\0\0", b"SSH-2.0-x\r\n"] {
        let mut stream = program.connect();
        stream.write_all(bytes).unwrap();
        // Half a request, and away.
        drop(stream);
    }
    has_status(&program.finish(), 200);
}

#[test]
fn nat_10_only_the_state_of_this_login_ends_the_waiting() {
    let program = Program::start();
    let mut state = program.state.clone().into_bytes();
    let last = state.pop().unwrap();
    state.push(if last == b'A' { b'B' } else { b'A' });
    has_status(&program.callback(&format!("code=evil&state={}", String::from_utf8(state).unwrap())), 400);
    assert!(!program.thread.is_finished());
    has_status(&program.finish(), 200);
}

#[test]
fn nat_10_an_error_with_the_right_state_ends_the_login() {
    let program = Program::start();
    let page = program.callback(&format!("error=access_denied&state={}", program.state));
    assert!(page.contains("<h1>You said no</h1>"), "{page}");
    let refused = program.thread.join().unwrap();
    assert!(matches!(refused, Err(LoopbackError::Refused(CallbackError::Provider(_)))), "{refused:?}");

    let program = Program::start();
    let page = program.callback(&format!("error=server_error&state={}", program.state));
    assert!(page.contains("<h1>The login did not work</h1>"), "{page}");
    assert!(program.thread.join().unwrap().is_err());
}

#[test]
fn nat_10_another_issuer_with_the_right_state_ends_the_login() {
    let program = Program::start();
    let page = program.callback(&format!("code=abc&iss=https%3A%2F%2Fevil.example&state={}", program.state));
    assert!(page.contains("<h1>The login did not work</h1>"), "{page}");
    let refused = program.thread.join().unwrap();
    assert!(matches!(refused, Err(LoopbackError::Refused(CallbackError::IssuerMismatch))), "{refused:?}");
}

#[test]
fn nat_06_the_page_shows_nothing_of_the_request() {
    let program = Program::start();
    let page = program.callback(&format!(
        "error=server_error&error_description=%3Cscript%3Ealert(1)%3C/script%3E&error_uri=http://evil&state={}",
        program.state
    ));
    for echo in ["script", "alert", "evil", "server_error", &program.state] {
        assert!(!page.contains(echo), "{echo} in {page}");
    }
    assert!(program.thread.join().unwrap().is_err());
}

#[test]
fn nat_06_no_answer_is_kept_or_referred_from_or_may_load_anything() {
    let program = Program::start();
    let answers = [
        program.callback("code=evil&state=guessed"),
        program.ask("GET /favicon.ico", &program.host()),
        program.ask("HEAD /callback", &program.host()),
        program.finish(),
    ];
    for answer in answers {
        for field in [
            "Cache-Control: no-store",
            "Referrer-Policy: no-referrer",
            "X-Content-Type-Options: nosniff",
            "Connection: close",
            "Content-Security-Policy: default-src 'none'; style-src 'sha256-",
        ] {
            assert!(answer.contains(&format!("\r\n{field}")), "{field} is not in {answer}");
        }
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("\r\nContent-Length: {}\r\n", body.len())), "{answer}");
    }
}

#[test]
fn nat_05_the_deadline_ends_the_waiting() {
    let program = Program::start_with(Duration::from_millis(50), 7);
    let stalled = program.connect();
    let timed_out = program.thread.join().unwrap();
    assert!(matches!(timed_out, Err(LoopbackError::TimedOut)), "{timed_out:?}");
    assert!(TcpStream::connect(program.address).is_err());
    drop(stalled);
}

#[test]
fn nat_06_a_visitor_who_is_forgotten_sees_that_it_failed() {
    let loopback = Loopback::bind("/callback").unwrap();
    let address = loopback.address();
    let mut browser = TcpStream::connect(address).unwrap();
    write!(browser, "GET /callback?code=abc HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
    drop(loopback.receive_with(Some).unwrap());
    assert!(rest(browser).contains("<h1>The login did not work</h1>"));
}

#[test]
fn nat_02_a_path_that_would_not_arrive_as_written_is_refused() {
    for path in
        ["", "callback", "/call back", "/callback?x=1", "/callback#x", "/a/../callback", "/\u{e9}", ":1/x"]
    {
        assert!(matches!(Loopback::bind(path), Err(BindError::Path)), "{path:?}");
    }
    for path in ["/", "/callback", "/deep/er", "/with%20space", "/dash-ed_x.y~z"] {
        assert!(Loopback::bind(path).is_ok(), "{path:?}");
    }
}
