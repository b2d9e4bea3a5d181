//! Bytes on a socket, for what no HTTP client would send.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Opens a connection and sends these bytes; the connection is the caller's to drop.
pub(crate) fn open(origin: &str, bytes: &[u8]) -> TcpStream {
    let mut socket = TcpStream::connect(origin.strip_prefix("http://").unwrap()).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // A server that refuses early may have closed before the last byte.
    let _ = socket.write_all(bytes);
    socket
}

/// The status that is answered to a GET of a target as it stands; `None`: the connection was closed without one.
pub(crate) fn get(origin: &str, target: &str) -> Option<u16> {
    let mut socket =
        open(origin, format!("GET {target} HTTP/1.1\r\nhost: app\r\nconnection: close\r\n\r\n").as_bytes());
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).split(' ').nth(1)?.parse().ok()
}
