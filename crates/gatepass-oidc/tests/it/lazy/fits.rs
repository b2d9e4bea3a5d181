//! What a registration says, what its provider says, and whether the two go together.

use gatepass_core::ports::{ClientSource as _, Flow as _, Limits};
use gatepass_core::{Callback, ClientAuth, ConfigError, Remedy, Secret, UrlFault};
use gatepass_oidc::{
    Algorithm, DiscoveryError, Metadata, Misfit, OpenIdError, Registration, RegistrationError, Rules, Tenants,
};
use serde_json::{Value, json};

use super::{Site, chain, misfit, registration};
use crate::support::{CLIENT, ISSUER, changed, document};

fn metadata(document: &Value) -> Metadata {
    Metadata::read(ISSUER, &document.to_string(), false).unwrap()
}

const CALLBACK: &str = "https://app.example/cb";

#[test]
fn what_is_wrong_with_a_registration_is_found_before_anybody_is_asked() {
    let plain = |issuer: &str, callback: &str| Registration::builder(issuer, CLIENT, callback);
    let wrong =
        |registration: gatepass_oidc::RegistrationBuilder| registration.build().map(drop).unwrap_err();
    let url = |name, fault| RegistrationError::Config(ConfigError::Url { name, fault });
    assert!(plain(ISSUER, CALLBACK).build().is_ok());
    assert_eq!(
        wrong(plain("http://op.example", CALLBACK)),
        RegistrationError::Issuer(DiscoveryError::Issuer(UrlFault::NotHttps))
    );
    assert_eq!(
        wrong(plain("https://op.example/{tenantid}", CALLBACK)),
        RegistrationError::Issuer(DiscoveryError::Template)
    );
    assert_eq!(wrong(plain(ISSUER, "http://app.example/cb")), url("redirect uri", UrlFault::NotHttps));
    assert_eq!(
        wrong(Registration::builder(ISSUER, "", CALLBACK)),
        RegistrationError::Config(ConfigError::ClientId)
    );
    let good = || plain(ISSUER, CALLBACK);
    assert_eq!(wrong(good().secret("")), RegistrationError::Config(ConfigError::EmptySecret));
    assert_eq!(
        wrong(good().auth(ClientAuth::Basic(Secret::from("")))),
        RegistrationError::Config(ConfigError::EmptySecret)
    );
    assert_eq!(wrong(good().resource("http://api.example")), url("resource", UrlFault::NotHttps));
    assert_eq!(wrong(good().moved_from("not a url")), url("former endpoint", UrlFault::Characters));
    let mac = |secret: &str| Rules::new().mac(Algorithm::Hs256, Secret::from(secret));
    let long = "0123456789abcdef0123456789abcdef";
    assert!(good().secret(long).rules(mac(long)).build().is_ok());
    assert_eq!(wrong(good().rules(mac(long))), RegistrationError::Rules(OpenIdError::PublicClient));
    assert_eq!(
        wrong(good().secret("short").rules(mac("short"))),
        RegistrationError::Rules(OpenIdError::ShortSecret { least: 32 })
    );
    assert_eq!(
        wrong(good().rules(Rules::new().algorithms([]))),
        RegistrationError::Rules(OpenIdError::NoAlgorithm)
    );
    let loopback = || plain("http://127.0.0.1:9000", CALLBACK);
    assert!(loopback().danger_allow_http_loopback().build().is_ok());
    assert_eq!(
        wrong(loopback()),
        RegistrationError::Issuer(DiscoveryError::Issuer(UrlFault::LoopbackNotAllowed))
    );
}

#[test]
fn a_registration_shows_no_secret() {
    let registration = registration().secret("the-canary");
    let shown = format!("{registration:?} {:?}", registration.clone().build().unwrap());
    assert!(shown.contains(CLIENT) && !shown.contains("canary"), "{shown}");
}

/// How a login authenticates at the token endpoint of a provider that offers these methods.
async fn sends(
    registration: gatepass_oidc::RegistrationBuilder,
    offers: &Value,
) -> Result<&'static str, Misfit> {
    let document = changed(document(), "token_endpoint_auth_methods_supported", offers.clone());
    let site = Site::of(registration);
    site.op.says(&document);
    let begun = site.begin().await.map_err(|why| {
        assert_eq!(why.remedy, Remedy::FixConfiguration);
        misfit(&why)
    })?;
    let (_, state) = begun.url.query_pairs().find(|(name, _)| name == "state").unwrap();
    let callback = Callback::from_query(&format!("code=c&state={state}")).unwrap();
    drop(site.party.finish(begun.snapshot, callback, &site.world, &Limits::DEFAULT).await);
    Ok(site.op.credentials())
}

#[tokio::test]
async fn aut_06_the_best_method_that_both_know_is_taken() {
    let by = |offers| async move { sends(registration(), &offers).await };
    assert_eq!(by(json!(["client_secret_basic"])).await, Ok("basic"));
    assert_eq!(by(json!(["client_secret_post"])).await, Ok("post"));
    assert_eq!(by(json!(["client_secret_post", "client_secret_basic", "none"])).await, Ok("basic"));
    assert_eq!(by(json!(["private_key_jwt", "none", "client_secret_post"])).await, Ok("post"));
    assert_eq!(by(Value::Null).await, Ok("basic"), "what rfc 8414 says of a document that does not");
}

#[tokio::test]
async fn aut_06_with_a_secret_in_hand_no_request_goes_without_it() {
    for offers in
        [json!(["none"]), json!(["private_key_jwt", "none"]), json!([]), json!(["tls_client_auth\n"])]
    {
        let refused = sends(registration(), &offers).await.unwrap_err();
        let Misfit::NoSharedAuth { offered } = &refused else { panic!("{refused:?}") };
        let named: Vec<&str> = offered.names().collect();
        let names = offers.as_array().unwrap().iter().filter_map(Value::as_str);
        assert_eq!(named, names.filter(|name| !name.contains('\n')).collect::<Vec<_>>());
        assert!(named.iter().all(|name| chain(&refused).contains(name)), "{refused}");
    }
}

#[tokio::test]
async fn aut_06_a_method_that_is_configured_is_taken_whatever_is_offered() {
    let secret = || Secret::from("the client's own secret");
    let post = registration().auth(ClientAuth::Post(secret()));
    assert_eq!(sends(post, &json!(["client_secret_basic"])).await, Ok("post"));
    let basic = registration().auth(ClientAuth::Basic(secret()));
    assert_eq!(sends(basic, &json!(["none"])).await, Ok("basic"));
    let public = registration().auth(ClientAuth::None);
    assert_eq!(sends(public, &json!(["client_secret_basic"])).await, Ok("none"));
}

#[tokio::test]
async fn pkc_08_pkce_is_sent_to_a_provider_that_does_not_announce_it() {
    for methods in [Value::Null, json!(["plain"]), json!([])] {
        let site = Site::new();
        site.op.says(&changed(document(), "code_challenge_methods_supported", methods));
        let url = site.begin().await.unwrap().url;
        let value = |name: &str| url.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned();
        assert_eq!(value("code_challenge_method"), "S256");
        assert_eq!(value("code_challenge").len(), 43);
        assert!(value("state").len() >= 43 && value("nonce").len() >= 43, "it is no defence in their place");
    }
}

#[tokio::test]
async fn pkc_08_a_strict_registration_refuses_a_provider_without_s256() {
    let by = |methods| async move {
        let site = Site::of(registration().require_s256());
        site.op.says(&changed(document(), "code_challenge_methods_supported", methods));
        site.ask().await
    };
    by(json!(["plain", "S256"])).await.unwrap();
    for methods in [Value::Null, json!(["plain"]), json!([]), json!(["s256"])] {
        let why = by(methods).await.unwrap_err();
        assert_eq!((misfit(&why), why.remedy), (Misfit::NoS256, Remedy::FixConfiguration));
    }
}

#[test]
fn what_the_program_knows_of_its_provider_goes_into_the_client() {
    let registration = registration().resource("https://api.example").build().unwrap();
    let client = registration.client(&metadata(&document())).unwrap();
    let may = |url: &str| client.provider().may_receive_tokens(&url.parse().unwrap());
    assert!(may("https://api.example/v1") && may("https://op.example/userinfo"));
    assert!(!may("https://elsewhere.example/"));
    assert!(client.provider().can_revoke());
}

#[test]
fn a_provider_without_keys_does_not_fit() {
    let registration = registration().build().unwrap();
    let without = metadata(&changed(document(), "jwks_uri", Value::Null));
    assert_eq!(registration.openid(&without).map(drop), Err(Misfit::OpenId(OpenIdError::NoKeys)));
    assert!(registration.client(&without).is_ok(), "a plain client needs none");
}

#[tokio::test]
async fn a_provider_of_many_tenants_names_its_template() {
    let template = "https://op.example/{tenantid}/v2.0";
    let rules = Rules::new().tenants(Tenants::only(template, ["t-1"]));
    let site = Site::of(registration().rules(rules));
    assert_eq!(site.party.registered().issuer.as_deref(), Some(template));
    site.op.says(&changed(document(), "issuer", json!(template)));
    site.ask().await.unwrap();
    assert_eq!(site.party.at_hand().unwrap().provider().issuer(), Some(template));
}
