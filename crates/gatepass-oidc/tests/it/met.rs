//! Discovery (OpenID Connect Discovery, RFC 8414).

use gatepass_core::{Attempt, Body, Client, ClientAuth, Provider, Roundtrip, Seed, Step, UrlFault};
use gatepass_oidc::{Discovery, DiscoveryError, Metadata, OpenId, OpenIdError, Rules, Tenants, WellKnown};
use http::Response;
use serde_json::{Value, json};

use crate::support::{ISSUER, NOW, changed, document};

fn address(issuer: &str, kind: WellKnown) -> Result<String, DiscoveryError> {
    let attempt = Attempt::new(NOW, Seed::new([1; 64]));
    let (request, _) = Discovery::new(issuer, kind)?.request(attempt)?;
    assert_eq!(request.method(), "GET");
    Ok(request.uri().to_string())
}

fn answered(status: u16, content: &str, body: &str) -> Result<Metadata, DiscoveryError> {
    let attempt = Attempt::new(NOW, Seed::new([1; 64]));
    let (_, sent) = Discovery::new(ISSUER, WellKnown::OpenId)?.request(attempt)?;
    let answer = Response::builder().status(status).header("content-type", content);
    match Discovery::response(sent, answer.body(Body::from(body.to_owned())).unwrap(), NOW)? {
        Step::Done(metadata) => Ok(metadata),
        _ => panic!("there is one answer"),
    }
}

fn with(name: &str, value: Value) -> Result<Metadata, DiscoveryError> {
    answered(200, "application/json", &changed(document(), name, value).to_string())
}

#[test]
fn met_01_an_issuer_that_is_not_a_plain_https_url_is_refused() {
    let refused = |issuer: &str| match address(issuer, WellKnown::OpenId) {
        Err(DiscoveryError::Issuer(fault)) => fault,
        other => panic!("{issuer}: {other:?}"),
    };
    assert_eq!(refused("http://op.example"), UrlFault::NotHttps);
    assert_eq!(refused("http://127.0.0.1"), UrlFault::LoopbackNotAllowed);
    assert_eq!(refused("https://op.example?x"), UrlFault::Characters);
    assert_eq!(refused("https://op.example#x"), UrlFault::Fragment);
    assert_eq!(refused("https://u:p@op.example"), UrlFault::UserInfo);
    assert_eq!(refused("https://"), UrlFault::NotAbsolute);
    assert_eq!(refused("op.example"), UrlFault::NotAbsolute);
    assert!(Discovery::danger_allow_http_loopback("http://127.0.0.1:9000", WellKnown::OpenId).is_ok());
    assert!(Discovery::danger_allow_http_loopback("http://op.example", WellKnown::OpenId).is_err());
}

#[test]
fn met_02_the_address_is_made_by_each_protocols_rule_on_paths() {
    let both = |issuer: &str| {
        let of = |kind| address(issuer, kind).unwrap();
        (of(WellKnown::OpenId), of(WellKnown::OAuth))
    };
    let expected = |openid: &str, oauth: &str| (openid.to_owned(), oauth.to_owned());
    assert_eq!(
        both("https://h.example/t1"),
        expected(
            "https://h.example/t1/.well-known/openid-configuration",
            "https://h.example/.well-known/oauth-authorization-server/t1"
        )
    );
    assert_eq!(both("https://h.example/t1/"), both("https://h.example/t1"));
    assert_eq!(
        both("https://h.example/"),
        expected(
            "https://h.example/.well-known/openid-configuration",
            "https://h.example/.well-known/oauth-authorization-server"
        )
    );
    assert_eq!(both("https://h.example"), both("https://h.example/"));
    assert_eq!(
        both("https://h.example:8443/a/b"),
        expected(
            "https://h.example:8443/a/b/.well-known/openid-configuration",
            "https://h.example:8443/.well-known/oauth-authorization-server/a/b"
        )
    );
}

#[test]
fn met_03_anything_but_200_with_a_json_object_is_refused() {
    let body = document().to_string();
    assert!(answered(200, "application/json; charset=utf-8", &body).is_ok());
    for status in [201, 204, 404, 500] {
        assert!(matches!(answered(status, "application/json", &body), Err(DiscoveryError::Status { .. })));
    }
    for status in [301, 302, 307, 308] {
        assert!(matches!(answered(status, "application/json", &body), Err(DiscoveryError::Redirect { .. })));
    }
    assert_eq!(answered(200, "text/html", &body).unwrap_err(), DiscoveryError::ContentType);
    for wrong in ["[]", "", "null", "{", "{}{}", r#"{"issuer":"a","issuer":"b"}"#] {
        assert_eq!(answered(200, "application/json", wrong).unwrap_err(), DiscoveryError::Body, "{wrong}");
    }
}

#[test]
fn met_04_metadata_of_another_issuer_are_refused_to_the_character() {
    assert_eq!(with("issuer", json!(ISSUER)).unwrap().issuer(), ISSUER);
    for other in
        ["https://op.example/", "https://OP.example", "https://op.exampleINVALID", "https://op.example:443"]
    {
        assert_eq!(with("issuer", json!(other)).unwrap_err(), DiscoveryError::IssuerMismatch, "{other}");
    }
    assert_eq!(with("issuer", Value::Null).unwrap_err(), DiscoveryError::Missing("issuer"));
    assert_eq!(with("issuer", json!(1)).unwrap_err(), DiscoveryError::FieldType("issuer"));
}

#[test]
fn met_05_an_issuer_that_is_a_template_needs_rules_on_tenants() {
    let template = "https://op.example/{tenantid}/v2.0";
    let document = changed(document(), "issuer", json!(template)).to_string();
    assert_eq!(address(template, WellKnown::OpenId).unwrap_err(), DiscoveryError::Template);
    assert_eq!(answered(200, "application/json", &document).unwrap_err(), DiscoveryError::IssuerMismatch);

    let tenants = || Tenants::only(template, ["t-1"]);
    let discovery =
        Discovery::new("https://op.example/common/v2.0", WellKnown::OpenId).unwrap().tenants(&tenants());
    let (request, sent) = discovery.request(Attempt::new(NOW, Seed::new([1; 64]))).unwrap();
    assert_eq!(request.uri(), "https://op.example/common/v2.0/.well-known/openid-configuration");
    let answer = Response::builder().header("content-type", "application/json").body(Body::from(document));
    let Ok(Step::Done(metadata)) = Discovery::response(sent, answer.unwrap(), NOW) else {
        panic!("it is named")
    };
    let client = |metadata: &Metadata| {
        let provider = metadata.provider().build().unwrap();
        Client::new(provider, "my-app", ClientAuth::None, "https://app.example/cb").unwrap()
    };
    let by = |rules| OpenId::new(client(&metadata), &metadata, rules).map(|_| ());
    assert_eq!(by(Rules::new()), Err(OpenIdError::Template));
    assert_eq!(
        by(Rules::new().tenants(Tenants::danger_any("https://x.example/{tenantid}"))),
        Err(OpenIdError::Template)
    );
    assert_eq!(by(Rules::new().tenants(tenants())), Ok(()));
}

#[test]
fn met_06_endpoints_that_may_not_be_spoken_to_are_refused() {
    for name in [
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "userinfo_endpoint",
        "end_session_endpoint",
        "revocation_endpoint",
        "introspection_endpoint",
        "registration_endpoint",
        "pushed_authorization_request_endpoint",
    ] {
        for wrong in [
            "http://op.example/x",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "https://user@op.example/x",
            "https://op.example/x#y",
            "data:,x",
            "//op.example/x",
            "",
        ] {
            let refused = with(name, json!(wrong)).unwrap_err();
            assert!(
                matches!(refused, DiscoveryError::Endpoint { name: n, .. } if n == name),
                "{name} {wrong}"
            );
        }
        for wrong in [json!(1), json!(["https://op.example/x"]), json!({})] {
            assert_eq!(with(name, wrong).unwrap_err(), DiscoveryError::FieldType(name));
        }
    }
    for needed in ["authorization_endpoint", "token_endpoint"] {
        assert_eq!(with(needed, Value::Null).unwrap_err(), DiscoveryError::Missing(needed));
    }
    assert_eq!(with("response_types_supported", json!(["token"])).unwrap_err(), DiscoveryError::NoCodeFlow);
    assert_eq!(
        with("scopes_supported", json!("openid")).unwrap_err(),
        DiscoveryError::FieldType("scopes_supported")
    );
}

#[test]
fn met_09_an_endpoint_that_moves_to_another_origin_is_surfaced() {
    let before = with("issuer", json!(ISSUER)).unwrap();
    let moved = with("token_endpoint", json!("https://elsewhere.example/token")).unwrap();
    assert_eq!(moved.moved_since(&before), ["token_endpoint"]);
    let path = with("token_endpoint", json!("https://op.example/v2/token")).unwrap();
    assert!(path.moved_since(&before).is_empty());
}

#[test]
fn met_10_endpoints_come_from_one_source() {
    let metadata = with("issuer", json!(ISSUER)).unwrap();
    let by = |authorize: &str, token: &str, issuer: &str| {
        let provider = Provider::builder(authorize, token).issuer(issuer).build().unwrap();
        let client = Client::new(provider, "my-app", ClientAuth::None, "https://app.example/cb").unwrap();
        OpenId::new(client, &metadata, Rules::new()).map(|_| ())
    };
    let (authorize, token) = ("https://op.example/authorize", "https://op.example/token");
    assert_eq!(by(authorize, token, ISSUER), Ok(()));
    assert_eq!(by(authorize, "https://elsewhere.example/token", ISSUER), Err(OpenIdError::Mixed));
    assert_eq!(by("https://elsewhere.example/authorize", token, ISSUER), Err(OpenIdError::Mixed));
    assert_eq!(by(authorize, token, "https://other.example"), Err(OpenIdError::Mixed));
}

#[test]
fn met_11_what_is_not_understood_is_passed_over() {
    assert!(with("signed_metadata", json!("junk")).is_ok());
    assert!(with("something_new", json!({"a": 1})).is_ok());
}

#[test]
fn cfg_11_what_metadata_leave_out_takes_the_defaults_of_the_rfc() {
    let silent = with("issuer", json!(ISSUER)).unwrap();
    assert_eq!(silent.token_endpoint_auth_methods(), ["client_secret_basic"]);
    assert!(!silent.supports_s256());
    assert!(!silent.provider().build().unwrap().requires_iss());
    let says = with("token_endpoint_auth_methods_supported", json!(["none"])).unwrap();
    assert_eq!(says.token_endpoint_auth_methods(), ["none"]);
    let sends_iss = with("authorization_response_iss_parameter_supported", json!(true)).unwrap();
    assert!(sends_iss.provider().build().unwrap().requires_iss());
    let wrong = with("authorization_response_iss_parameter_supported", json!("true"));
    assert!(matches!(wrong, Err(DiscoveryError::FieldType(_))));
}

#[test]
fn rules_that_do_not_fit_are_refused() {
    use gatepass_oidc::Algorithm::{Hs256, Hs512, Rs256};
    let judge = |auth: ClientAuth, metadata: Metadata, rules| {
        let provider = metadata.provider().build().unwrap();
        let client = Client::new(provider, "my-app", auth, "https://app.example/cb").unwrap();
        OpenId::new(client, &metadata, rules).map(|_| ())
    };
    let by = |metadata, rules| judge(ClientAuth::Basic("the client secret".into()), metadata, rules);
    let metadata = || with("issuer", json!(ISSUER)).unwrap();
    let without_keys = || with("jwks_uri", Value::Null).unwrap();
    let secret = |len: usize| "s".repeat(len).into();
    assert_eq!(by(metadata(), Rules::new()), Ok(()));
    assert_eq!(by(without_keys(), Rules::new()), Err(OpenIdError::NoKeys));
    assert_eq!(by(without_keys(), Rules::new().mac(Hs256, secret(32))), Ok(()));
    assert_eq!(
        by(metadata(), Rules::new().mac(Hs256, secret(31))),
        Err(OpenIdError::ShortSecret { least: 32 })
    );
    assert_eq!(
        by(metadata(), Rules::new().mac(Hs512, secret(63))),
        Err(OpenIdError::ShortSecret { least: 64 })
    );
    assert_eq!(by(metadata(), Rules::new().mac(Rs256, secret(64))), Err(OpenIdError::NotAMac));
    assert_eq!(by(metadata(), Rules::new().algorithms([Hs256])), Err(OpenIdError::MacWithoutSecret));
    assert_eq!(by(metadata(), Rules::new().signed_user_info(Hs256)), Err(OpenIdError::MacWithoutSecret));
    let both = |len| Rules::new().mac(Hs256, secret(len)).signed_user_info(Hs512);
    assert_eq!(by(metadata(), both(63)), Err(OpenIdError::ShortSecret { least: 64 }));
    assert_eq!(by(metadata(), both(64)), Ok(()));
    let public = judge(ClientAuth::None, metadata(), Rules::new().mac(Hs256, secret(32)));
    assert_eq!(public, Err(OpenIdError::PublicClient), "idt_07");
}
