//! A browser as far as a login needs one, which remembers all that it was ever given.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ureq::http::{HeaderMap, Request};
use url::Url;

use crate::openid::trusting;

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) url: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Page {
    /// Where a redirect leads.
    #[track_caller]
    pub(crate) fn target(&self) -> String {
        let location = self.headers.get("location").and_then(|value| value.to_str().ok());
        let location = location.unwrap_or_else(|| panic!("no redirect: {} {}", self.status, self.body));
        Url::parse(&self.url).unwrap().join(location).unwrap().into()
    }

    /// The same, when it is one of this status.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.url.split('?').next().unwrap(), self.body);
        self
    }
}

/// A parameter of a URL.
#[track_caller]
pub(crate) fn parameter(url: &str, name: &str) -> String {
    let parsed = Url::parse(url).unwrap();
    parsed.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned()).unwrap()
}

/// Clones are tabs. All servers are 127.0.0.1, and cookies do not tell ports apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct Browser {
    memory: Arc<Mutex<Memory>>,
    /// Whose certificates it takes, beside those that the platform knows.
    authority: Option<PathBuf>,
}

#[derive(Debug, Default)]
struct Memory {
    cookies: BTreeMap<String, String>,
    /// The values of all cookies ever held.
    values: BTreeSet<String>,
    pages: Vec<Page>,
}

impl Browser {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// That takes the certificates of one authority.
    pub(crate) fn trusting(authority: Option<PathBuf>) -> Self {
        Self { authority, ..Self::default() }
    }

    /// Somebody who has copied all its cookies.
    pub(crate) fn copied(&self) -> Self {
        let memory = Memory { cookies: self.memory.lock().unwrap().cookies.clone(), ..Memory::default() };
        Self { memory: Arc::new(Mutex::new(memory)), authority: self.authority.clone() }
    }

    /// A person goes to a page.
    pub(crate) fn open(&self, url: &str) -> Page {
        self.send("GET", url, &NAVIGATE, None).unwrap()
    }

    /// The same, from which the server may be gone.
    pub(crate) fn try_open(&self, url: &str) -> Result<Page, ureq::Error> {
        self.send("GET", url, &NAVIGATE, None)
    }

    /// A script of the page asks for data.
    pub(crate) fn fetch(&self, url: &str) -> Page {
        self.try_fetch(url).unwrap()
    }

    /// The same, from which the server may be gone.
    pub(crate) fn try_fetch(&self, url: &str) -> Result<Page, ureq::Error> {
        let headers =
            [("accept", "application/json"), ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")];
        self.send("GET", url, &headers, None)
    }

    /// The person sends a form.
    pub(crate) fn post(&self, url: &str, form: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let headers = [
            ("accept", "text/html"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
            ("sec-fetch-site", "same-origin"),
        ];
        self.send("POST", url, &headers, Some(&body)).unwrap()
    }

    /// The cookies as they are sent.
    pub(crate) fn cookies(&self) -> String {
        let memory = self.memory.lock().unwrap();
        memory.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// The values of all cookies that it was ever given.
    pub(crate) fn cookie_values(&self) -> Vec<String> {
        self.memory.lock().unwrap().values.iter().cloned().collect()
    }

    /// All that it ever received.
    pub(crate) fn pages(&self) -> Vec<Page> {
        self.memory.lock().unwrap().pages.clone()
    }

    fn send(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Result<Page, ureq::Error> {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let cookies = self.cookies();
        if !cookies.is_empty() {
            request = request.header("cookie", cookies);
        }
        let mut answer = match body {
            Some(body) => self.agent().run(request.body(body.to_owned()).unwrap())?,
            None => self.agent().run(request.body(()).unwrap())?,
        };
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = answer.body_mut().read_to_string()?;
        let page = Page { url: url.to_owned(), status, headers, body };
        let mut memory = self.memory.lock().unwrap();
        for cookie in page.headers.get_all("set-cookie") {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let attributes = attributes.to_ascii_lowercase();
            if attributes.contains("max-age=0") || attributes.contains("expires=thu, 01 jan 1970") {
                memory.cookies.remove(name);
            } else {
                memory.cookies.insert(name.to_owned(), value.to_owned());
                memory.values.insert(value.to_owned());
            }
        }
        memory.pages.push(page.clone());
        Ok(page)
    }

    fn agent(&self) -> ureq::Agent {
        let mut settings = ureq::Agent::config_builder()
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(60)));
        if self.authority.is_some() {
            settings = settings.tls_config(trusting(self.authority.clone()));
        }
        settings.build().into()
    }
}

const NAVIGATE: [(&str, &str); 3] = [
    ("accept", "text/html,application/xhtml+xml"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-dest", "document"),
];
