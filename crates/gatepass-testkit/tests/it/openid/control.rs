//! The verbs of the control API that only an OpenID provider needs.

use super::client::*;
use super::listener::Listener;
use crate::control::{control, order};
use crate::support::*;
use gatepass_testkit::Provider;
use gatepass_testkit::provider::Client;
use gatepass_testkit::provider::openid::{Knob, Misbehaviour, Module, OpenId};
use serde_json::{Value, json};

fn provider() -> Provider {
    Provider::builder().openid(OpenId::new()).control_api().start().unwrap()
}

#[test]
fn misbehaviour_can_be_ordered_by_name_and_by_knobs() {
    let provider = provider();
    let iss = || claims(&log_in(&provider).member("id_token"))["iss"].clone();
    let right = json!(provider.issuer());
    let module = "oidcc-client-test-invalid-iss";
    order(&provider, "misbehave", json!({ "module": module }));
    assert_eq!(iss(), json!(format!("{}1", provider.issuer())));
    order(&provider, "misbehave", json!({ "module": module, "without_fault": true }));
    assert_eq!(iss(), right);
    let change = json!({ "place": { "claims": "id_token" }, "member": "iss", "change": { "set": "other" } });
    order(
        &provider,
        "misbehave",
        json!({ "ground": [{ "algorithm": "ES256" }], "knobs": [{ "member": change }] }),
    );
    let token = log_in(&provider).member("id_token");
    assert_eq!((&head(&token)["alg"], &claims(&token)["iss"]), (&json!("ES256"), &json!("other")));
    order(&provider, "misbehave", json!({}));
    assert_eq!(iss(), right);
    assert_eq!(control(&provider, "misbehaviour", None).1, json!({ "knobs": [] }));
    for body in [json!({ "module": "nonsense" }), json!({ "knobs": ["explode"] }), json!({ "modul": "x" })] {
        assert_eq!(control(&provider, "misbehave", Some(body)).0, 400);
    }
}

#[test]
fn what_the_list_of_modules_says_can_be_ordered() {
    let provider = provider();
    let (_, list) = control(&provider, "modules", None);
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), Module::all().count());
    for module in list {
        let body = json!({ "ground": module["ground"], "knobs": module["fault"] });
        order(&provider, "misbehave", body);
        let named = Misbehaviour::named(module["name"].as_str().unwrap()).unwrap();
        let turned: Value = control(&provider, "misbehaviour", None).1["knobs"].take();
        assert_eq!(serde_json::from_value::<Vec<Knob>>(turned).unwrap(), named.knobs());
    }
    let module = list.iter().find(|module| module["name"] == "oidcc-client-test-missing-sub").unwrap();
    assert_eq!(module["owes"], "refusal");
}

#[test]
fn keys_can_be_rotated() {
    let provider = provider();
    let before = keys(&provider);
    order(&provider, "rotate_keys", json!({}));
    assert_ne!(keys(&provider), before);
    let plain = Provider::builder().control_api().start().unwrap();
    assert_eq!(control(&plain, "rotate_keys", Some(json!({}))).0, 400);
}

#[test]
fn logout_tokens_can_be_ordered_and_what_became_of_them_read() {
    let listener = Listener::start(200);
    let client = Client::confidential("app", "secret")
        .redirect_uri(CALLBACK)
        .backchannel_logout_uri(&listener.url("/logout"))
        .initiate_login_uri("http://127.0.0.1:9/login");
    let provider = Provider::builder().openid(OpenId::new()).control_api().client(client).start().unwrap();
    let alice = json!({ "client_id": "app", "user": "alice" });
    assert_eq!(control(&provider, "post_logout_token", Some(alice.clone())).0, 400, "no login yet");
    log_in(&provider);
    order(&provider, "post_logout_token", alice.clone());
    assert_eq!(listener.requests().len(), 1);
    order(&provider, "log_out", json!({ "user": "alice" }));
    order(&provider, "log_out", json!({ "user": "alice" }));
    assert_eq!(listener.requests().len(), 2);
    let (_, notices) = control(&provider, "logout_notices", None);
    let statuses: Vec<_> = notices.as_array().unwrap().iter().map(|notice| &notice["status"]).collect();
    assert_eq!(statuses, [&json!(200), &json!(200)]);
    let (_, by_hand) = control(&provider, "logout_token", Some(alice));
    assert_eq!(claims(by_hand["logout_token"].as_str().unwrap())["sub"], "user-alice");
    assert_eq!(control(&provider, "log_out", Some(json!({ "user": "nobody" }))).0, 400);
    let (_, link) = control(&provider, "initiate_login?client_id=app&login_hint=alice", None);
    let issuer: String = url::form_urlencoded::byte_serialize(provider.issuer().as_bytes()).collect();
    assert_eq!(link["url"], format!("http://127.0.0.1:9/login?iss={issuer}&login_hint=alice"));
    assert_eq!(control(&provider, "initiate_login?client_id=nobody", None).0, 400);
}
