//! A hand-made login client over ureq: it knows HTTP and nothing of gatepass.

use gatepass_testkit::Provider;
use serde_json::Value;
use std::time::Duration;
use ureq::http::HeaderMap;

/// The pair of RFC 7636 appendix B, so that no hash is computed here.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(crate) const CALLBACK: &str = "http://127.0.0.1:9/callback";

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn member(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_default().to_owned()
    }

    /// A parameter of the redirect.
    pub(crate) fn back(&self, name: &str) -> Option<String> {
        let target = url::Url::parse(self.header("location")).unwrap();
        target.query_pairs().find_map(|(key, value)| (key == name).then(|| value.into_owned()))
    }
}

pub(crate) fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(Duration::from_secs(20)))
        .build()
        .into()
}

pub(crate) fn get(url: &str, headers: &[(&str, &str)]) -> Reply {
    try_get(url, headers).unwrap()
}

pub(crate) fn try_get(url: &str, headers: &[(&str, &str)]) -> Result<Reply, ureq::Error> {
    let mut request = agent().get(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    read(request.call()?)
}

pub(crate) fn post(url: &str, headers: &[(&str, &str)], form: &[(&str, &str)]) -> Reply {
    try_post(url, headers, form).unwrap()
}

pub(crate) fn try_post(
    url: &str,
    headers: &[(&str, &str)],
    form: &[(&str, &str)],
) -> Result<Reply, ureq::Error> {
    let mut request = agent().post(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    read(request.send_form(form.iter().copied())?)
}

fn read(mut response: ureq::http::Response<ureq::Body>) -> Result<Reply, ureq::Error> {
    Ok(Reply {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: response.body_mut().with_config().limit(64 << 20).read_to_vec()?,
    })
}

/// `app:secret` in base64.
pub(crate) const BASIC: (&str, &str) = ("authorization", "Basic YXBwOnNlY3JldA==");

pub(crate) fn query<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut pairs = vec![
        ("response_type", "code"),
        ("client_id", "app"),
        ("redirect_uri", CALLBACK),
        ("scope", "profile email"),
        ("state", "some state"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in changes {
        pairs.retain(|(key, _)| key != name);
        pairs.push((name, value));
    }
    pairs.retain(|(_, value)| !value.is_empty());
    pairs
}

pub(crate) fn authorize_url(provider: &Provider, pairs: &[(&str, &str)]) -> String {
    url::Url::parse_with_params(&provider.authorization_endpoint(), pairs).unwrap().into()
}

/// Asks for a code with these parameters changed; an empty value leaves one out.
pub(crate) fn authorize(provider: &Provider, changes: &[(&str, &str)]) -> Reply {
    get(&authorize_url(provider, &query(changes)), &[])
}

pub(crate) fn code(provider: &Provider) -> String {
    authorize(provider, &[]).back("code").unwrap()
}

pub(crate) fn exchange(provider: &Provider, code: &str) -> Reply {
    post(&provider.token_endpoint(), &[BASIC], &exchange_form(code))
}

pub(crate) fn exchange_form(code: &str) -> [(&'static str, &str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ]
}

/// The tokens of a new login.
pub(crate) fn tokens(provider: &Provider) -> Reply {
    let reply = exchange(provider, &code(provider));
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply
}

pub(crate) fn refresh(provider: &Provider, token: &str) -> Reply {
    try_refresh(provider, token).unwrap()
}

pub(crate) fn try_refresh(provider: &Provider, token: &str) -> Result<Reply, ureq::Error> {
    try_post(
        &provider.token_endpoint(),
        &[BASIC],
        &[("grant_type", "refresh_token"), ("refresh_token", token)],
    )
}

pub(crate) fn user(provider: &Provider, access_token: &str) -> Reply {
    get(&provider.user_endpoint(), &[("authorization", &format!("Bearer {access_token}"))])
}

/// The text between two marks.
#[track_caller]
pub(crate) fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("{from} is not in {text}"));
    rest.split_once(to).unwrap_or_else(|| panic!("{to} is not in {rest}")).0
}
