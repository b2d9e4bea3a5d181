//! What the application offers when it speaks TLS to a provider.

use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

use gatepass_conformance::{CLIENT_ID, CLIENT_SECRET};
use gatepass_tests::built::example;
use gatepass_tests::port::free_port;
use gatepass_tests::process::Process;

/// TLS 1.2 and 1.3, as `supported_versions` names them (RFC 8446 section 4.2.1).
const VERSIONS: [u16; 2] = [0x0303, 0x0304];

/// The suites of TLS 1.3, those that RFC 9325 section 4.2 recommends for TLS 1.2, the two with ChaCha20-Poly1305, and the
/// mark for renegotiation, which is no suite.
const SUITES: [u16; 10] = [0x1301, 0x1302, 0x1303, 0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9, 0x00ff];

#[test]
fn a8_15_tls_is_at_least_1_2_with_sound_suites() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let folder = tempfile::tempdir().expect("a folder");
    let port = free_port();
    let mut command = Command::new(example("webapp"));
    command
        .env_clear()
        .current_dir(folder.path())
        .env("ISSUER", format!("https://localhost:{}", listener.local_addr().expect("its address").port()))
        .env("CLIENT_ID", CLIENT_ID)
        .env("CLIENT_SECRET", CLIENT_SECRET)
        .env("REDIRECT_URI", format!("http://localhost:{port}/callback"))
        .env("LISTEN", format!("127.0.0.1:{port}"))
        .env("STORE", "sqlite:app.db");
    let _app = Process::start(command);
    // It asks the provider what it is as soon as it runs.
    let (mut connection, _) = listener.accept().expect("a connection");
    let hello = client_hello(&mut connection);
    let (suites, versions) = offered(&hello).expect("a client hello with supported_versions");
    assert!(!suites.is_empty() && suites.iter().all(|suite| SUITES.contains(suite)), "{suites:04x?}");
    assert!(!versions.is_empty() && versions.iter().all(|one| VERSIONS.contains(one)), "{versions:04x?}");
}

/// The body of the first handshake message.
fn client_hello(connection: &mut TcpStream) -> Vec<u8> {
    connection.set_read_timeout(Some(Duration::from_secs(30))).expect("a deadline");
    let mut record = [0; 5];
    connection.read_exact(&mut record).expect("a record");
    assert_eq!(record[0], 22, "a handshake");
    let mut message = vec![0; usize::from(u16::from_be_bytes([record[3], record[4]]))];
    connection.read_exact(&mut message).expect("a whole record");
    assert_eq!(message[0], 1, "a client hello");
    message.split_off(4)
}

/// The cipher suites and the versions of a client hello (RFC 8446 section 4.1.2).
fn offered(hello: &[u8]) -> Option<(Vec<u16>, Vec<u16>)> {
    let mut rest = hello.get(2 + 32..)?;
    let _session = part(&mut rest, 1)?;
    let suites = numbers(part(&mut rest, 2)?);
    let _compression = part(&mut rest, 1)?;
    let mut extensions = part(&mut rest, 2)?;
    while let [high, low, ..] = extensions {
        let kind = u16::from_be_bytes([*high, *low]);
        extensions = &extensions[2..];
        let mut extension = part(&mut extensions, 2)?;
        if kind == 43 {
            return Some((suites, numbers(part(&mut extension, 1)?)));
        }
    }
    None
}

/// A vector behind its length in so many bytes.
fn part<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (count, after) = rest.split_at_checked(length)?;
    let count = count.iter().fold(0, |count, byte| count << 8 | usize::from(*byte));
    let (part, after) = after.split_at_checked(count)?;
    *rest = after;
    Some(part)
}

/// Numbers of two bytes, less those that RFC 8701 has clients make up.
fn numbers(bytes: &[u8]) -> Vec<u16> {
    let numbers = bytes.chunks_exact(2).map(|two| u16::from_be_bytes([two[0], two[1]]));
    numbers.filter(|number| number & 0x0f0f != 0x0a0a).collect()
}
