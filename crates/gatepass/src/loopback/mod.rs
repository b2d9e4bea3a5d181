//! The listener of a program without a website: it receives the person's way back on a loopback port (RFC 8252).
//!
//! - The port is taken before the URL is built, on a loopback address in numbers, and is free again when the login ends.
//! - Only the callback of this login ends it. Anything else that comes to the port is answered and changes nothing, and
//!   nobody who is slow makes another wait.
//! - The browser gets its page when the program knows how the login ended; no page shows anything of a request.
//!
//! Blocking, on the standard library alone:
//!
//! ```
//! use gatepass_core::{Client, ClientAuth, Provider, Scopes};
//! use gatepass::loopback::{Loopback, LoopbackError};
//! # use gatepass_core::{Attempt, Monotonic, Seed, Timestamp, ports::Clock};
//! # #[derive(Debug)]
//! # struct Stopped;
//! # impl Clock for Stopped {
//! #     fn now(&self) -> Timestamp { Timestamp::from_unix_seconds(1_800_000_000) }
//! #     fn monotonic(&self) -> Monotonic { Monotonic::since_origin(std::time::Duration::ZERO) }
//! # }
//! # let clock = Stopped;
//! # let attempt = Attempt::new(clock.now(), Seed::new([7; 64]));
//! # fn open_in_browser(uri: String, state: String) {
//! #     use std::io::{Read, Write};
//! #     let (authority, path) = uri.strip_prefix("http://").unwrap().split_once('/').unwrap();
//! #     let mut browser = std::net::TcpStream::connect(authority).unwrap();
//! #     write!(browser, "GET /{path}?code=abc&state={state} HTTP/1.1\r\nHost: {authority}\r\n\r\n").unwrap();
//! #     std::thread::spawn(move || browser.read_to_end(&mut Vec::new()));
//! # }
//!
//! let loopback = Loopback::bind("/callback")?;
//! let provider = Provider::builder("https://as.example/authorize", "https://as.example/token").build()?;
//! let client = Client::new(provider, "my-program", ClientAuth::None, loopback.redirect_uri())?;
//! let (url, pending) = client.authorize(&Scopes::new("profile")?).start(attempt)?;
//! # let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
//! # let url = loopback.redirect_uri().to_owned();
//!
//! open_in_browser(url, /* … */
//! #   state
//! );
//! let (exchange, visitor) = loopback.receive(pending, &clock)?;
//! // Exchange the code, keep the tokens, and then:
//! visitor.done();
//! # drop(exchange);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod connection;
mod error;
mod page;
mod request;

use std::collections::VecDeque;
use std::io::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use gatepass_core::ports::Clock;
use gatepass_core::{Callback, CallbackError, Exchange, Pending, RedirectUri, Remedy};

pub use self::error::{BindError, LoopbackError};

use self::connection::{Connection, Progress};
use self::page::Page;
use self::request::Site;

/// How long a person has to come back.
const DEADLINE: Duration = Duration::from_secs(5 * 60);

/// How often the sockets are looked at. The standard library can wait for one socket at a time only, and waiting for one
/// would let it delay the others.
const PAUSE: Duration = Duration::from_millis(10);

/// More connections than this, and the oldest gives way: whoever stalls holds up nobody.
const CONNECTIONS: usize = 64;

/// No more connections than this are taken between two looks, so that each is looked at several times before it gives way.
const ARRIVALS: usize = 16;

/// A port of this machine alone, on which one login's callback is awaited.
#[derive(Debug)]
#[must_use = "without it nobody receives the callback"]
pub struct Loopback {
    listener: TcpListener,
    address: SocketAddr,
    redirect_uri: RedirectUri,
    site: Site,
    deadline: Duration,
}

impl Loopback {
    /// Takes a free port of 127.0.0.1, or of `::1` on a machine without it. `path` is that of the redirect URI as it is
    /// registered at the provider, such as `/callback`; providers let the port vary (RFC 8252 section 7.3).
    ///
    /// # Errors
    /// [`BindError`], when no port can be had or the path is none.
    pub fn bind(path: &str) -> Result<Self, BindError> {
        Self::bind_first(&[(Ipv4Addr::LOCALHOST, 0).into(), (Ipv6Addr::LOCALHOST, 0).into()], path)
    }

    fn bind_first(addresses: &[SocketAddr], path: &str) -> Result<Self, BindError> {
        let listener = TcpListener::bind(addresses).map_err(BindError::Port)?;
        listener.set_nonblocking(true).map_err(BindError::Port)?;
        let address = listener.local_addr().map_err(BindError::Port)?;
        let redirect_uri =
            RedirectUri::new(format!("http://{address}{path}")).map_err(|_| BindError::Path)?;
        // A path that browsers write differently would never arrive.
        if redirect_uri.as_url().path() != path || redirect_uri.as_url().query().is_some() {
            return Err(BindError::Path);
        }
        let site = Site { authority: address.to_string(), path: path.to_owned() };
        Ok(Self { listener, address, redirect_uri, site, deadline: DEADLINE })
    }

    /// How long to wait for the person, from [`receive`](Loopback::receive) on; five minutes by default.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The redirect URI, with the port that was taken.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        self.redirect_uri.as_str()
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until the person comes back from this login, and closes the port.
    ///
    /// A callback that is malformed or has another `state` is refused and the waiting goes on. One with the right `state`
    /// ends the login, whatever else it says.
    ///
    /// # Errors
    /// [`LoopbackError`]: nobody came in time, or the callback was refused, `access_denied` among the reasons. The browser
    /// was told.
    pub fn receive(self, pending: Pending, clock: &dyn Clock) -> Result<(Exchange, Visitor), LoopbackError> {
        let mut waiting = Some(pending);
        let (verdict, visitor) =
            self.receive_with(|callback| match waiting.take()?.receive(callback, clock.now()) {
                Err(CallbackError::NotOurs(ours) | CallbackError::StateMissing(ours)) => {
                    waiting = Some(*ours);
                    None
                }
                verdict => Some(verdict),
            })?;
        match verdict {
            Ok(exchange) => Ok((exchange, visitor)),
            Err(why) => {
                if why.remedy() == Remedy::PersonDeclined {
                    visitor.declined()
                } else {
                    visitor.failed()
                }
                Err(LoopbackError::Refused(why))
            }
        }
    }

    /// Waits for a callback that `judge` recognizes, for protocols on top of OAuth 2.0. `None` says that a callback is
    /// not of this login: it is refused and the waiting goes on.
    ///
    /// # Errors
    /// [`LoopbackError::TimedOut`].
    pub fn receive_with<T>(
        self,
        mut judge: impl FnMut(Callback) -> Option<T>,
    ) -> Result<(T, Visitor), LoopbackError> {
        let end = Instant::now().checked_add(self.deadline);
        let mut connections: VecDeque<Connection> = VecDeque::new();
        loop {
            for _ in 0..ARRIVALS {
                // Whatever accept refuses is the visitor's trouble or passes: the deadline ends it.
                let Ok((stream, _)) = self.listener.accept() else { break };
                if connections.len() == CONNECTIONS {
                    connections.pop_front();
                }
                connections.extend(Connection::new(stream));
            }
            let mut at = 0;
            while let Some(connection) = connections.get_mut(at) {
                match connection.progress(&self.site) {
                    Progress::Waiting => at += 1,
                    Progress::Gone => drop(connections.remove(at)),
                    Progress::Callback(callback) => match judge(*callback) {
                        None => connection.answer(Page::Unknown),
                        Some(verdict) => {
                            if let Some(connection) = connections.remove(at) {
                                return Ok((verdict, Visitor::new(connection.into_stream())));
                            }
                        }
                    },
                }
            }
            if end.is_some_and(|end| Instant::now() >= end) {
                return Err(LoopbackError::TimedOut);
            }
            thread::sleep(PAUSE);
        }
    }
}

/// The browser that brought the callback and waits for its page. Dropped without a word, it shows that the login failed.
#[derive(Debug)]
#[must_use = "the person in front of the browser wants to know how it ended"]
pub struct Visitor(Option<TcpStream>);

impl Visitor {
    fn new(stream: TcpStream) -> Self {
        Self(Some(stream))
    }

    /// Shows that the person is logged in.
    pub fn done(self) {
        self.show(Page::Done);
    }

    /// Shows that the person said no, and that nothing was granted.
    pub fn declined(self) {
        self.show(Page::Declined);
    }

    /// Shows that the login failed, and that the program says why.
    pub fn failed(self) {
        self.show(Page::Failed);
    }

    fn show(mut self, page: Page) {
        Self::send(self.0.take(), page);
    }

    /// What cannot be written is lost: the login does not depend on it.
    fn send(stream: Option<TcpStream>, page: Page) {
        if let Some(mut stream) = stream
            && stream.set_nonblocking(false).is_ok()
            && stream.set_write_timeout(Some(Duration::from_secs(1))).is_ok()
        {
            drop(stream.write_all(&page.answer()));
        }
    }
}

impl Drop for Visitor {
    fn drop(&mut self) {
        Self::send(self.0.take(), Page::Failed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nat_03_a_machine_without_the_first_address_uses_the_second() {
        // 192.0.2.0/24 is for documentation (RFC 5737): no machine has it.
        let absent = SocketAddr::from(([192, 0, 2, 1], 0));
        let loopback = Loopback::bind_first(&[absent, (Ipv4Addr::LOCALHOST, 0).into()], "/callback").unwrap();
        assert!(loopback.address().ip().is_loopback());
        assert!(matches!(Loopback::bind_first(&[absent], "/callback"), Err(BindError::Port(_))));
    }

    #[test]
    fn nat_02_the_second_address_is_written_in_brackets() {
        let Ok(loopback) = Loopback::bind_first(&[(Ipv6Addr::LOCALHOST, 0).into()], "/callback") else {
            println!("skipped: this machine has no ::1");
            return;
        };
        let port = loopback.address().port();
        assert_eq!(loopback.redirect_uri(), format!("http://[::1]:{port}/callback"));
        assert_eq!(loopback.site.authority, format!("[::1]:{port}"));
    }
}
