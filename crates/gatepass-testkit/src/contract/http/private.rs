//! What a client that was told to connect to public addresses only does not reach.

use gatepass_core::ports::{HttpErrorKind, Limits, Processed};

use super::certificate::Chain;
use super::server::{Conversation, Server};
use super::subject::{Subject, demand_error, request};

fn answer(client: &mut Conversation) {
    client.read_request();
    client.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

/// Addresses in the URL, however they are spelt: of this machine, of private networks, of clouds that tell their machines
/// secrets, and of nobody.
pub fn met_07_a_client_for_public_addresses_connects_to_no_other(subject: &Subject) {
    let chain = Chain::for_names(&["127.0.0.1", "localhost"]);
    let server = Server::tls(chain.server, || {}, answer);
    let port = server.port();
    let client = subject.public_only(&chain.root, true);
    for host in [
        "127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::127.0.0.1]",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "0.0.0.0",
        "0",
        "[::]",
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "172.31.255.255",
        "192.0.2.1",
        "192.168.0.1",
        "198.19.255.255",
        "224.0.0.1",
        "[ff02::1]",
        "255.255.255.255",
        "[2001:db8::1]",
        "[2002:7f00:1::]",
    ] {
        let url = format!("https://{host}:{port}/token");
        let outcome = client.send(request(&url), &Limits::DEFAULT);
        demand_error(&url, outcome, HttpErrorKind::NotPublic, Processed::CertainlyNot);
    }
    // Plain http is for this machine alone, and so for nobody.
    for host in ["127.0.0.1", "localhost"] {
        let url = format!("http://{host}:{port}/token");
        let outcome = client.send(request(&url), &Limits::DEFAULT);
        demand_error(&url, outcome, HttpErrorKind::NotPublic, Processed::CertainlyNot);
    }
    assert_eq!(server.seen().len(), 0);

    let url = format!("https://127.0.0.1:{port}/token");
    assert_eq!(subject.trusting(&chain.root).send(request(&url), &Limits::DEFAULT).unwrap().status(), 200);
}

/// A name is not judged by how it looks: what it leads to is.
pub fn met_07_what_a_name_leads_to_is_judged_by_its_addresses(subject: &Subject) {
    let chain = Chain::for_names(&["localhost"]);
    let server = Server::tls(chain.server, || {}, answer);
    let url = format!("https://localhost:{}/token", server.port());
    let outcome = subject.public_only(&chain.root, false).send(request(&url), &Limits::DEFAULT);
    demand_error(&url, outcome, HttpErrorKind::NotPublic, Processed::CertainlyNot);
    assert_eq!(server.seen().len(), 0);
    assert_eq!(subject.trusting(&chain.root).send(request(&url), &Limits::DEFAULT).unwrap().status(), 200);
}
