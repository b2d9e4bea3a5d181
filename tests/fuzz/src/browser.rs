//! The readers of the browser's side: where a login leads, the cookie header, the callback by query and by form.

use axum::body::Body;
use gatepass_axum::ReturnTo;
use http::{HeaderValue, Request, Uri};
use url::{Url, form_urlencoded};

use crate::door::{Answer, BY_FORM, BY_QUERY};

/// A cookie that is whole, of a browser that has begun nothing.
const COOKIE: &str = "gatepass-browser=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

const FORM: &str = "application/x-www-form-urlencoded";

/// A place to return to: whatever is taken stays on the origin, as a browser resolves it.
pub(crate) fn return_to(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(place) = ReturnTo::parse(text) else { return };
    let kept = place.as_str();
    assert!(
        kept.len() <= 3 * ReturnTo::LONGEST && kept.bytes().all(|byte| (0x21..0x7f).contains(&byte)),
        "{kept:?}"
    );
    let second = kept.strip_prefix('/').expect("a path").bytes().next();
    assert!(!matches!(second, Some(b'/' | b'\\')), "{kept:?}");
    // However much a proxy decodes, and wherever the redirect is read: at the callback, at the root, at a deep page.
    for base in
        ["https://app.example/auth/callback?code=x", "http://127.0.0.1:8080/", "https://a@[::1]:1/x/y/z?a#b"]
    {
        let base = Url::parse(base).unwrap();
        for text in [text, kept] {
            let there = base.join(text).unwrap();
            assert_eq!(there.origin(), base.origin(), "{text:?} leads to {there}");
            assert!(
                there.username().is_empty() || there.username() == base.username(),
                "{text:?} leads to {there}"
            );
        }
        // Both name the same place.
        assert_eq!(base.join(text).unwrap(), base.join(kept).unwrap(), "{text:?} became {kept:?}");
    }
    assert_eq!(ReturnTo::parse(kept).as_ref(), Ok(&place), "it is judged otherwise on the way out");
}

/// The cookie header: our cookie is found if and only if it is there and whole, whatever stands beside it.
pub(crate) fn cookie_header(bytes: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(bytes) else { return };
    let request = Request::get("/callback?code=c&state=s").header("accept", "application/json");
    let answer = BY_QUERY.answer(request.header("cookie", &value).body(Body::empty()).unwrap());
    let whole = |pair: &[u8]| {
        let start = pair.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let pair = &pair[start..];
        let end = pair.len() - pair.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let ticket = pair[..end].strip_prefix(b"gatepass-browser=");
        ticket.is_some_and(|ticket| {
            ticket.len() == 43
                && ticket
                    .iter()
                    .all(|byte| matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
        })
    };
    let is_known = value.as_bytes().split(|byte| *byte == b';').any(whole);
    let cause = if is_known { "state_unknown" } else { "cookie_missing" };
    assert_eq!((answer.status, answer.cause().as_str()), (400, cause), "{value:?}");
    assert!(!answer.sets_cookie);
}

/// A callback by query, of a browser that has begun nothing: a refusal, and as unknown only where there is one `state`.
pub(crate) fn callback_query(bytes: &[u8]) {
    let target = [b"/callback?", bytes].concat();
    let Ok(uri) = Uri::try_from(target) else { return };
    let query = uri.query().unwrap_or_default().to_owned();
    let request = Request::get(uri).header("accept", "application/json").header("cookie", COOKIE);
    refused(&BY_QUERY.answer(request.body(Body::empty()).unwrap()), query.as_bytes());
}

/// A callback by form, with our cookie and without it: a refusal, or the page that sends it on and nothing more.
pub(crate) fn callback_form(bytes: &[u8]) {
    let post =
        || Request::post("/callback").header("accept", "application/json").header("content-type", FORM);
    refused(
        &BY_FORM.answer(post().header("cookie", COOKIE).body(Body::from(bytes.to_vec())).unwrap()),
        bytes,
    );
    let page = BY_FORM.answer(post().body(Body::from(bytes.to_vec())).unwrap());
    assert!(!page.sets_cookie);
    if page.status != 200 {
        return assert!((400..500).contains(&page.status), "{}", page.status);
    }
    let page = page.body;
    assert_eq!((page.matches("<script").count(), page.matches("<form").count()), (1, 1), "{page}");
    let inputs: Vec<&str> = page.split("<input ").skip(1).collect();
    assert!(inputs.len() <= 7, "{page}");
    for input in inputs {
        // Between the quotes of a value there is no quote and no tag, so that it ends where we end it.
        let value = input.split_once(" value=\"").expect("a value").1;
        let (value, after) = value.split_once('"').expect("the end of a value");
        assert!(!value.contains(['<', '>', '\'']) && after.starts_with('>'), "{page}");
    }
}

fn refused(answer: &Answer, form: &[u8]) {
    let cause = answer.cause();
    assert!(!answer.sets_cookie && (400..500).contains(&answer.status), "{} {cause}", answer.status);
    let states =
        form_urlencoded::parse(form).filter(|(name, value)| name == "state" && !value.is_empty()).count();
    match cause.as_str() {
        "state_unknown" => assert_eq!(states, 1),
        "state_missing" => assert_eq!(states, 0),
        "malformed" | "duplicate" | "unexpected" | "too_large" | "cookie_missing" => {}
        other => panic!("{other}"),
    }
}
