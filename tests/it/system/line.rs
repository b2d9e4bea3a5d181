//! One connection that stays open, and on which a client may write whatever it likes.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// A connection to an application.
#[derive(Debug)]
pub(crate) struct Line {
    url: String,
    socket: BufReader<TcpStream>,
}

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The header lines as they came, without the status.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }
}

impl Line {
    pub(crate) fn open(url: &str) -> Self {
        let socket = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
        socket.set_nodelay(true).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
        Self { url: url.to_owned(), socket: BufReader::new(socket) }
    }

    /// Sends a request as it stands after `METHOD target`, with a `Host` and these header lines, and reads the answer;
    /// `None`: the connection was closed without one.
    pub(crate) fn send(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Option<Answer> {
        let host = self.url.strip_prefix("http://").unwrap();
        let mut request = format!("{method} {target} HTTP/1.1\r\nhost: {host}\r\n").into_bytes();
        for (name, value) in headers {
            request.extend_from_slice(format!("{name}: ").as_bytes());
            request.extend(value.chars().map(|letter| u8::try_from(letter).unwrap()));
            request.extend_from_slice(b"\r\n");
        }
        if !body.is_empty() {
            request.extend_from_slice(format!("content-length: {}\r\n", body.len()).as_bytes());
        }
        request.extend_from_slice(b"\r\n");
        request.extend_from_slice(body);
        // A server that refuses early may have closed before the last byte.
        let _ = self.socket.get_mut().write_all(&request);
        self.read(method == "HEAD")
    }

    pub(crate) fn get(&mut self, target: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", target, headers, b"").expect("an answer")
    }

    fn read(&mut self, no_body: bool) -> Option<Answer> {
        let mut line = String::new();
        self.socket.read_line(&mut line).ok()?;
        let status = line.split(' ').nth(1)?.parse().ok()?;
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            self.socket.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            headers.push((name.to_owned(), value.to_owned()));
        }
        let mut answer = Answer { status, headers, body: Vec::new() };
        if no_body {
            return Some(answer);
        }
        if let Some(length) = answer.header("content-length") {
            answer.body = vec![0; length.parse().ok()?];
            self.socket.read_exact(&mut answer.body).ok()?;
        } else if answer.header("connection") == Some("close") {
            self.socket.read_to_end(&mut answer.body).ok()?;
        }
        Some(answer)
    }
}
