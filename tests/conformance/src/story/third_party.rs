//! Somebody sends the person to log in (OpenID Connect Core section 4).

use gatepass_testkit::provider::Endpoint;
use url::Url;

use super::Told;
use crate::outcome::End;
use crate::stage::{CLIENT_ID, Stage};

pub(super) fn to_log_in(stage: &mut Stage, wrong: &mut Vec<String>) -> Told {
    let link = link(stage, &stage.at("/sessions"));
    let page = stage.browser.open(link.as_str());
    let end = stage.end(&page);
    if end == End::Accepted {
        if page.url.as_str() != stage.at("/sessions") {
            wrong.push(format!("landed on {} and not on target_link_uri", page.url.path()));
        }
        let asked = stage.provider.requests(Endpoint::Authorize);
        let hint = asked.first().and_then(|asked| asked.request.query_value("login_hint"));
        if hint.as_deref() != Some("alice") {
            wrong.push("login_hint was not handed on".to_owned());
        }
    }
    end.into()
}

pub(super) fn to_another_site(stage: &mut Stage) -> Told {
    let link = link(stage, "https://attacker.example/");
    refused(stage, &link)
}

pub(super) fn by_a_stranger(stage: &mut Stage) -> Told {
    let mut link = link(stage, &stage.at("/sessions"));
    let others: Vec<_> = link.query_pairs().into_owned().filter(|(name, _)| name != "iss").collect();
    link.query_pairs_mut().clear().append_pair("iss", "https://attacker.example").extend_pairs(others);
    refused(stage, &link)
}

fn refused(stage: &mut Stage, link: &Url) -> Told {
    let before = Some(stage.log().len());
    let page = stage.browser.open(link.as_str());
    Told { end: stage.end(&page), before, own: Vec::new() }
}

fn link(stage: &Stage, target: &str) -> Url {
    let link = stage.provider.initiate_login_url(CLIENT_ID, Some("alice"), Some(target));
    Url::parse(&link.expect("a client where logins may begin")).expect("an address")
}
