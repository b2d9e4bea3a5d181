//! The authorization request (RFC 6749 section 4.1.1).

use std::collections::HashSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatepass_core::{
    CallbackError, Client, ClientAuth, ConfigError, PendingSnapshot, Protocol, Provider, ResumeError, Scopes,
    StartError,
};

use crate::support::*;

/// The parameters that only the library sets.
const OURS: [&str; 7] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
];

#[test]
fn arq_01_the_url_asks_for_a_code_for_our_client() {
    let query = query(&login(&client()).url);
    assert_eq!(only(&query, "response_type"), "code");
    assert_eq!(only(&query, "client_id"), ID);
}

#[test]
fn arq_02_resources_and_audiences_may_repeat() {
    let request = client().authorize(&scopes("a")).param("resource", "https://a.example/").param("x", "1");
    let request =
        request.param("resource", "https://b.example/").param("audience", "a").param("audience", "b");
    let query = query(&start(request, 1).url);
    assert_eq!(all(&query, "resource"), ["https://a.example/", "https://b.example/"]);
    assert_eq!(all(&query, "audience"), ["a", "b"]);
    let names: HashSet<_> = query.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), OURS.len() + 3);
}

fn start_error(client: &Client, params: &[(&str, &str)]) -> StartError {
    let mut request = client.authorize(&scopes("a"));
    for (name, value) in params {
        request = request.param(*name, *value);
    }
    refused(request.start(attempt(1)))
}

#[test]
fn arq_02_no_other_parameter_stands_twice() {
    let twice = StartError::Twice("x".into());
    assert_eq!(start_error(&client(), &[("x", "1"), ("x", "1")]), twice);
    let of_profile =
        client_of(with_profile(|habits| habits.authorize_params = vec![("x".into(), "1".into())]));
    assert_eq!(start_error(&of_profile, &[("x", "1")]), twice);
    for query in ["x=1", "%78=1", "a=1&x"] {
        let endpoint = format!("{AUTHORIZE}?{query}");
        let of_endpoint = client_of(Provider::builder(&endpoint, TOKEN).build().unwrap());
        assert_eq!(start_error(&of_endpoint, &[("x", "1")]), twice);
    }
    let configured = |endpoint: &str, params: &[&str]| {
        let mut profile = gatepass_core::Profile::strict();
        profile.authorize_params = params.iter().map(|name| ((*name).into(), "1".into())).collect();
        let provider = Provider::builder(endpoint, TOKEN).profile(profile).build().unwrap();
        refused(Client::new(provider, ID, ClientAuth::None, REDIRECT))
    };
    let twice = ConfigError::Parameter("x".into());
    assert_eq!(configured(AUTHORIZE, &["x", "x"]), twice);
    assert_eq!(configured("https://as.example/a?x=1&x=2", &[]), twice);
    assert_eq!(configured("https://as.example/a?x=1", &["x"]), twice);
}

#[test]
fn arq_03_parameters_under_other_names_are_sent() {
    let request = client().authorize(&scopes("a")).param("prompt", "consent").param("login_hint", "alice");
    let query = query(&start(request.param("Scope", "x"), 1).url);
    assert_eq!(only(&query, "prompt"), "consent");
    assert_eq!(only(&query, "login_hint"), "alice");
    assert_eq!(only(&query, "scope"), "a");
}

#[test]
fn arq_03_reserved_names_are_refused() {
    let reserved = OURS.into_iter().chain([
        "client_secret",
        "code",
        "code_verifier",
        "grant_type",
        "request",
        "request_uri",
        "response_mode",
        "nonce",
    ]);
    for name in reserved {
        assert_eq!(start_error(&client(), &[(name, "x")]), StartError::Reserved(name.into()));
        if matches!(name, "response_mode" | "nonce") {
            continue;
        }
        let error = ConfigError::ReservedParameter(name.into());
        let profile = with_profile(|habits| habits.authorize_params = vec![(name.into(), "x".into())]);
        assert_eq!(refused(Client::new(profile, ID, ClientAuth::None, REDIRECT)), error);
        let escaped = format!("%{:02x}{}", name.as_bytes()[0], &name[1..]);
        for name in [name, &escaped] {
            let endpoint = format!("{AUTHORIZE}?{name}=x");
            let provider = Provider::builder(&endpoint, TOKEN).build().unwrap();
            assert_eq!(refused(Client::new(provider, ID, ClientAuth::None, REDIRECT)), error);
        }
    }
    for (name, value) in [("", "x"), ("x", ""), ("x\0", "y"), ("x", "y\0")] {
        assert_eq!(start_error(&client(), &[(name, value)]), StartError::Empty(name.into()));
    }
}

#[test]
fn arq_04_values_are_forms_with_percent_twenty() {
    let value = "a b&c=d+e%20#\u{20ac}\u{1f512}\"'<>";
    let login = start(client().authorize(&scopes("a b")).param("x", value), 1);
    assert_eq!(only(&query(&login.url), "x"), value);
    assert!(!login.url.as_str().contains('+'));
    assert!(login.url.as_str().contains("scope=a%20b"));
    assert_eq!(login.url.fragment(), None);
}

#[test]
fn arq_05_scopes_are_sent_once_each() {
    let asked = scopes(" b a  b a ");
    assert_eq!(asked.as_str(), "b a");
    assert_eq!(only(&query(&start(client().authorize(&asked), 1).url), "scope"), "b a");
    let commas = client_of(with_profile(|habits| habits.request_scope_separator = ','));
    assert_eq!(only(&query(&start(commas.authorize(&asked), 1).url), "scope"), "b,a");
    assert!(!has(&query(&start(client().authorize(&Scopes::none()), 1).url), "scope"));
}

#[test]
fn arq_05_other_characters_are_refused() {
    for byte in 0..=255_u8 {
        let text = format!("a{}", char::from(byte));
        let allowed = matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        assert_eq!(Scopes::new(&text).is_ok(), allowed, "{byte}");
    }
    assert_eq!(refused(Scopes::new("ab \"c")).at, 3);
}

#[test]
fn arq_06_the_redirect_uri_is_sent_to_the_letter() {
    for uri in ["HTTPS://C.example/CB?%7e=1", "https://c.example", "https://c.example:443/a/../b/"] {
        let client = Client::new(provider(), ID, ClientAuth::None, uri).unwrap();
        assert_eq!(only(&query(&login(&client).url), "redirect_uri"), uri);
        assert_eq!(only(&sent_form(&ask(login(&client).exchange()).0), "redirect_uri"), uri);
    }
}

fn state_of(number: u8) -> String {
    start(client().authorize(&scopes("a")), number).state
}

#[test]
fn arq_07_the_state_is_made_of_256_bits_of_the_seed() {
    let state = state_of(1);
    assert_eq!(state.len(), 43);
    assert_eq!(URL_SAFE_NO_PAD.decode(&state).unwrap().len(), 32);
    assert_eq!(state, state_of(1), "of the seed and of nothing else");
    let states: HashSet<String> = (0..=255).map(state_of).collect();
    assert_eq!(states.len(), 256);
}

#[test]
fn arq_08_every_request_has_a_state() {
    let habits = with_profile(|habits| habits.request_scope_separator = ',');
    for client in [client(), client_with(ClientAuth::Basic(secret())), client_of(habits)] {
        for request in [client.authorize(&Scopes::none()), client.authorize(&scopes("a")).param("x", "y")] {
            assert_eq!(only(&query(&start(request, 1).url), "state").len(), 43);
        }
    }
}

#[test]
fn arq_09_the_right_state_is_taken() {
    let login = login(&client());
    assert!(login.receive("code=c").is_ok());
}

#[test]
fn arq_09_an_altered_state_is_refused() {
    let Login { mut pending, state, .. } = login(&client());
    let foreign = state_of(2);
    let mut others =
        vec![foreign, state[..42].into(), format!("{state}A"), state.to_uppercase(), format!("{state} ")];
    for at in 0..state.len() {
        let mut altered = state.clone().into_bytes();
        altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
        others.push(String::from_utf8(altered).unwrap());
    }
    for other in others {
        let back = callback(&format!("code=c&state={other}"));
        pending = match pending.receive(back, NOW) {
            Err(CallbackError::NotOurs(pending)) => *pending,
            other => panic!("{other:?}"),
        };
    }
    assert!(pending.receive(callback(&format!("code=c&state={state}")), NOW).is_ok());
}

#[test]
fn arq_10_the_state_says_nothing() {
    let of = |client: &Client, scope: &str| {
        let request = client.authorize(&scopes(scope)).param("login_hint", "alice@example.com");
        start(request.lifetime(Duration::from_secs(7)), 3).state
    };
    let confidential =
        Client::new(provider(), "other", ClientAuth::Post(secret()), "https://o.example/").unwrap();
    assert_eq!(of(&client(), "a"), of(&confidential, "b"), "the same seed, and nothing else goes into it");
}

#[test]
fn arq_15_nothing_can_ask_for_another_grant() {
    for (name, value) in
        [("response_type", "token"), ("response_type", "id_token token"), ("grant_type", "password")]
    {
        assert_eq!(start_error(&client(), &[(name, value)]), StartError::Reserved(name.into()));
        let provider = with_profile(|habits| habits.token_params = vec![(name.into(), value.into())]);
        let error = refused(Client::new(provider, ID, ClientAuth::None, REDIRECT));
        assert_eq!(error, ConfigError::ReservedParameter(name.into()));
    }
    let (request, _) = ask(login(&client()).exchange());
    assert_eq!(only(&sent_form(&request), "grant_type"), "authorization_code");
}

#[test]
fn arq_16_two_attempts_share_nothing() {
    let values = |number| {
        let query = query(&start(client().authorize(&scopes("a")), number).url);
        (only(&query, "state"), only(&query, "code_challenge"))
    };
    let (one, two) = (values(1), values(2));
    assert_ne!(one.0, two.0);
    assert_ne!(one.1, two.1);
    assert_ne!(one.0, one.1);
}

#[test]
fn arq_17_a_parked_login_comes_back_whole() {
    let request = client().authorize(&scopes("a b")).lifetime(Duration::from_secs(60));
    let request = request.param("resource", "https://api.example/");
    let Login { pending, state, .. } = start(request, 5);
    let (hash, started, expires) = (pending.state_hash(), pending.started(), pending.expires());
    assert_eq!((started, expires), (NOW, after(60)));
    let snapshot = PendingSnapshot::from_bytes(pending.park().as_bytes().to_vec());
    let pending = client().resume(snapshot).unwrap();
    assert_eq!((pending.state_hash(), pending.started(), pending.expires()), (hash, started, expires));
    let login = Login { url: "https://x.example".parse().unwrap(), pending, state };
    let (request, sent) = ask(login.exchange());
    let form = sent_form(&request);
    assert_eq!(only(&form, "redirect_uri"), REDIRECT);
    assert_eq!(only(&form, "resource"), "https://api.example/");
    let tokens = judge::<gatepass_core::Exchange>(sent, json(200, GOOD)).unwrap();
    assert_eq!(tokens.requested(), &scopes("a b"));
}

#[test]
fn arq_17_a_parked_login_is_refused_by_any_other_client() {
    let parked = || login(&client()).pending.park();
    let resume = |provider: gatepass_core::ProviderBuilder, id: &str, redirect: &str| {
        let client = Client::new(provider.build().unwrap(), id, ClientAuth::None, redirect).unwrap();
        client.resume(parked()).map(drop)
    };
    assert_eq!(resume(builder(), ID, REDIRECT), Ok(()));
    let other = || Provider::builder(AUTHORIZE, TOKEN);
    assert_eq!(resume(other(), ID, REDIRECT), Err(ResumeError::OtherProvider));
    assert_eq!(resume(other().issuer("https://as.example/"), ID, REDIRECT), Err(ResumeError::OtherProvider));
    let token = Provider::builder(AUTHORIZE, "https://evil.example/token").issuer(ISSUER);
    assert_eq!(resume(token, ID, REDIRECT), Err(ResumeError::OtherProvider));
    let authorize = Provider::builder("https://evil.example/authorize", TOKEN).issuer(ISSUER);
    assert_eq!(resume(authorize, ID, REDIRECT), Err(ResumeError::OtherProvider));
    assert_eq!(resume(builder(), "other", REDIRECT), Err(ResumeError::OtherClient));
    assert_eq!(resume(builder(), ID, "https://app.example/callback/"), Err(ResumeError::OtherRedirectUri));
    let openid =
        client().authorize(&scopes("a")).carry(Protocol::OpenId, *b"nonce").start(attempt(1)).unwrap().1;
    assert_eq!(refused(client().resume(openid.park())), ResumeError::OtherProtocol);
    let oauth = client().resume_as(parked(), Protocol::OpenId);
    assert_eq!(refused(oauth), ResumeError::OtherProtocol);
}

/// A field that is missing, doubled, unknown or of another type is no weaker check.
#[test]
fn arq_17_a_snapshot_that_lacks_something_is_refused() {
    let whole: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(login(&client()).pending.park().as_bytes()).unwrap();
    let resume = |text: String| client().resume(PendingSnapshot::from_bytes(text.into_bytes())).map(drop);
    assert_eq!(resume(serde_json::to_string(&whole).unwrap()), Ok(()));
    for name in whole.keys() {
        let mut less = whole.clone();
        less.remove(name);
        assert_eq!(resume(serde_json::to_string(&less).unwrap()), Err(ResumeError::Unreadable), "{name}");
        let mut other = whole.clone();
        other[name] = serde_json::json!([{}]);
        assert_eq!(resume(serde_json::to_string(&other).unwrap()), Err(ResumeError::Unreadable), "{name}");
        let text = serde_json::to_string(&whole).unwrap();
        let twice = text.replacen('{', &format!("{{\"{name}\":{},", whole[name]), 1);
        assert_eq!(resume(twice), Err(ResumeError::Unreadable), "{name}");
    }
    let mut more = whole.clone();
    more.insert("x".into(), 1.into());
    assert_eq!(resume(serde_json::to_string(&more).unwrap()), Err(ResumeError::Unreadable));
    more["v"] = 2.into();
    assert_eq!(resume(serde_json::to_string(&more).unwrap()), Err(ResumeError::Version));
    for name in ["state", "verifier"] {
        for text in ["", "short", &"a".repeat(42), &"a".repeat(44), &"\u{fc}".repeat(21), &" ".repeat(43)] {
            let mut weak = whole.clone();
            weak[name] = text.into();
            assert_eq!(resume(serde_json::to_string(&weak).unwrap()), Err(ResumeError::Unreadable), "{name}");
        }
    }
}

#[test]
fn arq_20_no_scope_is_added() {
    let names: Vec<_> = query(&start(client().authorize(&Scopes::none()), 1).url);
    assert!(!has(&names, "scope"));
    assert_eq!(only(&query(&start(client().authorize(&scopes("one")), 1).url), "scope"), "one");
}

#[test]
fn arq_20_openid_without_a_verifier_of_id_tokens_is_refused() {
    let ask = |client: &Client, list: &str| client.authorize(&scopes(list)).start(attempt(1)).map(drop);
    let commas = client_of(with_profile(|habits| habits.request_scope_separator = ','));
    assert_eq!(ask(&client(), "profile openid"), Err(StartError::OpenId));
    assert_eq!(ask(&commas, "profile,openid"), Err(StartError::OpenId));
    assert_eq!(ask(&client(), "profile openid2"), Ok(()));
    assert_eq!(ask(&client().danger_openid_unverified(), "profile openid"), Ok(()));
    let kept = client();
    assert_eq!(ask(&kept.clone().danger_openid_unverified(), "openid"), Ok(()));
    assert_eq!(ask(&kept, "openid"), Err(StartError::OpenId), "a clone is another client");
}

#[test]
fn arq_13_prompt_none_stands_alone() {
    for prompt in ["none login", "login none", "none none"] {
        assert_eq!(start_error(&client(), &[("prompt", prompt)]), StartError::PromptNone);
    }
    assert_eq!(
        only(&query(&start(client().authorize(&scopes("a")).param("prompt", "none"), 1).url), "prompt"),
        "none"
    );
}

/// What a browser is sent to is https, or loopback where that was allowed by name.
#[test]
fn arq_21_the_url_for_the_browser_is_https_with_a_host() {
    let url = login(&client()).url;
    assert_eq!((url.scheme(), url.host_str()), ("https", Some("as.example")));
    assert!(url.as_str().bytes().all(|byte| matches!(byte, 0x21..=0x7e)));
}
