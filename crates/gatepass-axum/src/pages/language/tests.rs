//! Which language is chosen.

use super::*;

fn chosen(accept: &str) -> String {
    let texts = ["en", "de", "pt-BR"].map(|lang| Texts { lang: lang.into(), ..Texts::ENGLISH });
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT_LANGUAGE, accept.parse().unwrap());
    choose(&texts, &headers).unwrap().lang.to_string()
}

#[test]
fn the_language_that_is_liked_best_of_those_that_there_are() {
    for (accept, expected) in [
        ("", "en"),
        ("de", "de"),
        ("DE-at, en;q=0.5", "de"),
        ("fr, de;q=0.8, en;q=0.9", "en"),
        ("fr;q=1.0, de;q=0.001, en;q=0", "de"),
        ("pt", "pt-BR"),
        ("pt-PT;q=0.7, de;q=0.5", "pt-BR"),
        ("*", "en"),
        ("fr, *;q=0.5, de;q=0.1", "en"),
        ("de;q=nonsense", "en"),
        ("de;level=1", "en"),
        (";q=1,,;;q=0.5, de;q=0.3", "de"),
    ] {
        assert_eq!(chosen(accept), expected, "{accept:?}");
    }
}

#[test]
fn a_long_list_is_cut() {
    let accept = format!("{}de", "fr,".repeat(40));
    assert_eq!(chosen(&accept), "en");
}
