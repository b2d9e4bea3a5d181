//! The error answers of the token and revocation endpoints (RFC 6749 section 5.2).

use super::answer::Answer;
use http::{StatusCode, header};
use serde_json::json;

#[derive(Debug)]
pub(crate) struct TokenRefusal {
    error: &'static str,
    description: String,
    status: StatusCode,
    challenge: bool,
}

impl TokenRefusal {
    fn bad_request(error: &'static str, description: &str) -> Self {
        Self { error, description: printable(description), status: StatusCode::BAD_REQUEST, challenge: false }
    }

    pub(crate) fn invalid_request(description: &str) -> Self {
        Self::bad_request("invalid_request", description)
    }

    pub(crate) fn invalid_grant(description: &str) -> Self {
        Self::bad_request("invalid_grant", description)
    }

    pub(crate) fn invalid_scope(description: &str) -> Self {
        Self::bad_request("invalid_scope", description)
    }

    pub(crate) fn unsupported_grant_type() -> Self {
        Self::bad_request("unsupported_grant_type", "authorization_code and refresh_token are supported")
    }

    pub(crate) fn invalid_client(description: &str, challenge: bool) -> Self {
        Self {
            error: "invalid_client",
            description: printable(description),
            status: StatusCode::UNAUTHORIZED,
            challenge,
        }
    }

    pub(crate) fn answer(&self) -> Answer {
        let body = json!({ "error": self.error, "error_description": self.description });
        let answer = no_store(Answer::json(self.status, &body));
        if self.challenge {
            answer.with(header::WWW_AUTHENTICATE, r#"Basic realm="gatepass-provider", charset="UTF-8""#)
        } else {
            answer
        }
    }
}

pub(crate) fn no_store(answer: Answer) -> Answer {
    answer.with(header::CACHE_CONTROL, "no-store").with(header::PRAGMA, "no-cache")
}

/// The characters that `error_description` may hold.
pub(crate) fn printable(description: &str) -> String {
    description.chars().filter(|c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\')).collect()
}
