//! Half of a login: up to the callback, which is then changed as a test likes.

use url::Url;

use super::{App, Browser};

/// Starts a login and lets the provider answer; gives the URL of the callback, which nobody has opened.
#[track_caller]
pub(crate) fn callback_url(browser: &Browser, app: &App, login: &str) -> String {
    let start = browser.go(&app.url(login));
    assert_eq!(start.status, 303, "{}", start.text());
    browser.go(&start.location()).location()
}

/// The URL with one parameter changed or added.
pub(crate) fn with_parameter(url: &str, name: &str, value: &str) -> String {
    let mut url = Url::parse(&without_parameter(url, name)).unwrap();
    url.query_pairs_mut().append_pair(name, value);
    url.into()
}

/// The URL without a parameter.
pub(crate) fn without_parameter(url: &str, name: &str) -> String {
    let mut url = Url::parse(url).unwrap();
    let kept: Vec<(String, String)> =
        url.query_pairs().into_owned().filter(|(known, _)| known != name).collect();
    url.query_pairs_mut().clear().extend_pairs(kept);
    url.into()
}
