//! Logins without a fault: discovery, keys, ID tokens and user info.

use super::client::*;
use crate::support::*;
use aws_lc_rs::digest;
use data_encoding::BASE64URL_NOPAD;
use gatepass_testkit::Provider;
use gatepass_testkit::provider::openid::{Algorithm, OpenId};
use gatepass_testkit::provider::{Client, Endpoint, User};
use jsonwebtoken::{Algorithm as Jose, DecodingKey};
use serde_json::json;
use std::time::{Duration, UNIX_EPOCH};

#[test]
fn both_metadata_documents_say_the_same_and_name_all_endpoints() {
    let provider = provider();
    let metadata = get(&provider.openid_configuration_url(), &[]).json();
    assert_eq!(metadata, get(&provider.metadata_url(), &[]).json());
    assert_eq!(metadata["issuer"], provider.issuer());
    assert_eq!(metadata["jwks_uri"], provider.jwks_uri());
    assert_eq!(metadata["userinfo_endpoint"], provider.user_info_endpoint());
    assert_eq!(metadata["end_session_endpoint"], provider.end_session_endpoint());
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
    assert!(metadata["id_token_signing_alg_values_supported"].as_array().unwrap().contains(&json!("RS256")));
    assert_eq!(provider.requests(Endpoint::OpenIdConfiguration).len(), 1);
}

#[test]
fn the_configuration_is_below_the_path_of_the_issuer_and_the_other_document_before_it() {
    let provider = Provider::builder().openid(OpenId::new()).issuer_path("/tenant").start().unwrap();
    assert_eq!(
        provider.openid_configuration_url(),
        format!("{}/.well-known/openid-configuration", provider.issuer())
    );
    assert_eq!(get(&provider.openid_configuration_url(), &[]).json()["issuer"], provider.issuer());
    assert!(provider.metadata_url().ends_with("/.well-known/oauth-authorization-server/tenant"));
    assert_eq!(get(&provider.jwks_uri(), &[]).status, 200);
}

#[test]
fn a_plain_provider_knows_nothing_of_it() {
    let provider = Provider::start();
    for url in [provider.openid_configuration_url(), provider.jwks_uri(), provider.user_info_endpoint()] {
        assert_eq!(get(&url, &[]).status, 404, "{url}");
    }
    assert!(get(&provider.metadata_url(), &[]).json().get("jwks_uri").is_none());
    assert_eq!(ask(&provider, &[]).back("error").as_deref(), Some("invalid_scope"));
    assert!(tokens(&provider).json().get("id_token").is_none());
}

#[test]
fn an_id_token_says_who_logged_in_where_when_and_for_which_request() {
    let provider = Provider::builder().openid(OpenId::new()).stopped_clock().start().unwrap();
    let now = provider.now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let tokens = log_in(&provider);
    let token = tokens.member("id_token");
    assert_signed(&provider, &token, Jose::RS256);
    let access = tokens.member("access_token");
    let hash = digest::digest(&digest::SHA256, access.as_bytes());
    let claims = claims(&token);
    assert!(claims["sid"].as_str().unwrap().len() > 20);
    assert_eq!(
        claims,
        json!({
            "iss": provider.issuer(), "sub": "user-alice", "aud": "app", "iat": now, "exp": now + 300,
            "auth_time": now, "acr": "urn:gatepass:password", "nonce": NONCE, "sid": claims["sid"],
            "at_hash": BASE64URL_NOPAD.encode(&hash.as_ref()[..16]),
        })
    );
    assert!(provider.issued().contains(&token));
    assert_eq!((provider.stats().id_tokens, provider.stats().key_fetches), (1, 1));
}

#[test]
fn without_openid_in_the_scope_there_is_no_id_token_and_no_user_info() {
    let provider = provider();
    let tokens = log_in_with(&provider, &[("scope", "profile")]);
    assert!(tokens.json().get("id_token").is_none());
    let refused = user_info(&provider, &tokens);
    assert_eq!((refused.status, refused.member("error").as_str()), (403, "insufficient_scope"));
}

#[test]
fn without_a_nonce_there_is_none_in_the_token() {
    let provider = provider();
    let token = log_in_with(&provider, &[("nonce", "")]).member("id_token");
    assert!(claims(&token).get("nonce").is_none());
}

#[test]
fn each_algorithm_signs_and_hashes_in_its_own_way() {
    for (algorithm, jose) in
        [(Algorithm::Ps256, Jose::PS256), (Algorithm::Es256, Jose::ES256), (Algorithm::EdDsa, Jose::EdDSA)]
    {
        let provider = Provider::builder().openid(OpenId::new().algorithm(algorithm)).start().unwrap();
        let tokens = log_in(&provider);
        assert_signed(&provider, &tokens.member("id_token"), jose);
        let hash = claims(&tokens.member("id_token"))["at_hash"].as_str().unwrap().len();
        assert_eq!(hash, if algorithm == Algorithm::EdDsa { 43 } else { 22 }, "{algorithm:?}");
    }
}

#[test]
fn hs256_is_keyed_with_the_client_secret_and_the_key_is_shown_to_nobody() {
    let provider = Provider::builder().openid(OpenId::new().algorithm(Algorithm::Hs256)).start().unwrap();
    let token = log_in(&provider).member("id_token");
    assert_eq!(head(&token), json!({ "alg": "HS256", "typ": "JWT" }));
    assert!(fits(&token, &DecodingKey::from_secret(b"secret")));
    assert!(!fits(&token, &DecodingKey::from_secret(b"secreT")));
    assert!(keys(&provider).is_empty());
}

#[test]
fn a_client_can_be_registered_for_an_algorithm_of_its_own() {
    let client = Client::confidential("app", "secret").redirect_uri(CALLBACK).signed_by(Algorithm::Es256);
    let provider = Provider::builder().openid(OpenId::new()).client(client).start().unwrap();
    assert_eq!(keys(&provider).len(), 2, "before the first login");
    assert_signed(&provider, &log_in(&provider).member("id_token"), Jose::ES256);
}

#[test]
fn new_keys_sign_and_the_old_ones_are_shown_no_longer() {
    let provider = provider();
    let before = log_in(&provider).member("id_token");
    assert_eq!(fitting(&provider, &before), 1);
    provider.rotate_keys();
    assert_eq!(fitting(&provider, &before), 0);
    let after = log_in(&provider).member("id_token");
    assert_eq!(fitting(&provider, &after), 1);
    assert_ne!(head(&before)["kid"], head(&after)["kid"]);
}

#[test]
fn two_providers_have_no_key_in_common() {
    let (one, other) = (provider(), provider());
    let token = log_in(&one).member("id_token");
    assert_eq!((fitting(&one, &token), fitting(&other, &token)), (1, 0));
}

#[test]
fn user_info_has_the_claims_of_the_granted_scopes() {
    let alice = User::new("alice", "Alice Liddell").claim("nickname", "Al").claim("shoe_size", 36);
    let provider = Provider::builder().openid(OpenId::new()).user(alice).start().unwrap();
    let about = |scope| user_info(&provider, &log_in_with(&provider, &[("scope", scope)])).json();
    assert_eq!(about("openid"), json!({ "sub": "user-alice", "shoe_size": 36 }));
    let profile = about("openid profile");
    assert_eq!((&profile["name"], &profile["nickname"]), (&json!("Alice Liddell"), &json!("Al")));
    assert!(profile.get("email").is_none() && profile.get("address").is_none());
    let email = about("openid email");
    assert_eq!(
        (&email["email"], &email["email_verified"], email.get("name")),
        (&json!("alice@example.com"), &json!(true), None)
    );
    let rest = about("openid phone address");
    assert!(rest["phone_number"].is_string() && rest["address"]["country"].is_string());
    assert_eq!(provider.stats().user_infos, 4);
}

#[test]
fn user_info_can_be_a_signed_token() {
    let settings = OpenId::new().signed_user_info(Algorithm::Es256);
    let provider = Provider::builder().openid(settings).start().unwrap();
    let reply = user_info(&provider, &log_in(&provider));
    assert_eq!(reply.header("content-type"), "application/jwt");
    assert_signed(&provider, &reply.text(), Jose::ES256);
    let claims = claims(&reply.text());
    assert_eq!(
        (&claims["iss"], &claims["aud"], &claims["sub"], &claims["name"]),
        (&json!(provider.issuer()), &json!("app"), &json!("user-alice"), &json!("Alice Liddell"))
    );
}

#[test]
fn the_access_token_of_user_info_comes_in_the_header_or_a_form_and_in_nothing_else() {
    let provider = provider();
    let tokens = log_in(&provider);
    let (url, access) = (provider.user_info_endpoint(), tokens.member("access_token"));
    let bearer = format!("Bearer {access}");
    assert_eq!(post(&url, &[], &[("access_token", &access)]).status, 200);
    assert_eq!(post(&url, &[("authorization", &bearer)], &[("access_token", &access)]).status, 400);
    let in_query = format!("{url}?access_token={access}");
    assert_eq!(get(&in_query, &[]).status, 400);
    assert_eq!(get(&in_query, &[("authorization", &bearer)]).status, 400);
    assert_eq!(get(&url, &[]).status, 401);
    provider.expire_access_tokens();
    assert_eq!(user_info(&provider, &tokens).status, 401);
}

#[test]
fn a_session_at_the_provider_keeps_its_id_and_its_time() {
    let provider = Provider::builder().openid(OpenId::new()).stopped_clock().start().unwrap();
    let first = ask(&provider, &[]);
    let cookie = first.header("set-cookie").split(';').next().unwrap().to_owned();
    let token = |reply: &Reply| exchange(&provider, &reply.back("code").unwrap()).member("id_token");
    let again = |changes: &[(&str, &str)]| {
        let mut all = vec![("scope", "openid"), ("nonce", NONCE)];
        all.extend_from_slice(changes);
        get(&authorize_url(&provider, &query(&all)), &[("cookie", &cookie)])
    };
    let first = claims(&token(&first));
    provider.advance(Duration::from_secs(10));
    let second = claims(&token(&again(&[])));
    assert_eq!((&second["sid"], &second["auth_time"]), (&first["sid"], &first["auth_time"]));
    assert_ne!(second["iat"], first["iat"]);
    let silent = claims(&token(&again(&[("prompt", "none"), ("max_age", "10")])));
    assert_eq!(silent["sid"], first["sid"]);
    let newest = ask(&provider, &[]).header("set-cookie").split(';').next().unwrap().to_owned();
    let silent = query(&[("scope", "openid"), ("prompt", "none"), ("max_age", "0")]);
    let refused = get(&authorize_url(&provider, &silent), &[("cookie", &newest)]);
    assert_eq!(refused.back("error").as_deref(), Some("login_required"), "no login is young enough for 0");
    for max_age in ["9", "0"] {
        let refused = again(&[("prompt", "none"), ("max_age", max_age)]);
        assert_eq!(refused.back("error").as_deref(), Some("login_required"));
        let fresh = claims(&token(&again(&[("max_age", max_age)])));
        assert_ne!(fresh["sid"], first["sid"]);
        assert_eq!(fresh["auth_time"], second["iat"]);
    }
    assert_eq!(again(&[("max_age", "-1")]).back("error").as_deref(), Some("invalid_request"));
}

#[test]
fn acr_is_the_first_known_one_that_is_asked_for() {
    let provider = provider();
    let asked = [("acr_values", "urn:other urn:gatepass:second-factor urn:gatepass:password")];
    let token = log_in_with(&provider, &asked).member("id_token");
    assert_eq!(claims(&token)["acr"], "urn:gatepass:second-factor");
}

#[test]
fn a_refresh_gives_an_id_token_of_the_same_login() {
    let provider = Provider::builder().openid(OpenId::new()).stopped_clock().start().unwrap();
    let tokens = log_in(&provider);
    let first = claims(&tokens.member("id_token"));
    provider.advance(Duration::from_secs(60));
    let refreshed = refresh(&provider, &tokens.member("refresh_token"));
    let second = claims(&refreshed.member("id_token"));
    for name in ["iss", "sub", "aud", "auth_time", "sid", "acr"] {
        assert_eq!(first[name], second[name], "{name}");
    }
    assert_eq!(second["iat"].as_u64().unwrap(), first["iat"].as_u64().unwrap() + 60);
    assert!(second.get("nonce").is_none());
    assert_ne!(second["at_hash"], first["at_hash"]);
}
