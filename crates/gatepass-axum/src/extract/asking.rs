//! Who asks for a page, and what they are told when they must log in first.

use std::fmt;

use axum::extract::OriginalUri;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};

use crate::marker::Marker;
use crate::navigation::Intent;
use crate::refusal::Refusal;
use crate::routes::login::RENEW;
use crate::{Cause, Login, ReturnTo, answer};

/// A request to the application, as far as the login has to know it.
#[derive(Clone, Debug)]
pub(crate) struct Asking {
    pub(crate) login: Login,
    pub(super) person: bool,
    /// Whether a new login has just brought the session new tokens.
    renewed: bool,
    place: Option<ReturnTo>,
    page: bool,
    languages: Option<HeaderValue>,
}

impl Asking {
    /// `None`: the application has not put the layer around this route.
    pub(crate) fn of(parts: &Parts) -> Option<Self> {
        Some(Self::for_login(parts.extensions.get::<Login>()?.clone(), parts))
    }

    pub(super) fn for_login(login: Login, parts: &Parts) -> Self {
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
        let place = uri.path_and_query().and_then(|place| login.inner().site.place(place.as_str()));
        Self {
            login,
            person: Intent::elsewhere(&parts.method, &parts.headers) == Intent::Navigation,
            place,
            page: parts
                .headers
                .get("sec-fetch-mode")
                .map_or_else(|| crate::navigation::asks_for_html(&parts.headers), |mode| mode == "navigate"),
            renewed: Marker::Renewed.is_set(&parts.headers),
            languages: parts.headers.get(header::ACCEPT_LANGUAGE).cloned(),
        }
    }

    /// Sends a person to the login, from where they come back to this place; a program gets 401 with the login's URL.
    pub(crate) fn must_log_in(&self) -> Response {
        self.to_login("")
    }

    fn to_login(&self, also: &str) -> Response {
        let door = self.login.inner().site.login(None, self.place.as_ref());
        let mark = if door.contains('?') { "&" } else { "?" };
        let mark = if also.is_empty() { "" } else { mark };
        let to_login = || answer::see_other(&format!("{door}{mark}{also}"));
        match self.person.then(to_login).flatten() {
            Some(mut response) => {
                answer::set(
                    &mut response,
                    header::VARY,
                    HeaderValue::from_static("Sec-Fetch-Mode, Sec-Fetch-Dest, Accept, Cookie"),
                );
                response
            }
            None => self.refuse(Cause::LoginRequired, None),
        }
    }

    /// As [`must_log_in`](Self::must_log_in), for somebody whose session goes on but whose grant has ended. If a login
    /// has just brought tokens that do not serve either, another one would not help, and nobody is sent in a circle.
    pub(crate) fn must_log_in_again(&self) -> (Cause, Response) {
        if self.person && self.renewed {
            return (Cause::ApiFailed, self.refuse(Cause::ApiFailed, Some(&StillNone)));
        }
        (Cause::LoginRequired, self.to_login(&format!("{RENEW}=1")))
    }

    pub(crate) fn refuse(&self, cause: Cause, why: Option<&(dyn std::error::Error + 'static)>) -> Response {
        let inner = self.login.inner();
        let refusal = Refusal::new(cause, "", why, &inner.world);
        if self.page {
            let mut headers = http::HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static("text/html"));
            headers.extend(self.languages.clone().map(|value| (header::ACCEPT_LANGUAGE, value)));
            return refusal.answer(&headers, &inner.site, None);
        }
        refusal.json(&inner.site)
    }
}

/// The tokens of a login that has just been made do not serve.
#[derive(Debug)]
struct StillNone;

impl fmt::Display for StillNone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the tokens that a new login brought a moment ago do not serve")
    }
}

impl std::error::Error for StillNone {}

/// The application asks for something of the login on a route around which its layer is not.
pub(crate) fn no_layer() -> Response {
    tracing::error!("a handler asks for a session on a route that `Login::layer` is not around");
    answer::json(
        StatusCode::INTERNAL_SERVER_ERROR,
        &serde_json::json!({ "error": "internal", "message": "This site is not set up correctly." }),
    )
}
