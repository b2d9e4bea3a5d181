//! What one login asks for beyond the scopes.

use std::time::Duration;

use gatepass_core::ports::Wish;
use gatepass_core::{ErrorCode, Prompt, StartError};

use crate::support::*;

#[test]
fn everything_that_is_wished_stands_in_the_url_once() {
    let wish = Wish::new(scopes("a b"))
        .prompt(Prompt::Login)
        .prompt(Prompt::Consent)
        .prompt(Prompt::Login)
        .login_hint("alice@example.org")
        .max_age(Duration::from_millis(90_500))
        .ui_locales("fr-CA fr")
        .acr_values("urn:phr urn:mfa")
        .param("access_type", "offline");
    assert!(!wish.is_silent());
    let query = query(&start(wish.request(&client()), 1).url);
    assert_eq!(only(&query, "scope"), "a b");
    assert_eq!(only(&query, "prompt"), "login consent");
    assert_eq!(only(&query, "login_hint"), "alice@example.org");
    assert_eq!(only(&query, "max_age"), "90");
    assert_eq!(only(&query, "ui_locales"), "fr-CA fr");
    assert_eq!(only(&query, "acr_values"), "urn:phr urn:mfa");
    assert_eq!(only(&query, "access_type"), "offline");
}

#[test]
fn arq_03_a_wish_cannot_set_what_the_flow_owns() {
    for name in ["state", "client_id", "response_type", "code_challenge", "redirect_uri", "scope", "nonce"] {
        let wish = Wish::new(scopes("a")).param(name, "x");
        assert_eq!(
            wish.request(&client()).start(attempt(1)).unwrap_err(),
            StartError::Reserved(name.into()),
            "{name}"
        );
    }
}

#[test]
fn arq_13_silence_stands_alone() {
    let wish = Wish::new(scopes("a")).prompt(Prompt::None);
    assert!(wish.is_silent());
    let loud = wish.clone().prompt(Prompt::Login);
    assert_eq!(loud.request(&client()).start(attempt(1)).unwrap_err(), StartError::PromptNone);
    assert_eq!(only(&query(&start(wish.request(&client()), 1).url), "prompt"), "none");
}

#[test]
fn a_wish_shows_no_hint() {
    let wish = Wish::new(scopes("a")).login_hint("alice@example.org");
    assert!(!format!("{wish:?}").contains("alice"), "{wish:?}");
}

#[test]
fn prompts_are_read_back_and_nothing_else_is_one() {
    for word in ["none", "login", "consent", "select_account", "create"] {
        assert_eq!(Prompt::parse(word).unwrap().as_str(), word);
    }
    for word in ["", "Login", "login ", "login consent"] {
        assert_eq!(Prompt::parse(word), None, "{word:?}");
    }
}

#[test]
fn what_silence_cannot_answer_is_told_apart() {
    assert!(ErrorCode::LoginRequired.wants_person());
    assert!(ErrorCode::InteractionRequired.wants_person());
    assert!(ErrorCode::ConsentRequired.wants_person());
    assert!(ErrorCode::AccountSelectionRequired.wants_person());
    assert!(!ErrorCode::AccessDenied.wants_person());
    assert!(!ErrorCode::ServerError.wants_person());
}

#[test]
fn scopes_are_joined_without_doubles() {
    assert_eq!(scopes("a b").with(&scopes("c b d")).as_str(), "a b c d");
    assert_eq!(scopes("").with(&scopes("c")).as_str(), "c");
}
