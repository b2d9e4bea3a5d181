//! A person connects an account of another provider, by a form whose answer leads to another site.

use std::net::TcpListener;

use axum::Router;
use axum::http::header;
use axum::http::request::Parts;
use axum::response::Html;
use axum::routing::get;
use gatepass::{KeyRing, Scopes};
use gatepass_axum::{Login, ReturnTo};
use gatepass_testkit::Provider;
use gatepass_testkit::memory::MemoryStore;
use gatepass_testkit::provider::Mode;
use tokio::runtime::Runtime;

use super::choice::{client, inside, serve};
use super::page::Elsewhere;
use super::person::Person;

/// An application with users of its own, whom a cookie names, and whose pages have a policy.
struct Club {
    calendar: Provider,
    origin: String,
    _door: Provider,
    _runtime: Runtime,
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

async fn who(parts: Parts) -> Result<Option<String>, Failed> {
    let cookies = parts.headers.get(header::COOKIE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Ok(cookies.split("; ").find_map(|pair| pair.strip_prefix("user=")).map(str::to_owned))
}

impl Club {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let [door, calendar] = [(); 2].map(|()| Provider::builder().mode(Mode::Pages).start().unwrap());
        let login = Login::builder(MemoryStore::new(), KeyRing::generate().unwrap(), inside())
            .provider("door", client(&door, "door", &origin), Scopes::new("profile").unwrap())
            .account("calendar", client(&calendar, "calendar", &origin), Scopes::new("read").unwrap())
            .current_user(who)
            .after_login(ReturnTo::parse("/done").unwrap())
            .build()
            .unwrap();
        let policy = format!(
            "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action {}",
            login.form_action()
        );
        let page = |heading: &'static str| {
            let policy = policy.clone();
            get(move || async move {
                let form = |action: &str, label: &str| {
                    format!("<form method=post action=\"{action}\"><button>{label}</button></form>")
                };
                let connect = form("/connect/calendar?return_to=/done", "Connect your calendar");
                let end = form("/disconnect/calendar?return_to=/", "Disconnect it");
                let html = format!(
                    "<!doctype html><html lang=en><title>Club</title><h1>{heading}</h1>{connect}{end}"
                );
                ([(header::CONTENT_SECURITY_POLICY, policy)], Html(html))
            })
        };
        let app = Router::new().route("/", page("Club")).route("/done", page("Connected"));
        let runtime = serve(listener, app.merge(login.routes()).layer(login.layer()));
        Self { calendar, origin, _door: door, _runtime: runtime }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// From now on the browser is this user's.
    fn know(&self, person: &Person, name: &str) {
        person.hold("user", name, &self.origin);
    }

    #[track_caller]
    fn allow(&self, person: &Person) {
        person.is_below(&self.calendar.issuer());
        person.type_into("username", "alice");
        person.type_into("password", "alice");
        person.press("Log in");
        person.press("Allow");
    }
}

#[test]
fn arq_19_an_account_is_connected_by_a_form_of_ours_and_by_no_other() {
    let name = "arq_19_an_account_is_connected_by_a_form_of_ours_and_by_no_other";
    let Some(person) = Person::new(name) else { return };
    let club = Club::new();
    club.know(&person, "ada");
    let elsewhere = Elsewhere::new(&format!(
        "<!doctype html><title>Elsewhere</title><form method=post action=\"{}\"><button>Win</button></form>",
        club.at("/connect/calendar")
    ));
    person.open(&elsewhere.url());
    person.press("Win");
    person.reads("Please do that from our own page");
    assert_eq!(club.calendar.log().len(), 0);

    person.open(&club.at("/"));
    person.press("Connect your calendar");
    club.allow(&person);
    person.is_at(&club.at("/done"));
    person.reads("Connected");
    assert_eq!(club.calendar.stats().exchanges, 1);
    assert!(person.cookie("gatepass-session").is_none());
    person.press("Disconnect it");
    person.is_at(&club.at("/"));
    assert_eq!(person.complaints(), [""; 0]);
}

#[test]
fn cbk_13_an_account_is_connected_to_the_user_who_asked_for_it() {
    let name = "cbk_13_an_account_is_connected_to_the_user_who_asked_for_it";
    let Some(person) = Person::new(name) else { return };
    let club = Club::new();
    club.know(&person, "ada");
    person.open(&club.at("/"));
    person.press("Connect your calendar");
    person.is_below(&club.calendar.issuer());
    // Somebody else logs in to the application meanwhile, in another tab.
    club.know(&person, "eve");
    club.allow(&person);
    person.is_below(&club.at("/callback"));
    assert_eq!(person.complaints(), [""; 0]);
    assert_eq!(club.calendar.stats().exchanges, 0);
}
