//! A refusal: its cause for the person, its detail for the operator, and a reference by which the two find each other.

use std::error::Error;
use std::fmt::Write as _;

use axum::response::Response;
use gatepass::{Unavailable, World};
use http::{HeaderMap, HeaderValue, header};
use serde_json::json;

use crate::Cause;
use crate::answer;
use crate::navigation::asks_for_html;
use crate::pages::{Action, Notice};
use crate::site::Site;

/// Something that was refused. The detail has gone to the operator's log already.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    cause: Cause,
    reference: Box<str>,
    /// In how many seconds the same may succeed, where that is known.
    retry_after: Option<u64>,
}

impl Refusal {
    /// Refuses, and tells the operator why. No detail holds a secret: errors of this library never do.
    pub(crate) fn new(
        cause: Cause,
        provider: &str,
        why: Option<&(dyn Error + 'static)>,
        world: &World,
    ) -> Self {
        let reference = reference(world);
        let detail = why.map(chain).unwrap_or_default();
        let (cause_label, reference_text) = (cause.label(), &*reference);
        match cause {
            Cause::Declined
            | Cause::NotAdmitted
            | Cause::LoginRequired
            | Cause::LogoutUnknown
            | Cause::Prefetch
            | Cause::NotNavigation => {
                tracing::info!(cause = cause_label, reference = reference_text, provider, detail, "refused");
            }
            Cause::Internal | Cause::ClientRefused | Cause::StoreUnavailable => {
                tracing::error!(cause = cause_label, reference = reference_text, provider, detail, "refused");
            }
            _ => tracing::warn!(cause = cause_label, reference = reference_text, provider, detail, "refused"),
        }
        metrics::counter!("gatepass_refusals_total", "cause" => cause_label).increment(1);
        Self { cause, reference, retry_after: why.and_then(when).or(usually(cause)) }
    }

    /// The same refusal as before, for the same callback.
    pub(crate) fn kept(cause: Cause, reference: Box<str>) -> Self {
        Self { cause, reference, retry_after: usually(cause) }
    }

    pub(crate) fn cause(&self) -> Cause {
        self.cause
    }

    pub(crate) fn reference(&self) -> &str {
        &self.reference
    }

    /// The page, or JSON for a program. `home` is where a person can go who has a session all the same.
    pub(crate) fn answer(&self, headers: &HeaderMap, site: &Site, home: Option<&str>) -> Response {
        if !wants_page(headers) {
            return self.json(site);
        }
        let texts = site.look().texts(headers);
        let (said, login) = (texts.about(self.cause), site.login(None, None));
        let mut actions = Vec::new();
        if let Some(href) = home {
            let label = if self.cause == Cause::LogoutUnknown { &texts.send_on } else { &texts.go_on };
            actions.push(Action { label, href });
        }
        if let Some(label) = texts.login_label(self.cause) {
            actions.push(Action { label, href: &login });
        }
        let notice = Notice {
            cause: Some(self.cause),
            lang: &texts.lang,
            title: &said.title,
            text: &said.text,
            actions: &actions,
            reference: Some(&self.reference),
        };
        self.finish(site.look().show(texts, &notice), site)
    }

    /// JSON, whatever was asked for.
    pub(crate) fn json(&self, site: &Site) -> Response {
        let body = json!({
            "error": self.cause.label(),
            "message": site.look().texts(&HeaderMap::new()).about(self.cause).text,
            "reference": self.reference,
            "login": format!("{}{}", site.origin(), site.login(None, None)),
        });
        self.finish(answer::json(self.cause.status(), &body), site)
    }

    fn finish(&self, mut response: Response, site: &Site) -> Response {
        let headers = response.headers_mut();
        if let Cause::LoginRequired | Cause::NotNavigation = self.cause {
            let login = format!("Gatepass login=\"{}{}\"", site.origin(), site.login(None, None));
            if let Ok(value) = HeaderValue::from_str(&login) {
                headers.insert(header::WWW_AUTHENTICATE, value);
            }
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// What the provider said of when to come again; what is known of its absence without that is that it may be short.
fn when(why: &(dyn Error + 'static)) -> Option<u64> {
    match why.downcast_ref::<Unavailable>()? {
        Unavailable::Later { retry_after } => Some(retry_after.map_or(2, |after| after.as_secs().max(1))),
        _ => None,
    }
}

const fn usually(cause: Cause) -> Option<u64> {
    match cause {
        Cause::StillBusy | Cause::StoreUnavailable => Some(2),
        Cause::Crowded => Some(30),
        _ => None,
    }
}

/// A page for people, JSON for programs; where neither is known, a page.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    if let Some(mode) = headers.get("sec-fetch-mode") {
        return mode == "navigate";
    }
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    asks_for_html(headers) || !accept.contains("json")
}

/// Every error of the chain, in one line.
fn chain(why: &(dyn Error + 'static)) -> String {
    let mut text = why.to_string();
    let mut source = why.source();
    while let Some(why) = source {
        let _ = write!(text, ": {why}");
        source = why.source();
    }
    text
}

/// Eight random letters and digits; no secret, and no two alike in one log.
fn reference(world: &World) -> Box<str> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let Ok(seed) = world.entropy.seed() else { return "unknown".into() };
    let [bytes, _] = seed.split();
    bytes.iter().take(8).map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect::<String>().into()
}
