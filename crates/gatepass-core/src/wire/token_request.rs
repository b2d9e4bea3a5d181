//! What all requests to the token and revocation endpoints share.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderValue, Method, Request, Uri};

use super::form::push_pair;
use crate::{Body, Client};

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const AGENT: HeaderValue = HeaderValue::from_static(concat!("gatepass/", env!("CARGO_PKG_VERSION")));

/// More bytes than the names that a leg always sends and a verifier have.
const NAMES: usize = 256;

/// How many bytes of room these parameters take.
pub(crate) fn room(params: &[(Box<str>, Box<str>)]) -> usize {
    params.iter().map(|(name, value)| name.len() + value.len() + 1).sum()
}

/// A form with room for all of it from the start: growing would leave copies of the secrets behind.
pub(crate) struct Form {
    text: String,
    room: usize,
}

impl Form {
    /// A form for the client's authentication and values of so many bytes, names of parameters included.
    pub(crate) fn with_room_for(client: &Client, values: usize) -> Self {
        let client = client.id().len() + client.credentials().in_body();
        let text = String::with_capacity(NAMES + 3 * (values + client));
        Self { room: text.capacity(), text }
    }

    pub(crate) fn push(&mut self, name: &str, value: &str) {
        push_pair(&mut self.text, name, value);
    }

    /// Completes the form with the client's authentication and makes the POST of it.
    pub(crate) fn into_request(mut self, client: &Client, uri: &Uri) -> Request<Body> {
        client.credentials().push(&mut self.text, client.id());
        debug_assert_eq!(self.text.capacity(), self.room, "the form has grown");
        let mut request = Request::new(Body::from(self.text));
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
}
