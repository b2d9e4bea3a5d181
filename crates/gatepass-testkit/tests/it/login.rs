//! From the authorization request to the API.

use crate::support::*;
use gatepass_testkit::Provider;

#[test]
fn a_login_reaches_the_api() {
    let provider = Provider::start();
    let back = authorize(&provider, &[("login_hint", "bob")]);
    assert_eq!(back.status, 303);
    assert!(back.header("location").starts_with(CALLBACK));
    assert_eq!(back.back("state").unwrap(), "some state");
    assert_eq!(back.back("iss").unwrap(), provider.issuer());
    let tokens = exchange(&provider, &back.back("code").unwrap());
    assert_eq!(tokens.status, 200);
    assert_eq!(tokens.header("cache-control"), "no-store");
    assert_eq!(tokens.json()["token_type"], "Bearer");
    assert_eq!(tokens.json()["expires_in"], 3600);
    assert_eq!(tokens.json()["scope"], "profile email");
    let about = user(&provider, &tokens.member("access_token"));
    assert_eq!(about.status, 200);
    assert_eq!(
        about.json(),
        serde_json::json!({
            "sub": "user-bob", "name": "Bob Cratchit", "email": "bob@example.com", "scopes": ["profile", "email"]
        })
    );
    let stats = provider.stats();
    assert_eq!((stats.logins, stats.codes_issued, stats.exchanges, stats.api_calls), (1, 1, 1, 1));
}
