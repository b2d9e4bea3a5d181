//! What a callback must have, in the order in which it is checked, and that a refused one spends nothing.

use gatepass_testkit::Provider;
use gatepass_testkit::provider::{IssParameter, Mode};

use crate::support::{
    App, Browser, Page, Parts, callback_url, raw, scopes, with_parameter, without_parameter,
};

fn app() -> (Provider, App, Browser) {
    let provider = Provider::start();
    let app = Parts::new().start(&provider);
    (provider, app, Browser::new())
}

/// Refused for this reason, by 400, without a request to the provider; and the honest callback still succeeds.
#[track_caller]
fn refused_and_nothing_spent(
    provider: &Provider,
    browser: &Browser,
    honest: &str,
    forged: &str,
    cause: &str,
) {
    let page = browser.ask(forged);
    assert_eq!((page.status, page.error().as_str()), (400, cause), "{forged}");
    assert!(browser.cookie("gatepass-session").is_none());
    assert_eq!(provider.token_requests("authorization_code").len(), 0);
    let page = browser.ask(honest);
    assert_eq!(page.status, 303, "{}", page.text());
    assert_eq!(provider.stats().exchanges, 1);
}

fn refused_and_spent(provider: &Provider, browser: &Browser, forged: &str) -> (u16, String) {
    let page = browser.ask(forged);
    assert_eq!(provider.token_requests("authorization_code").len(), 0);
    assert!(browser.cookie("gatepass-session").is_none());
    (page.status, page.error())
}

#[test]
fn cbk_01_values_are_form_decoded() {
    let (provider, app, browser) = app();
    let start = browser.go(&app.url("/login"));
    let state = start.parameter("state");
    let page = browser.ask(&app.url(&format!(
        "/callback?iss={}&code=a%2Bb+c%E2%82%AC&state={state}",
        url::form_urlencoded::byte_serialize(provider.issuer().as_bytes()).collect::<String>()
    )));
    assert_eq!(page.status, 502, "{}", page.text());
    let sent = &provider.token_requests("authorization_code")[0].request;
    assert_eq!(sent.form_value("code").unwrap(), "a+b c€");
}

#[test]
fn cbk_02_a_doubled_parameter_is_refused() {
    for name in ["code", "state", "iss", "error"] {
        let (provider, app, browser) = app();
        let honest = callback_url(&browser, &app, "/login");
        let doubled = if name == "error" {
            format!("{honest}&error=a&error=a")
        } else {
            let value = url::Url::parse(&honest).unwrap();
            let value = value.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
            let value: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
            format!("{honest}&{name}={value}")
        };
        refused_and_nothing_spent(&provider, &browser, &honest, &doubled, "duplicate");
    }
}

#[test]
fn cbk_02_the_case_of_a_name_matters() {
    let (provider, app, browser) = app();
    let honest = callback_url(&browser, &app, "/login");
    let forged = honest.replace("code=", "Code=");
    refused_and_nothing_spent(&provider, &browser, &honest, &forged, "malformed");
}

#[test]
fn cbk_03_unknown_parameters_are_ignored() {
    let (_provider, app, browser) = app();
    let mut url = callback_url(&browser, &app, "/login");
    for number in 0..10 {
        url = format!("{url}&unknown{number}=x&session_state=y");
    }
    assert_eq!(browser.ask(&url).status, 303);
}

#[test]
fn cbk_04_another_state_is_refused() {
    let state = |url: &str| {
        let url = url::Url::parse(url).unwrap();
        url.query_pairs().find(|(key, _)| key == "state").unwrap().1.into_owned()
    };
    type Change = fn(String) -> String;
    let changes: [Change; 5] = [
        |state| state[..42].to_owned(),
        |state| format!("{state} "),
        |state| format!("{state}A"),
        |state| {
            state
                .chars()
                .map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
                .collect()
        },
        |_| "A".repeat(43),
    ];
    for change in changes {
        let (provider, app, browser) = app();
        let honest = callback_url(&browser, &app, "/login");
        let forged = with_parameter(&honest, "state", &change(state(&honest)));
        refused_and_nothing_spent(&provider, &browser, &honest, &forged, "state_unknown");
    }
}

#[test]
fn cbk_04_a_missing_or_empty_state_is_refused() {
    let (provider, app, browser) = app();
    let honest = callback_url(&browser, &app, "/login");
    let forged = without_parameter(&honest, "state");
    assert_eq!(browser.ask(&format!("{forged}&state=")).error(), "state_missing");
    refused_and_nothing_spent(&provider, &browser, &honest, &forged, "state_missing");
}

#[test]
fn cbk_07_a_flood_of_forged_callbacks_does_not_end_the_login() {
    let (provider, app, browser) = app();
    let honest = callback_url(&browser, &app, "/login");
    for number in 0..50 {
        let forged = with_parameter(&honest, "state", &format!("{number:043}"));
        assert_eq!(browser.ask(&forged).error(), "state_unknown");
    }
    refused_and_nothing_spent(
        &provider,
        &browser,
        &honest,
        &without_parameter(&honest, "state"),
        "state_missing",
    );
}

#[test]
fn cbk_09_c_15_a_login_is_finished_in_the_browser_that_started_it() {
    let (provider, app, browser) = app();
    let honest = callback_url(&browser, &app, "/login");
    let other = Browser::new();
    other.go(&app.url("/login"));
    let page = other.ask(&honest);
    assert_eq!((page.status, page.error().as_str()), (400, "other_browser"));
    assert!(other.cookie("gatepass-session").is_none());
    refused_and_nothing_spent(&provider, &browser, &honest, &without_parameter(&honest, "code"), "malformed");
}

#[test]
fn c_18_no_cookie_at_all_is_refused() {
    let (provider, app, browser) = app();
    let honest = callback_url(&browser, &app, "/login");
    for cookie in [None, Some("short"), Some("")] {
        let bare = Browser::new();
        if let Some(value) = cookie {
            bare.set_cookie("gatepass-browser", value);
        }
        let page = bare.ask(&honest);
        assert_eq!((page.status, page.error().as_str()), (400, "cookie_missing"));
    }
    refused_and_nothing_spent(&provider, &browser, &honest, &without_parameter(&honest, "code"), "malformed");
}

#[test]
fn cbk_10_c_10_a_state_of_one_provider_is_not_usable_at_another() {
    let (honest, attacker) = (Provider::start(), Provider::start());
    let parts = Parts::new();
    let app = parts.serve(
        parts.builder().provider("honest", parts.client(&honest, "/callback/honest"), scopes()).provider(
            "attacker",
            parts.client(&attacker, "/callback/attacker"),
            scopes(),
        ),
    );
    let browser = Browser::new();
    // The person starts at the attacker's provider, which sends them on to the honest one with our state.
    let start = browser.go(&app.url("/login/attacker"));
    let other = browser.go(&app.url("/login/honest"));
    let mixed = with_parameter(&other.location(), "state", &start.parameter("state"));
    let callback = browser.go(&mixed).location();
    assert!(callback.contains("/callback/honest?"), "{callback}");
    let page = browser.ask(&callback);
    assert_eq!((page.status, page.error().as_str()), (400, "other_browser"));
    // The same code carried to the attacker's own callback is stopped by `iss`.
    let page = browser.ask(&callback.replace("/callback/honest", "/callback/attacker"));
    assert_eq!((page.status, page.error().as_str()), (400, "iss_mismatch"));
    assert_eq!(attacker.token_requests("authorization_code").len(), 0);
    assert_eq!(honest.token_requests("authorization_code").len(), 0);
}

#[test]
fn cbk_11_a_sibling_path_is_no_callback() {
    let (provider, app, browser) = app();
    let honest = callback_url(&browser, &app, "/login");
    for path in ["/callback/", "/callback/test", "/Callback", "/callback2"] {
        assert_eq!(browser.ask(&honest.replace("/callback", path)).status, 404, "{path}");
    }
    refused_and_nothing_spent(
        &provider,
        &browser,
        &honest,
        &without_parameter(&honest, "state"),
        "state_missing",
    );
}

#[test]
fn cbk_14_c_33_another_iss_is_refused() {
    for iss in ["/", "ISSUER", "", "http://attacker.example"] {
        let (provider, app, browser) = app();
        let honest = callback_url(&browser, &app, "/login");
        let forged = match iss {
            "/" => with_parameter(&honest, "iss", &format!("{}/", provider.issuer())),
            "ISSUER" => with_parameter(&honest, "iss", &provider.issuer().to_uppercase()),
            iss => with_parameter(&honest, "iss", iss),
        };
        assert_eq!(
            refused_and_spent(&provider, &browser, &forged),
            (400, "iss_mismatch".to_owned()),
            "{iss}"
        );
    }
}

#[test]
fn cbk_15_a_missing_iss_is_refused_in_errors_too() {
    let (provider, app, browser) = app();
    let honest = callback_url(&browser, &app, "/login");
    let forged = without_parameter(&honest, "iss");
    assert_eq!(refused_and_spent(&provider, &browser, &forged), (400, "iss_missing".to_owned()));

    let provider = Provider::builder().iss(IssParameter::LeftOffErrors).start().unwrap();
    let app = Parts::new().start(&provider);
    let start = browser.go(&app.url("/login"));
    let denied = browser.go(&format!("{}&login_hint=deny", start.location())).location();
    assert_eq!(refused_and_spent(&provider, &browser, &denied), (400, "iss_missing".to_owned()));
}

#[test]
fn cbk_18_an_error_of_another_issuer_is_not_believed() {
    let (provider, app, browser) = app();
    let start = browser.go(&app.url("/login"));
    let denied = browser.go(&format!("{}&login_hint=deny", start.location())).location();
    let forged = with_parameter(&denied, "iss", "http://attacker.example");
    assert_eq!(refused_and_spent(&provider, &browser, &forged), (400, "iss_mismatch".to_owned()));
}

#[test]
fn cbk_19_c_32_an_error_beside_a_code_is_an_error() {
    let (provider, app, browser) = app();
    let honest = callback_url(&browser, &app, "/login");
    let forged = format!("{honest}&error=access_denied");
    assert_eq!(refused_and_spent(&provider, &browser, &forged), (400, "declined".to_owned()));
}

#[test]
fn cbk_20_errors_of_the_provider_are_told_apart() {
    for (code, status, cause) in [
        ("access_denied", 400, "declined"),
        ("invalid_scope", 400, "provider_refused"),
        ("login_required", 400, "provider_refused"),
        ("something_new", 400, "provider_refused"),
        ("server_error", 502, "provider_down"),
        ("temporarily_unavailable", 502, "provider_down"),
    ] {
        let (provider, app, browser) = app();
        let start = browser.go(&app.url("/login"));
        let url = browser.go(&format!("{}&login_hint=error:{code}", start.location())).location();
        assert_eq!(refused_and_spent(&provider, &browser, &url), (status, cause.to_owned()), "{code}");
    }
}

#[test]
fn cbk_21_c_20_nothing_of_a_provider_s_words_reaches_a_page() {
    let (provider, app, browser) = app();
    let honest = callback_url(&browser, &app, "/login");
    let evil = "<script>alert(1)</script>\r\nSet-Cookie: evil=1";
    let mut forged = format!("{}&error=<b>x</b>", without_parameter(&honest, "code"));
    for name in ["error_description", "error_uri"] {
        forged = with_parameter(&forged, name, evil);
    }
    let page = browser.go(&forged);
    assert_eq!(page.status, 400);
    let text = page.text();
    for part in ["alert(1)", "<b>x", "evil=1"] {
        assert!(!text.contains(part), "{text}");
    }
    assert!(page.cookies().is_empty());
    assert_eq!(provider.token_requests("authorization_code").len(), 0);
}

#[test]
fn cbk_21_a_description_of_a_mebibyte_is_refused() {
    let (provider, app, browser) = app();
    let honest = callback_url(&browser, &app, "/login");
    let forged = format!("{honest}&error=access_denied&error_description={}", "x".repeat(1 << 20));
    let refused = raw::get(&app.origin, forged.strip_prefix(&app.origin).unwrap()).unwrap();
    assert!((400..500).contains(&refused), "{refused}");
    refused_and_nothing_spent(
        &provider,
        &browser,
        &honest,
        &without_parameter(&honest, "state"),
        "state_missing",
    );
}

#[test]
fn cbk_22_an_error_without_our_state_is_not_ours() {
    let (provider, app, browser) = app();
    let honest = callback_url(&browser, &app, "/login");
    let alone = app.url("/callback?error=access_denied");
    assert_eq!(browser.ask(&alone).error(), "state_missing");
    let altered = format!("{alone}&state={}", "B".repeat(43));
    refused_and_nothing_spent(&provider, &browser, &honest, &altered, "state_unknown");
}

#[test]
fn cbk_23_neither_code_nor_error_is_malformed() {
    for rest in ["", "&code=", "&error=", "&code=&error="] {
        let (provider, app, browser) = app();
        let honest = callback_url(&browser, &app, "/login");
        let forged = format!("{}{rest}", without_parameter(&honest, "code"));
        refused_and_nothing_spent(&provider, &browser, &honest, &forged, "malformed");
    }
}

#[test]
fn cbk_24_c_32_parameters_of_another_flow_are_refused() {
    for name in ["id_token", "access_token", "token", "response"] {
        for code in [true, false] {
            let (provider, app, browser) = app();
            let honest = callback_url(&browser, &app, "/login");
            let base = if code { honest.clone() } else { without_parameter(&honest, "code") };
            refused_and_nothing_spent(
                &provider,
                &browser,
                &honest,
                &format!("{base}&{name}=x"),
                "unexpected",
            );
        }
    }
}

#[test]
fn c_31_what_is_no_encoding_is_malformed() {
    for bad in ["%00", "%ff", "%c0%af", "%e2%82"] {
        let (provider, app, browser) = app();
        let honest = callback_url(&browser, &app, "/login");
        refused_and_nothing_spent(&provider, &browser, &honest, &format!("{honest}&x={bad}"), "malformed");
    }
    // What only looks like an escape never makes the server fail.
    let (_provider, app, browser) = app();
    for bad in ["%", "%zz", "%2", "&&&", "=", "%00=%00"] {
        let page = browser.ask(&app.url(&format!("/callback?code=a&state=b{bad}")));
        assert_eq!(page.status, 400, "{bad}");
    }
}

#[test]
fn cbk_32_a_code_of_8_kib_is_accepted_and_a_mebibyte_refused() {
    let (provider, app, browser) = app();
    let start = browser.go(&app.url("/login"));
    let long = with_parameter(&app.url("/callback"), "code", &"c".repeat(8 * 1024));
    let long =
        with_parameter(&with_parameter(&long, "state", &start.parameter("state")), "iss", &provider.issuer());
    let page = browser.ask(&long);
    assert_eq!((page.status, page.error().as_str()), (502, "code_refused"));
    let sent = &provider.token_requests("authorization_code")[0].request;
    assert_eq!(sent.form_value("code").unwrap().len(), 8 * 1024);

    let refused = raw::get(&app.origin, &format!("/callback?code={}", "c".repeat(1 << 20))).unwrap();
    assert!((400..500).contains(&refused), "{refused}");
    assert_eq!(provider.token_requests("authorization_code").len(), 1);
}

#[test]
fn other_methods_on_the_callback_have_no_effect() {
    let (provider, app, browser) = app();
    let honest = callback_url(&browser, &app, "/login");
    for method in ["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"] {
        let page = browser.send(method, &honest, &[], None);
        assert_eq!(page.status, 405, "{method}");
        assert_eq!(page.header("allow"), "GET", "{method}");
        assert!(page.cookies().is_empty(), "{method}");
    }
    refused_and_nothing_spent(
        &provider,
        &browser,
        &honest,
        &without_parameter(&honest, "state"),
        "state_missing",
    );
}

#[test]
fn c_34_a_post_is_no_callback_by_query() {
    let (provider, app, browser) = app();
    let honest = callback_url(&browser, &app, "/login");
    let query = honest.split_once('?').unwrap().1.to_owned();
    let form = [("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json")];
    let page = browser.send("POST", &app.url("/callback"), &form, Some(query.as_bytes()));
    assert_eq!((page.status, page.error().as_str()), (400, "wrong_mode"));
    let json = [("content-type", "application/json"), ("accept", "application/json")];
    assert_eq!(browser.send("POST", &honest, &json, Some(b"{}")).status, 415);
    assert_eq!(browser.send("POST", &honest, &form, Some(&vec![b'x'; 1 << 20])).status, 413);
    refused_and_nothing_spent(
        &provider,
        &browser,
        &honest,
        &without_parameter(&honest, "state"),
        "state_missing",
    );
}

#[test]
fn cbk_29_answers_are_kept_out_of_caches_frames_and_referrers() {
    let provider = Provider::builder().mode(Mode::Auto).start().unwrap();
    let app = Parts::new().start(&provider);
    let browser = Browser::new();
    let guarded = |page: &Page| {
        assert_eq!(page.header("cache-control"), "no-store", "{}", page.url);
        assert_eq!(page.header("referrer-policy"), "no-referrer", "{}", page.url);
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{}", page.url);
        for rule in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"]
        {
            assert!(page.header("content-security-policy").contains(rule), "{}", page.url);
        }
    };
    let start = browser.go(&app.url("/login"));
    guarded(&start);
    let callback = browser.go(&start.location()).location();
    guarded(&browser.go(&without_parameter(&callback, "state")));
    guarded(&browser.go(&without_parameter(&callback, "code")));
    guarded(&browser.send("PUT", &callback, &[], None));
    let landed = browser.go(&callback);
    guarded(&landed);
    assert_eq!(landed.status, 303);
    assert!(landed.body.is_empty(), "cbk_28: a redirect has nothing to show");
    guarded(&browser.fetch(&app.url("/login")));
    guarded(&browser.go(&app.url("/login/nowhere")));
    guarded(&browser.post(&app.url("/logout"), ""));
    guarded(&Browser::new().go(&app.url("/session")));
}
