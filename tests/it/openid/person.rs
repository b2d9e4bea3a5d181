//! Who logs in: a browser without a form to fill in, over http or https.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ureq::tls::{Certificate, RootCerts, TlsConfig};
use url::Url;

use super::site::CALLBACK;

pub(super) struct Person {
    agent: ureq::Agent,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// TLS that trusts one authority.
pub(crate) fn trusting(authority: Option<PathBuf>) -> TlsConfig {
    let roots: Vec<Certificate<'_>> = authority
        .map(|path| Certificate::from_pem(&std::fs::read(path).unwrap()).unwrap().to_owned())
        .into_iter()
        .collect();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&roots))
        .unversioned_rustls_crypto_provider(provider)
        .build()
}

impl Person {
    pub(super) fn new(authority: Option<PathBuf>) -> Self {
        let agent = ureq::Agent::config_builder()
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(60)))
            .tls_config(trusting(authority))
            .build();
        Self { agent: agent.into(), cookies: Mutex::default() }
    }

    /// Follows redirects until one leads back to us.
    pub(super) fn log_in(&self, url: &str) -> String {
        let mut url = url.to_owned();
        for _ in 0..10 {
            url = self.open(&url, None).unwrap_or_else(|page| panic!("no redirect: {page}"));
            if url.starts_with(CALLBACK) {
                return url;
            }
        }
        panic!("the provider redirects for ever");
    }

    /// Says yes on the provider's page of logout.
    pub(super) fn end_session(&self, url: &str) -> String {
        let page = self.open(url, None).expect_err("a page with a form");
        let field = |name: &str| {
            let at = page.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("{name} in {page}"));
            let value = &page[at..][page[at..].find("value=\"").unwrap() + 7..];
            value[..value.find('"').unwrap()].to_owned()
        };
        let action = &page[page.find("action=\"").unwrap() + 8..];
        let action = &action[..action.find('"').unwrap()];
        let form = [("xsrf", field("xsrf")), ("logout", "yes".to_owned())];
        self.open(action, Some(&form)).expect("it leads back")
    }

    /// Where the answer leads; else the page.
    fn open(&self, url: &str, form: Option<&[(&str, String)]>) -> Result<String, String> {
        let cookies: Vec<String> =
            self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut answer = match form {
            None => self.agent.get(url).header("cookie", cookies.join("; ")).call(),
            Some(form) => self
                .agent
                .post(url)
                .header("cookie", cookies.join("; "))
                .send_form(form.iter().map(|(name, value)| (*name, value.as_str()))),
        }
        .unwrap();
        for cookie in answer.headers().get_all("set-cookie") {
            let (pair, rest) = cookie.to_str().unwrap().split_once(';').unwrap_or_default();
            let Some((name, value)) = pair.split_once('=') else { continue };
            let mut cookies = self.cookies.lock().unwrap();
            if value.is_empty() || rest.to_ascii_lowercase().contains("01 jan 1970") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        match answer.headers().get("location").and_then(|location| location.to_str().ok()) {
            Some(location) => Ok(Url::parse(url).unwrap().join(location).unwrap().into()),
            None => Err(answer.body_mut().read_to_string().unwrap()),
        }
    }
}
