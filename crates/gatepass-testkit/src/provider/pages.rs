//! The pages that a person sees: login, consent, refusal, and the form of `response_mode=form_post`.
//!
//! Nothing is loaded from elsewhere and there is no script, but for the one line that submits the form post.

use super::answer::Answer;
use super::state::{AuthorizationRequest, State};
use aws_lc_rs::digest;
use data_encoding::BASE64;
use http::{StatusCode, header};
use std::fmt::Write as _;

const STYLE: &str = include_str!("pages.css");
const SUBMIT: &str = "document.forms[0].submit()";

pub(crate) fn login(
    state: &State,
    interaction: &str,
    asked: &AuthorizationRequest,
    username: &str,
    mistake: Option<&str>,
) -> Answer {
    let mut accounts = String::new();
    for user in &state.users {
        let _ = write!(
            accounts,
            "<li><b>{}</b> with password <b>{}</b></li>",
            escaped(&user.username),
            escaped(&user.password)
        );
    }
    let (alert, invalid) = match mistake {
        Some(mistake) => (
            format!(r#"<p class="alert" role="alert" id="mistake">{}</p>"#, escaped(mistake)),
            r#" aria-invalid="true" aria-describedby="mistake""#,
        ),
        None => (String::new(), ""),
    };
    let focus = |wanted: bool| if wanted { " autofocus" } else { "" };
    let body = format!(
        r#"<h1>Log in</h1>
<p class="lead">to continue to <b>{client}</b></p>
{alert}
<form method="post" action="{path}/login">
<input type="hidden" name="interaction" value="{interaction}">
<label for="username">User name</label>
<input id="username" name="username" value="{username}" autocomplete="username" autocapitalize="none" spellcheck="false" required{invalid}{focus_name}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required{invalid}{focus_password}>
<div class="choices">
<button name="decision" value="login">Log in</button>
<button class="quiet" name="decision" value="cancel" formnovalidate>Cancel</button>
</div>
</form>
<details{open}><summary>Test accounts</summary><ul>{accounts}</ul></details>"#,
        client = escaped(state.client_name(&asked.client_id)),
        path = escaped(&state.settings.issuer_path),
        interaction = escaped(interaction),
        username = escaped(username),
        focus_name = focus(username.is_empty()),
        focus_password = focus(!username.is_empty()),
        open = if mistake.is_some() { " open" } else { "" },
    );
    let status = if mistake.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    page(status, "Log in", &body, None)
}

pub(crate) fn consent(state: &State, interaction: &str, asked: &AuthorizationRequest, sub: &str) -> Answer {
    let mut scopes = String::new();
    for scope in &asked.scopes {
        let scope = escaped(scope);
        let _ = write!(
            scopes,
            r#"<label class="scope"><input type="checkbox" name="scope" value="{scope}" checked><span><b>{}</b><small>{scope}</small></span></label>"#,
            meaning(&scope)
        );
    }
    let name = state.user(sub).map_or(sub, |user| user.name.as_str());
    let body = format!(
        r#"<h1>Allow {client}?</h1>
<p class="lead">You are logged in as <b>{name}</b>.</p>
<form method="post" action="{path}/consent">
<input type="hidden" name="interaction" value="{interaction}">
<fieldset><legend>{client} would like to</legend>{scopes}</fieldset>
<div class="choices">
<button name="decision" value="allow">Allow</button>
<button class="quiet" name="decision" value="deny">Deny</button>
</div>
</form>
<p class="note">Afterwards you return to <b>{target}</b>.</p>"#,
        client = escaped(state.client_name(&asked.client_id)),
        name = escaped(name),
        path = escaped(&state.settings.issuer_path),
        interaction = escaped(interaction),
        target = escaped(&asked.back.uri[..url::Position::BeforePath]),
    );
    page(StatusCode::OK, "Allow access", &body, None)
}

/// Asks a person whose client has shown no token of theirs whether they want to log out.
pub(crate) fn log_out(state: &State, parameters: &[(String, String)]) -> Answer {
    let body = format!(
        r#"<h1>Log out?</h1>
<p class="lead">An application asks to end your session here.</p>
<form method="post" action="{path}/end_session">{fields}
<div class="choices"><button name="decision" value="log out">Log out</button></div>
</form>
<p class="note">To stay logged in, close this page.</p>"#,
        path = escaped(&state.settings.issuer_path),
        fields = hidden(parameters),
    );
    page(StatusCode::OK, "Log out", &body, None)
}

pub(crate) fn logged_out() -> Answer {
    let body = r#"<h1>You are logged out</h1>
<p class="note">Your session here has ended. You can close this page.</p>"#;
    page(StatusCode::OK, "Logged out", body, None)
}

pub(crate) fn refusal(status: StatusCode, reason: &str) -> Answer {
    let body = format!(
        r#"<h1>This did not work</h1>
<p class="alert" role="alert">{}</p>
<p class="note">Nothing was sent to the application. You can close this page or go back.</p>"#,
        escaped(reason)
    );
    page(status, "This did not work", &body, None)
}

/// OAuth 2.0 Form Post Response Mode: the parameters as a form that submits itself, or by its button.
pub(crate) fn form_post(action: &str, parameters: &[(String, String)]) -> Answer {
    let fields = hidden(parameters);
    let body = format!(
        r#"<h1>One moment</h1>
<p class="lead">You are returning to the application.</p>
<form method="post" action="{}">{fields}
<div class="choices"><button>Continue</button></div>
</form>"#,
        escaped(action)
    );
    page(StatusCode::OK, "One moment", &body, Some(SUBMIT))
}

fn hidden(parameters: &[(String, String)]) -> String {
    let mut fields = String::new();
    for (name, value) in parameters {
        let _ =
            write!(fields, r#"<input type="hidden" name="{}" value="{}">"#, escaped(name), escaped(value));
    }
    fields
}

fn page(status: StatusCode, title: &str, body: &str, script: Option<&str>) -> Answer {
    let script_tag = script.map(|script| format!("<script>{script}</script>")).unwrap_or_default();
    let script_source =
        script.map(|script| format!(" script-src '{}';", hash_source(script))).unwrap_or_default();
    let mut answer = Answer::empty(status);
    answer.body = format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · Test provider</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<p class="brand"><span aria-hidden="true"></span>Test provider</p>
{body}
</main>
{script_tag}
</body>
</html>
"#
    )
    .into();
    let policy = format!(
        "default-src 'none'; style-src '{}';{script_source} base-uri 'none'; frame-ancestors 'none'",
        hash_source(STYLE)
    );
    answer
        .with(header::CONTENT_TYPE, "text/html; charset=utf-8")
        .with(header::CONTENT_SECURITY_POLICY, &policy)
        .with(header::CACHE_CONTROL, "no-store")
        .with(header::REFERRER_POLICY, "no-referrer")
        .with(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
}

fn hash_source(text: &str) -> String {
    format!("sha256-{}", BASE64.encode(digest::digest(&digest::SHA256, text.as_bytes()).as_ref()))
}

fn meaning(scope: &str) -> String {
    match scope {
        "profile" => "See your name".to_owned(),
        "email" => "See your e-mail address".to_owned(),
        "openid" => "Know that it is you".to_owned(),
        "phone" => "See your telephone number".to_owned(),
        "address" => "See your address".to_owned(),
        "offline_access" => "Keep access while you are away".to_owned(),
        "read" => "Read your data".to_owned(),
        "write" => "Change your data".to_owned(),
        other => format!("Use {other}"),
    }
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}
