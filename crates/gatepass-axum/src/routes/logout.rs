//! The logout: a POST from a page of this origin. It counts here before anybody else is asked, and leads on to the provider
//! where that is wanted (OpenID Connect RP-Initiated Logout section 2).

use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;
use gatepass::IdToken;
use http::{HeaderMap, Method, StatusCode};
use serde_json::json;

use super::{refuse, show, wrong_method};
use crate::cookie::Ticket;
use crate::login::Entry;
use crate::navigation::is_same_origin;
use crate::pages::{Action, Notice};
use crate::random::draw;
use crate::refusal::{Refusal, wants_page};
use crate::{Cause, Login, Session, answer};

/// How long a person may take at the provider.
const KEEP_LOGOUT: Duration = Duration::from_secs(15 * 60);

pub(super) async fn end(login: &Login, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let (inner, headers) = (login.inner(), &parts.headers);
    if parts.method != Method::POST {
        return wrong_method(login, "POST", headers).await;
    }
    if !is_same_origin(headers, inner.site.origin()) {
        return refuse(login, Cause::CrossSite, "", headers).await;
    }
    let mut ended = None;
    if let Some(ticket) = inner.session_cookie.find(headers) {
        let ending = {
            let login = login.clone();
            async move {
                let Some(session) = login.session(&ticket).await? else { return Ok(None) };
                // The fence makes it unreadable.
                let hint = login.hint(&session).await;
                login.end(&session).await?;
                Ok::<_, Box<dyn std::error::Error + Send + Sync>>(Some((session, hint)))
            }
        };
        match inner.keeper.undisturbed(ending).await {
            Ok(Ok(those)) => ended = those,
            // The cookie stays: without it the person could not try again.
            Ok(Err(why)) => {
                let refusal = Refusal::new(Cause::StoreUnavailable, "", Some(&*why), &inner.world);
                return show(login, &refusal, headers).await;
            }
            Err(_) => return refuse(login, Cause::Internal, "", headers).await,
        }
    }
    let onward = match &ended {
        Some((session, hint)) => login.onward(session, hint.as_ref(), headers).await,
        None => None,
    };
    let Some(mut response) = onward.or_else(|| answer::see_other(inner.after_logout.as_str())) else {
        return refuse(login, Cause::Internal, "", headers).await;
    };
    answer::add_cookie(&mut response, inner.session_cookie.clear());
    response
}

impl Login {
    /// The entry of a session whose provider is asked to end its own.
    fn asked_to_end(&self, session: &Session) -> Option<(&Entry, &str)> {
        let entry = self.inner().entry(session.provider())?;
        Some((entry, entry.logout_path.as_deref()?))
    }

    /// By what the provider knows whose session is meant.
    async fn hint(&self, session: &Session) -> Option<IdToken> {
        self.asked_to_end(session)?;
        match self.inner().keeper.id_token(&session.grant()).await {
            Ok(hint) => hint,
            Err(why) => {
                let provider = session.provider();
                tracing::warn!(provider, %why, "the provider is asked to end a session without being told whose");
                None
            }
        }
    }

    /// Where a person goes whose session has ended here: to the provider, or to a page that says that they may still be logged
    /// in there. `None`: nobody wanted them to go there.
    async fn onward(
        &self,
        session: &Session,
        hint: Option<&IdToken>,
        headers: &HeaderMap,
    ) -> Option<Response> {
        let inner = self.inner();
        let (entry, path) = self.asked_to_end(session)?;
        let provider = &*entry.name;
        let [random, _] = draw(&inner.world)?;
        let (ticket, back) = (Ticket::new(&random), inner.site.absolute(path)?);
        let there = entry.flow.end_session(hint, Some((&back, ticket.expose())), &inner.world).await;
        match there {
            Ok(Some(url)) => {
                let mut response = answer::see_other(url.as_str())?;
                answer::add_cookie(&mut response, inner.logout_cookie.set(&ticket, KEEP_LOGOUT));
                return Some(response);
            }
            Ok(None) => {
                tracing::info!(provider, "logged out here only: the provider has no place to end a session")
            }
            Err(why) => {
                tracing::warn!(provider, %why, "logged out here only: the provider cannot be asked where")
            }
        }
        Some(self.logged_out_here(headers))
    }

    fn logged_out_here(&self, headers: &HeaderMap) -> Response {
        let inner = self.inner();
        let look = inner.site.look();
        let texts = look.texts(headers);
        let said = &texts.logged_out_here;
        if !wants_page(headers) {
            return answer::json(StatusCode::OK, &json!({ "logged_out": "here", "message": said.text }));
        }
        let notice = Notice {
            cause: None,
            lang: &texts.lang,
            title: &said.title,
            text: &said.text,
            actions: &[Action { label: &texts.send_on, href: inner.after_logout.as_str() }],
            reference: None,
        };
        look.show(texts, &notice)
    }
}
