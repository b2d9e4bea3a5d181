//! What kind of request a browser sends, told from Fetch Metadata (W3C) with sane fall-backs.

use http::{HeaderMap, Method, header};

/// Why a browser sends a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Intent {
    /// A person goes to a page of their own.
    Navigation,
    /// The browser looks ahead; the person may never come.
    Prefetch,
    /// A script, an image, a frame, or a program that is no browser.
    Background,
}

impl Intent {
    /// At the door: without Fetch Metadata every GET is a person.
    pub(crate) fn at_login(method: &Method, headers: &HeaderMap) -> Self {
        Self::judge(method == Method::GET, headers, |_| true)
    }

    /// Where somebody else sends a person to log in, by a link or by a form.
    pub(crate) fn at_initiation(headers: &HeaderMap) -> Self {
        Self::judge(true, headers, |_| true)
    }

    /// Elsewhere: without Fetch Metadata a person's browser asks for HTML.
    pub(crate) fn elsewhere(method: &Method, headers: &HeaderMap) -> Self {
        Self::judge(method == Method::GET, headers, asks_for_html)
    }

    fn judge(fits: bool, headers: &HeaderMap, otherwise: fn(&HeaderMap) -> bool) -> Self {
        if is_prefetch(headers) {
            return Self::Prefetch;
        }
        if fits && is_top_level(headers, otherwise) { Self::Navigation } else { Self::Background }
    }
}

/// Whether a person's browser shows the answer as a page of its own, whatever the method is. Without Fetch Metadata it
/// asks for HTML.
pub(crate) fn is_person(headers: &HeaderMap) -> bool {
    !is_prefetch(headers) && is_top_level(headers, asks_for_html)
}

fn is_top_level(headers: &HeaderMap, otherwise: fn(&HeaderMap) -> bool) -> bool {
    match (text(headers, "sec-fetch-mode"), text(headers, "sec-fetch-dest")) {
        (None, None) => otherwise(headers),
        (mode, dest) => mode == Some("navigate") && dest == Some("document"),
    }
}

/// Whether the browser fetches or renders ahead of the person.
pub(crate) fn is_prefetch(headers: &HeaderMap) -> bool {
    ["sec-purpose", "purpose", "x-purpose", "x-moz"].iter().any(|name| {
        headers.get_all(*name).iter().filter_map(|value| value.to_str().ok()).any(|value| {
            let value = value.to_ascii_lowercase();
            value.contains("prefetch") || value.contains("prerender") || value.contains("preview")
        })
    })
}

/// Whether `Accept` names HTML.
pub(crate) fn asks_for_html(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        value
            .split(',')
            .any(|range| range.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/html"))
    })
}

/// Whether a request that changes something comes from a page of this origin: `Sec-Fetch-Site: same-origin`; where
/// the browser does not say, an equal `Origin`; nothing else.
pub(crate) fn is_same_origin(headers: &HeaderMap, origin: &str) -> bool {
    match text(headers, "sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => text(headers, "origin") == Some(origin),
    }
}

/// The only value of a header; one that comes twice is no text and means nothing.
fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() {
        return Some("");
    }
    Some(first.to_str().unwrap_or_default())
}
