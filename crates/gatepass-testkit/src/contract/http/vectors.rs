//! Answers as data: what a server sends, and what the port must make of it. Any two clients must agree on all of it.

use std::collections::BTreeMap;

use gatepass_core::ports::{HttpErrorKind, Limits, Processed};
use serde::Deserialize;

use super::answers::gzip;
use super::server::Server;
use super::subject::{Subject, request};

const FILES: [&str; 3] = [
    include_str!("vectors/answers.json"),
    include_str!("vectors/framing.json"),
    include_str!("vectors/broken.json"),
];

/// One answer of a server, and what is due.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    #[serde(default)]
    status: u16,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    body: String,
    /// How the body is framed: by its length unless named.
    #[serde(default)]
    framing: Framing,
    #[serde(default)]
    gzip: bool,
    /// Bytes that are cut off the end of the (compressed) body.
    #[serde(default)]
    cut: usize,
    /// What follows the (compressed) body.
    #[serde(default)]
    append: String,
    /// Whether the (compressed) body is sent twice.
    #[serde(default)]
    twice: bool,
    /// All the bytes, in place of all the above.
    wire: Option<String>,
    expect: Expect,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Framing {
    #[default]
    Length,
    Chunked,
    Close,
    None,
}

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Expect {
    Answer {
        status: u16,
        #[serde(default)]
        headers: BTreeMap<String, String>,
        #[serde(default)]
        absent: Vec<String>,
        #[serde(default)]
        body: String,
    },
    Error {
        error: String,
    },
}

impl Vector {
    fn bytes(&self) -> Vec<u8> {
        if let Some(wire) = &self.wire {
            return wire.clone().into_bytes();
        }
        let mut body = if self.gzip { gzip(self.body.as_bytes()) } else { self.body.clone().into_bytes() };
        if self.twice {
            body = body.repeat(2);
        }
        body.truncate(body.len() - self.cut);
        body.extend(self.append.as_bytes());
        let mut bytes = format!("HTTP/1.1 {} Some Reason\r\n", self.status).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend(format!("{name}: {value}\r\n").into_bytes());
        }
        match self.framing {
            Framing::Length => bytes.extend(format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes()),
            Framing::Chunked => bytes.extend(b"Transfer-Encoding: chunked\r\n\r\n"),
            Framing::Close | Framing::None => bytes.extend(b"\r\n"),
        }
        match self.framing {
            Framing::Length | Framing::Close => bytes.extend(body),
            Framing::None => {}
            Framing::Chunked => {
                for piece in body.chunks(7) {
                    bytes.extend(format!("{:x}\r\n", piece.len()).into_bytes());
                    bytes.extend(piece);
                    bytes.extend(b"\r\n");
                }
                bytes.extend(b"0\r\n\r\n");
            }
        }
        bytes
    }
}

/// What a client made of one vector.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// An answer; the headers are sorted.
    #[non_exhaustive]
    Answer {
        /// The status.
        status: u16,
        /// All headers, names in lower case.
        headers: Vec<(String, String)>,
        /// The body, decompressed.
        body: Vec<u8>,
    },
    /// An error.
    #[non_exhaustive]
    Error {
        /// What went wrong.
        kind: HttpErrorKind,
        /// Whether the server can have acted.
        processed: Processed,
    },
}

/// Plays every vector to a client, over a socket, and answers what it made of each.
#[must_use]
pub fn replay(subject: &Subject) -> Vec<(String, Outcome)> {
    let client = subject.on_loopback();
    vectors()
        .iter()
        .map(|vector| {
            let bytes = vector.bytes();
            let server = Server::plain(move |client| {
                client.read_request();
                client.write(&bytes);
            });
            let outcome = match client.send(request(&server.url("/token")), &Limits::DEFAULT) {
                Ok(answer) => {
                    let mut headers: Vec<(String, String)> = answer
                        .headers()
                        .iter()
                        .map(|(name, value)| {
                            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
                        })
                        .collect();
                    headers.sort();
                    let body = answer.body().as_bytes().to_vec();
                    Outcome::Answer { status: answer.status().as_u16(), headers, body }
                }
                Err(error) => Outcome::Error { kind: error.kind(), processed: error.processed() },
            };
            (vector.name.clone(), outcome)
        })
        .collect()
}

/// HTTP-1, HTTP-4, HTTP-8: every vector comes out as it says.
pub fn http_vectors(subject: &Subject) {
    let outcomes = replay(subject);
    let mut wrong = Vec::new();
    for (vector, (name, outcome)) in vectors().iter().zip(outcomes) {
        let right = match (&vector.expect, &outcome) {
            (Expect::Error { error }, Outcome::Error { kind, processed }) => {
                format!("{kind:?}") == *error && *processed == Processed::Maybe
            }
            (
                Expect::Answer { status, headers, absent, body },
                Outcome::Answer { status: got, headers: came, body: bytes },
            ) => {
                status == got
                    && body.as_bytes() == bytes
                    && headers.iter().all(|(name, value)| came.iter().any(|(n, v)| n == name && v == value))
                    && absent.iter().all(|name| came.iter().all(|(n, _)| n != name))
            }
            _ => false,
        };
        if !right {
            wrong.push(format!("{name}: {outcome:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn vectors() -> Vec<Vector> {
    FILES.iter().flat_map(|file| serde_json::from_str::<Vec<Vector>>(file).unwrap()).collect()
}
