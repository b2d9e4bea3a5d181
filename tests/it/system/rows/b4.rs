//! B.4: the callback.

use std::thread;

use gatepass_testkit::provider::{Endpoint, Fault, IssParameter, Provider};

use super::super::browser::Browser;
use super::super::kept::Rows;
use super::{FORM, JSON, Site, Stand, and, error, target, value, with, without};

#[test]
fn cbk_01_a_code_reaches_the_provider_as_it_was_meant() {
    let stand = Stand::new();
    let (browser, honest) = stand.begin();
    let forged = without(&honest, "code") + "&code=a%2Bb+c%E2%82%AC";
    let answer = stand.ask(&browser, &forged);
    assert_eq!((answer.status, error(&answer).as_str()), (502, "code_refused"));
    let sent = &stand.site.provider.token_requests("authorization_code")[0].request;
    assert_eq!(sent.form_value("code").unwrap(), "a+b c€");
    stand.still_serves();
}

#[test]
fn cbk_02_a_parameter_twice_is_refused_and_names_count_in_their_case() {
    let stand = Stand::new();
    for name in ["code", "state", "iss", "error"] {
        let (browser, honest) = stand.begin();
        let doubled = match name {
            "error" => and(&and(&honest, "error", "access_denied"), "error", "access_denied"),
            name => and(&honest, name, &value(&honest, name)),
        };
        stand.refuses(&browser, &doubled, 400, "duplicate");
        stand.lands(&browser, &honest);
    }
    let (browser, honest) = stand.begin();
    stand.refuses(&browser, &honest.replace("code=", "Code="), 400, "malformed");
    stand.lands(&browser, &and(&honest, "Code", "another"));
}

#[test]
fn cbk_03_unknown_parameters_are_passed_over() {
    let stand = Stand::new();
    let (browser, mut url) = stand.begin();
    for name in ["session_state", "scope", "authuser", "hd", "prompt", "realmId", "hmac"] {
        url = and(&and(&url, name, "x"), name, "<y>");
    }
    stand.lands(&browser, &url);
}

#[test]
fn cbk_04_another_state_is_refused() {
    let stand = Stand::new();
    let (browser, honest) = stand.begin();
    let state = value(&honest, "state");
    let swapped: String =
        state
            .chars()
            .map(|letter| {
                if letter.is_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
            })
            .collect();
    for other in [&state[..42], &format!("{state} "), &format!("{state}A"), &swapped, &"A".repeat(43)] {
        stand.refuses(&browser, &with(&honest, "state", other), 400, "state_unknown");
    }
    stand.refuses(&browser, &with(&honest, "state", ""), 400, "state_missing");
    stand.refuses(&browser, &without(&honest, "state"), 400, "state_missing");
    stand.lands(&browser, &honest);
}

#[test]
fn cbk_05_a_state_of_no_login_is_refused() {
    let stand = Stand::new();
    let browser = Browser::new();
    // It has our cookie and a login of its own, which is over.
    let over = target(&stand.site.log_in(&browser, &stand.app));
    stand.refuses(&browser, &with(&over, "state", "never"), 400, "state_unknown");
    stand.still_serves();
}

#[test]
fn cbk_06_one_state_makes_one_exchange() {
    let stand = Stand::new();
    let (browser, honest) = stand.begin();
    let statuses: Vec<u16> = thread::scope(|scope| {
        let tabs: Vec<_> = (0..6).map(|_| scope.spawn(|| stand.ask(&browser, &honest).status)).collect();
        tabs.into_iter().map(|tab| tab.join().unwrap()).collect()
    });
    assert_eq!(statuses, [303; 6]);
    let provider = &stand.site.provider;
    assert_eq!((provider.requests(Endpoint::Token).len(), provider.stats().code_reuse_detected), (1, 0));
    // In another browser it is refused, though that one has a login of its own.
    let (other, own) = stand.begin();
    stand.refuses(&other, &honest, 400, "other_browser");
    stand.lands(&other, &own);
}

#[test]
fn cbk_07_a_wrong_state_spends_nothing() {
    let stand = Stand::new();
    let (browser, honest) = stand.begin();
    for number in 0..50 {
        stand.refuses(&browser, &with(&honest, "state", &format!("{number:043}")), 400, "state_unknown");
    }
    stand.lands(&browser, &honest);
}

#[test]
fn cbk_08_a_browser_has_its_newest_logins_under_way_and_no_more() {
    let stand = Stand::new();
    let (others, bystander) = stand.begin();
    let browser = Browser::new();
    let callbacks: Vec<String> =
        (0..34).map(|_| target(&stand.site.go_and_come_back(&browser, &stand.app))).collect();
    assert_eq!(Rows::of(stand.site.folder.path()), Rows { parked: 32 + 1, ..Rows::default() });
    for gone in &callbacks[..2] {
        stand.refuses(&browser, gone, 400, "state_unknown");
    }
    stand.lands(&browser, &callbacks[2]);
    stand.lands(&browser, &callbacks[33]);
    stand.lands(&others, &bystander);
}

#[test]
fn cbk_09_a_login_is_finished_in_the_browser_that_started_it() {
    let stand = Stand::new();
    let (browser, honest) = stand.begin();
    let (other, _) = stand.begin();
    stand.refuses(&other, &honest, 400, "other_browser");
    stand.refuses(&Browser::new(), &honest, 400, "cookie_missing");
    stand.lands(&browser, &honest);
}

#[test]
fn cbk_10_a_state_of_one_provider_is_refused_at_another_s_callback() {
    // Two processes of one database, each at a provider of its own.
    let stand = Stand::new();
    let attacker = Provider::builder()
        .client(
            gatepass_testkit::provider::Client::confidential("app", super::super::site::CLIENT_SECRET)
                .redirect_uri("http://127.0.0.1/callback")
                .any_loopback_port(),
        )
        .start()
        .unwrap();
    let store = format!("sqlite:{}", stand.site.folder.path().join("app.db").display());
    let elsewhere = Site::new()
        .store(store)
        .variable("AUTH_URL", &attacker.authorization_endpoint())
        .variable("TOKEN_URL", &attacker.token_endpoint())
        .variable("API_URL", &attacker.user_endpoint())
        .variable("REVOCATION_URL", &attacker.revocation_endpoint())
        .variable("ISSUER", &attacker.issuer());
    let other = elsewhere.start();
    let (browser, honest) = stand.begin();
    let page = browser.fetch(&other.at(&honest)).is(400);
    assert!(page.body.contains("\"expired\""), "{}", page.body);
    assert_eq!(attacker.log().len(), 0);
    assert_eq!(stand.site.provider.requests(Endpoint::Token).len(), 0);
    stand.still_serves();
}

#[test]
fn cbk_11_a_callback_on_another_path_is_none() {
    let stand = Stand::new();
    let (browser, honest) = stand.begin();
    for path in [
        "/callback/",
        "/callback/test",
        "/Callback",
        "/callback2",
        "//callback",
        "/%63allback",
        "/x/../callback",
    ] {
        let elsewhere = honest.replacen("/callback", path, 1);
        let status = stand.turns_away(&browser, "GET", &elsewhere, &[JSON], b"");
        assert_eq!(status, 404, "{path}");
    }
    stand.lands(&browser, &honest);
}

#[test]
fn cbk_14_another_iss_is_refused() {
    let stand = Stand::new();
    let issuer = stand.site.provider.issuer();
    for iss in [
        format!("{issuer}/"),
        issuer.to_uppercase(),
        issuer.replace("127.0.0.1", "127.1"),
        issuer.replace(':', "%3A"),
        format!(" {issuer}"),
        String::new(),
        "http://attacker.example".to_owned(),
    ] {
        let (browser, honest) = stand.begin();
        stand.ends(&browser, &with(&honest, "iss", &iss), 400, "iss_mismatch");
        // The right one comes too late: this login is over.
        assert_eq!(error(&stand.ask(&browser, &honest)), "iss_mismatch");
    }
    // However it is encoded, it is compared as it was meant.
    let (browser, honest) = stand.begin();
    let encoded: String = issuer.bytes().map(|byte| format!("%{byte:02x}")).collect();
    stand.lands(&browser, &format!("{}&iss={encoded}", without(&honest, "iss")));
}

#[test]
fn cbk_15_a_missing_iss_is_refused_on_errors_too() {
    let stand = Stand::new();
    let (browser, honest) = stand.begin();
    stand.ends(&browser, &without(&honest, "iss"), 400, "iss_missing");
    let stand = Stand::with(Provider::builder().iss(IssParameter::LeftOffErrors));
    let (browser, denied) = stand.begin_in_vain("deny");
    stand.ends(&browser, &denied, 400, "iss_missing");
    stand.still_serves();
}

#[test]
fn cbk_16_an_iss_that_was_not_announced_is_compared_where_an_issuer_is_known() {
    let stand = Stand::of(Site::new().variable("REQUIRE_ISS", ""));
    let (browser, honest) = stand.begin();
    stand.ends(&browser, &with(&honest, "iss", "http://attacker.example"), 400, "iss_mismatch");
    let (browser, honest) = stand.begin();
    stand.lands(&browser, &without(&honest, "iss"));
    // Where none is known it says nothing.
    let stand = Stand::of(Site::new().variable("REQUIRE_ISS", "").variable("ISSUER", ""));
    let (browser, honest) = stand.begin();
    stand.lands(&browser, &with(&honest, "iss", "http://whoever.example"));
}

#[test]
fn cbk_18_an_error_of_another_issuer_is_not_believed() {
    let stand = Stand::new();
    let (browser, denied) = stand.begin_in_vain("deny");
    stand.ends(&browser, &with(&denied, "iss", "http://attacker.example"), 400, "iss_mismatch");
    let (browser, denied) = stand.begin_in_vain("deny");
    stand.ends(&browser, &denied, 400, "declined");
}

#[test]
fn cbk_19_a_code_beside_an_error_is_never_exchanged() {
    let stand = Stand::new();
    let (browser, honest) = stand.begin();
    stand.ends(&browser, &and(&honest, "error", "access_denied"), 400, "declined");
    assert_eq!(error(&stand.ask(&browser, &honest)), "declined");
    assert_eq!(stand.site.provider.requests(Endpoint::Token).len(), 0);
    stand.still_serves();
}

#[test]
fn cbk_20_errors_of_the_provider_are_told_apart() {
    let stand = Stand::new();
    for (code, status, cause) in [
        ("access_denied", 400, "declined"),
        ("invalid_request", 400, "provider_refused"),
        ("unauthorized_client", 400, "provider_refused"),
        ("unsupported_response_type", 400, "provider_refused"),
        ("invalid_scope", 400, "provider_refused"),
        ("login_required", 400, "provider_refused"),
        ("consent_required", 400, "provider_refused"),
        ("something_new", 400, "provider_refused"),
        ("server_error", 502, "provider_down"),
        ("temporarily_unavailable", 502, "provider_down"),
    ] {
        let (browser, callback) = stand.begin_in_vain(&format!("error:{code}"));
        stand.ends(&browser, &callback, status, cause);
    }
    stand.still_serves();
}

#[test]
fn cbk_21_c_20_a_provider_s_words_are_neither_shown_nor_logged_nor_followed() {
    let mut stand = Stand::new();
    let evil = "<script>alert(1)</script>\r\nSet-Cookie: evil=1\r\n\r\n\u{1b}[31m";
    for (name, words) in
        [("error", evil), ("error_description", evil), ("error_uri", "http://127.0.0.1:1/evil")]
    {
        let (browser, honest) = stand.begin();
        let mut forged = with(&without(&honest, "code"), "error", "server_error");
        forged = with(&forged, name, words);
        for accept in ["text/html", "application/json"] {
            let answer = stand.send(&browser, "GET", &forged, &[("accept", accept)], b"").unwrap();
            assert!(answer.status >= 400, "{}", answer.status);
            let shown = format!("{:?}{}", answer.headers, String::from_utf8_lossy(&answer.body));
            for part in ["alert(1)", "evil", "\u{1b}"] {
                assert!(!shown.contains(part), "{name}: {shown}");
            }
        }
    }
    let (browser, honest) = stand.begin();
    let long = with(&honest, "error_description", &"x".repeat(1 << 20));
    let status = stand.turns_away(&browser, "GET", &long, &[JSON], b"");
    assert!(matches!(status, 0 | 400..=499), "{status}");
    stand.lands(&browser, &honest);
    stand.app.stop();
    let said = stand.app.process.said();
    assert!(said.contains("provider_down"), "{said}");
    for part in ["alert(1)", "evil=1", "/evil", "\u{1b}[31m"] {
        assert!(!said.contains(part), "{part:?} in {said}");
    }
}

#[test]
fn cbk_22_an_error_without_our_state_is_not_ours() {
    let stand = Stand::new();
    let (browser, honest) = stand.begin();
    stand.refuses(&browser, "/callback?error=access_denied", 400, "state_missing");
    stand.refuses(
        &browser,
        &format!("/callback?error=access_denied&state={}", "B".repeat(43)),
        400,
        "state_unknown",
    );
    stand.lands(&browser, &honest);
}

#[test]
fn cbk_23_neither_code_nor_error_is_refused() {
    let stand = Stand::new();
    let (browser, honest) = stand.begin();
    for rest in ["", "&code=", "&error=", "&code=&error="] {
        stand.refuses(&browser, &format!("{}{rest}", without(&honest, "code")), 400, "malformed");
    }
    stand.lands(&browser, &and(&honest, "error", ""));
}

#[test]
fn cbk_24_parameters_of_another_flow_are_refused() {
    let stand = Stand::new();
    let (browser, honest) = stand.begin();
    for name in ["id_token", "access_token", "token", "response"] {
        stand.refuses(&browser, &and(&honest, name, "x"), 400, "unexpected");
        stand.refuses(&browser, &and(&without(&honest, "code"), name, "x"), 400, "unexpected");
    }
    stand.lands(&browser, &honest);
}

#[test]
fn cbk_25_a_fragment_is_no_part_of_a_callback() {
    let stand = Stand::new();
    let (browser, honest) = stand.begin();
    let query = honest.split_once('?').unwrap().1;
    // No browser sends one; whatever becomes of it, nothing in it is used.
    for forged in
        [format!("/callback#{query}"), format!("/callback?state=x#{query}"), format!("/callback?#{query}")]
    {
        let status = stand.turns_away(&browser, "GET", &forged, &[JSON], b"");
        assert_eq!(status, 400, "{forged}");
    }
    stand.lands(&browser, &honest);
}

#[test]
fn cbk_26_a_form_is_read_from_the_body_alone_and_sent_on_once() {
    let stand = Stand::of(Site::new().variable("RESPONSE_MODE", "form_post"));
    let begin = || {
        let browser = Browser::new();
        let provider = browser.open(&stand.app.at("/login")).is(303).target();
        let page = browser.open(&provider).is(200);
        (browser, fields(&page.body))
    };
    let (browser, form) = begin();
    // From the provider's page no cookie comes along: our own page sends it here once more.
    let (rows, asked) = (Rows::of(stand.site.folder.path()), stand.site.provider.log().len());
    let stranger = Browser::new();
    let page = stand.send(&stranger, "POST", "/callback", &[FORM], form.as_bytes()).unwrap();
    assert_eq!(page.status, 200);
    let again = fields(&String::from_utf8(page.body).unwrap());
    assert_eq!((Rows::of(stand.site.folder.path()), stand.site.provider.log().len()), (rows, asked));
    let circle = stand.send(&stranger, "POST", "/callback", &[FORM, JSON], again.as_bytes()).unwrap();
    assert_eq!((circle.status, error(&circle).as_str()), (400, "cookie_missing"));
    let landed = stand.send(&browser, "POST", "/callback", &[FORM], again.as_bytes()).unwrap();
    assert_eq!(landed.status, 303);

    let (browser, form) = begin();
    for (media, status) in [
        ("application/json", 415),
        ("multipart/form-data; boundary=x", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded-x", 415),
    ] {
        let answer =
            stand.turns_away(&browser, "POST", "/callback", &[("content-type", media)], form.as_bytes());
        assert_eq!(answer, status, "{media}");
    }
    let by_query = stand.turns_away(&browser, "POST", &format!("/callback?{form}"), &[FORM, JSON], b"x=y");
    assert_eq!(by_query, 400);
    let landed = stand.send(&browser, "POST", "/callback", &[FORM], form.as_bytes()).unwrap();
    assert_eq!((landed.status, stand.site.provider.stats().exchanges), (303, 2));
}

/// The fields of the one form on a page, as a form.
pub(crate) fn fields(page: &str) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for input in page.split("<input ").skip(1) {
        let value = |name: &str| {
            let start = input.split_once(&format!("{name}=\"")).unwrap_or_else(|| panic!("{name}: {page}")).1;
            let value = start.split_once('"').unwrap().0;
            value
                .replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&")
        };
        form.append_pair(&value("name"), &value("value"));
    }
    form.finish()
}

#[test]
fn cbk_27_a_callback_in_another_mode_is_refused() {
    let stand = Stand::new();
    let (browser, honest) = stand.begin();
    let query = honest.split_once('?').unwrap().1.to_owned();
    for (headers, body, status) in [
        (&[FORM, JSON][..], query.as_bytes(), 400),
        (&[FORM, JSON], b"x=y", 400),
        (&[("content-type", "application/json"), JSON], b"{}", 415),
    ] {
        assert_eq!(stand.turns_away(&browser, "POST", &honest, headers, body), status);
    }
    // A GET with a body is no GET that a browser sends.
    assert_eq!(stand.turns_away(&browser, "GET", &honest, &[FORM, JSON], query.as_bytes()), 400);
    stand.lands(&browser, &honest);

    let stand = Stand::of(Site::new().variable("RESPONSE_MODE", "form_post"));
    let browser = Browser::new();
    let provider = browser.open(&stand.app.at("/login")).is(303).target();
    let form = fields(&browser.open(&provider).is(200).body);
    stand.refuses(&browser, &format!("/callback?{form}"), 400, "wrong_mode");
    let landed = stand.send(&browser, "POST", "/callback", &[FORM], form.as_bytes()).unwrap();
    assert_eq!(landed.status, 303);
}

#[test]
fn cbk_27_no_other_method_has_an_effect_on_the_callback() {
    let stand = Stand::new();
    let (browser, honest) = stand.begin();
    for method in ["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "get"] {
        let status = stand.turns_away(&browser, method, &honest, &[JSON], b"");
        assert!(matches!(status, 405 | 400), "{method}: {status}");
    }
    assert_eq!(stand.turns_away(&browser, "HEAD", &honest, &[], b""), 405);
    stand.lands(&browser, &honest);
}

#[test]
fn cbk_28_cbk_29_answers_show_nothing_of_others_and_are_kept_out_of_caches_and_referrers() {
    let stand = Stand::new();
    let (browser, honest) = stand.begin();
    let html = ("accept", "text/html");
    let login = stand.send(&Browser::new(), "GET", "/login", &[html], b"").unwrap();
    let refused = stand.send(&browser, "GET", &without(&honest, "state"), &[html], b"").unwrap();
    let wrong = stand.send(&browser, "PUT", &honest, &[html], b"").unwrap();
    let landed = stand.send(&browser, "GET", &honest, &[html], b"").unwrap();
    let nobody = stand.send(&Browser::new(), "GET", &honest, &[JSON], b"").unwrap();
    assert_eq!(
        [login.status, refused.status, wrong.status, landed.status, nobody.status],
        [303, 400, 405, 303, 400]
    );
    assert!(landed.body.is_empty() && login.body.is_empty(), "a redirect has nothing to show");
    for answer in [&login, &refused, &wrong, &landed, &nobody] {
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
    }
    let page = String::from_utf8_lossy(&refused.body);
    assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("//"), "{page}");
}

#[test]
fn cbk_30_a_code_that_may_have_arrived_is_never_sent_again() {
    let stand = Stand::new();
    let (browser, honest) = stand.begin();
    stand.site.provider.inject(Fault::after(Endpoint::Token).close());
    for _ in 0..2 {
        let answer = stand.ask(&browser, &honest);
        assert_eq!((answer.status, error(&answer).as_str()), (502, "provider_silent"));
    }
    assert_eq!(stand.site.provider.token_requests("authorization_code").len(), 1);
    stand.still_serves();
}

#[test]
fn cbk_31_every_login_gets_a_new_session_and_the_browser_keeps_its_cookie() {
    let stand = Stand::new();
    let browser = Browser::new();
    let cookie = |name: &str| {
        let cookies = browser.cookies();
        cookies.split("; ").find_map(|pair| pair.strip_prefix(&format!("{name}="))).map(str::to_owned)
    };
    stand.site.log_in(&browser, &stand.app);
    let (first, bound) = (cookie("gatepass-session").unwrap(), cookie("gatepass-browser").unwrap());
    stand.site.log_in(&browser, &stand.app);
    let (second, still) = (cookie("gatepass-session").unwrap(), cookie("gatepass-browser").unwrap());
    assert_ne!(first, second);
    assert_eq!(bound, still);
    stand.app.profile(&browser).is(200);
}

#[test]
fn cbk_32_a_long_code_is_taken_and_a_query_without_measure_is_not() {
    let stand = Stand::new();
    let (browser, honest) = stand.begin();
    for kib in [65, 128, 1024] {
        let endless = with(&honest, "code", &"c".repeat(kib << 10));
        let status = stand.turns_away(&browser, "GET", &endless, &[JSON], b"");
        assert!(matches!(status, 0 | 400..=499), "{status}");
    }
    let answer = stand.ask(&browser, &with(&honest, "code", &"c".repeat(8 * 1024)));
    assert_eq!((answer.status, error(&answer).as_str()), (502, "code_refused"));
    let sent = &stand.site.provider.token_requests("authorization_code")[0].request;
    assert_eq!(sent.form_value("code").unwrap().len(), 8 * 1024);
}
