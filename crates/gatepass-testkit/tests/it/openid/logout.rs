//! Logout: begun by a client, and told to clients by logout tokens.

use super::client::*;
use super::listener::Listener;
use crate::support::*;
use gatepass_testkit::Provider;
use gatepass_testkit::provider::openid::{Misbehaviour, OpenId};
use gatepass_testkit::provider::{Client, Mode};
use jsonwebtoken::Algorithm as Jose;
use serde_json::json;
use std::time::UNIX_EPOCH;

const RETURN: &str = "http://127.0.0.1:9/logged-out";

fn client(id: &str) -> Client {
    Client::confidential(id, "secret").redirect_uri(CALLBACK).post_logout_redirect_uri(RETURN)
}

fn provider_with(clients: impl IntoIterator<Item = Client>) -> Provider {
    let builder = Provider::builder().openid(OpenId::new());
    clients.into_iter().fold(builder, |builder, client| builder.client(client)).start().unwrap()
}

/// A login in a browser: its tokens and the cookie of its session at the provider.
fn browser(provider: &Provider) -> (Reply, String) {
    let reply = ask(provider, &[]);
    let cookie = reply.header("set-cookie").split(';').next().unwrap().to_owned();
    (exchange(provider, &reply.back("code").unwrap()), cookie)
}

fn is_logged_in(provider: &Provider, cookie: &str) -> bool {
    let silent = query(&[("scope", "openid"), ("prompt", "none")]);
    get(&authorize_url(provider, &silent), &[("cookie", cookie)]).back("code").is_some()
}

fn end_session(provider: &Provider, cookie: &str, pairs: &[(&str, &str)]) -> Reply {
    let url = url::Url::parse_with_params(&provider.end_session_endpoint(), pairs).unwrap();
    get(url.as_str(), &[("cookie", cookie)])
}

#[test]
fn a_logout_ends_the_session_and_leads_back_with_the_state() {
    let provider = provider_with([client("app")]);
    let (tokens, cookie) = browser(&provider);
    assert!(is_logged_in(&provider, &cookie));
    let hint = tokens.member("id_token");
    let pairs = [
        ("id_token_hint", hint.as_str()),
        ("client_id", "app"),
        ("post_logout_redirect_uri", RETURN),
        ("state", "a b"),
    ];
    let reply = end_session(&provider, &cookie, &pairs);
    assert_eq!((reply.status, reply.header("location")), (303, "http://127.0.0.1:9/logged-out?state=a+b"));
    assert!(!is_logged_in(&provider, &cookie));
    let posted = post(&provider.end_session_endpoint(), &[], &pairs);
    assert_eq!(posted.back("state").as_deref(), Some("a b"), "once more, by a form");
}

#[test]
fn without_a_place_to_return_to_there_is_a_page() {
    let provider = provider_with([client("app")]);
    let (_, cookie) = browser(&provider);
    let reply = end_session(&provider, &cookie, &[]);
    assert!(reply.status == 200 && reply.text().contains("You are logged out"));
    assert!(!is_logged_in(&provider, &cookie));
}

#[test]
fn a_logout_that_is_not_in_order_ends_nothing() {
    let provider = provider_with([client("app"), client("other")]);
    let (tokens, cookie) = browser(&provider);
    let hint = tokens.member("id_token");
    for pairs in [
        &[("id_token_hint", "a.b.c")][..],
        &[("id_token_hint", hint.as_str()), ("client_id", "other")],
        &[("client_id", "nobody")],
        &[("post_logout_redirect_uri", RETURN)],
        &[("client_id", "app"), ("post_logout_redirect_uri", "https://evil.example/")],
        &[("client_id", "app"), ("client_id", "app")],
    ] {
        let reply = end_session(&provider, &cookie, pairs);
        assert_eq!((reply.status, reply.header("location")), (400, ""), "{pairs:?}");
        assert!(is_logged_in(&provider, &cookie), "{pairs:?}");
    }
}

#[test]
fn a_hint_ends_the_session_that_it_speaks_of_and_no_other() {
    let provider = provider_with([client("app")]);
    let ((first, first_cookie), (_, second_cookie)) = (browser(&provider), browser(&provider));
    let hint = first.member("id_token");
    end_session(&provider, "", &[("id_token_hint", &hint)]);
    assert!(!is_logged_in(&provider, &first_cookie) && is_logged_in(&provider, &second_cookie));
}

#[test]
fn a_person_is_asked_when_the_client_shows_no_token_of_theirs() {
    let provider = provider_with([client("app")]);
    let (_, cookie) = browser(&provider);
    provider.set_mode(Mode::Pages);
    let pairs = [("client_id", "app"), ("post_logout_redirect_uri", RETURN), ("state", "<s>")];
    let page = end_session(&provider, &cookie, &pairs);
    assert!(page.status == 200 && page.text().contains("Log out?") && page.text().contains("&lt;s&gt;"));
    provider.set_mode(Mode::Auto);
    assert!(is_logged_in(&provider, &cookie));
    provider.set_mode(Mode::Pages);
    let agreed: Vec<_> = pairs.into_iter().chain([("decision", "log out")]).collect();
    let reply = post(&provider.end_session_endpoint(), &[("cookie", &cookie)], &agreed);
    assert_eq!(reply.back("state").as_deref(), Some("<s>"));
}

#[test]
fn the_way_back_can_lack_the_state_or_have_another() {
    let provider = provider_with([client("app")]);
    let back = |module| {
        provider.misbehave(Misbehaviour::named(module).unwrap());
        let (tokens, cookie) = browser(&provider);
        let hint = tokens.member("id_token");
        let pairs = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", RETURN), ("state", "s")];
        let reply = end_session(&provider, &cookie, &pairs);
        assert_eq!(reply.status, 303);
        reply.back("state")
    };
    assert_eq!(back("oidcc-client-test-rp-init-logout").as_deref(), Some("s"));
    assert_eq!(back("oidcc-client-test-rp-init-logout-no-state"), None);
    let (one, other) = (
        back("oidcc-client-test-rp-init-logout-other-state").unwrap(),
        back("oidcc-client-test-rp-init-logout-other-state").unwrap(),
    );
    assert!(one != "s" && other != "s" && one != other);
}

#[test]
fn clients_that_have_heard_of_a_session_are_told_of_its_end_before_the_way_back() {
    let listener = Listener::start(200);
    let told = client("app").backchannel_logout_uri(&listener.url("/logout?x=1"));
    let untold = client("other").backchannel_logout_uri(&listener.url("/other"));
    let provider = provider_with([told, untold]);
    let (tokens, cookie) = browser(&provider);
    let id_token = claims(&tokens.member("id_token"));
    let hint = tokens.member("id_token");
    end_session(&provider, &cookie, &[("id_token_hint", &hint)]);
    let requests = listener.requests();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].starts_with("POST /logout?x=1 HTTP/1.1\r\n"), "{}", requests[0]);
    assert!(requests[0].to_lowercase().contains("content-type: application/x-www-form-urlencoded\r\n"));
    let token = requests[0].split_once("\r\n\r\nlogout_token=").unwrap().1;
    assert_signed(&provider, token, Jose::RS256);
    assert_eq!(head(token)["typ"], "logout+jwt");
    let claims = claims(token);
    let iat = provider.now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    assert!(iat - claims["iat"].as_u64().unwrap() < 60);
    assert_eq!(claims["exp"].as_u64().unwrap(), claims["iat"].as_u64().unwrap() + 120);
    assert_eq!(claims["events"], json!({ "http://schemas.openid.net/event/backchannel-logout": {} }));
    assert_eq!(
        (&claims["iss"], &claims["aud"], &claims["sub"], &claims["sid"]),
        (&json!(provider.issuer()), &json!("app"), &json!("user-alice"), &id_token["sid"])
    );
    assert!(claims["jti"].as_str().unwrap().len() > 20 && claims.get("nonce").is_none());
    let notices = provider.logout_notices();
    assert_eq!((notices.len(), notices[0].status, notices[0].token.as_str()), (1, Some(200), token));
    assert_eq!(notices[0].cache_control.as_deref(), Some("no-store"));
    assert_eq!(provider.stats().logout_tokens, 1);
    assert!(provider.issued().iter().any(|issued| issued == token));
}

#[test]
fn the_provider_can_end_all_sessions_of_a_person() {
    let listener = Listener::start(400);
    let provider = provider_with([client("app").backchannel_logout_uri(&listener.url("/logout"))]);
    let (_, cookie) = browser(&provider);
    browser(&provider);
    let bob = log_in_with(&provider, &[("login_hint", "bob")]);
    let notices = provider.log_out("alice");
    assert_eq!(notices.iter().map(|notice| notice.status).collect::<Vec<_>>(), [Some(400), Some(400)]);
    assert_ne!(claims(&notices[0].token)["sid"], claims(&notices[1].token)["sid"]);
    assert!(!is_logged_in(&provider, &cookie));
    assert!(provider.log_out("alice").is_empty() && provider.log_out("nobody").is_empty());
    let about_bob = provider.log_out("bob");
    assert_eq!(claims(&about_bob[0].token)["sid"], claims(&bob.member("id_token"))["sid"]);
}

#[test]
fn a_logout_token_can_be_posted_again_and_again_or_handed_to_the_test() {
    let listener = Listener::start(204);
    let told = client("app").backchannel_logout_uri(&listener.url("/logout"));
    let provider = provider_with([told, client("other")]);
    assert!(provider.post_logout_token("app", "alice").is_none());
    let (tokens, cookie) = browser(&provider);
    let one = provider.post_logout_token("app", "alice").unwrap();
    let other = provider.post_logout_token("app", "alice").unwrap();
    assert_eq!((one.status, other.status, listener.requests().len()), (Some(204), Some(204), 2));
    let sid = &claims(&tokens.member("id_token"))["sid"];
    assert_eq!((&claims(&one.token)["sid"], &claims(&other.token)["sid"]), (sid, sid));
    assert_ne!(claims(&one.token)["jti"], claims(&other.token)["jti"]);
    assert!(is_logged_in(&provider, &cookie));
    let by_hand = provider.logout_token("app", "alice").unwrap();
    assert_eq!((&claims(&by_hand)["sid"], listener.requests().len()), (sid, 2));
    assert!(provider.logout_token("other", "alice").is_none());
}

#[test]
fn a_client_that_cannot_be_told_is_no_obstacle() {
    let gone = Listener::start(200).url("/logout");
    let provider = provider_with([
        client("app").backchannel_logout_uri(&gone),
        client("secure").backchannel_logout_uri("https://127.0.0.1:9/"),
    ]);
    let (tokens, cookie) = browser(&provider);
    let hint = tokens.member("id_token");
    let reply = end_session(&provider, &cookie, &[("id_token_hint", &hint)]);
    assert_eq!(reply.status, 200);
    assert!(!is_logged_in(&provider, &cookie));
    let code = ask(&provider, &[("client_id", "secure")]).back("code").unwrap();
    // "secure:secret" in base64
    post(
        &provider.token_endpoint(),
        &[("authorization", "Basic c2VjdXJlOnNlY3JldA==")],
        &exchange_form(&code),
    );
    provider.post_logout_token("secure", "alice").unwrap();
    for notice in provider.logout_notices() {
        assert!(notice.status.is_none() && notice.failure.is_some(), "{notice:?}");
    }
}

#[test]
fn a_logout_token_can_be_wrong_in_each_way() {
    let provider = provider_with([client("app")]);
    log_in(&provider);
    let token = |rest: &str| {
        let module = format!("oidcc-client-test-rp-backchannel-rpinitlogout{rest}");
        provider.misbehave(Misbehaviour::named(&module).unwrap());
        provider.logout_token("app", "alice").unwrap()
    };
    let sound = claims(&token(""));
    let unsigned = token("-alg-none");
    assert_eq!((head(&unsigned)["alg"].as_str(), unsigned.ends_with('.')), (Some("none"), true));
    let other = token("-wrong-alg");
    assert_eq!((head(&other)["alg"].as_str(), fitting(&provider, &other)), (Some("ES256"), 1));
    for (rest, name, wrong) in [
        ("-no-event", "events", json!(null)),
        ("-wrong-event", "events", json!({ "http://schemas.openid.net/event/foobar": {} })),
        ("-with-nonce", "nonce", json!("n-0S6_WzA2Mj")),
        ("-wrong-aud", "aud", json!("appINVALID")),
        ("-wrong-iss", "iss", json!(format!("{}INVALID", provider.issuer()))),
    ] {
        let token = token(rest);
        assert_eq!((&claims(&token)[name], fitting(&provider, &token)), (&wrong, 1), "{rest}");
        assert_ne!(sound[name], wrong, "{rest}");
    }
}

#[test]
fn a_login_can_begin_at_the_provider() {
    let client = client("app").initiate_login_uri("http://127.0.0.1:9/login?tenant=a");
    let provider = provider_with([client, self::client("other")]);
    let target = Some("http://127.0.0.1:9/inbox");
    let url = provider.initiate_login_url("app", Some("alice"), target).unwrap();
    let url = url::Url::parse(&url).unwrap();
    let pairs: Vec<_> =
        url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let issuer = provider.issuer();
    let expected = [
        ("tenant", "a"),
        ("iss", issuer.as_str()),
        ("login_hint", "alice"),
        ("target_link_uri", "http://127.0.0.1:9/inbox"),
    ];
    assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let link = format!("{issuer}/initiate_login?client_id=app&login_hint=alice");
    let clicked = get(&link, &[]);
    assert_eq!(
        (clicked.status, clicked.back("iss"), clicked.back("target_link_uri")),
        (303, Some(issuer.clone()), None)
    );
    assert!(provider.initiate_login_url("other", None, None).is_none());
    assert_eq!(get(&format!("{issuer}/initiate_login?client_id=other"), &[]).status, 400);
}
