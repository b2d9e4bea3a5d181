//! B.18: the request of a resource.

use gatepass_testkit::provider::{Endpoint, Provider};

use super::super::browser::Browser;
use super::Stand;

#[test]
fn rsr_02_the_token_is_in_the_header_and_in_no_address() {
    let stand = Stand::new();
    let browser = Browser::new();
    stand.site.log_in(&browser, &stand.app);
    stand.app.profile(&browser).is(200);
    stand.site.provider.expire_access_tokens();
    stand.app.profile(&browser).is(200);
    let issued = stand.site.provider.issued();
    let asked = stand.site.provider.requests(Endpoint::User);
    assert_eq!(asked.len(), 3, "once, refused, and once more");
    for request in &asked {
        let token = request.request.bearer_token().expect("a token in the header");
        assert!(issued.iter().any(|known| known == token));
        assert!(request.request.body.is_empty());
    }
    for entry in stand.site.provider.log() {
        // The address of a callback is not one that is asked for: only what we ask is looked at.
        let address =
            format!("{}?{}", entry.request.path, entry.request.query.as_deref().unwrap_or_default());
        assert!(!issued.iter().any(|secret| address.contains(secret.as_str())), "{}", entry.request.path);
    }
}

#[test]
fn rsr_03_the_scheme_is_that_of_the_token_s_type_however_it_is_written() {
    for written in ["Bearer", "bEARER", "BEARER"] {
        let stand = Stand::with(Provider::builder().token_member("token_type", written));
        let browser = Browser::new();
        stand.site.log_in(&browser, &stand.app);
        stand.app.profile(&browser).is(200);
        let asked = stand.site.provider.requests(Endpoint::User);
        assert!(asked[0].request.header("authorization").unwrap().starts_with("Bearer "), "{written}");
    }
    // A token of another type is sent nowhere.
    let stand = Stand::with(Provider::builder().token_member("token_type", "DPoP"));
    let (browser, callback) = stand.begin();
    let answer = stand.ask(&browser, &callback);
    assert_eq!((answer.status, super::error(&answer).as_str()), (502, "provider_misbehaved"));
    assert_eq!(stand.site.provider.requests(Endpoint::User).len(), 0);
}
