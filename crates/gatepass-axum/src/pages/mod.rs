//! The pages that a person sees: plain HTML, one hashed style, nothing from elsewhere, nothing unescaped.

mod escape;
mod language;
mod notice;
mod texts;

use std::fmt::{self, Write as _};
use std::sync::Arc;

use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};

pub(crate) use self::escape::Escaped;
pub use self::notice::{Action, Notice, Page};
pub use self::texts::{Said, Texts};
use crate::answer;

const STYLE: &str = include_str!("style.css");

/// Sends the one form of the page on at once; without scripts the person presses its button.
const SEND_ON: &str = "document.forms[0].submit()";

/// The policy of an answer that is no page.
pub(crate) const NO_PAGE: &str =
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const FRAMES: &str = "frame-ancestors 'none'; base-uri 'none';";

/// An application's own way to draw pages; what it leaves out is drawn here.
pub(crate) type Draw = Arc<dyn Fn(&Notice<'_>) -> Option<Page> + Send + Sync>;

/// What the pages say, in which languages, and who draws them.
#[derive(Clone)]
pub(crate) struct Look {
    texts: Vec<Texts>,
    draw: Option<Draw>,
}

impl Look {
    pub(crate) fn new(mut texts: Vec<Texts>, draw: Option<Draw>) -> Self {
        if texts.is_empty() {
            texts.push(Texts::ENGLISH);
        }
        Self { texts, draw }
    }

    /// The texts for a browser.
    pub(crate) fn texts(&self, headers: &HeaderMap) -> &Texts {
        language::choose(&self.texts, headers).unwrap_or(&self.texts[0])
    }

    /// A page that says something and offers what can be done.
    pub(crate) fn show(&self, texts: &Texts, notice: &Notice<'_>) -> Response {
        let own = self.draw.as_ref().and_then(|draw| draw(notice));
        let page = own.unwrap_or_else(|| {
            Page::new(document(texts, notice.title, &body(texts, notice), "")).inline_style(STYLE)
        });
        page.answer(notice.status())
    }

    /// A page that sends the fields on to an address of this site, from this site and so with its cookies. `form_action` is
    /// where that may lead, redirects included: this site, and the providers.
    pub(crate) fn send_on<'a>(
        &self,
        headers: &HeaderMap,
        (to, form_action): (&str, &str),
        fields: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Response {
        let texts = self.texts(headers);
        let said = &texts.one_more_step;
        let mut body = format!(
            "<h1>{}</h1>\n<p>{}</p>\n<form method=\"post\" action=\"{}\">\n",
            Escaped(&said.title),
            Escaped(&said.text),
            Escaped(to)
        );
        for (name, value) in fields {
            let (name, value) = (Escaped(name), Escaped(value));
            let _ = writeln!(body, "<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");
        }
        let _ = writeln!(body, "<button class=\"button\">{}</button>\n</form>", Escaped(&texts.send_on));
        let policy = format!(
            "default-src 'none'; style-src {}; script-src {}; {FRAMES} form-action {}",
            notice::source(STYLE),
            notice::source(SEND_ON),
            form_action
        );
        let mut response =
            answer::page(StatusCode::OK, document(texts, &said.title, &body, SEND_ON), &policy);
        // Under `no-referrer` a browser names no origin with the form that it sends.
        answer::set(&mut response, header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        response
    }
}

impl fmt::Debug for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Look")
            .field("languages", &self.texts.iter().map(|texts| &*texts.lang).collect::<Vec<_>>())
            .field("own_pages", &self.draw.is_some())
            .finish_non_exhaustive()
    }
}

fn body(texts: &Texts, notice: &Notice<'_>) -> String {
    let mut body = format!("<h1>{}</h1>\n<p>{}</p>\n", Escaped(notice.title), Escaped(notice.text));
    if !notice.actions.is_empty() {
        let _ = writeln!(body, "<nav aria-label=\"{}\">", Escaped(&texts.choices));
        for (number, action) in notice.actions.iter().enumerate() {
            let class = if number == 0 { "button" } else { "button plain" };
            let (href, label) = (Escaped(action.href), Escaped(action.label));
            let _ = writeln!(body, "<a class=\"{class}\" href=\"{href}\">{label}</a>");
        }
        body.push_str("</nav>\n");
    }
    if let Some(reference) = notice.reference {
        let (before, after) = texts.reference.split_once("{reference}").unwrap_or((&texts.reference, ""));
        let _ = writeln!(
            body,
            "<p class=\"reference\">{}<code>{}</code>{}</p>",
            Escaped(before),
            Escaped(reference),
            Escaped(after)
        );
    }
    body
}

fn document(texts: &Texts, title: &str, body: &str, script: &str) -> String {
    let script = if script.is_empty() { String::new() } else { format!("<script>{script}</script>\n") };
    let direction = if texts.is_right_to_left() { " dir=\"rtl\"" } else { "" };
    format!(
        "<!doctype html>\n<html lang=\"{}\"{direction}>\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<main>\n{body}</main>\n{script}</body>\n</html>\n",
        Escaped(&texts.lang),
        Escaped(title)
    )
}

#[cfg(test)]
mod tests;
