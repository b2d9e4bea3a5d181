//! Logouts, begun here and at the provider.

use gatepass_testkit::provider::Endpoint;

use super::{Told, login};
use crate::outcome::End;
use crate::stage::{CLIENT_ID, Stage};

/// RP-initiated: the session ends here, then at the provider, and the person comes back.
pub(super) fn here(stage: &mut Stage, wrong: &mut Vec<String>) -> Told {
    let told = login::once(stage, wrong);
    if told.end != End::Accepted {
        return told;
    }
    let home = stage.browser.look_at(&stage.at("/"));
    let page = stage.browser.press(&home.url, "/logout");
    let asked = stage.provider.requests(Endpoint::EndSession);
    if let [asked] = &asked[..] {
        let value = |name: &str| asked.request.query_value(name).unwrap_or_default();
        if !stage.provider.issued().contains(&value("id_token_hint")) {
            wrong.push("LGT-01: id_token_hint is no ID token that was given out".to_owned());
        }
        if value("client_id") != CLIENT_ID {
            wrong.push("LGT-01: client_id is not ours".to_owned());
        }
        if value("post_logout_redirect_uri") != stage.at("/logged-out") {
            wrong.push("LGT-01: post_logout_redirect_uri is not the registered one".to_owned());
        }
        if value("state").is_empty() {
            wrong.push("LGT-01: there is no state".to_owned());
        }
    } else {
        wrong.push(format!("LGT-01: asked the provider {} times to end the session", asked.len()));
    }
    if stage.browser.look_at(&stage.at("/")).body.contains("You are logged in") {
        wrong.push("LGT-01: the session here has not ended".to_owned());
    }
    let end = stage.end(&page);
    if end == End::Accepted && page.url.path() != "/" {
        wrong.push(format!("landed on {} and not where logouts lead", page.url.path()));
    }
    // Both tokens of the session are given back once it has ended here, before the person returns or after.
    Told { end, before: None, own: vec![Endpoint::Revoke; 2] }
}

/// Back-channel: the provider posts a logout token.
pub(super) fn elsewhere(stage: &mut Stage, wrong: &mut Vec<String>) -> Told {
    let told = login::once(stage, wrong);
    if told.end != End::Accepted {
        return told;
    }
    let before = Some(stage.log().len());
    let notice = stage.provider.post_logout_token(CLIENT_ID, "alice").expect("somebody to log out");
    let no_store = notice.cache_control.as_deref().is_some_and(|value| value.contains("no-store"));
    if !no_store {
        wrong.push("BCL-07: the answer may be cached".to_owned());
    }
    let seen = stage.log().len();
    let profile = stage.browser.fetch(&stage.at("/profile"));
    let own = stage.log().iter().skip(seen).map(|entry| entry.endpoint).collect();
    let status = notice.status.unwrap_or_default();
    let end = match status {
        200 | 204 => {
            if profile.status == 200 {
                wrong.push("BCL-08: the session goes on".to_owned());
            }
            End::Accepted
        }
        status => {
            if profile.status != 200 {
                wrong.push(format!("refused the logout and ended the session ({})", profile.status));
            }
            End::Refused { status, cause: String::new(), detail: stage.told_of_logout() }
        }
    };
    Told { end, before, own }
}
