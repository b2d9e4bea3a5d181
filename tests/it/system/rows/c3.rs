//! C.3: what is no callback, and what only looks like one.

use super::super::browser::Browser;
use super::{FORM, JSON, Site, Stand, and, value, with, without};

#[test]
fn c_31_whatever_the_bytes_the_answer_is_a_refusal_and_nothing_has_changed() {
    let stand = Stand::new();
    let (browser, honest) = stand.begin();
    for bad in ["x=%00", "x=%ff", "x=%c0%af", "x=%e2%82", "%00=x", "x=%ed%a0%80"] {
        stand.refuses(&browser, &format!("{honest}&{bad}"), 400, "malformed");
    }
    let mut lines: Vec<String> = [
        "%",
        "%z",
        "&&&&",
        "=",
        "=&=",
        "\u{0}",
        "\u{1}",
        "\u{7f}",
        "\u{ff}\u{fe}",
        "\u{c3}\u{28}",
        "\\",
        "\"",
        "<>",
        "^`{|}",
        "a b",
        "\t",
        ";",
    ]
    .map(|bad| format!("/callback?state=x&code=y{bad}"))
    .to_vec();
    lines.push(format!("/callback?{}", "a=b&".repeat(10_000)));
    lines.push(format!("/callback?{}=x", "a".repeat(60_000)));
    lines.push(format!("/callback?state={}", "%00".repeat(20_000)));
    lines.push("/callback?".to_owned());
    lines.push("*".to_owned());
    lines.push("http://attacker.example/callback?state=x&code=y".to_owned());
    for line in lines {
        let status = stand.turns_away(&browser, "GET", &line, &[JSON], b"");
        assert!(matches!(status, 0 | 400..=499), "{status}: {}", super::short(&line));
    }
    stand.lands(&browser, &honest);
}

#[test]
fn c_31_whatever_the_cookies_and_headers_the_answer_is_a_refusal_and_nothing_has_changed() {
    let stand = Stand::new();
    let (browser, honest) = stand.begin();
    let own = browser.cookies();
    let ours = own.split("; ").find(|pair| pair.starts_with("gatepass-browser=")).unwrap();
    for cookie in [
        "=",
        ";;;;",
        "gatepass-browser",
        "gatepass-browser=\"",
        "gatepass-browser=\u{ff}",
        "a=b=c=d",
        &format!("gatepass-browser={}", "A".repeat(44)),
        &format!("gatepass-browser={}", "\u{e4}".repeat(43)),
        &"a=b; ".repeat(2_000),
    ] {
        let before = stand.facts();
        let answer = super::Line::open(&stand.app.url).get(&honest, &[JSON, ("cookie", cookie)]);
        assert_eq!(answer.status, 400, "{}", super::short(cookie));
        assert_eq!(stand.facts(), before);
    }
    // More than a browser keeps for a site is not searched through.
    for (cookies, header) in [("x=y; ".repeat(100_000), 1), ("x=y; ".repeat(1_000), 200)] {
        let headers: Vec<_> = std::iter::repeat_n(("cookie", &*cookies), header).chain([JSON]).collect();
        let before = stand.facts();
        let answer = super::Line::open(&stand.app.url).send("GET", &honest, &headers, b"");
        assert!(answer.is_none_or(|answer| (400..500).contains(&answer.status)));
        assert_eq!(stand.facts(), before);
    }
    // Among others, and after one of the same name that somebody planted and that is not whole, ours is found.
    let among = format!("name=\u{e9}; gatepass-browser=planted; {ours}; a=\"b c\"");
    let landed = super::Line::open(&stand.app.url).get(&honest, &[JSON, ("cookie", &among)]);
    assert_eq!(landed.status, 303);
    stand.still_serves();
}

#[test]
fn c_32_contradictions_are_refused() {
    let stand = Stand::new();
    let (browser, honest) = stand.begin();
    stand.refuses(&browser, "/callback?error=access_denied", 400, "state_missing");
    stand.refuses(&browser, &without(&and(&honest, "error", "x"), "state"), 400, "state_missing");
    for name in ["access_token", "id_token", "response", "token"] {
        stand.refuses(&browser, &and(&honest, name, "x"), 400, "unexpected");
    }
    stand.ends(&browser, &and(&honest, "error", "access_denied"), 400, "declined");
    stand.still_serves();
}

#[test]
fn c_33_an_iss_that_is_foreign_empty_doubled_or_missing_is_refused() {
    let stand = Stand::new();
    for (change, cause) in
        [("foreign", "iss_mismatch"), ("empty", "iss_mismatch"), ("missing", "iss_missing")]
    {
        let (browser, honest) = stand.begin();
        let forged = match change {
            "foreign" => with(&honest, "iss", "http://attacker.example"),
            "empty" => with(&honest, "iss", ""),
            _ => without(&honest, "iss"),
        };
        stand.ends(&browser, &forged, 400, cause);
    }
    let (browser, honest) = stand.begin();
    for second in [value(&honest, "iss"), "http://attacker.example".to_owned(), String::new()] {
        stand.refuses(&browser, &and(&honest, "iss", &second), 400, "duplicate");
    }
    stand.lands(&browser, &honest);
}

#[test]
fn c_34_a_form_of_the_wrong_kind_or_size_is_refused_and_spends_nothing() {
    let stand = Stand::of(Site::new().variable("RESPONSE_MODE", "form_post"));
    let browser = Browser::new();
    let provider = browser.open(&stand.app.at("/login")).is(303).target();
    let form = super::b4::fields(&browser.open(&provider).is(200).body);
    let post = |headers: &[(&str, &str)], body: &[u8]| {
        stand.turns_away(&browser, "POST", "/callback", headers, body)
    };
    assert_eq!(post(&[("content-type", "multipart/form-data; boundary=x"), JSON], form.as_bytes()), 415);
    assert_eq!(post(&[JSON], form.as_bytes()), 415);
    assert_eq!(post(&[FORM, FORM, JSON, ("content-encoding", "gzip")], form.as_bytes()), 415);
    let padded = |kib: usize| format!("{form}&x={}", "y".repeat(kib << 10)).into_bytes();
    for kib in [65, 1024, 3 << 10] {
        assert_eq!(post(&[FORM, JSON], &padded(kib)), 413, "{kib} KiB");
    }
    // What is endless is not read to its end.
    assert!(matches!(post(&[FORM, JSON], &padded(8 << 10)), 0 | 413));
    assert_eq!(post(&[FORM, JSON], b"\xff\xfe%"), 400);
    let landed = stand.send(&browser, "POST", "/callback", &[FORM], &padded(32)).unwrap();
    assert_eq!(landed.status, 303);
}
