//! The same at that server when its issuer is all that the application was told: who logs in, and who logs out there too.

use gatepass_tests::peer::Peer;
use tempfile::TempDir;

use super::person::Person;
use super::place::free_port;
use super::tls::Proxy;
use crate::system::site::{App, STORE_KEY, program};

/// The server, and the application on another site.
struct Place {
    peer: Peer,
    origin: String,
    app: App,
    _folder: TempDir,
    _proxy: Option<Proxy>,
}

impl Place {
    /// `None`: the server is not on this machine, and the test is skipped.
    fn new(test: &str, tls: bool) -> Option<Self> {
        let (outside, inside) = (free_port(), free_port());
        let origin =
            if tls { format!("https://localhost:{outside}") } else { format!("http://localhost:{inside}") };
        let settings = Peer::settings()
            .forms()
            .redirect_uri(format!("{origin}/callback"))
            .post_logout_redirect_uri(format!("{origin}/logged-out"))
            .back_channel_logout_uri(format!("http://127.0.0.1:{inside}/backchannel-logout/provider"));
        let peer = if tls { settings.tls() } else { settings }.start(test)?;
        let folder = tempfile::tempdir().unwrap();
        let mut command = program("webapp", folder.path());
        command
            .env("ISSUER", peer.issuer())
            .env("CLIENT_ID", "id-RS256")
            .env("CLIENT_SECRET", peer.secret())
            .env("REDIRECT_URI", format!("{origin}/callback"))
            .env("POST_LOGOUT_REDIRECT_URI", format!("{origin}/logged-out"))
            .env("LISTEN", format!("127.0.0.1:{inside}"))
            .env("STORE_KEY", STORE_KEY);
        match peer.authority() {
            Some(authority) => command.env("SSL_CERT_FILE", authority),
            None => command.env("ALLOW_HTTP_LOOPBACK", "1"),
        };
        let proxy = tls.then(|| Proxy::new(outside, inside));
        Some(Self { peer, origin, app: App::start(command), _folder: folder, _proxy: proxy })
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// A person says who they are and agrees, in the server's forms.
    #[track_caller]
    fn log_in(&self, person: &Person, name: &str) {
        person.is_below(self.peer.issuer());
        person.reads("Sign-in");
        person.type_into("login", name);
        person.type_into("password", "anything");
        person.press("Sign-in");
        person.reads("Authorize");
        person.press("Continue");
    }
}

#[test]
fn a_person_logs_in_at_a_server_that_is_known_by_its_issuer_alone_over_http_and_https() {
    let name = "a_person_logs_in_at_a_server_that_is_known_by_its_issuer_alone_over_http_and_https";
    let Some(person) = Person::new(name) else { return };
    for tls in [false, true] {
        let Some(place) = Place::new(name, tls) else { return };
        person.open(&place.at("/profile"));
        place.log_in(&person, "alice");
        person.is_at(&place.at("/profile"));
        person.reads("Hello, Alice Ünïcode");
        person.shows("alice@example.test");
        let counters = place.peer.counters();
        assert_eq!((counters.exchanges(), counters.asked("GET /me")), (1, 1));
        let metadata = counters.asked("GET /.well-known/openid-configuration");
        assert_eq!((metadata, counters.asked("GET /jwks")), (1, 1));
        let session = if tls { "__Host-gatepass-session" } else { "gatepass-session" };
        assert!(person.cookie(session).is_some_and(|cookie| cookie.http_only && cookie.secure == tls));
        assert!(!place.app.process.said().contains("panicked"));
    }
}

#[test]
fn a_person_logs_out_at_the_server_too_and_comes_back_over_http_and_https() {
    let name = "a_person_logs_out_at_the_server_too_and_comes_back_over_http_and_https";
    let Some(person) = Person::new(name) else { return };
    for tls in [false, true] {
        let Some(place) = Place::new(name, tls) else { return };
        let session = if tls { "__Host-gatepass-session" } else { "gatepass-session" };
        person.open(&place.at("/profile"));
        place.log_in(&person, "alice");
        person.reads("Hello, Alice Ünïcode");
        person.press("Log out");
        person.is_below(place.peer.issuer());
        person.shows("Do you want to sign-out from");
        assert!(person.cookie(session).is_none());
        person.press("Yes, sign me out");
        person.is_at(&place.at("/"));
        person.shows("Log in to see what the API says about you.");

        // The server does not know them any more. Who stays in there is out here all the same.
        person.open(&place.at("/profile"));
        place.log_in(&person, "bob");
        person.reads("Hello, Bob");
        person.press("Log out");
        person.press("No, stay signed in");
        person.is_at(&place.at("/"));
        person.shows("Log in to see what the API says about you.");
        person.open(&place.at("/profile"));
        person.reads("Authorize");
        person.press("Continue");
        person.reads("Hello, Bob");

        // Whoever logs out there, in another tab, is out here.
        person.open(&place.at("/"));
        person.shows("You are logged in.");
        let here = person.tab();
        let there = person.new_tab();
        person.look_at(&there);
        person.open(&place.peer.end_session_endpoint());
        person.press("Yes, sign me out");
        person.reads("Sign-out Success");
        person.look_at(&here);
        person.reload();
        person.shows("Log in to see what the API says about you.");
        person.press("Log in");
        person.is_below(place.peer.issuer());
        person.reads("Sign-in");
        assert!(!place.app.process.said().contains("panicked"));
    }
}
