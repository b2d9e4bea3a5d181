//! The exchange of a code for tokens (RFC 6749 section 4.1.3).
//!
//! - The code is sent once, with the verifier of this login and the redirect URI of the request, to the letter.
//! - The resources that were asked for are named again (RFC 8707 section 2.2).
//! - A request that certainly never left gives the exchange back; anything else spends the code.

use std::fmt;

use http::{Request, Response};

use crate::callback::Code;
use crate::pkce::Text43;
use crate::wire::token_request::{Form, room};
use crate::wire::token_response::token_response;
use crate::{Attempt, Body, Client, Roundtrip, Scopes, Secret, Step, Timestamp, TokenError, TokenSet};

/// A code that waits to be exchanged.
#[must_use = "a code that is not exchanged is worth nothing, and the login is lost"]
pub struct Exchange {
    client: Client,
    code: Code,
    verifier: Text43,
    scopes: Scopes,
    resources: Box<[Box<str>]>,
}

impl Exchange {
    pub(crate) fn new(
        client: Client,
        code: Code,
        verifier: Text43,
        scopes: Scopes,
        resources: Box<[Box<str>]>,
    ) -> Self {
        Self { client, code, verifier, scopes, resources }
    }

    /// The code, for a protocol whose answer is bound to it (`c_hash`).
    #[doc(hidden)]
    #[must_use]
    pub fn code(&self) -> Secret {
        Secret::new(self.code.expose())
    }
}

impl Roundtrip for Exchange {
    type Sent = ExchangeSent;
    type Output = TokenSet;
    type Error = TokenError;

    fn request(self, attempt: Attempt) -> Result<(Request<Body>, ExchangeSent), TokenError> {
        let redirect_uri = self.client.redirect_uri().as_str();
        let code = self.code.expose();
        let params = &self.client.provider().profile().token_params;
        let resources: usize =
            self.resources.iter().map(|resource| "&resource=".len() + resource.len()).sum();
        let values = code.len() + redirect_uri.len() + room(params) + resources;
        let mut form = Form::with_room_for(&self.client, values);
        form.push("grant_type", "authorization_code");
        form.push("code", code);
        form.push("redirect_uri", redirect_uri);
        form.push("code_verifier", self.verifier.as_str());
        for (name, value) in params {
            form.push(name, value);
        }
        for resource in &self.resources {
            form.push("resource", resource);
        }
        let request = form.into_request(&self.client, self.client.provider().token_uri());
        Ok((request, ExchangeSent { sent: attempt.now(), leg: self }))
    }

    fn response(
        sent: ExchangeSent,
        answer: Response<Body>,
        now: Timestamp,
    ) -> Result<Step<Self>, TokenError> {
        let ExchangeSent { leg, sent } = sent;
        let granted = token_response(&answer, leg.client.provider().profile(), now)?;
        Ok(Step::Done(TokenSet::new(leg.client, granted, leg.scopes.clone(), leg.scopes, sent)))
    }

    fn not_sent(sent: ExchangeSent) -> Self {
        sent.leg
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("client", &self.client).finish_non_exhaustive()
    }
}

/// An exchange whose request was made and whose answer is awaited.
#[derive(Debug)]
#[must_use = "the answer to the request belongs here"]
pub struct ExchangeSent {
    leg: Exchange,
    sent: Timestamp,
}
