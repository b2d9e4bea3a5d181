//! User info that lies elsewhere than before.

use gatepass_core::Secret;
use gatepass_core::ports::Limits;
use gatepass_oidc::{SignInError, UserInfoError};
use serde_json::json;

use super::{Site, registration};
use crate::support::{changed, document};

/// Asks for user info once the document says that it lies there.
async fn ask(site: &Site, place: &str) -> Result<(), SignInError> {
    site.ask().await.unwrap();
    site.op.says(&changed(document(), "userinfo_endpoint", json!(place)));
    site.clock.advance(3600);
    site.ask().await.unwrap();
    site.settle().await;
    assert!(site.party.metadata().unwrap().as_json().contains(place));
    let token = Secret::from("a token of before");
    site.party.user_info_of(&token, "alice", &site.world, &Limits::DEFAULT).await.map(drop)
}

#[tokio::test]
async fn met_09_an_access_token_does_not_follow_user_info_to_another_origin() {
    let elsewhere = "https://elsewhere.example/userinfo";
    let site = Site::new();
    let why = ask(&site, elsewhere).await.unwrap_err();
    assert!(matches!(why, SignInError::UserInfo(UserInfoError::Moved)), "{why:?}");
    assert_eq!(site.op.count("/userinfo"), 0);

    let allowed = Site::of(registration().moved_from("https://op.example"));
    ask(&allowed, elsewhere).await.unwrap_err();
    assert!(allowed.op.asked().iter().any(|asked| asked == elsewhere), "it was allowed by name");

    let beside = Site::new();
    ask(&beside, "https://op.example/v2/userinfo").await.unwrap_err();
    assert_eq!(beside.op.count("/v2/userinfo"), 1, "another path is no move");
}
