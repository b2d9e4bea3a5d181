//! A person's login, and what the scopes say about them (OpenID Connect Core section 5.4).

use serde_json::{Map, Value, json};
use std::time::SystemTime;

/// One login of a person at the provider, as tokens speak of it.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    /// Of the session at the provider.
    pub(crate) sid: String,
    pub(crate) at: SystemTime,
    pub(crate) acr: String,
    /// As the client sent it.
    pub(crate) nonce: Option<String>,
}

/// The claims that a scope opens.
const SCOPES: [(&str, &[&str]); 4] = [
    (
        "profile",
        &[
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
    ),
    ("email", &["email", "email_verified"]),
    ("phone", &["phone_number", "phone_number_verified"]),
    ("address", &["address"]),
];

/// What is known of everybody, from the name and the user name.
pub(crate) fn defaults(username: &str, name: &str) -> Map<String, Value> {
    let (given, family) = name.split_once(' ').unwrap_or((name, ""));
    let claims = json!({
        "name": name,
        "given_name": given,
        "family_name": family,
        "preferred_username": username,
        "locale": "en",
        "updated_at": 1_700_000_000,
        "email_verified": true,
        "phone_number": "+1 555 0100",
        "phone_number_verified": false,
        "address": { "formatted": "1 Example Street\nExampleville", "locality": "Exampleville", "country": "Wonderland" },
    });
    match claims {
        Value::Object(claims) => claims,
        _ => Map::new(),
    }
}

/// The names of all claims that some scope opens.
pub(crate) fn names() -> Vec<&'static str> {
    SCOPES.iter().flat_map(|(_, names)| names.iter().copied()).collect()
}

/// Of all that is known, what these scopes open. A claim that belongs to no scope is always among it.
pub(crate) fn opened(known: &Map<String, Value>, scopes: &[String]) -> Map<String, Value> {
    let is_open = |name: &str| {
        let scope = SCOPES.iter().find(|(_, names)| names.contains(&name));
        scope.is_none_or(|(scope, _)| scopes.iter().any(|granted| granted == scope))
    };
    known
        .iter()
        .filter(|(name, _)| is_open(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
