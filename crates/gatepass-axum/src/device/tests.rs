//! Devices by their `User-Agent`.

use super::*;

fn seen(agent: &str) -> Option<String> {
    let mut headers = HeaderMap::new();
    headers.insert(header::USER_AGENT, http::HeaderValue::from_bytes(agent.as_bytes()).unwrap());
    hint(&headers).map(Into::into)
}

#[test]
fn a_device_is_named_in_words_of_ours() {
    for (agent, expected) in [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        ("curl/8.14 (Linux)", "Linux"),
        ("Firefox/1", "Firefox"),
    ] {
        assert_eq!(seen(agent).as_deref(), Some(expected), "{agent}");
    }
    assert_eq!(seen("curl/8.14"), None);
    assert_eq!(hint(&HeaderMap::new()), None);
}

#[test]
fn nothing_of_the_header_is_taken_over() {
    assert_eq!(seen("<script>Firefox/1 Linux</script>").as_deref(), Some("Firefox on Linux"));
    assert_eq!(seen("\u{fe0f}Firefox/1"), None, "what is no text is not looked at");
    assert_eq!(seen(&format!("{}Firefox/1", "a".repeat(600))), None);
}

#[test]
fn a_description_of_the_application_is_bounded() {
    assert_eq!(&*bounded("My\r\n phone\u{0}"), "My phone");
    assert_eq!(bounded(&"\u{1f4f1}".repeat(500)).chars().count(), 120);
}
