//! The callback (RFC 6749 sections 4.1.2 and 4.1.2.1, RFC 9207).

use gatepass_core::{
    Callback, CallbackError, ErrorCode, MalformedCallback, Pending, Profile, Provider, Remedy,
};

use crate::support::*;

/// The code that an exchange sends.
fn code(exchange: gatepass_core::Exchange) -> String {
    only(&sent_form(&ask(exchange).0), "code")
}

fn malformed(query: &str) -> MalformedCallback {
    let of_form = refused(Callback::from_form(query.as_bytes()));
    assert_eq!(refused(Callback::from_query(query)), of_form);
    of_form
}

#[test]
fn cbk_01_query_and_form_are_decoded_as_forms() {
    let encoded = "code=a%2Bb+c%20d%E2%82%AC%26&x=y";
    let state = login(&client()).state;
    let query = format!("{encoded}&state={state}");
    for callback in [Callback::from_query(&query).unwrap(), Callback::from_form(query.as_bytes()).unwrap()] {
        let exchange = login(&client()).pending.receive(callback, NOW).unwrap();
        assert_eq!(code(exchange), "a+b c d\u{20ac}&");
    }
    let escaped: String = state.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let callback = callback(&format!("%63ode=c&st%61te={escaped}"));
    assert!(login(&client()).pending.receive(callback, NOW).is_ok());
}

#[test]
fn cbk_01_what_is_no_form_is_refused() {
    for query in [
        "code=%",
        "code=%2",
        "code=%zz",
        "code=%FF",
        "code=%C0%AF",
        "code=%ED%A0%80",
        "code=%00",
        "%zz=1&code=a",
    ] {
        assert_eq!(malformed(query), MalformedCallback::Encoding, "{query}");
    }
    assert_eq!(refused(Callback::from_form(b"code=\xff")), MalformedCallback::Encoding);
}

#[test]
fn cbk_02_names_count_in_their_case() {
    let exchange = login(&client()).receive("code=c&Code=d&STATE=x&x=1&x=2").unwrap();
    assert_eq!(code(exchange), "c");
    assert_eq!(malformed("Code=a&state=x"), MalformedCallback::Nothing);
}

#[test]
fn cbk_02_a_parameter_twice_is_refused() {
    for name in [
        "code",
        "state",
        "iss",
        "error",
        "error_description",
        "error_uri",
        "response",
        "id_token",
        "token_type",
    ] {
        for (one, two) in [("a", "a"), ("a", "b"), ("", "a"), ("a", "")] {
            let query = format!("{name}={one}&code=c&error=e&{name}={two}");
            let due = if matches!(name, "code" | "error") {
                malformed(&query)
            } else {
                MalformedCallback::Twice(name)
            };
            assert_eq!(malformed(&query), due);
            assert!(
                matches!(due, MalformedCallback::Twice("code" | "error"))
                    || due == MalformedCallback::Twice(name)
            );
        }
    }
    assert_eq!(malformed("code=a&%63ode=a"), MalformedCallback::Twice("code"));
    assert_eq!(malformed("state=a&code=a&state"), MalformedCallback::Twice("state"));
}

#[test]
fn cbk_03_unknown_parameters_are_passed_over() {
    let names = [
        "session_state",
        "scope",
        "authuser",
        "hd",
        "prompt",
        "realmId",
        "hmac",
        "shop",
        "user",
        "expires_in",
    ];
    let more: String = names.iter().map(|name| format!("&{name}=1&{name}=2&&=x&=")).collect();
    assert_eq!(code(login(&client()).receive(&format!("code=c{more}")).unwrap()), "c");
}

/// A callback that is not of this login gives it back.
fn kept(outcome: Result<gatepass_core::Exchange, CallbackError>) -> Pending {
    match outcome {
        Err(CallbackError::NotOurs(pending) | CallbackError::StateMissing(pending)) => *pending,
        Err(other) => panic!("spent by {other:?}"),
        Ok(_) => panic!("taken"),
    }
}

#[test]
fn cbk_04_our_state_is_taken() {
    assert!(login(&client()).receive("code=c").is_ok());
    let login = login(&client());
    assert_eq!(
        callback(&format!("code=c&state={}", login.state)).state_hash(),
        Some(login.pending.state_hash())
    );
}

#[test]
fn cbk_04_another_state_or_none_is_refused() {
    let Login { mut pending, state, .. } = login(&client());
    for query in ["code=c".to_owned(), "code=c&state".into(), "code=c&state=".into()] {
        let back = callback(&query);
        assert_eq!(back.state_hash(), None);
        let error = refused(pending.receive(back, NOW));
        assert_eq!(error.remedy(), Remedy::AskAgain);
        let CallbackError::StateMissing(same) = error else { panic!("{error:?}") };
        pending = *same;
    }
    for other in [
        &state[1..],
        &state[..42],
        &format!("{state}="),
        &state.to_lowercase(),
        &format!("+{state}"),
        &format!("{state}%20"),
    ] {
        let back = callback(&format!("code=c&state={other}"));
        assert_ne!(back.state_hash(), Some(pending.state_hash()));
        let error = refused(pending.receive(back, NOW));
        let CallbackError::NotOurs(same) = error else { panic!("{error:?}") };
        pending = *same;
    }
}

#[test]
fn cbk_05_a_state_of_no_login_is_refused() {
    let unknown = start(client().authorize(&scopes("a")), 77).state;
    let login = login(&client());
    let back = callback(&format!("code=c&state={unknown}"));
    assert!(matches!(login.pending.receive(back, NOW), Err(CallbackError::NotOurs(_))));
}

#[test]
fn cbk_07_a_wrong_state_spends_nothing() {
    let Login { pending, state, .. } = login(&client());
    let pending = kept(pending.receive(callback("code=evil&state=x"), NOW));
    let pending = kept(pending.receive(callback("code=evil"), NOW));
    let pending = kept(pending.receive(callback("error=access_denied&state=x"), after(100_000)));
    assert_eq!(code(pending.receive(callback(&format!("code=c&state={state}")), NOW).unwrap()), "c");
}

/// Too late is too late, and the last moment is not.
#[test]
fn cbk_08_a_login_ends_with_its_lifetime() {
    let query = |login: &Login| format!("code=c&state={}", login.state);
    let login_ = login(&client());
    let back = callback(&query(&login_));
    assert!(login_.pending.receive(back, after(600)).is_ok());
    let late = login(&client());
    let back = callback(&query(&late));
    let moment = gatepass_core::Timestamp::from_unix_millis(after(600).as_unix_millis() + 1);
    let error = refused(late.pending.receive(back, moment));
    assert!(matches!(error, CallbackError::Expired));
    assert_eq!(error.remedy(), Remedy::AskAgain);
}

fn of_issuer(issuer: Option<&str>, require: bool, others: &[&str]) -> gatepass_core::Client {
    let mut profile = Profile::strict();
    profile.callback_issuers = others.iter().map(|one| (*one).into()).collect();
    let mut builder = Provider::builder(AUTHORIZE, TOKEN).profile(profile);
    if let Some(issuer) = issuer {
        builder = builder.issuer(issuer);
    }
    client_of(if require { builder.require_iss() } else { builder }.build().unwrap())
}

#[test]
fn cbk_10_each_provider_takes_its_own_state() {
    let other =
        client_of(Provider::builder("https://other.example/a", "https://other.example/t").build().unwrap());
    let exchange = start(other.authorize(&scopes("a")), 2).receive("code=c").unwrap();
    assert_eq!(ask(exchange).0.uri(), "https://other.example/t");
}

#[test]
fn cbk_10_a_state_of_another_provider_is_refused() {
    let other =
        client_of(Provider::builder("https://other.example/a", "https://other.example/t").build().unwrap());
    let theirs = start(other.authorize(&scopes("a")), 2);
    let ours = login(&client());
    let pending = kept(theirs.pending.receive(callback(&format!("code=c&state={}", ours.state)), NOW));
    let ours = kept(ours.pending.receive(callback(&format!("code=c&state={}", theirs.state)), NOW));
    assert!(other.resume(ours.park()).is_err());
    assert!(client().resume(pending.park()).is_err());
}

#[test]
fn cbk_14_the_issuer_is_compared_after_decoding() {
    for iss in ["https://as.example", "https%3A%2F%2Fas.example", "%68ttps://as.example"] {
        assert!(login(&client()).receive(&format!("code=c&iss={iss}")).is_ok());
    }
    let slash = of_issuer(Some("https://t.example/"), false, &[]);
    assert!(login(&slash).receive("code=c&iss=https://t.example/").is_ok());
}

#[test]
fn cbk_14_another_issuer_is_refused() {
    let others = [
        "https://as.example/",
        "https://AS.example",
        "HTTPS://as.example",
        "https://as.example:443",
        "https://as.example%20",
        "%20https://as.example",
        "https://as.example%2F",
        "https://evil.example",
        "https://as.exampl",
        "",
    ];
    for iss in others {
        for rest in ["code=c", "error=access_denied"] {
            let error = refused(login(&client()).receive(&format!("{rest}&iss={iss}")));
            assert!(matches!(error, CallbackError::IssuerMismatch), "{iss}: {error:?}");
            assert_eq!(error.remedy(), Remedy::FixConfiguration);
        }
    }
}

#[test]
fn cbk_15_the_issuer_that_is_always_sent_is_taken() {
    let client = of_issuer(Some(ISSUER), true, &[]);
    assert!(login(&client).receive("code=c&iss=https://as.example").is_ok());
    assert!(login(&self::client()).receive("code=c").is_ok());
}

#[test]
fn cbk_15_a_missing_issuer_is_refused_on_errors_too() {
    for rest in ["code=c", "error=access_denied"] {
        let error = refused(login(&of_issuer(Some(ISSUER), true, &[])).receive(rest));
        assert!(matches!(error, CallbackError::IssuerMissing), "{error:?}");
        assert_eq!(error.remedy(), Remedy::ProviderMisbehaved);
        assert!(
            refused(login(&of_issuer(Some(ISSUER), true, &[])).receive(&format!("{rest}&iss=")))
                .to_string()
                .contains("iss")
        );
    }
}

#[test]
fn cbk_16_without_an_issuer_it_is_passed_over() {
    let anyone = of_issuer(None, false, &[]);
    for iss in ["https://as.example", "https://evil.example", ""] {
        assert!(login(&anyone).receive(&format!("code=c&iss={iss}")).is_ok());
    }
    let listed = of_issuer(None, false, &["https://github.com/login/oauth"]);
    assert!(login(&listed).receive("code=c&iss=https://github.com/login/oauth").is_ok());
    assert!(login(&listed).receive("code=c").is_ok());
    let both = of_issuer(Some(ISSUER), false, &["https://two.example"]);
    assert!(login(&both).receive("code=c&iss=https://as.example").is_ok());
    assert!(login(&both).receive("code=c&iss=https://two.example").is_ok());
}

#[test]
fn cbk_16_where_one_is_known_another_is_refused() {
    for client in [
        of_issuer(None, false, &["https://one.example"]),
        of_issuer(Some(ISSUER), false, &["https://one.example"]),
    ] {
        for iss in ["https://evil.example", "", "https://one.example/"] {
            let error = refused(login(&client).receive(&format!("code=c&iss={iss}")));
            assert!(matches!(error, CallbackError::IssuerMismatch));
        }
    }
    let required = of_issuer(None, true, &["https://one.example"]);
    assert!(matches!(refused(login(&required).receive("code=c")), CallbackError::IssuerMissing));
}

#[test]
fn cbk_18_an_error_of_our_issuer_is_its_error() {
    let error = refused(login(&client()).receive("error=access_denied&iss=https://as.example"));
    assert!(matches!(error, CallbackError::Provider(_)));
}

#[test]
fn cbk_18_an_error_of_another_issuer_is_refused_for_its_issuer() {
    let error = refused(login(&client()).receive("error=access_denied&iss=https://evil.example"));
    assert!(matches!(error, CallbackError::IssuerMismatch));
    assert_ne!(error.remedy(), Remedy::PersonDeclined);
}

#[test]
fn cbk_19_a_code_beside_an_error_is_never_exchanged() {
    for rest in ["error=server_error&code=c", "code=c&error=server_error", "code=c&error=%22"] {
        let error = refused(login(&client()).receive(rest));
        assert!(matches!(error, CallbackError::Provider(_)), "{error:?}");
    }
    assert_eq!(code(login(&client()).receive("code=c&error=").unwrap()), "c", "an empty one is none");
}

#[test]
fn cbk_20_known_codes_have_names_and_others_are_kept() {
    use ErrorCode as Code;
    let known = [
        ("invalid_request", Code::InvalidRequest, Remedy::FixConfiguration),
        ("unauthorized_client", Code::UnauthorizedClient, Remedy::FixConfiguration),
        ("access_denied", Code::AccessDenied, Remedy::PersonDeclined),
        ("unsupported_response_type", Code::UnsupportedResponseType, Remedy::FixConfiguration),
        ("invalid_scope", Code::InvalidScope, Remedy::FixConfiguration),
        ("server_error", Code::ServerError, Remedy::RetryLater(None)),
        ("temporarily_unavailable", Code::TemporarilyUnavailable, Remedy::RetryLater(None)),
        ("interaction_required", Code::InteractionRequired, Remedy::AskAgain),
        ("login_required", Code::LoginRequired, Remedy::AskAgain),
        ("account_selection_required", Code::AccountSelectionRequired, Remedy::AskAgain),
        ("consent_required", Code::ConsentRequired, Remedy::AskAgain),
        ("invalid_request_uri", Code::InvalidRequestUri, Remedy::FixConfiguration),
        ("invalid_request_object", Code::InvalidRequestObject, Remedy::FixConfiguration),
        ("request_not_supported", Code::RequestNotSupported, Remedy::FixConfiguration),
        ("request_uri_not_supported", Code::RequestUriNotSupported, Remedy::FixConfiguration),
        ("registration_not_supported", Code::RegistrationNotSupported, Remedy::FixConfiguration),
        ("invalid_target", Code::InvalidTarget, Remedy::FixConfiguration),
        ("invalid_authorization_details", Code::InvalidAuthorizationDetails, Remedy::FixConfiguration),
        ("unmet_authentication_requirements", Code::UnmetAuthenticationRequirements, Remedy::AskAgain),
        ("Access_Denied", Code::Other("Access_Denied".into()), Remedy::ProviderMisbehaved),
        ("odd.code", Code::Other("odd.code".into()), Remedy::ProviderMisbehaved),
    ];
    for (text, due, remedy) in known {
        let error = refused(login(&client()).receive(&format!("error={text}")));
        assert_eq!(error.remedy(), remedy, "{text}");
        let CallbackError::Provider(said) = error else { panic!("{error:?}") };
        assert_eq!(said.code(), &due);
        assert_eq!(said.code().as_str(), text);
    }
}

#[test]
fn cbk_21_error_texts_are_cut_to_their_alphabet() {
    let said = |rest: &str| match refused(login(&client()).receive(rest)) {
        CallbackError::Provider(said) => said,
        other => panic!("{other:?}"),
    };
    let fine = said("error=access_denied&error_description=no+thanks&error_uri=https://as.example/e");
    assert_eq!(fine.untrusted_description(), Some("no thanks"));
    assert_eq!(fine.untrusted_uri(), Some("https://as.example/e"));
    for bad in ["a%0D%0Ab", "%22", "%5C", "%C3%BC", "%1B[31m", "%7F"] {
        let said = said(&format!("error=access_denied&error_description={bad}&error_uri={bad}"));
        assert_eq!((said.untrusted_description(), said.untrusted_uri()), (None, None), "{bad}");
    }
    assert_eq!(said("error=access_denied&error_uri=a+b").untrusted_uri(), None);
    let long = said(&format!("error=e&error_description={}", "x".repeat(30_000)));
    assert_eq!(long.untrusted_description().unwrap().len(), 1024);
    for bad in ["%0A", "%22", "%C3%BC"] {
        assert_eq!(said(&format!("error={bad}")).code().as_str(), "", "{bad}");
        assert_eq!(
            said(&format!("error={bad}")).to_string(),
            "the provider answered a code that no rfc lists"
        );
    }
}

#[test]
fn cbk_21_error_texts_are_never_printed() {
    let error = refused(
        login(&client()).receive("error=<script>&error_description=<b>hi&error_uri=https://evil.example/"),
    );
    let printed = printed(&error);
    for text in ["<", "script", "hi", "evil"] {
        assert!(!printed.contains(text), "{printed}");
    }
}

#[test]
fn cbk_22_an_error_of_ours_is_reported() {
    let error = refused(login(&client()).receive("error=access_denied"));
    assert_eq!(error.remedy(), Remedy::PersonDeclined);
}

#[test]
fn cbk_22_an_error_without_our_state_is_refused_and_spends_nothing() {
    let Login { pending, state, .. } = login(&client());
    let error = refused(pending.receive(callback("error=access_denied"), NOW));
    let CallbackError::StateMissing(pending) = error else { panic!("{error:?}") };
    let error = refused(pending.receive(callback("error=access_denied&state=other"), NOW));
    let CallbackError::NotOurs(pending) = error else { panic!("{error:?}") };
    assert!(pending.receive(callback(&format!("code=c&state={state}")), NOW).is_ok());
}

#[test]
fn cbk_23_an_empty_parameter_is_none() {
    assert!(login(&client()).receive("code=c&error=&error_description=").is_ok());
    assert!(matches!(refused(login(&client()).receive("code=&error=e")), CallbackError::Provider(_)));
}

#[test]
fn cbk_23_neither_code_nor_error_is_refused() {
    for query in
        ["", "state=x", "state=x&code=", "state=x&error=", "code&error", "code=&error=&state=", "&&&", "="]
    {
        assert_eq!(malformed(query), MalformedCallback::Nothing, "{query}");
    }
}

#[test]
fn cbk_24_a_plain_code_response_is_taken() {
    assert!(login(&client()).receive("code=c&scope=a&expires_in=3600&session_state=x").is_ok());
}

#[test]
fn cbk_24_tokens_and_a_signed_response_are_refused() {
    for name in ["id_token", "access_token", "token", "token_type", "response"] {
        for rest in ["code=c&", "error=e&", ""] {
            for value in ["=y", "=", ""] {
                let error = malformed(&format!("{rest}state=x&{name}{value}"));
                assert_eq!(error, MalformedCallback::Unexpected(name));
            }
        }
    }
}

#[test]
fn cbk_25_a_fragment_is_no_part_of_a_callback() {
    let exchange = login(&client()).receive("code=c#_=_&code=d&error=e").unwrap();
    assert_eq!(code(exchange), "c");
}

#[test]
fn cbk_25_nothing_in_a_fragment_is_used() {
    assert_eq!(malformed("state=x#code=c"), MalformedCallback::Nothing);
    assert_eq!(malformed("#&code=c&state=x"), MalformedCallback::Nothing);
    assert_eq!(malformed("state=x#&code=c"), MalformedCallback::Nothing);
}

#[test]
fn cbk_32_a_long_code_is_taken() {
    let long = "c".repeat(8 * 1024);
    assert_eq!(code(login(&client()).receive(&format!("code={long}")).unwrap()), long);
}

#[test]
fn cbk_32_a_query_without_measure_is_refused() {
    let rest = "code=c&x=";
    let fill = |length: usize| format!("{rest}{}", "y".repeat(length - rest.len()));
    assert!(Callback::from_query(&fill(64 * 1024)).is_ok());
    assert_eq!(malformed(&fill(64 * 1024 + 1)), MalformedCallback::TooLarge);
    assert_eq!(malformed(&"x".repeat(1 << 20)), MalformedCallback::TooLarge);
}
