//! A provider that signs with aws-lc, so that nothing under test signs what it verifies, and one login at it.

mod signer;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatepass_core::{
    Attempt, Body, Callback, Client, ClientAuth, Profile, Roundtrip, Scopes, Secret, Seed, Step, Timestamp,
    TokenError,
};
use gatepass_oidc::{
    Established, JwtError, KeySet, Metadata, OpenId, RefreshVerdict, Rules, SignIn, SignInExchange,
    SignInRequest, Unverified, Verdict,
};
use http::Response;
use serde_json::{Value, json};

pub(crate) use signer::{Signer, b64, keys};

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

pub(crate) fn metadata() -> Metadata {
    Metadata::read(ISSUER, &document().to_string(), false).unwrap()
}

pub(crate) fn openid(rules: Rules) -> OpenId {
    openid_of(rules, Profile::strict())
}

pub(crate) fn openid_of(rules: Rules, profile: Profile) -> OpenId {
    let metadata = metadata();
    let auth = ClientAuth::Basic(Secret::from("the client's own secret"));
    let provider = metadata.provider().profile(profile).build().unwrap();
    let client = Client::new(provider, CLIENT, auth, "https://app.example/cb").unwrap();
    OpenId::new(client, &metadata, rules).unwrap()
}

/// A client of a provider whose every tenant has an issuer of its own.
pub(crate) fn multi_tenant(rules: Rules) -> OpenId {
    let template = "https://login.example/{tenantid}/v2.0";
    let document = changed(document(), "issuer", json!(template));
    let metadata = Metadata::read(template, &document.to_string(), false).unwrap();
    let client =
        Client::new(metadata.provider().build().unwrap(), CLIENT, ClientAuth::None, "https://app.example/cb")
            .unwrap();
    OpenId::new(client, &metadata, rules).unwrap()
}

/// The token, with one bit of its signature flipped.
pub(crate) fn flipped(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    bytes[7] ^= 1;
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// What becomes of a refresh: who goes on, if the answer says so.
pub(crate) fn refreshed(
    openid: &OpenId,
    id_token: Option<&str>,
    before: Established,
    keys: &KeySet,
) -> Result<Option<String>, JwtError> {
    let mut body = json!({
        "access_token": "at2", "token_type": "Bearer", "expires_in": 60, "refresh_token": "the successor",
    });
    if let Some(token) = id_token {
        body["id_token"] = json!(token);
    }
    let refresh = openid.client().refresh("the refresh token".into(), &Scopes::none());
    let (_, sent) = refresh.request(attempt(9)).unwrap();
    let answer = Response::builder().header("content-type", "application/json");
    let answer = answer.body(Body::from(body.to_string())).unwrap();
    let Ok(Step::Done(tokens)) = gatepass_core::Refresh::response(sent, answer, NOW) else {
        panic!("the answer is sound")
    };
    let refreshed = openid.refreshed(tokens.tokens, before);
    assert_eq!(refreshed.refresh_token().unwrap().expose(), "the successor");
    match refreshed.verify(keys, NOW) {
        RefreshVerdict::Continued { identity, .. } => Ok(identity.map(|who| who.sub().to_owned())),
        RefreshVerdict::Refused(why) => Err(why),
        _ => Err(JwtError::NoKey),
    }
}

/// The token endpoint answers with this ID token.
///
/// # Errors
/// The core has refused it before: it is no token at all.
pub(crate) fn exchanged(exchange: SignInExchange, id_token: &str) -> Result<Unverified, TokenError> {
    answered_with(
        exchange,
        json!({
            "access_token": "the-access-token", "token_type": "Bearer", "expires_in": 60, "id_token": id_token,
        }),
    )
}

/// The token endpoint answers without an ID token.
pub(crate) fn exchanged_without(exchange: SignInExchange) -> Result<Unverified, TokenError> {
    answered_with(exchange, json!({"access_token": "the-access-token", "token_type": "Bearer"}))
}

fn answered_with(exchange: SignInExchange, body: Value) -> Result<Unverified, TokenError> {
    let (_, sent) = exchange.request(attempt(8)).unwrap();
    let answer = Response::builder().header("content-type", "application/json");
    let answer = answer.body(Body::from(body.to_string())).unwrap();
    match SignInExchange::response(sent, answer, NOW)? {
        Step::Done(unverified) => Ok(unverified),
        _ => panic!("there is one answer"),
    }
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

    /// The exchange alone.
    pub(crate) fn into_exchange(self) -> SignInExchange {
        self.exchange
    }

    /// The claims of a token that is right.
    pub(crate) fn claims(&self) -> Value {
        json!({
            "iss": ISSUER, "sub": "alice", "aud": CLIENT, "nonce": self.nonce,
            "iat": NOW.as_unix_seconds(), "exp": NOW.as_unix_seconds() + 300,
        })
    }

    /// The token endpoint answers with this ID token.
    ///
    /// # Errors
    /// The core has refused it before: it is no token at all.
    pub(crate) fn answered(self, id_token: &str) -> Result<Unverified, TokenError> {
        exchanged(self.exchange, id_token)
    }

    pub(crate) fn finish(self, id_token: &str, keys: &KeySet) -> Result<SignIn, JwtError> {
        self.finish_at(id_token, keys, NOW)
    }

    pub(crate) fn finish_at(self, id_token: &str, keys: &KeySet, now: Timestamp) -> Result<SignIn, JwtError> {
        let answered = self.answered(id_token).map_err(|why| match why {
            TokenError::FieldType("id_token") | TokenError::Missing("id_token") => JwtError::Malformed,
            other => panic!("{other}"),
        })?;
        match answered.verify(keys, now) {
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
