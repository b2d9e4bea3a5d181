//! Each knob, and that it turns nothing else.

use super::client::*;
use crate::support::*;
use gatepass_testkit::Provider;
use gatepass_testkit::provider::Endpoint;
use gatepass_testkit::provider::openid::{Change, Knob, Misbehaviour, Place, Token};
use serde_json::{Value, json};

fn misbehave(provider: &Provider, module: &str) {
    provider.misbehave(Misbehaviour::named(module).unwrap_or_else(|| panic!("{module}")));
}

/// The claims of a login with that module's fault and of one without it.
fn claims_with_and_without(provider: &Provider, module: &str) -> (Value, Value) {
    let fault = Misbehaviour::named(module).unwrap();
    provider.misbehave(fault.without_fault());
    let without = log_in(provider).member("id_token");
    provider.misbehave(fault);
    let with = log_in(provider).member("id_token");
    assert_eq!((fitting(provider, &with), fitting(provider, &without)), (1, 1), "{module}");
    (claims(&with), claims(&without))
}

#[test]
fn a_claim_is_wrong_and_the_signature_is_right() {
    let provider = provider();
    for (module, name, wrong) in [
        ("oidcc-client-test-invalid-iss", "iss", json!(format!("{}1", provider.issuer()))),
        ("oidcc-client-test-missing-sub", "sub", Value::Null),
        ("oidcc-client-test-invalid-aud", "aud", json!("app1")),
        ("oidcc-client-test-missing-aud", "aud", Value::Null),
        ("oidcc-client-test-missing-iat", "iat", Value::Null),
        ("oidcc-client-test-nonce-invalid", "nonce", json!(format!("{NONCE}1"))),
        ("oidcc-client-test-missing-athash", "at_hash", Value::Null),
        ("fapi2-security-profile-final-client-test-invalid-missing-iss", "iss", Value::Null),
        ("fapi2-security-profile-final-client-test-invalid-missing-exp", "exp", Value::Null),
        ("fapi2-security-profile-final-client-test-invalid-missing-nonce", "nonce", Value::Null),
        ("fapi2-security-profile-final-client-test-invalid-secondary-aud", "aud", json!(["app", "app1"])),
        ("fapi2-security-profile-final-client-test-valid-aud-as-array", "aud", json!(["app"])),
    ] {
        let (with, without) = claims_with_and_without(&provider, module);
        assert_eq!(with[name], wrong, "{module}");
        assert_ne!(with[name], without[name], "{module}");
        let mended = |mut claims: Value| {
            for varying in [name, "iat", "exp", "auth_time", "sid", "at_hash"] {
                claims.as_object_mut().unwrap().remove(varying);
            }
            claims
        };
        assert_eq!(mended(with), mended(without), "{module}");
    }
}

#[test]
fn dates_can_lie_in_the_past() {
    let provider = Provider::builder()
        .openid(gatepass_testkit::provider::openid::OpenId::new())
        .stopped_clock()
        .start()
        .unwrap();
    let (expired, sound) =
        claims_with_and_without(&provider, "fapi2-security-profile-final-client-test-invalid-expired-exp");
    assert_eq!(expired["exp"].as_i64().unwrap(), sound["iat"].as_i64().unwrap() - 360);
    let (old, sound) =
        claims_with_and_without(&provider, "fapi1-advanced-final-client-test-iat-is-week-in-past");
    assert_eq!(old["iat"].as_i64().unwrap(), sound["iat"].as_i64().unwrap() - 604_800);
    assert_eq!(old["exp"], sound["exp"]);
}

#[test]
fn hashes_can_be_of_something_else() {
    let provider = provider();
    let (wrong, sound) = claims_with_and_without(&provider, "oidcc-client-test-invalid-athash");
    assert_eq!(wrong["at_hash"].as_str().unwrap().len(), sound["at_hash"].as_str().unwrap().len());
    assert!(matches!(wrong["at_hash"].as_str().unwrap().as_bytes()[0], b'A' | b'B'));
    let (wrong, sound) = claims_with_and_without(&provider, "fapi1-advanced-final-client-test-invalid-chash");
    assert_eq!(wrong["c_hash"].as_str().unwrap().len(), sound["c_hash"].as_str().unwrap().len());
}

#[test]
fn a_signature_can_be_damaged_or_missing_or_by_another_algorithm() {
    let provider = provider();
    let token = |module| {
        misbehave(&provider, module);
        log_in(&provider).member("id_token")
    };
    let damaged = token("oidcc-client-test-invalid-sig-rs256");
    assert_eq!((head(&damaged)["alg"].as_str(), fitting(&provider, &damaged)), (Some("RS256"), 0));
    let damaged = token("oidcc-client-test-invalid-sig-es256");
    assert_eq!((head(&damaged)["alg"].as_str(), fitting(&provider, &damaged)), (Some("ES256"), 0));
    let damaged = token("oidcc-client-test-invalid-sig-hs256");
    assert_eq!(head(&damaged)["alg"], "HS256");
    assert!(!fits(&damaged, &jsonwebtoken::DecodingKey::from_secret(b"secret")));
    let unsigned = token("oidcc-client-test-idtoken-sig-none");
    assert_eq!(head(&unsigned), json!({ "alg": "none", "typ": "JWT" }));
    assert!(unsigned.ends_with('.') && claims(&unsigned)["nonce"] == NONCE);
    let other = token("fapi2-security-profile-final-client-test-invalid-alternate-alg");
    assert_eq!((head(&other)["alg"].as_str(), fitting(&provider, &other)), (Some("RS256"), 1));
}

#[test]
fn an_id_token_can_be_encrypted_in_a_way_that_nobody_should_take() {
    let provider = provider();
    misbehave(&provider, "fapi1-advanced-final-client-test-encrypted-idtoken-usingrsa15");
    let token = log_in(&provider).member("id_token");
    assert_eq!(head(&token), json!({ "alg": "RSA1_5", "enc": "A128CBC-HS256", "cty": "JWT" }));
    let lengths: Vec<usize> = token
        .split('.')
        .skip(1)
        .map(|part| data_encoding::BASE64URL_NOPAD.decode(part.as_bytes()).unwrap().len())
        .collect();
    assert_eq!((lengths[0], lengths[1], lengths[2] % 16, lengths[3]), (256, 16, 0, 16));
    assert_eq!(lengths.len(), 4);
}

#[test]
fn a_key_can_be_without_a_name_alone_or_beside_another() {
    let provider = provider();
    misbehave(&provider, "oidcc-client-test-kid-absent-single-jwks");
    let token = log_in(&provider).member("id_token");
    assert_eq!(head(&token), json!({ "alg": "RS256", "typ": "JWT" }));
    assert_eq!((keys(&provider).len(), fitting(&provider, &token)), (1, 1));
    misbehave(&provider, "oidcc-client-test-kid-absent-multiple-jwks");
    let token = log_in(&provider).member("id_token");
    assert!(head(&token).get("kid").is_none());
    let shown = keys(&provider);
    assert_eq!((shown.len(), fitting(&provider, &token)), (2, 1));
    assert_eq!(shown[0].common.key_algorithm, shown[1].common.key_algorithm);
    provider.misbehave(Misbehaviour::new());
    assert_eq!(keys(&provider).len(), 1);
}

#[test]
fn user_info_can_be_about_somebody_else() {
    let provider = provider();
    misbehave(&provider, "oidcc-client-test-userinfo-invalid-sub");
    let tokens = log_in(&provider);
    assert_eq!(claims(&tokens.member("id_token"))["sub"], "user-alice");
    assert_eq!(user_info(&provider, &tokens).json()["sub"], "user-alice1");
    provider.misbehave(Misbehaviour::new());
    assert_eq!(user_info(&provider, &tokens).json()["sub"], "user-alice");
}

#[test]
fn user_info_can_be_signed_and_wrong_at_once() {
    let provider = provider();
    let signed = Misbehaviour::named("oidcc-client-test-userinfo-signed").unwrap();
    provider.misbehave(signed.with(Knob::append(Token::UserInfo, "aud", "1")));
    let token = user_info(&provider, &log_in(&provider)).text();
    assert_eq!((claims(&token)["aud"].as_str(), fitting(&provider, &token)), (Some("app1"), 1));
}

#[test]
fn claims_of_others_stand_beside_ours() {
    let provider = provider();
    misbehave(&provider, "oidcc-client-test-aggregated-claims");
    let about = user_info(&provider, &log_in(&provider)).json();
    assert_eq!(about["_claim_names"], json!({ "eye_color": "aggregated" }));
    let token = about["_claim_sources"]["aggregated"]["JWT"].as_str().unwrap().to_owned();
    assert_eq!((claims(&token)["eye_color"].as_str(), fitting(&provider, &token)), (Some("green"), 0));
    misbehave(&provider, "oidcc-client-test-distributed-claims");
    let about = user_info(&provider, &log_in(&provider)).json();
    let source = &about["_claim_sources"]["distributed"];
    assert!(source["access_token"].is_string());
    assert_eq!(provider.requests(Endpoint::ClaimSource).len(), 0);
    get(source["endpoint"].as_str().unwrap(), &[]);
    assert_eq!(provider.requests(Endpoint::ClaimSource).len(), 1);
}

#[test]
fn metadata_can_name_another_issuer() {
    let provider = provider();
    misbehave(&provider, "oidcc-client-test-discovery-issuer-mismatch");
    for url in [provider.openid_configuration_url(), provider.metadata_url()] {
        assert_eq!(get(&url, &[]).json()["issuer"], format!("{}INVALID", provider.issuer()));
    }
    assert_eq!(claims(&log_in(&provider).member("id_token"))["iss"], provider.issuer());
}

#[test]
fn the_keys_can_move_and_come_back() {
    let provider = provider();
    let usual = provider.jwks_uri();
    misbehave(&provider, "oidcc-client-test-discovery-jwks-uri-keys");
    let moved =
        get(&provider.openid_configuration_url(), &[]).json()["jwks_uri"].as_str().unwrap().to_owned();
    assert_ne!(moved, usual);
    assert_eq!((get(&moved, &[]).status, get(&usual, &[]).status), (200, 404));
    provider.misbehave(Misbehaviour::new());
    assert_eq!((get(&moved, &[]).status, get(&usual, &[]).status), (404, 200));
}

#[test]
fn keys_change_just_before_signing_once() {
    let provider = provider();
    let before = keys(&provider);
    misbehave(&provider, "oidcc-client-test-signing-key-rotation-just-before-signing");
    let code = ask(&provider, &[]).back("code").unwrap();
    assert_eq!(keys(&provider), before);
    let token = exchange(&provider, &code).member("id_token");
    assert_eq!(fitting(&provider, &token), 1);
    let after = keys(&provider);
    assert_ne!(after, before);
    log_in(&provider);
    assert_eq!(keys(&provider), after);
}

#[test]
fn keys_change_between_two_logins_once() {
    let provider = provider();
    misbehave(&provider, "oidcc-client-test-signing-key-rotation");
    let first = log_in(&provider).member("id_token");
    assert_eq!(fitting(&provider, &first), 1);
    let second = log_in(&provider).member("id_token");
    assert_eq!((fitting(&provider, &first), fitting(&provider, &second)), (0, 1));
    log_in(&provider);
    assert_eq!(fitting(&provider, &second), 1);
}

#[test]
fn a_callback_can_lie_about_iss_and_state() {
    let provider = provider();
    let issuer = provider.issuer();
    let back = |module: &str| {
        misbehave(&provider, module);
        let reply = ask(&provider, &[]);
        assert!(reply.back("code").is_some());
        (reply.back("iss"), reply.back("state"))
    };
    let (iss, state) = (Some(issuer.clone()), Some("some state".to_owned()));
    let name = |rest| format!("fapi2-security-profile-final-client-test-{rest}");
    assert_eq!(
        back(&name("invalid-authorization-response-iss")),
        (Some(format!("{issuer}1")), state.clone())
    );
    assert_eq!(back(&name("remove-authorization-response-iss")), (None, state));
    let module = name("ensure-authorization-response-with-invalid-state-fails");
    assert_eq!(back(&module), (iss.clone(), Some("some state1".to_owned())));
    let module = name("ensure-authorization-response-with-invalid-missing-state-fails");
    assert_eq!(back(&module), (iss, None));
}

#[test]
fn a_token_response_can_lack_members_and_shout() {
    let provider = provider();
    let response = |module| {
        misbehave(&provider, module);
        log_in(&provider).json()
    };
    let name = "fapi2-security-profile-final-client-test-token-endpoint-response-without-expires_in";
    assert!(response(name).get("expires_in").is_none());
    let name = "fapi2-security-profile-final-client-test-token-type-case-insensitivity";
    assert_eq!(response(name)["token_type"], "bEARER");
    let name = "fapi1-advanced-final-client-test-no-scope-in-token-endpoint-response";
    assert!(response(name).get("scope").is_none());
    assert_eq!(response("oidcc-client-test")["scope"], "openid profile email");
}

#[test]
fn a_refreshed_id_token_can_be_of_another_issuer_or_subject() {
    let provider = provider();
    for (module, name, wrong) in [
        ("oidcc-client-test-refresh-token-invalid-issuer", "iss", format!("{}1", provider.issuer())),
        ("oidcc-client-test-refresh-token-invalid-sub", "sub", "user-alice1".to_owned()),
    ] {
        misbehave(&provider, module);
        let tokens = log_in(&provider);
        let first = claims(&tokens.member("id_token"));
        let second = refresh(&provider, &tokens.member("refresh_token"));
        assert_eq!(second.status, 200);
        let token = second.member("id_token");
        assert_ne!(first[name].as_str(), Some(wrong.as_str()));
        assert_eq!((claims(&token)[name].as_str(), fitting(&provider, &token)), (Some(wrong.as_str()), 1));
    }
}

#[test]
fn credentials_can_be_welcome_by_basic_only() {
    let provider = provider();
    misbehave(&provider, "oidcc-client-test-client-secret-basic");
    let methods = &get(&provider.metadata_url(), &[]).json()["token_endpoint_auth_methods_supported"];
    assert_eq!(*methods, json!(["client_secret_basic", "none"]));
    let code = ask(&provider, &[]).back("code").unwrap();
    let in_body = exchange_form(&code).into_iter().chain([("client_id", "app"), ("client_secret", "secret")]);
    let refused = post(&provider.token_endpoint(), &[], &in_body.collect::<Vec<_>>());
    assert_eq!((refused.status, refused.member("error").as_str()), (401, "invalid_client"));
    assert_eq!(exchange(&provider, &code).status, 200);
}

#[test]
fn a_login_can_be_required_by_form_post() {
    let provider = provider();
    misbehave(&provider, "oidcc-client-test-form-post-error");
    let reply = ask(&provider, &[("response_mode", "form_post"), ("prompt", "none"), ("max_age", "0")]);
    assert_eq!(reply.status, 200);
    let page = reply.text();
    assert!(
        page.contains(r#"name="error" value="login_required""#) && page.contains(r#"value="some state""#)
    );
    assert_eq!(ask(&provider, &[]).back("error").as_deref(), Some("login_required"));
    provider.reset();
    assert!(ask(&provider, &[]).back("code").is_some(), "a reset takes the misbehaviour back");
}

#[test]
fn knobs_add_up() {
    let provider = provider();
    let both = Misbehaviour::new()
        .with(Knob::without(Token::IdToken, "nonce"))
        .with(Knob::member(Token::IdToken, "azp", Change::Set("other".into())))
        .with(Knob::without(Place::TokenResponse, "expires_in"));
    provider.misbehave(both);
    let tokens = log_in(&provider);
    let claims = claims(&tokens.member("id_token"));
    assert_eq!((claims.get("nonce"), &claims["azp"]), (None, &json!("other")));
    assert!(tokens.json().get("expires_in").is_none());
}
