//! The pages that a person sees: plain HTML, one hashed style, nothing from elsewhere, nothing unescaped.

mod escape;
pub(crate) mod words;

use std::fmt::Write as _;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

pub(crate) use self::escape::Escaped;

const STYLE: &str = include_str!("style.css");

/// Sends the one form of the page on at once; without scripts the person presses its button.
const SEND_ON: &str = "document.forms[0].submit()";

/// The policy of a page without a form.
pub(crate) static READ_ONLY: LazyLock<String> =
    LazyLock::new(|| format!("default-src 'none'; style-src {}; {FRAMES} form-action 'none'", source(STYLE)));

/// The policy of the page that sends its form on to this site.
pub(crate) static SENDS_ON: LazyLock<String> = LazyLock::new(|| {
    let (style, script) = (source(STYLE), source(SEND_ON));
    format!("default-src 'none'; style-src {style}; script-src {script}; {FRAMES} form-action 'self'")
});

/// The policy of an answer that is no page.
pub(crate) const NO_PAGE: &str =
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const FRAMES: &str = "frame-ancestors 'none'; base-uri 'none';";

fn source(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

/// A link that looks like a button.
pub(crate) struct Action<'a> {
    pub(crate) label: &'a str,
    pub(crate) href: &'a str,
}

/// A page that says something and offers what can be done.
pub(crate) fn notice(title: &str, text: &str, actions: &[Action<'_>], reference: Option<&str>) -> String {
    let mut body = format!("<h1>{}</h1>\n<p>{}</p>\n", Escaped(title), Escaped(text));
    if !actions.is_empty() {
        body.push_str("<nav aria-label=\"What you can do\">\n");
        for (number, action) in actions.iter().enumerate() {
            let class = if number == 0 { "button" } else { "button plain" };
            let _ = writeln!(
                body,
                "<a class=\"{class}\" href=\"{}\">{}</a>",
                Escaped(action.href),
                Escaped(action.label)
            );
        }
        body.push_str("</nav>\n");
    }
    if let Some(reference) = reference {
        let _ = writeln!(
            body,
            "<p class=\"reference\">If you ask for help, name <code>{}</code>.</p>",
            Escaped(reference)
        );
    }
    document(title, &body, "")
}

/// A page that sends the fields on to the same address, from this site and so with this site's cookies.
pub(crate) fn send_on<'a>(action: &str, fields: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut body = format!(
        "<h1>One more step</h1>\n<p>You are being taken back. If nothing happens, press the button.</p>\n\
         <form method=\"post\" action=\"{}\">\n",
        Escaped(action)
    );
    for (name, value) in fields {
        let _ =
            writeln!(body, "<input type=\"hidden\" name=\"{}\" value=\"{}\">", Escaped(name), Escaped(value));
    }
    body.push_str("<button class=\"button\">Continue</button>\n</form>\n");
    document("One more step", &body, SEND_ON)
}

fn document(title: &str, body: &str, script: &str) -> String {
    let script = if script.is_empty() { String::new() } else { format!("<script>{script}</script>\n") };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<main>\n{body}</main>\n{script}</body>\n</html>\n",
        Escaped(title)
    )
}
