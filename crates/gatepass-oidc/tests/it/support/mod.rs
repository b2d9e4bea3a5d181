//! A provider that signs with aws-lc, so that nothing under test signs what it verifies, and one login at it.

mod signer;

use gatepass_core::{
    Attempt, Body, Callback, Client, ClientAuth, Roundtrip, Scopes, Secret, Seed, Step, Timestamp,
};
use gatepass_oidc::{
    JwtError, KeySet, Metadata, OpenId, Rules, SignIn, SignInExchange, SignInRequest, Unverified, Verdict,
};
use http::Response;
use serde_json::{Value, json};

pub(crate) use signer::Signer;

pub(crate) const ISSUER: &str = "https://op.example";
pub(crate) const CLIENT: &str = "my-app";
pub(crate) const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

pub(crate) fn document() -> Value {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": "https://op.example/authorize",
        "token_endpoint": "https://op.example/token",
        "jwks_uri": "https://op.example/jwks",
        "userinfo_endpoint": "https://op.example/userinfo",
        "end_session_endpoint": "https://op.example/logout",
        "revocation_endpoint": "https://op.example/revoke",
        "response_types_supported": ["code"],
    })
}

pub(crate) fn openid(rules: Rules) -> OpenId {
    let metadata = Metadata::read(ISSUER, &document().to_string(), false).unwrap();
    let auth = ClientAuth::Basic(Secret::from("the client's own secret"));
    let client =
        Client::new(metadata.provider().build().unwrap(), CLIENT, auth, "https://app.example/cb").unwrap();
    OpenId::new(client, &metadata, rules).unwrap()
}

pub(crate) fn attempt(seed: u8) -> Attempt {
    Attempt::new(NOW, Seed::new([seed; 64]))
}

/// A login that has come as far as the token response.
pub(crate) struct Login {
    pub(crate) nonce: String,
    exchange: SignInExchange,
}

impl Login {
    pub(crate) fn at(openid: &OpenId) -> Self {
        Self::with(openid, |request| request)
    }

    pub(crate) fn with(openid: &OpenId, how: impl FnOnce(SignInRequest) -> SignInRequest) -> Self {
        let request = how(openid.authorize(&Scopes::new("profile").unwrap()));
        let (url, waiting) = request.start(attempt(7)).unwrap();
        let asked = |name: &str| {
            let value = url.query_pairs().find(|(known, _)| known == name);
            value.unwrap_or_else(|| panic!("{name} is asked for")).1.into_owned()
        };
        let (state, nonce) = (asked("state"), asked("nonce"));
        let callback = Callback::from_query(&format!("code=the-code&state={state}")).unwrap();
        Self { exchange: waiting.receive(callback, NOW).unwrap(), nonce }
    }

    /// The claims of a token that is right.
    pub(crate) fn claims(&self) -> Value {
        json!({
            "iss": ISSUER, "sub": "alice", "aud": CLIENT, "nonce": self.nonce,
            "iat": NOW.as_unix_seconds(), "exp": NOW.as_unix_seconds() + 300,
        })
    }

    /// The token endpoint answers with this ID token.
    pub(crate) fn answered(self, id_token: &str) -> Unverified {
        let body = json!({
            "access_token": "the-access-token", "token_type": "Bearer", "expires_in": 60, "id_token": id_token,
        });
        let (_, sent) = self.exchange.request(attempt(8)).unwrap();
        let answer = Response::builder().header("content-type", "application/json");
        let answer = answer.body(Body::from(body.to_string())).unwrap();
        match SignInExchange::response(sent, answer, NOW) {
            Ok(Step::Done(unverified)) => unverified,
            _ => panic!("the token response is sound"),
        }
    }

    pub(crate) fn finish(self, id_token: &str, keys: &KeySet) -> Result<SignIn, JwtError> {
        self.finish_at(id_token, keys, NOW)
    }

    pub(crate) fn finish_at(self, id_token: &str, keys: &KeySet, now: Timestamp) -> Result<SignIn, JwtError> {
        match self.answered(id_token).verify(keys, now) {
            Verdict::SignedIn(sign_in) => Ok(sign_in),
            Verdict::Refused(why) => Err(why),
            Verdict::NeedKeys(_) => Err(JwtError::NoKey),
            _ => panic!("no other verdict is known"),
        }
    }
}

/// Changes one claim of a right token; `Null` takes it away.
pub(crate) fn changed(mut claims: Value, name: &str, value: Value) -> Value {
    let members = claims.as_object_mut().unwrap();
    if value.is_null() {
        members.remove(name);
    } else {
        members.insert(name.into(), value);
    }
    claims
}
