//! What people see. Nothing is written unescaped, and nothing comes from elsewhere.

use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::Value;

/// The page for everybody.
pub(crate) fn home(logged_in: bool) -> Response {
    let (text, actions) = if logged_in {
        (
            "You are logged in.",
            "<a class=\"button\" href=\"/profile\">Your profile</a>\n<form method=\"post\" action=\"/logout\">\
             <button class=\"button plain\">Log out</button></form>",
        )
    } else {
        (
            "Log in to see what the API says about you. The tokens stay on this server.",
            "<a class=\"button\" href=\"/login?return_to=/profile\">Log in</a>",
        )
    };
    page(
        "Gatepass",
        &format!("<h1>Gatepass</h1>\n<p>{text}</p>\n<nav aria-label=\"What you can do\">{actions}</nav>"),
    )
}

/// What the API said.
pub(crate) fn profile(profile: &Value) -> Response {
    let name = profile.get("name").and_then(Value::as_str).unwrap_or("you");
    let json = serde_json::to_string_pretty(profile).unwrap_or_default();
    let rows: String = profile
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name, value.as_str()?)))
        .map(|(name, value)| format!("<dt>{}</dt><dd>{}</dd>\n", escape(name), escape(value)))
        .collect();
    page(
        "Your profile",
        &format!(
            "<h1>Hello, {}</h1>\n<p>This is what the API says about you.</p>\n<dl>\n{rows}</dl>\n<details>\
             <summary>The whole answer</summary><pre tabindex=\"0\">{}</pre></details>\n\
             <nav aria-label=\"What you can do\"><a class=\"button plain\" href=\"/\">Start page</a>\
             <form method=\"post\" action=\"/logout\"><button class=\"button plain\">Log out</button></form></nav>",
            escape(name),
            escape(&json)
        ),
    )
}

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

/// What every answer has that does not say otherwise.
pub(crate) async fn guard(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        ),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
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
.button{display:inline-block;min-height:2.75rem;padding:.55rem 1.25rem;border:1px solid var(--accent);border-radius:.5rem;background:var(--accent);color:var(--on-accent);font:inherit;font-weight:600;text-decoration:none;cursor:pointer}
.plain{background:transparent;color:var(--accent)}
.button:focus-visible,summary:focus-visible,pre:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
@media (max-width:24rem){dl{grid-template-columns:1fr;gap:0}dd{margin:0 0 .5rem}}
";
