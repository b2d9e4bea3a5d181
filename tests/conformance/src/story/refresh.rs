//! The access token ends, and is renewed.

use gatepass_testkit::provider::Endpoint;
use gatepass_testkit::provider::openid::Misbehaviour;

use super::{Told, login};
use crate::outcome::End;
use crate::stage::Stage;

pub(super) fn comes_back(stage: &mut Stage, wrong: &mut Vec<String>) -> Told {
    let told = login::once(stage, wrong);
    if told.end != End::Accepted {
        return told;
    }
    stage.provider.expire_access_tokens();
    let page = stage.browser_at("/profile");
    let end = stage.end(&page);
    let seen = stage.log().len();
    // Whatever was said of the first renewal: the refresh token that came with it is the one that counts from now on.
    stage.provider.misbehave(Misbehaviour::new());
    stage.provider.expire_access_tokens();
    let page = stage.browser_at("/profile");
    login::is_inside(stage, &page, wrong);
    let refreshes = stage.provider.token_requests("refresh_token");
    let presented: Vec<_> =
        refreshes.iter().map(|refresh| refresh.request.form_value("refresh_token")).collect();
    if presented.len() != 2 || presented[0] == presented[1] {
        wrong.push(format!(
            "refreshed {} times, and not by one refresh token and its successor",
            presented.len()
        ));
    }
    let stats = stage.provider.stats();
    if (stats.refreshes, stats.reuse_detected, stats.families_revoked) != (2, 0, 0) {
        wrong.push(format!(
            "{} refreshes, {} of them by a spent token",
            stats.refreshes, stats.reuse_detected
        ));
    }
    let own: Vec<Endpoint> = stage.log().iter().skip(seen).map(|entry| entry.endpoint).collect();
    Told { end, before: None, own }
}
