//! Logins.

use gatepass_testkit::provider::Endpoint;

use super::Told;
use crate::browser::{Browser, Page};
use crate::outcome::End;
use crate::stage::{PERSON, Stage};

/// Claims that are known from others alone, by aggregation or to be fetched from them.
const OF_OTHERS: [&str; 2] = ["eye_color", "credit_score"];

pub(super) fn once(stage: &mut Stage, wrong: &mut Vec<String>) -> Told {
    let page = stage.browser_at("/profile");
    let mut told = Told::from(stage.end(&page));
    match &told.end {
        End::Accepted => is_inside(stage, &page, wrong),
        End::Refused { .. } => {
            // A login that was lost on the way is begun anew, once: a request of the person's browser.
            let begun = stage.provider.requests(Endpoint::Authorize).len();
            told.own = vec![Endpoint::Authorize; begun.saturating_sub(1)];
            is_outside(stage, &page, wrong);
        }
    }
    told
}

pub(super) fn after_another(stage: &mut Stage, wrong: &mut Vec<String>) -> Told {
    let told = once(stage, wrong);
    if told.end != End::Accepted {
        return told;
    }
    stage.browser = Browser::default();
    once(stage, wrong)
}

/// The person sees what the provider says about them.
pub(super) fn is_inside(stage: &mut Stage, page: &Page, wrong: &mut Vec<String>) {
    if page.url.path() != "/profile" {
        wrong.push(format!("landed on {} and not on /profile", page.url.path()));
    }
    let profile = stage.browser.fetch(&stage.at("/profile"));
    let said: serde_json::Value = serde_json::from_str(&profile.body).unwrap_or_default();
    for (name, value) in PERSON {
        if said[name] != value {
            wrong.push(format!("the profile has not {name} {value:?} ({})", profile.status));
        }
    }
    for name in OF_OTHERS {
        if said.get(name).is_some() {
            wrong.push(format!("{name}, the word of another party, is taken for the provider's"));
        }
    }
}

/// The person is told nothing about anybody, and where user info was not what was wrong, has no session.
fn is_outside(stage: &mut Stage, page: &Page, wrong: &mut Vec<String>) {
    let home = stage.browser.look_at(&stage.at("/"));
    for (name, value) in PERSON {
        if page.body.contains(value) || home.body.contains(value) {
            wrong.push(format!("the page shows {name} all the same"));
        }
    }
    let asked = !stage.provider.requests(Endpoint::UserInfo).is_empty();
    if home.body.contains("You are logged in") && !asked {
        wrong.push("refused the login and made a session".to_owned());
    }
}
