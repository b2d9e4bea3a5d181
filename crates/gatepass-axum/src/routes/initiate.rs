//! A login that somebody else starts: a provider's page of applications, or a link in a letter
//! (OpenID Connect Core section 4).
//!
//! Whoever sends the person here chooses among the providers that are configured and the pages of this site, and nothing
//! else. The login itself begins at our own door, to which the person is sent on: there the browser brings its cookie,
//! which it does not bring along with a form of another site.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderMap, Method, Uri};
use url::form_urlencoded;

use super::login::is_hint;
use super::{refuse, wrong_method};
use crate::login::Entry;
use crate::navigation::Intent;
use crate::{Cause, Login, ReturnTo, answer, form};

/// A longer query is not looked at.
const LONGEST_QUERY: usize = 8 * 1024;

pub(super) async fn start(login: &Login, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    if !matches!(parts.method, Method::GET | Method::POST) {
        return wrong_method(login, "GET, POST", headers).await;
    }
    match Intent::at_initiation(headers) {
        Intent::Navigation => {}
        Intent::Prefetch => return refuse(login, Cause::Prefetch, "", headers).await,
        Intent::Background => return refuse(login, Cause::NotNavigation, "", headers).await,
    }
    let asked = match read(&parts.method, &parts.uri, headers, body).await {
        Ok(asked) => asked,
        Err(cause) => return refuse(login, cause, "", headers).await,
    };
    match asked.door(login) {
        Ok(door) => match answer::see_other(&door) {
            Some(response) => response,
            None => refuse(login, Cause::Internal, "", headers).await,
        },
        Err(cause) => refuse(login, cause, "", headers).await,
    }
}

/// What somebody else asks for.
struct Asked {
    iss: String,
    hint: Option<String>,
    target: Option<String>,
}

async fn read(method: &Method, uri: &Uri, headers: &HeaderMap, body: Body) -> Result<Asked, Cause> {
    let form;
    let text = if method == Method::POST {
        form = form::read(headers, body).await?;
        &*form
    } else {
        uri.query().unwrap_or_default().as_bytes()
    };
    if text.len() > LONGEST_QUERY {
        return Err(Cause::TooLarge);
    }
    let only = |name: &str| {
        let mut values = form_urlencoded::parse(text).filter(|(known, _)| known == name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(Cause::Duplicate),
            (value, None) => Ok(value.map(|(_, value)| value.into_owned())),
        }
    };
    Ok(Asked {
        iss: only("iss")?.ok_or(Cause::Malformed)?,
        hint: only("login_hint")?.filter(|hint| is_hint(hint)),
        target: only("target_link_uri")?,
    })
}

impl Asked {
    /// Our own door for it.
    fn door(&self, login: &Login) -> Result<String, Cause> {
        let inner = login.inner();
        let is_meant = |entry: &&std::sync::Arc<Entry>| {
            !entry.connects && entry.registered.issuer.as_deref() == Some(&*self.iss)
        };
        let entry = inner.entries.iter().find(is_meant).ok_or(Cause::UnknownProvider)?;
        let target = match &self.target {
            Some(target) => Some(inner.site.target(target).ok_or(Cause::Malformed)?),
            None => None,
        };
        let target: Option<ReturnTo> = target.filter(|target| !inner.is_own(target.path()));
        let mut door = inner.site.login(Some(&entry.name), target.as_ref());
        if let Some(hint) = &self.hint {
            door.push(if door.contains('?') { '&' } else { '?' });
            door.push_str(
                &form_urlencoded::Serializer::new(String::new()).append_pair("login_hint", hint).finish(),
            );
        }
        Ok(door)
    }
}
