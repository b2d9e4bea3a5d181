//! The bearer client: where a token goes, and what becomes of a refusal.

use gatepass::ports::Limits;
use gatepass::{ApiError, Body, Remedy, Unavailable};
use gatepass_testkit::Provider;
use gatepass_testkit::provider::{Endpoint, Fault, Rewrite};
use http::Request;

use crate::support::{Stage, session};

#[tokio::test]
async fn rsr_04_a_url_off_the_resource_origins_is_refused_before_a_token_is_read() {
    let (stage, other) = (Stage::new(), Provider::start());
    let (keeper, key) = stage.with_grant().await;
    stage.expire();
    let api = keeper.api(&key);
    let port = other.user_endpoint();
    let own = stage.server.user_endpoint();
    let userinfo = own.replace("http://", "http://127.0.0.1@");
    let reads = stage.store.reads();
    for url in [port.as_str(), userinfo.as_str(), "https://api.example/user", "http://api.example/"] {
        match api.get(url).await {
            Err(why @ (ApiError::NotAResource | ApiError::Url)) => {
                assert_eq!(why.remedy(), Remedy::FixConfiguration);
            }
            other => panic!("{url}: {other:?}"),
        }
    }
    assert_eq!(stage.store.reads(), reads, "no token was read");
    assert_eq!(other.log().len(), 0);
    assert_eq!(stage.server.token_requests("refresh_token").len(), 0);
    assert_eq!(api.get(&own).await.unwrap().status(), 200);
}

#[tokio::test]
async fn rsr_04_a_redirect_takes_no_token_along() {
    let (stage, other) = (Stage::new(), Provider::start());
    let (keeper, key) = stage.with_grant().await;
    stage.server.inject(Fault::before(Endpoint::User).redirect(307, &other.user_endpoint()));
    let answer = keeper.api(&key).get(&stage.server.user_endpoint()).await.unwrap();
    assert_eq!(answer.status(), 307);
    assert_eq!(other.log().len(), 0);
}

#[tokio::test]
async fn rsr_06_a_refused_token_leads_to_one_renewal_and_one_retry() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    let api = keeper.api(&key);
    stage.server.expire_access_tokens();
    assert_eq!(api.get(&stage.server.user_endpoint()).await.unwrap().status(), 200);
    assert_eq!(stage.server.requests(Endpoint::User).len(), 2);
    assert_eq!(stage.server.token_requests("refresh_token").len(), 1);

    let always = Rewrite::new().status(401).header("www-authenticate", "Bearer error=\"invalid_token\"");
    stage.server.inject(Fault::before(Endpoint::User).rewrite(always).until_cleared());
    let refused = api.get(&stage.server.user_endpoint()).await;
    assert!(matches!(refused, Err(ApiError::TokenRefused)), "{refused:?}");
    assert_eq!(stage.server.requests(Endpoint::User).len(), 4);
    assert_eq!(stage.server.token_requests("refresh_token").len(), 2);
}

#[tokio::test]
async fn rsr_06_missing_scope_and_missing_authentication_are_typed_and_renew_nothing() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    let api = keeper.api(&key);
    let scope = "Bearer error=\"insufficient_scope\", scope=\"read write\"";
    let scope = Rewrite::new().status(403).header("www-authenticate", scope);
    stage.server.inject(Fault::before(Endpoint::User).rewrite(scope));
    match api.get(&stage.server.user_endpoint()).await {
        Err(ApiError::InsufficientScope { needed }) => assert_eq!(needed.as_str(), "read write"),
        other => panic!("{other:?}"),
    }
    let strong =
        "Basic, Bearer error=\"insufficient_user_authentication\", acr_values=\"gold\", max_age=\"5\"";
    let strong = Rewrite::new().status(401).header("www-authenticate", strong);
    stage.server.inject(Fault::before(Endpoint::User).rewrite(strong));
    match api.get(&stage.server.user_endpoint()).await {
        Err(ApiError::StepUp { acr_values, max_age }) => {
            assert_eq!((acr_values.as_deref(), max_age), (Some("gold"), Some(5)));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(stage.server.requests(Endpoint::User).len(), 2);
    assert_eq!(stage.server.token_requests("refresh_token").len(), 0);
}

#[tokio::test]
async fn rsr_08_a_request_that_must_not_be_repeated_is_not() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    stage.server.expire_access_tokens();
    let request = Request::post(stage.server.user_endpoint()).body(Body::from("once".to_owned())).unwrap();
    let refused = keeper.api(&key).send_once(request).await;
    assert!(matches!(refused, Err(ApiError::TokenRefused)), "{refused:?}");
    assert_eq!(stage.server.requests(Endpoint::User).len(), 1);
    assert_eq!(stage.server.token_requests("refresh_token").len(), 0);
    // And one that may be is, with its body.
    let request = Request::post(stage.server.user_endpoint()).body(Body::from("twice".to_owned())).unwrap();
    assert_eq!(keeper.api(&key).send(request).await.unwrap().status(), 200);
    let sent = stage.server.requests(Endpoint::User);
    assert_eq!(sent.len(), 3);
    assert_eq!(sent[2].request.body, "twice");
}

#[tokio::test]
async fn rsr_01_a_request_with_credentials_of_its_own_is_refused() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    let api = keeper.api(&key);
    let url = stage.server.echo_endpoint();
    let form = "application/x-www-form-urlencoded";
    for request in [
        Request::get(&url).header("authorization", "Basic x").body(Body::empty()).unwrap(),
        Request::get(format!("{url}?access%5Ftoken=x")).body(Body::empty()).unwrap(),
        Request::post(&url)
            .header("content-type", form)
            .body(Body::from("a=b&access_token=x".to_owned()))
            .unwrap(),
    ] {
        assert!(matches!(api.send(request).await, Err(ApiError::TokenInRequest)));
    }
    assert_eq!(stage.server.requests(Endpoint::Echo).len(), 0);
}

#[tokio::test]
async fn rsr_02_rsr_03_the_token_is_in_the_header_as_a_bearer_token_and_nowhere_else() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    let token = keeper.access_token(&key).await.unwrap();
    let url = format!("{}?page=2", stage.server.user_endpoint());
    keeper.api(&key).get(&url).await.unwrap();
    let sent = &stage.server.requests(Endpoint::User)[0].request;
    let secret = token.secret().expose();
    assert_eq!(sent.header("authorization"), Some(format!("Bearer {secret}").as_str()));
    assert_eq!(sent.query_value("page").as_deref(), Some("2"));
    assert_eq!(format!("{sent:?}").matches(secret).count(), 1, "{sent:?}");
}

#[tokio::test]
async fn rsr_05_challenges_are_understood_in_every_form_and_broken_ones_are_none() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    let api = keeper.api(&key);
    let url = stage.server.user_endpoint();
    for understood in [
        "Bearer error=\"insufficient_scope\", scope=\"a b\"",
        "bEARER ERROR=insufficient_scope,Scope=\"a b\"",
        "Bearer error = \"insufficient_scope\" ,\tscope = \"a \\b\"",
        ", ,Basic realm=\"x, Bearer error=\\\"none\\\"\",, Bearer error=insufficient_scope, scope=\"a b\",",
        "Negotiate YWJj/+==, Bearer scope=\"a b\", error=\"insufficient_scope\", error=\"invalid_token\"",
    ] {
        let rewrite = Rewrite::new().status(403).header("www-authenticate", understood);
        stage.server.inject(Fault::before(Endpoint::User).rewrite(rewrite));
        match api.get(&url).await {
            Err(ApiError::InsufficientScope { needed }) => assert_eq!(needed.as_str(), "a b", "{understood}"),
            other => panic!("{understood}: {other:?}"),
        }
    }
    for broken in [
        "Bearer error=\"insufficient_scope",
        "Bearer error=\"insufficient_scope\\",
        "error=\"insufficient_scope\"",
        "Bearer error=",
        "Bearer (error=\"insufficient_scope\")",
        "Basic error=\"insufficient_scope\"",
        "=,=\"",
    ] {
        let rewrite = Rewrite::new().status(403).header("www-authenticate", broken);
        stage.server.inject(Fault::before(Endpoint::User).rewrite(rewrite));
        assert_eq!(api.get(&url).await.unwrap().status(), 403, "{broken}");
    }
    assert_eq!(stage.server.token_requests("refresh_token").len(), 0);
}

#[tokio::test]
async fn a_grant_that_is_not_there_is_a_login_and_not_a_refusal_of_the_api() {
    let stage = Stage::new();
    let api = stage.keeper().api(&session("nobody")).limits(Limits::DEFAULT);
    match api.get(&stage.server.user_endpoint()).await {
        Err(why @ ApiError::Unavailable(Unavailable::LoginRequired { soft: false, .. })) => {
            assert_eq!(why.remedy(), Remedy::AskAgain);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(stage.server.log().len(), 0);
}
