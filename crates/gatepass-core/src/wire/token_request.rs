//! What all requests to the token and revocation endpoints share.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderValue, Method, Request, Uri};

use crate::{Body, Client};

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const AGENT: HeaderValue = HeaderValue::from_static(concat!("gatepass/", env!("CARGO_PKG_VERSION")));

/// Completes a form with the client's authentication and makes the POST of it.
pub(crate) fn form_request(client: &Client, uri: &Uri, mut form: String) -> Request<Body> {
    client.credentials().push(&mut form, client.id());
    let mut request = Request::new(Body::from(form));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = uri.clone();
    let headers = request.headers_mut();
    headers.insert(ACCEPT, JSON);
    headers.insert(CONTENT_TYPE, FORM);
    headers.insert(USER_AGENT, AGENT);
    if let Some(value) = client.credentials().header() {
        headers.insert(AUTHORIZATION, value);
    }
    request
}
