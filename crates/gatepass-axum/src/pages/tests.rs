//! Every cause has a page fit for a person, an answer for a program, and the same headers as all others.

use std::collections::BTreeSet;

use axum::body::{Body, HttpBody as _};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};
use url::Url;

use super::*;
use crate::refusal::Refusal;
use crate::site::Site;
use crate::{Cause, Said};

fn site(look: Look) -> Site {
    let url = Url::parse("https://app.example/auth/callback").unwrap();
    Site::of(&url, "/auth", "", look)
}

fn plain() -> Site {
    site(Look::new(Vec::new(), None))
}

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    let name = |name: &'static str| name.parse::<header::HeaderName>().unwrap();
    pairs.iter().map(|(key, value)| (name(key), HeaderValue::from_static(value))).collect()
}

fn person() -> HeaderMap {
    headers(&[("accept", "text/html"), ("sec-fetch-mode", "navigate")])
}

fn script() -> HeaderMap {
    headers(&[("accept", "*/*"), ("sec-fetch-mode", "cors")])
}

fn text(response: Response<Body>) -> String {
    let mut body = std::pin::pin!(response.into_body());
    let mut bytes = Vec::new();
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    while let std::task::Poll::Ready(Some(frame)) = body.as_mut().poll_frame(&mut context) {
        bytes.extend_from_slice(&frame.unwrap().into_data().unwrap());
    }
    String::from_utf8(bytes).unwrap()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}")).1;
    rest.split_once(after).unwrap().0
}

#[track_caller]
fn is_guarded(response: &Response<Body>) -> String {
    let is = |name: header::HeaderName| response.headers().get(name).unwrap().to_str().unwrap().to_owned();
    assert_eq!(is(header::CACHE_CONTROL), "no-store");
    assert_eq!(is(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert_eq!(is(header::REFERRER_POLICY), "no-referrer");
    let policy = is(header::CONTENT_SECURITY_POLICY);
    for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"] {
        assert!(policy.split("; ").any(|directive| directive == part), "{part}: {policy}");
    }
    assert!(!policy.contains("script-src") && !policy.contains("unsafe"), "{policy}");
    policy
}

#[test]
fn every_cause_has_a_page_for_a_person() {
    let site = plain();
    for cause in Cause::all() {
        let response =
            Refusal::kept(cause, "abcd2345".into()).answer(&person(), &site, Some("/home?a=1&b=2"));
        assert_eq!(response.status(), cause.status(), "{cause:?}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
        let policy = is_guarded(&response);
        let html = text(response);
        assert!(html.starts_with("<!doctype html>\n<html lang=\"en\">"), "{html}");
        let heading = between(&html, "<h1>", "</h1>");
        assert_eq!(between(&html, "<title>", "</title>"), heading, "{cause:?}");
        assert_eq!(html.matches("<h1>").count(), 1);
        assert!(html.contains("name=\"viewport\" content=\"width=device-width, initial-scale=1\""));
        assert_eq!(html.matches("<main>").count(), 1);
        let style = between(&html, "<style>", "</style>");
        assert!(policy.contains(&format!("style-src {}", notice::source(style))), "{policy}");
        for marker in ["color-scheme:light dark", "prefers-color-scheme:dark", ":focus-visible", "max-width"]
        {
            assert!(style.contains(marker), "{marker}");
        }
        assert!(!html.contains("<script") && !html.contains("<form") && !html.contains("http"), "{html}");
        assert!(html.contains("href=\"/home?a=1&amp;b=2\""), "{html}");
        assert_eq!(html.contains("href=\"/auth/login\""), Texts::ENGLISH.login_label(cause).is_some());
        assert!(html.contains("<code>abcd2345</code>"));
    }
}

#[test]
fn every_cause_has_an_answer_for_a_program() {
    let site = plain();
    for cause in Cause::all() {
        for asked in [script(), headers(&[("accept", "application/json")])] {
            let response = Refusal::kept(cause, "abcd2345".into()).answer(&asked, &site, Some("/home"));
            assert_eq!(response.status(), cause.status(), "{cause:?}");
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
            is_guarded(&response);
            let challenged = response.headers().contains_key(header::WWW_AUTHENTICATE);
            assert_eq!(challenged, response.status() == StatusCode::UNAUTHORIZED, "{cause:?}");
            let json: serde_json::Value = serde_json::from_str(&text(response)).unwrap();
            assert_eq!(json["error"], cause.label());
            assert_eq!(json["reference"], "abcd2345");
            assert_eq!(json["login"], "https://app.example/auth/login");
            assert_eq!(json["message"], *Texts::ENGLISH.about(cause).text);
        }
    }
}

#[test]
fn every_cause_has_a_label_of_its_own() {
    let labels: BTreeSet<_> = Cause::all().map(Cause::label).collect();
    assert_eq!(labels.len(), Cause::all().count());
    let plain = |label: &str| label.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    assert!(labels.iter().all(|label| plain(label)), "{labels:?}");
    assert!(Cause::all().all(|cause| Cause::of_label(cause.label()) == Some(cause)));
}

#[test]
fn texts_of_another_language_are_chosen_by_the_browser_and_escaped() {
    let arabic = Texts {
        lang: "ar".into(),
        declined: Said::owned("<b>\u{644}\u{627}</b>", "\u{644}\u{627} & \"\u{644}\u{627}\""),
        reference: "\u{631}\u{645}\u{632}".into(),
        ..Texts::ENGLISH
    };
    let site = site(Look::new(vec![Texts::ENGLISH, arabic], None));
    let refusal = Refusal::kept(Cause::Declined, "abcd2345".into());
    let mut asked = person();
    asked.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static("ar-EG, en;q=0.5"));
    let html = text(refusal.answer(&asked, &site, None));
    assert!(html.contains("<html lang=\"ar\" dir=\"rtl\">"), "{html}");
    assert!(html.contains("&lt;b&gt;\u{644}\u{627}&lt;/b&gt;") && !html.contains("<b>"), "{html}");
    assert!(html.contains("<code>abcd2345</code>"), "a text without its place for it loses no reference");
    assert!(text(refusal.answer(&person(), &site, None)).contains("<html lang=\"en\">"));
}

#[test]
fn a_page_of_the_application_keeps_status_and_headers() {
    let draw: Draw = Arc::new(|notice| {
        let page = match notice.cause()? {
            Cause::Internal => Page::new("own").own_styles().inline_style("p{}").own_images().own_fonts(),
            _ => return None,
        };
        Some(page)
    });
    let site = site(Look::new(Vec::new(), Some(draw)));
    let response = Refusal::kept(Cause::Internal, "r".into()).answer(&person(), &site, None);
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let policy = is_guarded(&response);
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; style-src 'self' {}; img-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri \
             'none'; form-action 'none'",
            notice::source("p{}")
        )
    );
    assert_eq!(text(response), "own");
    let other = Refusal::kept(Cause::Declined, "r".into()).answer(&person(), &site, None);
    assert!(text(other).contains("You were not logged in"), "what the application leaves out is drawn here");
    let program = Refusal::kept(Cause::Internal, "r".into()).answer(&script(), &site, None);
    assert_eq!(program.headers()[header::CONTENT_TYPE], "application/json");
}

#[test]
fn the_form_that_is_sent_on_has_one_script_a_button_and_the_providers() {
    let site = plain();
    let response = site.look().send_on(
        &person(),
        ("/auth/callback", "'self' https://as.example"),
        [("code", "a\"b<c")].into_iter(),
    );
    let is = |name: header::HeaderName| response.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(is(header::CACHE_CONTROL), "no-store");
    assert_eq!(is(header::REFERRER_POLICY), "same-origin");
    let policy = is(header::CONTENT_SECURITY_POLICY);
    assert!(policy.ends_with("; form-action 'self' https://as.example"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    let html = text(response);
    assert_eq!(html.matches("<script>").count(), 1);
    let script = between(&html, "<script>", "</script>");
    assert!(policy.contains(&format!("script-src {};", notice::source(script))), "{policy}");
    assert!(html.contains("<button class=\"button\">Continue</button>"), "{html}");
    assert!(html.contains("value=\"a&quot;b&lt;c\""), "{html}");
}

/// The relative luminance of a colour (WCAG 2.2).
fn luminance(colour: &str) -> f64 {
    let hex = colour.strip_prefix('#').unwrap();
    let hex =
        if hex.len() == 3 { hex.chars().flat_map(|digit| [digit, digit]).collect() } else { hex.to_owned() };
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
}

#[test]
fn every_text_stands_out_in_light_and_in_dark() {
    let light = between(STYLE, ":root{", "}");
    let dark = between(STYLE, "prefers-color-scheme:dark){:root{", "}");
    for scheme in [light, dark] {
        let colour = |name: &str| {
            let value = scheme.split(';').find_map(|pair| pair.strip_prefix(&format!("--{name}:")));
            luminance(value.unwrap())
        };
        for (ink, paper) in [("ink", "card"), ("soft", "card"), ("accent", "card"), ("on-accent", "accent")] {
            let (ink, paper) = (colour(ink), colour(paper));
            let contrast = (ink.max(paper) + 0.05) / (ink.min(paper) + 0.05);
            assert!(contrast >= 4.5, "{contrast:.2} in {scheme}");
        }
    }
}
