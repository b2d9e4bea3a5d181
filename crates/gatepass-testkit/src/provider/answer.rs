//! What goes back: status, header fields and body, before any fault has touched them.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::Value;

#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Box<HeaderMap>,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, headers: Box::default(), body: Bytes::new() }
    }

    pub(crate) fn json(status: StatusCode, value: &Value) -> Self {
        let mut answer = Self::empty(status);
        answer.body = value.to_string().into();
        answer.with(header::CONTENT_TYPE, "application/json")
    }

    /// 303, because a browser must not repeat the password of a login form at the client (RFC 9700 section 4.12).
    pub(crate) fn see_other(location: &str) -> Self {
        Self::empty(StatusCode::SEE_OTHER)
            .with(header::LOCATION, location)
            .with(header::CACHE_CONTROL, "no-store")
    }

    pub(crate) fn method_not_allowed(allowed: &str) -> Self {
        Self::empty(StatusCode::METHOD_NOT_ALLOWED).with(header::ALLOW, allowed)
    }

    /// Sets a field; a value that no header can hold is left out.
    pub(crate) fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// The bytes of an HTTP/1.1 answer, for faults that write to the socket themselves.
    pub(crate) fn head(&self, framing: &str) -> Vec<u8> {
        let reason = self.status.canonical_reason().unwrap_or("Unknown");
        let mut head = format!("HTTP/1.1 {} {reason}\r\n", self.status.as_u16()).into_bytes();
        for (name, value) in self.headers.iter() {
            head.extend_from_slice(name.as_str().as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value.as_bytes());
            head.extend_from_slice(b"\r\n");
        }
        head.extend_from_slice(framing.as_bytes());
        head.extend_from_slice(b"\r\n\r\n");
        head
    }
}
