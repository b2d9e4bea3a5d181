//! A browser as far as a login needs one: it navigates, keeps cookies by host, and follows no redirect unasked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ureq::http::{HeaderMap, Request};
use url::Url;

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) url: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Page {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no json: {}", self.text()))
    }

    /// The name of the cause in a refusal that was asked for as JSON.
    pub(crate) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }

    /// Where a redirect leads, resolved as a browser does.
    #[track_caller]
    pub(crate) fn location(&self) -> String {
        assert!((300..400).contains(&self.status), "no redirect: {} {}", self.status, self.text());
        Url::parse(&self.url).unwrap().join(self.header("location")).unwrap().into()
    }

    pub(crate) fn cookies(&self) -> Vec<String> {
        self.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    /// A parameter of the place that a redirect leads to.
    #[track_caller]
    pub(crate) fn parameter(&self, name: &str) -> String {
        let url = Url::parse(&self.location()).unwrap();
        url.query_pairs()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    }
}

/// Clones share the cookies, as tabs do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Browser {
    jar: Arc<Mutex<BTreeMap<(String, String), String>>>,
}

pub(crate) const NAVIGATE: [(&str, &str); 4] = [
    ("accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-dest", "document"),
    ("sec-fetch-site", "none"),
];

/// A navigation whose refusals come as JSON, so that tests read the cause and not the words.
pub(crate) const PROGRAM: [(&str, &str); 1] = [("accept", "application/json")];

impl Browser {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A person goes to a page.
    pub(crate) fn go(&self, url: &str) -> Page {
        self.send("GET", url, &NAVIGATE, None)
    }

    /// As `go`, without Fetch Metadata.
    pub(crate) fn ask(&self, url: &str) -> Page {
        self.send("GET", url, &PROGRAM, None)
    }

    /// A script of the page asks.
    pub(crate) fn fetch(&self, url: &str) -> Page {
        let headers = [
            ("accept", "*/*"),
            ("sec-fetch-mode", "cors"),
            ("sec-fetch-dest", "empty"),
            ("sec-fetch-site", "same-origin"),
        ];
        self.send("GET", url, &headers, None)
    }

    /// A page of the same origin posts a form.
    pub(crate) fn post(&self, url: &str, form: &str) -> Page {
        let headers = [
            ("accept", "text/html"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
            ("sec-fetch-site", "same-origin"),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        self.send("POST", url, &headers, Some(form.as_bytes()))
    }

    /// Follows redirects until there is none.
    pub(crate) fn follow(&self, url: &str) -> Page {
        let mut page = self.go(url);
        for _ in 0..10 {
            if page.status != 303 && page.status != 302 {
                return page;
            }
            page = self.go(&page.location());
        }
        panic!("ten redirects and no end");
    }

    pub(crate) fn send(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Page {
        self.try_send(method, url, headers, body).unwrap()
    }

    pub(crate) fn try_send(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Page, ureq::Error> {
        let host = Url::parse(url).unwrap().host_str().unwrap().to_owned();
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let cookies = self.cookies(&host);
        if !cookies.is_empty() {
            request = request.header("cookie", cookies);
        }
        let mut answer = match body {
            Some(body) => agent().run(request.body(body).unwrap())?,
            None => agent().run(request.body(()).unwrap())?,
        };
        let page = Page {
            url: url.to_owned(),
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: answer.body_mut().with_config().limit(16 << 20).read_to_vec()?,
        };
        for cookie in page.cookies() {
            self.keep(&host, &cookie);
        }
        Ok(page)
    }

    /// All cookies for a host, as they are sent.
    pub(crate) fn cookies(&self, host: &str) -> String {
        let jar = self.jar.lock().unwrap();
        let pairs = jar.iter().filter(|((known, _), _)| known == host);
        pairs.map(|((_, name), value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.jar.lock().unwrap().get(&("127.0.0.1".to_owned(), name.to_owned())).cloned()
    }

    pub(crate) fn set_cookie(&self, name: &str, value: &str) {
        self.keep("127.0.0.1", &format!("{name}={value}; Path=/"));
    }

    pub(crate) fn forget(&self, name: &str) {
        self.jar.lock().unwrap().remove(&("127.0.0.1".to_owned(), name.to_owned()));
    }

    fn keep(&self, host: &str, cookie: &str) {
        let mut parts = cookie.split(';').map(str::trim);
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        let gone = parts.any(|attribute| attribute.eq_ignore_ascii_case("max-age=0"));
        let key = (host.to_owned(), name.to_owned());
        let mut jar = self.jar.lock().unwrap();
        if gone {
            jar.remove(&key);
        } else {
            jar.insert(key, value.to_owned());
        }
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .allow_non_standard_methods(true)
        .timeout_global(Some(Duration::from_secs(60)))
        .build()
        .into()
}
