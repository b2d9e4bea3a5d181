//! A server of one script: it accepts on loopback, plays the script on every connection and notes what it saw.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// How long a test waits for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What the server saw on one connection.
#[derive(Clone, Default)]
pub(crate) struct Seen {
    /// The bytes of the client, after TLS.
    pub(crate) bytes: Vec<u8>,
    /// Whether the client closed, or the script came to its end some other way.
    pub(crate) over: bool,
    /// Whether the client closed the connection while the server held it open.
    pub(crate) closed_by_client: bool,
}

#[derive(Default)]
struct Notes {
    stopped: AtomicBool,
    seen: Mutex<Vec<Seen>>,
    changed: Condvar,
}

/// A listening server; stops when dropped.
pub(crate) struct Server {
    address: SocketAddr,
    notes: Arc<Notes>,
}

impl Server {
    /// Plays `script` on every connection in the clear.
    pub(crate) fn plain(script: impl Fn(&mut Conversation) + Send + Sync + 'static) -> Self {
        Self::start(move |tcp, notes, index| script(&mut Conversation::new(Box::new(tcp), notes, index)))
    }

    /// Plays `script` on every connection whose TLS handshake was finished; `before` runs between the TCP accept and
    /// the first byte of the server's handshake.
    pub(crate) fn tls(
        config: Arc<ServerConfig>,
        before: impl Fn() + Send + Sync + 'static,
        script: impl Fn(&mut Conversation) + Send + Sync + 'static,
    ) -> Self {
        Self::start(move |mut tcp, notes, index| {
            before();
            let Ok(mut connection) = ServerConnection::new(Arc::clone(&config)) else { return };
            while connection.is_handshaking() {
                if connection.complete_io(&mut tcp).is_err() {
                    return;
                }
            }
            script(&mut Conversation::new(Box::new(StreamOwned::new(connection, tcp)), notes, index));
        })
    }

    fn start(play: impl Fn(TcpStream, Arc<Notes>, usize) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let notes = Arc::<Notes>::default();
        let play = Arc::new(play);
        let server = Self { address, notes: Arc::clone(&notes) };
        thread::spawn(move || {
            while let Ok((tcp, _)) = listener.accept() {
                if notes.stopped.load(Ordering::Relaxed) {
                    break;
                }
                tcp.set_read_timeout(Some(PATIENCE)).unwrap();
                tcp.set_nodelay(true).unwrap();
                let index = notes.note(|seen| {
                    seen.push(Seen::default());
                    seen.len() - 1
                });
                let (play, notes) = (Arc::clone(&play), Arc::clone(&notes));
                thread::spawn(move || {
                    play(tcp, Arc::clone(&notes), index);
                    notes.note(|seen| seen[index].over = true);
                });
            }
        });
        server
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// A URL of this server.
    pub(crate) fn url(&self, rest: &str) -> String {
        format!("http://{}{rest}", self.address)
    }

    /// What it saw until now, one entry a connection.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.notes.seen.lock().unwrap().clone()
    }

    /// Waits until what it saw satisfies `enough`, and answers that; panics when it never does.
    pub(crate) fn wait(&self, what: &str, enough: impl Fn(&[Seen]) -> bool) -> Vec<Seen> {
        let (seen, waited) = self
            .notes
            .changed
            .wait_timeout_while(self.notes.seen.lock().unwrap(), PATIENCE, |seen| !enough(seen))
            .unwrap();
        assert!(!waited.timed_out(), "the server waited in vain for: {what}");
        seen.clone()
    }

    /// Waits until all scripts came to their end, and answers what was seen.
    pub(crate) fn finished(&self) -> Vec<Seen> {
        self.wait("the end of all connections", |seen| seen.iter().all(|one| one.over))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.notes.stopped.store(true, Ordering::Relaxed);
        // Wakes the accepting thread.
        let _ = TcpStream::connect(self.address);
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Server").field(&self.address).finish()
    }
}

impl Notes {
    fn note<T>(&self, change: impl FnOnce(&mut Vec<Seen>) -> T) -> T {
        let outcome = change(&mut self.seen.lock().unwrap());
        self.changed.notify_all();
        outcome
    }
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// The server's side of one connection.
pub(crate) struct Conversation {
    stream: Box<dyn Stream>,
    notes: Arc<Notes>,
    index: usize,
}

impl Conversation {
    fn new(stream: Box<dyn Stream>, notes: Arc<Notes>, index: usize) -> Self {
        Self { stream, notes, index }
    }

    fn read_some(&mut self) -> io::Result<usize> {
        let mut chunk = [0; 4096];
        let came = self.stream.read(&mut chunk)?;
        self.notes.note(|seen| seen[self.index].bytes.extend_from_slice(&chunk[..came]));
        Ok(came)
    }

    /// Reads one request with its body, as far as `content-length` names one.
    pub(crate) fn read_request(&mut self) {
        loop {
            let seen = self.notes.seen.lock().unwrap()[self.index].bytes.clone();
            if is_whole(&seen) || !matches!(self.read_some(), Ok(came) if came > 0) {
                return;
            }
        }
    }

    /// Reads the head's first bytes and leaves the rest unread, so that closing resets the connection.
    pub(crate) fn read_one_byte(&mut self) {
        let mut byte = [0; 1];
        let came = self.stream.read(&mut byte).unwrap_or(0);
        self.notes.note(|seen| seen[self.index].bytes.extend_from_slice(&byte[..came]));
    }

    /// Writes; answers whether the client still took it.
    pub(crate) fn write(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).and_then(|()| self.stream.flush()).is_ok()
    }

    /// Writes byte by byte with a pause after each, until the client goes away.
    pub(crate) fn drip(&mut self, bytes: impl AsRef<[u8]>, pause: Duration) {
        for byte in bytes.as_ref() {
            if !self.write([*byte]) {
                self.notes.note(|seen| seen[self.index].closed_by_client = true);
                return;
            }
            thread::sleep(pause);
        }
    }

    /// Writes the same again and again until the client goes away.
    pub(crate) fn flood(&mut self, bytes: impl AsRef<[u8]>) {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if !self.write(bytes.as_ref()) {
                self.notes.note(|seen| seen[self.index].closed_by_client = true);
                return;
            }
        }
    }

    /// Holds the connection open, silently, until the client closes it.
    pub(crate) fn hold(&mut self) {
        let closed = loop {
            match self.read_some() {
                Ok(0) => break true,
                Ok(_) => {}
                Err(error) => {
                    break !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut);
                }
            }
        };
        self.notes.note(|seen| seen[self.index].closed_by_client = closed);
    }
}

fn is_whole(bytes: &[u8]) -> bool {
    let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let length = String::from_utf8_lossy(&bytes[..head])
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .unwrap_or(0);
    bytes.len() >= head + 4 + length
}
