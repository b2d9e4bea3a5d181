//! One function a parser: it takes any bytes, must not panic, and asserts what holds of whatever was read.
//!
//! Each is called by a property test, by the corpus and by whoever fuzzes.

use gatepass_core::{
    Body, Callback, CallbackError, Client, ClientAuth, Exchange, PendingSnapshot, Profile, Provider,
    RedirectUri, Refresh, Revocation, Roundtrip, Scopes, Secret, Step, Timestamp, TokenKind,
};
use http::{HeaderValue, Response, StatusCode};

use crate::aut::decoded_basic;
use crate::support::*;

type Parser = fn(&[u8]);

/// All parsers by the name of their folder in the corpus.
pub(crate) const ALL: [(&str, Parser); 8] = [
    ("callback", parse_callback),
    ("answer", parse_answer),
    ("snapshot", parse_snapshot),
    ("redirect_uri", parse_redirect_uri),
    ("endpoint", parse_endpoint),
    ("scopes", parse_scopes),
    ("retry_after", parse_retry_after),
    ("credentials", parse_credentials),
];

/// A callback, from a query and from a body: both read the same, and none without the right `state` is taken.
pub(crate) fn parse_callback(bytes: &[u8]) {
    let of_form = Callback::from_form(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        assert_eq!(of_form.as_ref().err(), Callback::from_query(text).as_ref().err());
    }
    let Ok(callback) = of_form else { return };
    let pending = login(&client()).pending;
    let ours = callback.state_hash() == Some(pending.state_hash());
    match pending.receive(callback, NOW) {
        Ok(exchange) => {
            assert!(ours);
            let (request, _) = ask(exchange);
            assert!(request.body().as_bytes().starts_with(b"grant_type=authorization_code&code="));
        }
        Err(CallbackError::NotOurs(_) | CallbackError::StateMissing(_)) => assert!(!ours),
        Err(_) => assert!(ours),
    }
}

/// An answer to all three legs: two bytes of status and habits, the content type and `Retry-After` by line, the body.
pub(crate) fn parse_answer(bytes: &[u8]) {
    let Some((&[status, habits], rest)) = bytes.split_first_chunk::<2>() else { return };
    let mut lines = rest.splitn(3, |&byte| byte == b'\n');
    let status = StatusCode::from_u16(100 + u16::from(status) * 2).unwrap();
    let headers = ["content-type", "retry-after"]
        .map(|name| (name, HeaderValue::from_bytes(lines.next().unwrap_or_default())));
    let body = lines.next().unwrap_or_default();
    let answer = || {
        let mut answer = Response::new(Body::from(body.to_vec()));
        *answer.status_mut() = status;
        for (name, value) in &headers {
            if let Ok(value) = value {
                answer.headers_mut().insert(*name, value.clone());
            }
        }
        answer
    };
    let mut profile = Profile::strict();
    profile.token_response_may_be_form = habits & 1 != 0;
    profile.scope_may_be_array = habits & 2 != 0;
    profile.scope_may_be_null = habits & 4 != 0;
    if habits & 8 != 0 {
        profile.token_type_default = Some("Bearer".into());
        profile.token_statuses = (0..1000).collect();
    }
    let provider = builder().profile(profile).build().unwrap();
    let client = Client::new(provider, "id", ClientAuth::None, REDIRECT).unwrap();

    let (_, sent) = ask(login(&client).exchange());
    if let Ok(Step::Done(tokens)) = Exchange::response(sent, answer(), NOW) {
        assert!(answer().status().is_success());
        assert!(!tokens.access_token().is_empty());
        assert!(tokens.refresh_token().is_none_or(|token| !token.is_empty()));
        assert!(tokens.expires().is_none_or(|expires| expires >= tokens.issued()));
        assert_eq!(tokens.is_wider_than_requested(), !tokens.granted().is_subset_of(tokens.requested()));
        for name in tokens.extra().names() {
            assert!(tokens.extra().json(name).is_some());
            let _ = tokens.extra().text(name);
        }
    }
    let (_, sent) = ask(client.refresh(Secret::from("rt"), &scopes("a b")));
    match Refresh::response(sent, answer(), NOW) {
        Ok(Step::Done(refreshed)) => assert!(refreshed.tokens.refresh_token().is_some()),
        Err(error) => {
            assert!(error.salvage.as_ref().is_none_or(|token| !token.is_empty()));
            assert!(error.salvage.is_none() || answer().status().is_success());
            let _ = (error.why.remedy(), error.to_string());
        }
        _ => panic!("this leg asks once"),
    }
    let (_, sent) = ask(client.revoke(Secret::from("rt"), TokenKind::Refresh).unwrap());
    assert_eq!(Revocation::response(sent, answer(), NOW).is_ok(), answer().status() == 200);
}

/// A parked login: what is resumed parks to the same bytes.
pub(crate) fn parse_snapshot(bytes: &[u8]) {
    if let Ok(pending) = client().resume(PendingSnapshot::from_bytes(bytes.to_vec())) {
        let parked = pending.park();
        let again = client().resume(PendingSnapshot::from_bytes(parked.as_bytes().to_vec())).unwrap();
        assert_eq!(again.park().as_bytes(), parked.as_bytes());
    }
}

/// A redirect URI: what is taken is kept to the letter and reaches the provider so.
pub(crate) fn parse_redirect_uri(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(uri) = RedirectUri::new(text) else { return };
    assert_eq!(uri.as_str(), text);
    assert_eq!(uri.as_url().fragment(), None);
    assert!(uri.as_url().username().is_empty() && uri.as_url().password().is_none());
    let provider = builder().build().unwrap();
    let client = match Client::new(provider, "id", ClientAuth::None, text) {
        Ok(client) => client,
        // A query in which no callback could be read.
        Err(_) => return assert!(uri.as_url().query().is_some()),
    };
    let (url, _) = client.authorize(&scopes("a")).start(attempt(1)).unwrap();
    assert_eq!(only(&query(&url), "redirect_uri"), text);
}

/// An endpoint: what is taken is https with a host, without user and fragment, whoever reads it.
pub(crate) fn parse_endpoint(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(provider) =
        Provider::builder(text, text).issuer(text).revocation_endpoint(text).resource(text).build()
    else {
        return;
    };
    let url = provider.authorization_endpoint().clone();
    assert_eq!(url.scheme(), "https");
    assert!(url.host_str().is_some_and(|host| !host.is_empty()));
    assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none());
    assert_eq!(provider.issuer(), Some(text));
    let Ok(client) = Client::new(provider, "id", ClientAuth::None, REDIRECT) else { return };
    let (request, _) = ask(client.refresh(Secret::from("rt"), &scopes("a")));
    assert_eq!(request.uri().host(), url.host_str());
    let (url, _) = client.authorize(&scopes("a")).start(attempt(1)).unwrap();
    assert_eq!(only(&query(&url), "client_id"), "id");
}

/// Scopes: what is taken is rendered so that it is read as the same.
pub(crate) fn parse_scopes(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(scopes) = Scopes::new(text) else { return };
    assert_eq!(Scopes::new(scopes.as_str()).unwrap(), scopes);
    assert_eq!(scopes.iter().collect::<Vec<_>>().join(" "), scopes.as_str());
    for token in text.split(' ').filter(|token| !token.is_empty()) {
        assert_eq!(scopes.iter().filter(|known| *known == token).count(), 1);
    }
    assert!(scopes.without(&scopes).is_empty());
}

/// `Retry-After`: a day at most, by whatever clock.
pub(crate) fn parse_retry_after(bytes: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(bytes) else { return };
    for now in [i64::MIN, 0, NOW.as_unix_millis(), i64::MAX] {
        let (_, sent) = ask(client().refresh(Secret::from("rt"), &scopes("a")));
        let mut answer = Response::new(Body::empty());
        *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        answer.headers_mut().insert("retry-after", value.clone());
        let Err(error) = Refresh::response(sent, answer, Timestamp::from_unix_millis(now)) else { panic!() };
        let gatepass_core::TokenError::Status { status: 503, retry_after } = error.why else { panic!() };
        assert!(retry_after.is_none_or(|wait| wait.as_secs() <= 86_400));
    }
}

/// A client id and a secret, divided by a line break: exactly one method sends them, and they decode to what went in.
pub(crate) fn parse_credentials(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some((id, secret)) = text.split_once('\n') else { return };
    for auth in [ClientAuth::None, ClientAuth::Basic(secret.into()), ClientAuth::Post(secret.into())] {
        let Ok(client) = Client::new(builder().build().unwrap(), id, auth.clone(), REDIRECT) else {
            continue;
        };
        let (request, _) = ask(client.refresh(Secret::from(text), &scopes("a")));
        let form = sent_form(&request);
        let in_header = header(&request, "authorization");
        let in_body = all(&form, "client_secret");
        assert_eq!(only(&form, "refresh_token"), text);
        assert!(request.uri().query().is_none());
        match auth {
            ClientAuth::None => assert!(in_header.is_none() && in_body.is_empty()),
            ClientAuth::Post(_) => assert!(in_header.is_none() && in_body == [secret]),
            _ => {
                assert!(in_body.is_empty() && !has(&form, "client_id"));
                assert_eq!(decoded_basic(in_header.unwrap()), (id.to_owned(), secret.to_owned()));
            }
        }
    }
}
