//! Rows of the catalogue, each by its id, shown from outside: an attacker and an honest person at the built application,
//! over a socket. What is looked at is what came back, what the provider was asked, and what the database keeps.
//!
//! Every refusal is looked at from three sides (the answer, the provider, the rows), and beside it stands what is
//! accepted, so that no check can hide behind an application that refuses everything.

mod b4;
mod c2;
mod c3;
mod c7;
mod rsr;

use gatepass_testkit::provider::Builder;
use serde_json::Value;
use url::Url;

use super::browser::Browser;
use super::kept::{Rows, sessions};
use super::line::{Answer, Line};
use super::site::{App, ORIGIN, Site};

pub(crate) use b4::fields;

const JSON: (&str, &str) = ("accept", "application/json");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// A provider, and one process of the application.
struct Stand {
    site: Site,
    app: App,
}

impl Stand {
    fn new() -> Self {
        Self::of(Site::new())
    }

    fn with(provider: Builder) -> Self {
        Self::of(Site::with(provider))
    }

    fn of(site: Site) -> Self {
        let app = site.start();
        Self { site, app }
    }

    /// Somebody goes to the provider and is sent back: the path and query with which they come.
    #[track_caller]
    fn begin(&self) -> (Browser, String) {
        let browser = Browser::new();
        let callback = self.site.go_and_come_back(&browser, &self.app);
        (browser, target(&callback))
    }

    /// Somebody says no at the provider, or the provider has an error: `deny`, `error:CODE`.
    #[track_caller]
    fn begin_in_vain(&self, why: &str) -> (Browser, String) {
        let browser = Browser::new();
        let provider = browser.open(&self.app.at("/login")).is(303).target();
        let callback = browser.open(&format!("{provider}&login_hint={why}")).is(303).target();
        (browser, target(&callback))
    }

    /// A request as it stands, with the cookies of a browser.
    fn send(
        &self,
        browser: &Browser,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Option<Answer> {
        let cookies = browser.cookies();
        let mut headers = headers.to_vec();
        if !cookies.is_empty() {
            headers.push(("cookie", &cookies));
        }
        Line::open(&self.app.url).send(method, target, &headers, body)
    }

    #[track_caller]
    fn ask(&self, browser: &Browser, target: &str) -> Answer {
        self.send(browser, "GET", target, &[JSON], b"").expect("an answer")
    }

    /// All that must not move when something is refused: the rows, the sessions, what the provider was asked.
    fn facts(&self) -> (Rows, i64, usize) {
        let folder = self.site.folder.path();
        (Rows::of(folder), sessions(folder), self.site.provider.log().len())
    }

    /// Refused for this cause before any login was touched: nothing has changed anywhere.
    #[track_caller]
    fn refuses(&self, browser: &Browser, target: &str, status: u16, cause: &str) {
        let before = self.facts();
        let answer = self.ask(browser, target);
        assert_eq!((answer.status, error(&answer).as_str()), (status, cause), "{}", short(target));
        assert_eq!(answer.header("set-cookie"), None, "{}", short(target));
        assert_eq!(self.facts(), before, "something changed: {}", short(target));
    }

    /// Refused by whatever reads the request first, and nothing has changed.
    #[track_caller]
    fn turns_away(
        &self,
        browser: &Browser,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> u16 {
        let before = self.facts();
        let answer = self.send(browser, method, target, headers, body);
        assert_eq!(self.facts(), before, "something changed: {method} {}", short(target));
        answer.map_or(0, |answer| {
            assert_eq!(answer.header("set-cookie"), None, "{method} {}", short(target));
            answer.status
        })
    }

    /// Refused for this cause after the login was found: it is over, without a question to the provider and without a
    /// session, and what would have been accepted in its place comes too late.
    #[track_caller]
    fn ends(&self, browser: &Browser, target: &str, status: u16, cause: &str) {
        let (rows, sessions, asked) = self.facts();
        let answer = self.ask(browser, target);
        assert_eq!((answer.status, error(&answer).as_str()), (status, cause), "{}", short(target));
        assert_eq!(answer.header("set-cookie"), None, "{}", short(target));
        let over = Rows { parked: rows.parked - 1, landed: rows.landed + 1, ..rows };
        assert_eq!(self.facts(), (over, sessions, asked), "{}", short(target));
    }

    /// Accepted: one exchange, one session more, and the person is who they are.
    #[track_caller]
    fn lands(&self, browser: &Browser, target: &str) {
        let (rows, sessions, _) = self.facts();
        let exchanges = self.site.provider.stats().exchanges;
        let answer = self.ask(browser, target);
        assert_eq!(answer.status, 303, "{}", String::from_utf8_lossy(&answer.body));
        let landed = Rows { parked: rows.parked - 1, landed: rows.landed + 1, ..rows };
        let now = self.facts();
        assert_eq!((now.0, now.1), (landed, sessions + 1));
        assert_eq!(self.site.provider.stats().exchanges, exchanges + 1);
        let session = answer.header("set-cookie").expect("a session").split(';').next().unwrap().to_owned();
        let profile = Line::open(&self.app.url).get("/profile", &[JSON, ("cookie", &session)]);
        assert_eq!(profile.status, 200);
    }

    /// Somebody who has nothing to do with it logs in as ever.
    #[track_caller]
    fn still_serves(&self) {
        let (browser, callback) = self.begin();
        self.lands(&browser, &callback);
    }
}

/// The path and query of an address of the application.
fn target(address: &str) -> String {
    let address = Url::parse(address).unwrap();
    assert_eq!(address.origin().ascii_serialization(), ORIGIN);
    address[url::Position::BeforePath..].to_owned()
}

/// The cause in a refusal.
fn error(answer: &Answer) -> String {
    let json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    json["error"].as_str().unwrap_or_default().to_owned()
}

fn short(target: &str) -> String {
    target.chars().take(200).collect()
}

/// The value of a parameter, decoded.
fn value(target: &str, name: &str) -> String {
    pairs(target).into_iter().find(|(known, _)| known == name).map(|(_, value)| value).unwrap_or_default()
}

fn pairs(target: &str) -> Vec<(String, String)> {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

fn of_pairs(target: &str, pairs: &[(String, String)]) -> String {
    let path = target.split('?').next().unwrap();
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{path}?{query}")
}

/// The same without a parameter.
fn without(target: &str, name: &str) -> String {
    let kept: Vec<_> = pairs(target).into_iter().filter(|(known, _)| known != name).collect();
    of_pairs(target, &kept)
}

/// The same with a parameter changed or added.
fn with(target: &str, name: &str, value: &str) -> String {
    let mut kept = pairs(&without(target, name));
    kept.push((name.to_owned(), value.to_owned()));
    of_pairs(target, &kept)
}

/// The same with one more parameter.
fn and(target: &str, name: &str, value: &str) -> String {
    let mut kept = pairs(target);
    kept.push((name.to_owned(), value.to_owned()));
    of_pairs(target, &kept)
}
