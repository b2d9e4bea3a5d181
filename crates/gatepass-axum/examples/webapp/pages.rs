//! What people see. Nothing is written unescaped, and nothing comes from elsewhere.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use gatepass::Timestamp;
use gatepass_axum::Session;
use serde_json::Value;

/// The page for everybody.
pub(crate) fn home(logged_in: bool, connects: bool) -> Response {
    if !logged_in {
        return page(
            "Gatepass",
            "<h1>Gatepass</h1>\n<p>Log in to see what the API says about you. The tokens stay on this server.</p>\n\
             <nav aria-label=\"What you can do\"><a class=\"button\" href=\"/login?return_to=/profile\">Log in</a></nav>",
        );
    }
    let account =
        if connects { "<a class=\"button plain\" href=\"/account\">Connected account</a>\n" } else { "" };
    page(
        "Gatepass",
        &format!(
            "<h1>Gatepass</h1>\n<p>You are logged in.</p>\n<nav aria-label=\"What you can do\">\
             <a class=\"button\" href=\"/profile\">Your profile</a>\n\
             <a class=\"button plain\" href=\"/sessions\">Your sessions</a>\n{account}{LOG_OUT}</nav>"
        ),
    )
}

/// What the API said.
pub(crate) fn profile(profile: &Value) -> Response {
    let name = profile.get("name").and_then(Value::as_str).unwrap_or("you");
    page(
        "Your profile",
        &format!(
            "<h1>Hello, {}</h1>\n<p>This is what the API says about you.</p>\n{}\n<nav aria-label=\"What you can do\">\
             {START_PAGE}{LOG_OUT}</nav>",
            escape(name),
            answer(profile)
        ),
    )
}

/// Where else somebody is logged in, and how to end that.
pub(crate) fn sessions(current: &Session, all: &[Session]) -> Response {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let ago = |time: Timestamp| {
        let time = Duration::from_millis(time.as_unix_millis().try_into().unwrap_or_default());
        since(now.saturating_sub(time))
    };
    let items: String = all
        .iter()
        .map(|one| {
            let end = if one.id() == current.id() {
                "<p class=\"mark\">This one</p>".to_owned()
            } else {
                format!(
                    "<form method=\"post\" action=\"/sessions\"><input type=\"hidden\" name=\"id\" value=\"{}\">\
                     <button class=\"button plain\">End<span class=\"aside\"> the session of {}</span></button></form>",
                    escape(one.id().as_str()),
                    escape(one.description().unwrap_or("an unknown device"))
                )
            };
            format!(
                "<li><div><strong>{}</strong><br><span class=\"soft\">Logged in {}, last used {}</span></div>{end}</li>\n",
                escape(one.description().unwrap_or("Unknown device")),
                ago(one.created()),
                ago(one.last_seen())
            )
        })
        .collect();
    let (text, others) = if all.len() > 1 {
        (
            "This is where you are logged in. If you do not know one of these, end it.",
            "<form method=\"post\" action=\"/sessions\"><button class=\"button\">End all others</button></form>",
        )
    } else {
        ("You are logged in here, and nowhere else that we know of.", "")
    };
    page(
        "Your sessions",
        &format!(
            "<h1>Your sessions</h1>\n<p>{text}</p>\n\
             <ul class=\"sessions\">\n{items}</ul>\n<nav aria-label=\"What you can do\">{others}{START_PAGE}{LOG_OUT}</nav>"
        ),
    )
}

/// How long ago something was, as people say it.
fn since(time: Duration) -> String {
    let count = |number: u64, unit: &str| match number {
        1 => format!("1 {unit} ago"),
        number => format!("{number} {unit}s ago"),
    };
    match time.as_secs() {
        0..60 => "just now".to_owned(),
        seconds @ 60..3_600 => count(seconds / 60, "minute"),
        seconds @ 3_600..86_400 => count(seconds / 3_600, "hour"),
        seconds => count(seconds / 86_400, "day"),
    }
}

/// What a connected account's API said, and how to end the connection.
pub(crate) fn connected(said: &Value) -> Response {
    page(
        "Connected account",
        &format!(
            "<h1>Your account is connected</h1>\n<p>It stays so when you log out. This is what its API says.</p>\n{}\n\
             <nav aria-label=\"What you can do\"><form method=\"post\" action=\"/disconnect/account?return_to=/account\">\
             <button class=\"button plain\">Disconnect</button></form>{START_PAGE}</nav>",
            answer(said)
        ),
    )
}

/// The button that connects an account: a form of this site, and no link that anybody could give somebody else.
pub(crate) fn to_connect() -> Response {
    page(
        "Connect an account",
        &format!(
            "<h1>Connect an account</h1>\n<p>This application may then use it for you, also when you are not here, until \
             you disconnect it.</p>\n<nav aria-label=\"What you can do\"><form method=\"post\" \
             action=\"/connect/account?return_to=/account\"><button class=\"button\">Connect</button></form>\
             {START_PAGE}</nav>"
        ),
    )
}

/// What an API said: its texts as a list, and the whole of it.
fn answer(said: &Value) -> String {
    let json = serde_json::to_string_pretty(said).unwrap_or_default();
    let rows: String = said
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name, value.as_str()?)))
        .map(|(name, value)| format!("<dt>{}</dt><dd>{}</dd>\n", escape(name), escape(value)))
        .collect();
    format!(
        "<dl>\n{rows}</dl>\n<details><summary>The whole answer</summary><pre tabindex=\"0\">{}</pre></details>",
        escape(&json)
    )
}

const START_PAGE: &str = "<a class=\"button plain\" href=\"/\">Start page</a>\n";

const LOG_OUT: &str =
    "<form method=\"post\" action=\"/logout\"><button class=\"button plain\">Log out</button></form>";

fn page(title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n\
         <link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n",
        escape(title)
    );
    Html(html).into_response()
}

pub(crate) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")], STYLE)
}

/// The policy of this application's pages. A form may lead where the login says: to the provider, too.
pub(crate) fn policy(form_action: &str) -> HeaderValue {
    let rest = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'";
    HeaderValue::from_str(&format!("{rest}; form-action {form_action}"))
        .unwrap_or(HeaderValue::from_static(rest))
}

/// What every answer has that does not say otherwise.
pub(crate) async fn guard(mut response: Response, policy: HeaderValue) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        (header::CONTENT_SECURITY_POLICY, policy),
    ] {
        headers.entry(name).or_insert(value);
    }
    response
}

fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#39;")
}

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--paper:#f6f7f9;--card:#fff;--line:#d8dee4;--accent:#0b57d0;--on-accent:#fff}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa4af;--paper:#0d1117;--card:#161b22;--line:#30363d;--accent:#79b0ff;--on-accent:#0d1117}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;min-height:100dvh;display:grid;grid-template-columns:minmax(0,1fr);place-items:center;padding:1rem;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,sans-serif}
main{width:100%;max-width:34rem;padding:2rem 1.75rem;background:var(--card);border:1px solid var(--line);border-radius:.75rem;overflow-wrap:anywhere}
h1{margin:0 0 .75rem;font-size:1.5rem;line-height:1.3}
p{margin:0 0 1rem}
dl{display:grid;grid-template-columns:minmax(5rem,auto) 1fr;gap:.25rem 1rem;margin:0 0 1rem}
dt{color:var(--soft)}
dd{margin:0}
summary{min-height:2.75rem;padding:.6rem 0;cursor:pointer;color:var(--accent)}
pre{margin:.75rem 0 0;padding:.75rem;overflow:auto;border:1px solid var(--line);border-radius:.5rem;font-size:.875rem}
nav{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.5rem 0 0}
form{margin:0}
.sessions{list-style:none;margin:0;padding:0}
.sessions li{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;justify-content:space-between;padding:.75rem 0;border-top:1px solid var(--line)}
.sessions .button{padding:.3rem 1rem}
.soft{color:var(--soft);font-size:.875rem}
.mark{margin:0;padding:.15rem .75rem;border:1px solid var(--line);border-radius:1rem;color:var(--soft);font-size:.875rem}
.aside{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.button{display:inline-block;min-height:2.75rem;padding:.55rem 1.25rem;border:1px solid var(--accent);border-radius:.5rem;background:var(--accent);color:var(--on-accent);font:inherit;font-weight:600;text-decoration:none;cursor:pointer}
.plain{background:transparent;color:var(--accent)}
.button:focus-visible,summary:focus-visible,pre:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
@media (max-width:24rem){dl{grid-template-columns:1fr;gap:0}dd{margin:0 0 .5rem}}
";
