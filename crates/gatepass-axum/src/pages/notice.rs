//! What a page says and offers, as an application gets it that draws its own pages.

use axum::body::Body;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use sha2::{Digest as _, Sha256};

use super::FRAMES;
use crate::{Cause, answer};

/// Something that a person can do about what a page says: a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action<'a> {
    pub(crate) label: &'a str,
    pub(crate) href: &'a str,
}

impl<'a> Action<'a> {
    /// What the link says. It is text, not markup: escape it.
    #[must_use]
    pub fn label(&self) -> &'a str {
        self.label
    }

    /// Where it leads, on this site. It is text, not markup: escape it.
    #[must_use]
    pub fn href(&self) -> &'a str {
        self.href
    }
}

/// What one of the login's pages says and offers. An application that [draws its own
/// pages](crate::LoginBuilder::pages) gets one for each.
///
/// Nothing in it comes from the request, from the provider or from anybody else: the words are those of the
/// [`Texts`](crate::Texts), and the links lead to this site. It is text all the same, to be escaped as any other.
#[derive(Clone, Copy, Debug)]
pub struct Notice<'a> {
    pub(crate) cause: Option<Cause>,
    pub(crate) lang: &'a str,
    pub(crate) title: &'a str,
    pub(crate) text: &'a str,
    pub(crate) actions: &'a [Action<'a>],
    pub(crate) reference: Option<&'a str>,
}

impl<'a> Notice<'a> {
    /// Why something was refused; `None` for a page that refuses nothing, such as the one on which a person chooses a
    /// provider.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        self.cause
    }

    /// The status of the answer, which no page changes.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.cause.map_or(StatusCode::OK, Cause::status)
    }

    /// The language of the words, as a BCP 47 tag.
    #[must_use]
    pub fn lang(&self) -> &'a str {
        self.lang
    }

    /// The heading.
    #[must_use]
    pub fn title(&self) -> &'a str {
        self.title
    }

    /// What happened, and what the person can do.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// What the person can do, the most useful first.
    #[must_use]
    pub fn actions(&self) -> &'a [Action<'a>] {
        self.actions
    }

    /// What the person names to those who help, and what the operator finds in the log.
    #[must_use]
    pub fn reference(&self) -> Option<&'a str> {
        self.reference
    }
}

/// A page that an application has drawn: HTML, and what it may load.
///
/// Status and headers are the login's: no page can be cached, framed, sniffed or hold a script or a form. What it loads
/// comes from this site, and only what it says here.
///
/// ```
/// use gatepass_axum::Page;
///
/// let page = Page::new("<!doctype html><html lang=en><title>Oh</title><h1>Oh</h1>").own_styles().own_images();
/// # let _ = page;
/// ```
#[derive(Clone, Debug)]
#[must_use = "a page that is not returned is not shown"]
pub struct Page {
    html: String,
    styles: String,
    images: bool,
    fonts: bool,
}

impl Page {
    /// A whole HTML document that loads nothing.
    pub fn new(html: impl Into<String>) -> Self {
        Self { html: html.into(), styles: String::new(), images: false, fonts: false }
    }

    /// It links to style sheets of this site.
    pub fn own_styles(mut self) -> Self {
        self.styles.push_str(" 'self'");
        self
    }

    /// It holds a `<style>` element with exactly this content.
    pub fn inline_style(mut self, style: &str) -> Self {
        self.styles.push(' ');
        self.styles.push_str(&source(style));
        self
    }

    /// It shows images of this site.
    pub fn own_images(mut self) -> Self {
        self.images = true;
        self
    }

    /// Its style sheets load fonts of this site.
    pub fn own_fonts(mut self) -> Self {
        self.fonts = true;
        self
    }

    pub(crate) fn answer(self, status: StatusCode) -> Response<Body> {
        let mut policy = String::from("default-src 'none';");
        for (directive, sources) in [
            ("style-src", &*self.styles),
            ("img-src", if self.images { " 'self'" } else { "" }),
            ("font-src", if self.fonts { " 'self'" } else { "" }),
        ] {
            if !sources.is_empty() {
                policy.push_str(&format!(" {directive}{sources};"));
            }
        }
        policy.push_str(&format!(" {FRAMES} form-action 'none'"));
        answer::page(status, self.html, &policy)
    }
}

/// A source of a policy that stands for exactly this text.
pub(super) fn source(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())))
}
