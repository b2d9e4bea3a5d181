//! A browser, as far as a login needs one: cookies by host, redirects one at a time, forms.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use ureq::Agent;
use ureq::http::Response;

use super::form::Form;
use crate::verb::Stop;

/// An agent that hands out every answer as it came.
pub(super) fn plain_agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(Some(Duration::from_secs(20)))
        .build()
        .into()
}

/// A person's browser.
#[derive(Clone)]
pub(super) struct Browser {
    agent: Agent,
    /// By host and name; like a browser, without regard to the port.
    cookies: BTreeMap<(String, String), String>,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) method: &'static str,
    pub(super) url: String,
    pub(super) status: u16,
    pub(super) location: Option<String>,
    pub(super) new_cookies: Vec<String>,
    pub(super) body: String,
    pub(super) took: Duration,
}

impl Page {
    /// The target of a redirect, as an absolute URL.
    pub(super) fn target(&self) -> Result<String, Stop> {
        let location = self.location.as_deref();
        let location = location.ok_or_else(|| Stop::Failed(format!("{} does not redirect", self.url)))?;
        Ok(absolute(&self.url, location))
    }
}

impl Browser {
    pub(super) fn new() -> Self {
        Self { agent: plain_agent(), cookies: BTreeMap::new() }
    }

    /// Opens a page, as a click does.
    pub(super) fn open(&mut self, url: &str) -> Result<Page, Stop> {
        let request = self
            .agent
            .get(url)
            .header("accept", "text/html,application/xhtml+xml")
            .header("cookie", self.jar(url));
        let request = request.header("sec-fetch-mode", "navigate").header("sec-fetch-dest", "document");
        let started = Instant::now();
        let answer = request.header("sec-fetch-site", "same-origin").call();
        self.take("GET", url, started, answer)
    }

    /// Asks for data, as a script of the page does.
    pub(super) fn fetch(&mut self, url: &str) -> Result<Page, Stop> {
        let request =
            self.agent.get(url).header("accept", "application/json").header("cookie", self.jar(url));
        let request = request.header("sec-fetch-mode", "cors").header("sec-fetch-dest", "empty");
        let started = Instant::now();
        let answer = request.header("sec-fetch-site", "same-origin").call();
        self.take("GET", url, started, answer)
    }

    /// Sends a form of the page that is open.
    pub(super) fn submit(&mut self, page: &Page, form: &Form) -> Result<Page, Stop> {
        let url = absolute(&page.url, &form.action);
        let request =
            self.agent.post(&url).header("cookie", self.jar(&url)).header("origin", origin(&page.url));
        let request = request.header("sec-fetch-mode", "navigate").header("sec-fetch-dest", "document");
        let started = Instant::now();
        let answer = request.header("sec-fetch-site", "same-origin").send_form(form.fields.clone());
        self.take("POST", &url, started, answer)
    }

    /// Posts a form to a place as some server would: no page, no cookies.
    pub(super) fn tell(url: &str, fields: &[(&str, &str)]) -> Result<Page, Stop> {
        let mut nobody = Self::new();
        let started = Instant::now();
        let answer = nobody.agent.post(url).send_form(fields.iter().copied());
        nobody.take("POST", url, started, answer)
    }

    fn jar(&self, url: &str) -> String {
        let host = host(url);
        let ours = self.cookies.iter().filter(|((known, _), _)| *known == host);
        ours.map(|((_, name), value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn take(
        &mut self,
        method: &'static str,
        url: &str,
        started: Instant,
        answer: Result<Response<ureq::Body>, ureq::Error>,
    ) -> Result<Page, Stop> {
        let failed = |why: ureq::Error| {
            Stop::Failed(format!("{method} {}: {why}", url.split('?').next().unwrap_or(url)))
        };
        let mut answer = answer.map_err(failed)?;
        let body = answer.body_mut().read_to_string().map_err(failed)?;
        let took = started.elapsed();
        let header =
            |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let mut new_cookies = Vec::new();
        for line in answer.headers().get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()) {
            let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
            let Some((name, value)) = pair.split_once('=') else { continue };
            let key = (host(url), name.trim().to_owned());
            let gone = attributes.to_ascii_lowercase().split(';').any(|part| part.trim() == "max-age=0");
            if gone || value.is_empty() {
                self.cookies.remove(&key);
            } else {
                new_cookies.push(name.trim().to_owned());
                self.cookies.insert(key, value.trim().to_owned());
            }
        }
        let (status, location) = (answer.status().as_u16(), header("location"));
        Ok(Page { method, url: url.to_owned(), status, location, new_cookies, body, took })
    }
}

fn origin(url: &str) -> String {
    url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/")
}

fn host(url: &str) -> String {
    let authority = origin(url);
    let authority = authority.rsplit('/').next().unwrap_or_default();
    authority.rsplit_once(':').map_or(authority, |(host, _)| host).to_owned()
}

fn absolute(base: &str, reference: &str) -> String {
    if reference.starts_with('/') { format!("{}{reference}", origin(base)) } else { reference.to_owned() }
}
