//! One process of the program whose logins are at stake: a keeper of grants that does what it is told line by line, in
//! tasks or in threads.
//!
//! `login ID GRANT` and `ask ID GRANT` come in on standard input, `answer ID WORD` goes out, and so do the notes of its
//! store (`watch`): they are in the pipe before the process can be killed.

mod asynchronous;
mod blocking;
mod settings;
mod watch;

pub(crate) use watch::hex;

use std::io::{self, BufRead as _, Write as _};

use gatepass::ports::{GrantKey, Owner};
use gatepass::{ApiError, Body, Callback, Scopes, Unavailable};
use http::{Request, Response};

pub(crate) use settings::Settings;

/// The name of the provider's configuration.
pub(crate) const PROVIDER: &str = "provider";

/// Runs one process until its standard input ends.
///
/// # Errors
/// What is wrong with its environment, or why it could not start.
pub fn run() -> Result<(), String> {
    let settings = Settings::from_env()?;
    if settings.blocking { blocking::run(settings) } else { asynchronous::run(settings) }
}

/// The grant of somebody.
pub(crate) fn grant(name: &str) -> GrantKey {
    GrantKey::new(PROVIDER, Owner::User(name.into()))
}

/// Something to do, and under which number to answer.
struct Order {
    id: String,
    grant: GrantKey,
    login: bool,
}

/// The orders as they come.
fn orders() -> impl Iterator<Item = Order> {
    io::stdin().lock().lines().map_while(Result::ok).filter_map(|line| {
        let mut words = line.split(' ');
        let (what, id, name) = (words.next()?, words.next()?, words.next()?);
        Some(Order { id: id.to_owned(), grant: grant(name), login: what == "login" })
    })
}

/// One line, whole and at once. Who reads it may be gone.
fn say(line: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn answer(id: &str, word: &str) {
    say(&format!("answer {id} {word}"));
}

/// In a word, what became of a request.
fn word(result: Result<Response<Body>, ApiError>) -> String {
    match result {
        Ok(answer) if answer.status() == 200 => "ok".to_owned(),
        Ok(answer) => format!("status-{}", answer.status().as_u16()),
        Err(ApiError::Unavailable(Unavailable::Later { .. })) => "later".to_owned(),
        Err(ApiError::Unavailable(Unavailable::StoreUnavailable(_))) => "away".to_owned(),
        Err(ApiError::Unavailable(Unavailable::LoginRequired { soft: true, .. })) => "soft".to_owned(),
        Err(why) => format!("failed:{}", why.to_string().replace(' ', "_")),
    }
}

fn scopes() -> Result<Scopes, String> {
    Scopes::new("profile").map_err(|why| why.to_string())
}

/// What a browser would do at the provider, which asks nobody anything.
fn visit(url: &str) -> Result<Request<Body>, String> {
    Request::get(url).body(Body::empty()).map_err(|why| why.to_string())
}

/// The callback out of the provider's redirect.
fn callback(answer: &Response<Body>) -> Result<Callback, String> {
    let location = answer.headers().get("location").and_then(|value| value.to_str().ok());
    let query = location.and_then(|location| location.split_once('?')).map(|(_, query)| query);
    Callback::from_query(query.ok_or("no redirect")?).map_err(|why| why.to_string())
}
