//! One connection to the port, read without waiting.
//!
//! - It lives for a while and no longer, however diligently it trickles.
//! - It is read to the end of one request's head, which is capped; a body is never read.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use gatepass_core::Callback;
use zeroize::Zeroizing;

use super::page::Page;
use super::request::{Asked, Site, read_head};

/// From the first byte to the last. Browsers open connections ahead of need and leave them idle: no harm in closing those.
const LIFETIME: Duration = Duration::from_secs(5);

/// A head may carry the cookies of everything that ever ran on this machine's loopback address.
const LONGEST_HEAD: usize = 64 * 1024;

const CHUNK: usize = 4 * 1024;

#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    since: Instant,
    state: State,
}

enum State {
    /// The head is being read; it may hold a code.
    Reading(Zeroizing<Vec<u8>>),
    /// It was answered. What still comes is thrown away: closing on unread bytes would take the answer back.
    Answered,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Reading(head) => write!(f, "Reading({} bytes)", head.len()),
            Self::Answered => f.write_str("Answered"),
        }
    }
}

/// What came of looking at a connection.
#[derive(Debug)]
pub(super) enum Progress {
    Waiting,
    Gone,
    /// A callback, still to be answered.
    Callback(Box<Callback>),
}

impl Connection {
    pub(super) fn new(stream: TcpStream) -> Option<Self> {
        stream.set_nonblocking(true).ok()?;
        let head = Zeroizing::new(Vec::with_capacity(2 * CHUNK));
        Some(Self { stream, since: Instant::now(), state: State::Reading(head) })
    }

    pub(super) fn progress(&mut self, site: &Site) -> Progress {
        if self.since.elapsed() > LIFETIME {
            return Progress::Gone;
        }
        let mut chunk = Zeroizing::new([0; CHUNK]);
        // A bounded number of reads, so that a fast talker does not keep the others waiting.
        for _ in 0..LONGEST_HEAD / CHUNK {
            let came = match self.stream.read(&mut *chunk) {
                Ok(0) => return Progress::Gone,
                Ok(came) => came,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Progress::Waiting,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => return Progress::Gone,
            };
            let State::Reading(head) = &mut self.state else { continue };
            if head.len() + came > LONGEST_HEAD {
                self.answer(Page::TooLarge);
                continue;
            }
            head.extend_from_slice(&chunk[..came]);
            match read_head(head, site) {
                Asked::Unfinished => {}
                Asked::Callback(callback) => return Progress::Callback(callback),
                Asked::Refused(page) => self.answer(page),
            }
        }
        Progress::Waiting
    }

    /// Writes at once what fits, which is all of it: the pages are smaller than an empty socket's buffer.
    pub(super) fn answer(&mut self, page: Page) {
        drop(self.stream.write(&page.answer()));
        drop(self.stream.shutdown(Shutdown::Write));
        self.state = State::Answered;
    }

    pub(super) fn into_stream(self) -> TcpStream {
        self.stream
    }
}
