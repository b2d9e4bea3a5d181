//! The same at an authorization server that we did not write, with its own login and consent forms.

use gatepass_tests::peer::{Peer, client};
use tempfile::TempDir;

use super::habits::Habits;
use super::person::Person;
use super::place::free_port;
use crate::system::site::{App, STORE_KEY, program};

/// The server, and the application on another site.
struct Place {
    peer: Peer,
    origin: String,
    app: App,
    _folder: TempDir,
}

impl Place {
    /// `None`: the server is not on this machine, and the test is skipped.
    fn new(test: &str, response_mode: &str) -> Option<Self> {
        let port = free_port();
        let origin = format!("http://localhost:{port}");
        let peer = Peer::settings().forms().redirect_uri(format!("{origin}/callback")).start(test)?;
        let folder = tempfile::tempdir().unwrap();
        let mut command = program("webapp", folder.path());
        command
            .env("AUTH_URL", peer.authorization_endpoint())
            .env("TOKEN_URL", peer.token_endpoint())
            .env("REVOCATION_URL", peer.revocation_endpoint())
            .env("API_URL", peer.api())
            .env("ISSUER", peer.issuer())
            .env("REQUIRE_ISS", "1")
            .env("ALLOW_HTTP_LOOPBACK", "1")
            .env("RESPONSE_MODE", response_mode)
            .env("CLIENT_ID", client::BASIC)
            .env("CLIENT_SECRET", peer.secret())
            .env("REDIRECT_URI", format!("{origin}/callback"))
            .env("LISTEN", format!("127.0.0.1:{port}"))
            .env("STORE_KEY", STORE_KEY);
        Some(Self { peer, origin, app: App::start(command), _folder: folder })
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// A person says who they are and agrees, in the server's forms.
    #[track_caller]
    fn log_in(&self, person: &Person) {
        self.says_who_they_are(person);
        person.reads("Authorize");
        person.press("Continue");
    }

    #[track_caller]
    fn says_who_they_are(&self, person: &Person) {
        person.is_below(self.peer.issuer());
        person.reads("Sign-in");
        person.type_into("login", "alice");
        person.type_into("password", "anything");
        person.press("Sign-in");
    }
}

#[test]
fn a_person_logs_in_denies_and_logs_out_at_a_server_that_is_not_ours() {
    let name = "a_person_logs_in_denies_and_logs_out_at_a_server_that_is_not_ours";
    let Some(person) = Person::new(name) else { return };
    let Some(place) = Place::new(name, "query") else { return };
    person.open(&place.at("/"));
    person.press("Log in");
    person.is_below(place.peer.issuer());
    person.press("[ Cancel ]");
    person.reads("You were not logged in");
    person.press("Log in again");
    place.log_in(&person);
    person.is_at(&place.at("/"));
    person.shows("You are logged in.");
    person.press("Your profile");
    person.shows("alice");
    let spent = person.cookie("gatepass-session").unwrap();
    person.press("Log out");
    person.is_at(&place.at("/"));
    person.shows("Log in to see what the API says about you.");
    assert!(person.cookie("gatepass-session").is_none());
    assert!(!spent.value.is_empty());
    assert_eq!(place.peer.counters().exchanges(), 1);
    assert_eq!(place.peer.counters().revoked, 1);
    assert!(!place.app.process.said().contains("panicked"));
}

#[test]
fn c_23_two_tabs_are_finished_in_either_order_at_a_server_that_is_not_ours() {
    let name = "c_23_two_tabs_are_finished_in_either_order_at_a_server_that_is_not_ours";
    let Some(person) = Person::new(name) else { return };
    let Some(place) = Place::new(name, "query") else { return };
    let first = person.tab();
    person.open(&place.at("/login?return_to=/profile%3Ftab%3D1"));
    person.reads("Sign-in");
    let second = person.new_tab();
    person.open(&place.at("/login?return_to=/profile%3Ftab%3D2"));
    place.log_in(&person);
    person.is_at(&place.at("/profile?tab=2"));
    // What was allowed in one tab is not asked in the other.
    person.look_at(&first);
    place.says_who_they_are(&person);
    person.is_at(&place.at("/profile?tab=1"));
    for (tab, target) in [(&second, "/profile?tab=2"), (&first, "/profile?tab=1")] {
        person.look_at(tab);
        person.reload();
        person.is_at(&place.at(target));
        person.shows("alice");
    }
    // What is behind is the server's: wherever it leads, the person stays logged in.
    person.back();
    person.open(&place.at("/profile"));
    person.shows("alice");
    assert_eq!(place.peer.counters().exchanges(), 2);
}

#[test]
fn cbk_26_a_form_of_a_server_that_is_not_ours_is_sent_on() {
    let name = "cbk_26_a_form_of_a_server_that_is_not_ours_is_sent_on";
    for no_scripts in [false, true] {
        let Some(person) = Person::with(name, Habits { no_scripts, ..Habits::default() }) else { return };
        let Some(place) = Place::new(name, "form_post") else { return };
        person.open(&place.at("/profile"));
        place.log_in(&person);
        if no_scripts {
            person.press("Continue");
            person.reads("One more step");
            person.press("Continue");
        }
        person.is_at(&place.at("/profile"));
        person.shows("alice");
        assert_eq!(place.peer.counters().exchanges(), 1);
    }
}
