//! The logout: a POST from a page of this origin. It counts here before anybody else is asked.

use axum::extract::Request;
use axum::response::Response;
use http::Method;

use super::{refuse, show, wrong_method};
use crate::navigation::is_same_origin;
use crate::refusal::Refusal;
use crate::{Cause, Login, answer};

pub(super) async fn end(login: &Login, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let (inner, headers) = (login.inner(), &parts.headers);
    if parts.method != Method::POST {
        return wrong_method(login, "POST", headers).await;
    }
    if !is_same_origin(headers, inner.site.origin()) {
        return refuse(login, Cause::CrossSite, "", headers).await;
    }
    if let Some(ticket) = inner.session_cookie.find(headers) {
        let ending = {
            let login = login.clone();
            async move {
                match login.session(&ticket).await {
                    Ok(Some(session)) => login.end(&session).await,
                    Ok(None) => Ok(()),
                    Err(why) => Err(why.into()),
                }
            }
        };
        match inner.keeper.undisturbed(ending).await {
            Ok(Ok(())) => {}
            // The cookie stays: without it the person could not try again.
            Ok(Err(why)) => {
                let refusal = Refusal::new(Cause::StoreUnavailable, "", Some(&*why), &inner.world);
                return show(login, &refusal, headers).await;
            }
            Err(_) => return refuse(login, Cause::Internal, "", headers).await,
        }
    }
    let Some(mut response) = answer::see_other(inner.after_logout.as_str()) else {
        return refuse(login, Cause::Internal, "", headers).await;
    };
    answer::add_cookie(&mut response, inner.session_cookie.clear());
    response
}
