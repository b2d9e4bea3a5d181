//! C.2: mix-up, cross-context, forged requests, fixation.

use std::collections::BTreeSet;

use gatepass_testkit::provider::{Endpoint, Provider};
use url::Url;

use super::super::browser::{Browser, parameter};
use super::super::kept::{Rows, sessions};
use super::{FORM, JSON, Stand, error, target, value, with, without};

const IMAGE: [(&str, &str); 4] = [
    ("accept", "image/*"),
    ("sec-fetch-mode", "no-cors"),
    ("sec-fetch-dest", "image"),
    ("sec-fetch-site", "cross-site"),
];

#[test]
fn c_10_a_code_of_one_provider_with_another_s_iss_is_sent_nowhere() {
    let stand = Stand::new();
    let (browser, honest) = stand.begin();
    // The code of an honest provider arrives where the login of the attacker's provider waits, and says so.
    stand.ends(&browser, &with(&honest, "iss", "http://attacker.example"), 400, "iss_mismatch");
    assert_eq!(stand.site.provider.requests(Endpoint::Token).len(), 0);
    stand.still_serves();
}

#[test]
fn c_13_a_callback_with_the_attacker_s_code_is_refused() {
    let stand = Stand::new();
    let (attacker, forged) = stand.begin();
    let (victim, honest) = stand.begin();
    // With the attacker's state, with the victim's own browser; without a state; with one that the attacker made up.
    stand.refuses(&victim, &forged, 400, "other_browser");
    stand.refuses(&Browser::new(), &forged, 400, "cookie_missing");
    stand.refuses(&victim, &without(&forged, "state"), 400, "state_missing");
    stand.refuses(&victim, &with(&forged, "state", "made-up"), 400, "state_unknown");
    stand.lands(&victim, &honest);
    stand.lands(&attacker, &forged);
}

#[test]
fn c_15_a_state_that_is_alive_belongs_to_its_browser() {
    let stand = Stand::new();
    let (owner, honest) = stand.begin();
    let (other, own) = stand.begin();
    stand.refuses(&other, &honest, 400, "other_browser");
    // The other's code with the owner's state, in the other's browser.
    stand.refuses(&other, &with(&own, "state", &value(&honest, "state")), 400, "other_browser");
    stand.lands(&other, &own);
    stand.lands(&owner, &honest);
}

#[test]
fn c_17_no_state_comes_twice_and_nobody_chooses_one() {
    let stand = Stand::new();
    let mut states = BTreeSet::new();
    let browser = Browser::new();
    for _ in 0..100 {
        let url = browser
            .open(&stand.app.at("/login?state=chosen&nonce=chosen&code_challenge=chosen"))
            .is(303)
            .target();
        let state = parameter(&url, "state");
        assert_eq!(state.len(), 43, "256 bits: {state}");
        assert_ne!(parameter(&url, "code_challenge"), "chosen");
        assert!(states.insert(state), "a state came twice");
    }
    // Nor do they grow from one another: no two share a beginning.
    let beginnings: BTreeSet<_> = states.iter().map(|state| &state[..8]).collect();
    assert_eq!(beginnings.len(), 100);
}

#[test]
fn c_18_a_callback_without_the_browser_s_cookie_is_refused_whatever_it_calls_the_host() {
    let stand = Stand::new();
    let (browser, honest) = stand.begin();
    let cookies = browser.cookies();
    for cookie in [
        "",
        "gatepass-browser=",
        "gatepass-browser=short",
        "__Host-gatepass-browser=x",
        &cookies.replace("gatepass-browser", "Gatepass-Browser"),
    ] {
        let mut headers = vec![JSON];
        if !cookie.is_empty() {
            headers.push(("cookie", cookie));
        }
        let before = stand.facts();
        let answer = super::Line::open(&stand.app.url).get(&honest, &headers);
        assert_eq!((answer.status, error(&answer).as_str()), (400, "cookie_missing"), "{cookie}");
        assert_eq!(stand.facts(), before);
    }
    for (name, host) in [
        ("x-forwarded-host", "attacker.example"),
        ("forwarded", "host=attacker.example;proto=https"),
        ("x-forwarded-proto", "https"),
        ("x-original-url", "/healthz"),
        ("x-http-method-override", "POST"),
    ] {
        let before = stand.facts();
        let answer = stand.send(&Browser::new(), "GET", &honest, &[JSON, (name, host)], b"").unwrap();
        assert_eq!((answer.status, error(&answer).as_str()), (400, "cookie_missing"), "{name}");
        assert!(!String::from_utf8_lossy(&answer.body).contains("attacker.example"));
        assert_eq!(stand.facts(), before);
    }
    stand.lands(&browser, &honest);
}

#[test]
fn c_20_error_texts_are_no_markup_and_no_header_on_the_page_between() {
    let stand = Stand::of(super::Site::new().variable("RESPONSE_MODE", "form_post"));
    let evil = "\"><script>alert(1)</script>\r\nSet-Cookie: evil=1";
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("state", evil)
        .append_pair("error", evil)
        .append_pair("error_description", evil)
        .append_pair(evil, evil)
        .finish();
    let page = stand.send(&Browser::new(), "POST", "/callback", &[FORM], form.as_bytes()).unwrap();
    assert_eq!(page.status, 200);
    assert!(
        page.headers.iter().all(|(name, value)| !format!("{name}{value}").to_lowercase().contains("evil"))
    );
    let body = String::from_utf8(page.body).unwrap();
    assert_eq!(body.matches("<script").count(), 1, "only our own: {body}");
    assert_eq!(body.matches("<input ").count(), 4, "only what is known, and the mark: {body}");
}

#[test]
fn c_21_a_login_is_not_started_by_an_image_a_script_or_a_frame() {
    let stand = Stand::new();
    let starts: [&[(&str, &str)]; 5] = [
        &IMAGE,
        &[("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty"), ("sec-fetch-site", "cross-site")],
        &[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe"), ("sec-fetch-site", "cross-site")],
        &[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "embed")],
        &[
            ("sec-purpose", "prefetch;prerender"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ],
    ];
    for headers in starts {
        let status = stand.turns_away(&Browser::new(), "GET", "/login", headers, b"");
        assert!(matches!(status, 401 | 503), "{headers:?}: {status}");
    }
    for method in ["POST", "PUT", "HEAD", "OPTIONS"] {
        assert_eq!(stand.turns_away(&Browser::new(), method, "/login", &[], b""), 405, "{method}");
    }
    stand.still_serves();
}

#[test]
fn c_22_a_session_that_was_planted_is_never_the_one_after_the_login() {
    let stand = Stand::new();
    let attacker = Browser::new();
    stand.site.log_in(&attacker, &stand.app);
    let planted =
        attacker.cookies().split("; ").find(|pair| pair.starts_with("gatepass-session=")).unwrap().to_owned();
    let made_up = format!("gatepass-session={}", "s".repeat(43));
    let ask = |target: &str, cookie: &str| {
        let headers = [("accept", "text/html"), ("cookie", cookie), ("sec-fetch-site", "same-origin")];
        let mut line = super::Line::open(&stand.app.url);
        if target == "/logout" {
            line.send("POST", target, &headers, b"").unwrap()
        } else {
            line.get(target, &headers)
        }
    };
    let knows = |cookie: &str| String::from_utf8_lossy(&ask("/", cookie).body).contains("Log out");
    assert!(knows(&planted) && !knows(&made_up));
    for (planted, is_somebody_s) in [(&planted, true), (&made_up, false)] {
        let (victim, honest) = stand.begin();
        let cookies = format!("{}; {planted}", victim.cookies());
        let before = sessions(stand.site.folder.path());
        let landed = super::Line::open(&stand.app.url).get(&honest, &[JSON, ("cookie", &cookies)]);
        assert_eq!(landed.status, 303);
        let session = landed.header("set-cookie").unwrap().split(';').next().unwrap();
        assert_ne!(session, planted);
        assert!(knows(session));
        assert_eq!(knows(planted), is_somebody_s, "a planted cookie became a session");
        // They are two sessions: the end of one is not the end of the other.
        assert_eq!(ask("/logout", session).status, 303);
        assert!(!knows(session));
        assert_eq!(knows(planted), is_somebody_s);
        assert_eq!(sessions(stand.site.folder.path()), before);
    }
}

#[test]
fn c_23_a_callback_that_comes_again_makes_no_second_exchange_and_no_second_session() {
    let stand = Stand::new();
    let (browser, honest) = stand.begin();
    // Looked at ahead, it spends nothing.
    let ahead = [JSON, ("sec-purpose", "prefetch")];
    assert_eq!(stand.turns_away(&browser, "GET", &honest, &ahead, b""), 503);
    stand.lands(&browser, &honest);
    let (rows, sessions, asked) = stand.facts();
    for _ in 0..3 {
        let answer = stand.ask(&browser, &honest);
        assert_eq!(answer.status, 303);
    }
    // The profile that `lands` asked for came before; nothing was asked since.
    assert_eq!(stand.facts(), (rows, sessions, asked));
    let (other, own) = stand.begin();
    stand.refuses(&other, &honest, 400, "other_browser");
    stand.lands(&other, &own);
    // Two tabs, finished in the other order.
    let browser = Browser::new();
    let first = target(&stand.site.go_and_come_back(&browser, &stand.app));
    let second = target(&stand.site.go_and_come_back(&browser, &stand.app));
    stand.lands(&browser, &second);
    stand.lands(&browser, &first);
}

#[test]
fn c_25_many_starts_of_one_browser_leave_one_cookie_and_a_bounded_number_of_rows() {
    let stand = Stand::new();
    let browser = Browser::new();
    let mut cookies = BTreeSet::new();
    for _ in 0..200 {
        browser.open(&stand.app.at("/login")).is(303);
        cookies.insert(browser.cookies());
    }
    assert_eq!(cookies.len(), 1, "one cookie, however many logins");
    assert!(cookies.first().unwrap().len() < 64);
    assert_eq!(Rows::of(stand.site.folder.path()), Rows { parked: 32, ..Rows::default() });
    stand.site.log_in(&browser, &stand.app);
}

#[test]
fn c_27_a_stolen_code_is_sent_with_the_verifier_of_the_login_it_is_brought_to() {
    let stand = Stand::new();
    let (victim, honest) = stand.begin();
    let (attacker, own) = stand.begin();
    let stolen = with(&own, "code", &value(&honest, "code"));
    let answer = stand.ask(&attacker, &stolen);
    assert_eq!(
        (answer.status, error(&answer).as_str()),
        (502, "code_refused"),
        "the provider sees another verifier"
    );
    assert_eq!((stand.site.provider.stats().exchanges, sessions(stand.site.folder.path())), (0, 0));
    let sent = stand.site.provider.token_requests("authorization_code");
    let verifier = |at: usize| sent[at].request.form_value("code_verifier").unwrap();
    assert_eq!(sent.len(), 1);
    assert!(verifier(0).len() >= 43);
    // The victim's login is as good as its code: the provider has ended that one.
    let answer = stand.ask(&victim, &honest);
    assert!(matches!(answer.status, 303 | 502), "{}", answer.status);
    let sent = stand.site.provider.token_requests("authorization_code");
    assert_ne!(sent[0].request.form_value("code_verifier"), sent[1].request.form_value("code_verifier"));
    stand.still_serves();
}

#[test]
fn c_28_who_drops_the_challenge_on_the_way_gains_nothing() {
    // A provider that does without PKCE where none is asked for, and an attacker who takes it out of the address.
    let stand = Stand::with(Provider::builder().without_required_pkce());
    let browser = Browser::new();
    let address = browser.open(&stand.app.at("/login")).is(303).target();
    assert_eq!(parameter(&address, "code_challenge_method"), "S256");
    assert_eq!(parameter(&address, "code_challenge").len(), 43);
    let mut stripped = Url::parse(&address).unwrap();
    let kept: Vec<(String, String)> =
        stripped.query_pairs().into_owned().filter(|(name, _)| !name.starts_with("code_challenge")).collect();
    stripped.query_pairs_mut().clear().extend_pairs(kept);
    let callback = target(&browser.open(stripped.as_str()).is(303).target());
    let answer = stand.ask(&browser, &callback);
    let sent = stand.site.provider.token_requests("authorization_code");
    assert!(sent[0].request.form_value("code_verifier").is_some_and(|verifier| verifier.len() >= 43));
    assert_eq!((answer.status, error(&answer).as_str()), (502, "code_refused"));
    stand.still_serves();
}
