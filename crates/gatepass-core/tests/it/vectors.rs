//! Answers of a provider as data, and what each leg must make of them. The tests over sockets read the same tables.

use std::error::Error;

use gatepass_core::{
    Body, ErrorCode, Profile, ProviderError, RefreshError, Refreshed, Remedy, RevocationError, Timestamp,
    TokenError, TokenSet,
};
use http::Response;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

pub(crate) const EXCHANGE: &str = include_str!("../vectors/exchange.json");
pub(crate) const REFRESH: &str = include_str!("../vectors/refresh.json");
pub(crate) const REVOCATION: &str = include_str!("../vectors/revocation.json");

/// The scopes that every vector asked for.
pub(crate) const ASKED: &str = "a b";
/// The refresh token that the refresh presents.
pub(crate) const PRESENTED: &str = "rt1";
/// The client secret, which some answers echo.
pub(crate) const CANARY: &str = "canary-secret";

/// One answer, and what of the outcome is due.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vector {
    pub(crate) row: String,
    pub(crate) name: String,
    #[serde(default)]
    profile: Map<String, Value>,
    #[serde(default = "ok")]
    pub(crate) status: u16,
    #[serde(default = "json_headers")]
    pub(crate) headers: Map<String, Value>,
    body: Option<String>,
    json: Option<Box<RawValue>>,
    hex: Option<String>,
    pub(crate) expect: Map<String, Value>,
}

fn ok() -> u16 {
    200
}

fn json_headers() -> Map<String, Value> {
    Map::from_iter([("content-type".to_owned(), "application/json".into())])
}

impl Vector {
    pub(crate) fn all(table: &str) -> Vec<Self> {
        serde_json::from_str(table).unwrap()
    }

    pub(crate) fn profile(&self) -> Profile {
        let mut profile = Profile::strict();
        for (name, value) in &self.profile {
            let texts = || value.as_array().unwrap().iter().map(|one| one.as_str().unwrap().into());
            match name.as_str() {
                "token_statuses" => {
                    let statuses = value.as_array().unwrap().iter();
                    profile.token_statuses =
                        statuses.map(|one| one.as_u64().unwrap().try_into().unwrap()).collect();
                }
                "token_response_may_be_form" => profile.token_response_may_be_form = value == true,
                "token_type_default" => profile.token_type_default = value.as_str().map(Into::into),
                "token_types_as_bearer" => profile.token_types_as_bearer = texts().collect(),
                "scope_may_be_array" => profile.scope_may_be_array = value == true,
                "scope_may_be_null" => profile.scope_may_be_null = value == true,
                "response_scope_separators" => {
                    profile.response_scope_separators = value.as_str().unwrap().into();
                }
                other => panic!("{}: no such habit: {other}", self.name),
            }
        }
        profile
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        match (&self.body, &self.json, &self.hex) {
            (Some(text), None, None) => text.clone().into_bytes(),
            (None, Some(json), None) => json.get().into(),
            (None, None, Some(hex)) => {
                let digits: Vec<u32> = hex.chars().map(|digit| digit.to_digit(16).unwrap()).collect();
                digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
            }
            _ => panic!("{}: one body", self.name),
        }
    }

    pub(crate) fn answer(&self) -> Response<Body> {
        let mut answer = Response::builder().status(self.status);
        for (name, value) in &self.headers {
            answer = answer.header(name, value.as_str().unwrap());
        }
        answer.body(Body::from(self.body())).unwrap()
    }

    /// Compares what is due with what came; members that the vector does not name may be anything.
    pub(crate) fn check(&self, came: &Value) {
        let (row, name) = (&self.row, &self.name);
        if self.expect.contains_key("refused") {
            assert!(came.get("refused").is_some(), "{row}, {name}: accepted as {came}");
        }
        for (member, due) in &self.expect {
            let known = came.get(member);
            if member == "extra" && known.is_some() {
                for (one, due) in due.as_object().unwrap() {
                    assert_eq!(came["extra"].get(one), Some(due), "{row}, {name}: extra {one} of {came}");
                }
                continue;
            }
            assert_eq!(known, Some(due), "{row}, {name}: {member} of {came}");
        }
    }
}

fn lifetime(tokens: &TokenSet) -> Value {
    match tokens.expires() {
        None => Value::Null,
        Some(Timestamp::MAX) => "for ever".into(),
        Some(expires) => expires.saturating_since(tokens.issued()).as_secs().into(),
    }
}

/// Everything that a token set says, as data. `now` is when it is asked whether it has expired.
pub(crate) fn tokens(tokens: &TokenSet, now: Timestamp) -> Value {
    let extra: Map<String, Value> =
        tokens.extra().names().map(|name| (name.to_owned(), tokens.extra().json(name).into())).collect();
    json!({
        "access": tokens.access_token().expose(),
        "refresh": tokens.refresh_token().map(|token| token.expose()),
        "id_token": tokens.id_token().map(|token| token.danger_unverified()),
        "lifetime": lifetime(tokens),
        "expired": tokens.is_expired(now),
        "requested": tokens.requested().as_str(),
        "granted": tokens.granted().as_str(),
        "wider": tokens.is_wider_than_requested(),
        "extra": extra,
    })
}

pub(crate) fn exchanged(outcome: &Result<TokenSet, TokenError>, now: Timestamp) -> Value {
    match outcome {
        Ok(set) => tokens(set, now),
        Err(error) => token_error(error),
    }
}

pub(crate) fn refreshed(outcome: &Result<Refreshed, RefreshError>, now: Timestamp) -> Value {
    match outcome {
        Ok(refreshed) => {
            let mut all = tokens(&refreshed.tokens, now);
            all["rotated"] = refreshed.rotated.into();
            all
        }
        Err(error) => {
            let mut all = token_error(&error.why);
            all["salvage"] = error.salvage.as_ref().map(|token| token.expose()).into();
            all
        }
    }
}

fn demand_no_canary(error: &impl Error) {
    let printed = format!("{error} {error:?} {error:#?} {:?}", error.source());
    assert!(!printed.contains(CANARY), "the error shows a secret: {printed}");
}

fn remedy(remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::RetryLater(_) => "RetryLater",
        Remedy::AskAgain => "AskAgain",
        Remedy::PersonDeclined => "PersonDeclined",
        Remedy::FixConfiguration => "FixConfiguration",
        Remedy::ProviderMisbehaved => "ProviderMisbehaved",
        _ => "?",
    }
}

/// When it may succeed, by the remedy and not by the field, so that both are known to agree.
fn retry_after(one: Remedy) -> Value {
    match one {
        Remedy::RetryLater(Some(wait)) => wait.as_secs().into(),
        _ => Value::Null,
    }
}

fn said(error: &ProviderError) -> (String, Value) {
    demand_no_canary(error);
    let about = json!({
        "named": !matches!(error.code(), ErrorCode::Other(_)),
        "description": error.untrusted_description(),
        "uri": error.untrusted_uri(),
    });
    (format!("provider:{}", error.code().as_str()), about)
}

fn token_error(error: &TokenError) -> Value {
    demand_no_canary(error);
    let mut about = json!({});
    let refused = match error {
        TokenError::Provider { error, status, .. } => {
            let (refused, said) = said(error);
            about = said;
            about["status"] = (*status).into();
            refused
        }
        TokenError::Redirect { status } => {
            about["status"] = (*status).into();
            "redirect".into()
        }
        TokenError::Status { status, .. } => {
            about["status"] = (*status).into();
            "status".into()
        }
        TokenError::ContentType => "content type".into(),
        TokenError::Body => "body".into(),
        TokenError::Missing(name) => format!("missing:{name}"),
        TokenError::FieldType(name) => format!("field:{name}"),
        TokenError::UnknownTokenType => "token type".into(),
        other => format!("{other:?}"),
    };
    about["refused"] = refused.into();
    about["remedy"] = remedy(error.remedy()).into();
    about["retry_after"] = retry_after(error.remedy());
    about["client_refused"] = error.is_client_refused().into();
    about
}

pub(crate) fn revoked(outcome: &Result<(), RevocationError>) -> Value {
    let Err(error) = outcome else { return json!({ "revoked": true }) };
    demand_no_canary(error);
    let mut about = json!({});
    let refused = match error {
        RevocationError::Provider { error, .. } => {
            let (refused, said) = said(error);
            about = said;
            refused
        }
        RevocationError::UnsupportedTokenType => "unsupported token type".into(),
        RevocationError::Status { status, .. } => {
            about["status"] = (*status).into();
            "status".into()
        }
        RevocationError::Redirect { status } => {
            about["status"] = (*status).into();
            "redirect".into()
        }
        other => format!("{other:?}"),
    };
    about["refused"] = refused.into();
    about["remedy"] = remedy(error.remedy()).into();
    about["retry_after"] = retry_after(error.remedy());
    about
}
