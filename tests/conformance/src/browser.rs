//! A browser as far as these modules need one: it keeps cookies, minds `SameSite`, follows redirects and sends the forms on
//! that a script would send on.

use std::time::Duration;

use ureq::http::{HeaderMap, Request};
use url::Url;

/// Longer than any way from the start of a login to its end.
const HOPS: usize = 12;

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) url: Url,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

#[derive(Clone, Debug)]
struct Cookie {
    host: String,
    name: String,
    value: String,
    /// Whether a form of another site brings it along.
    cross_site: bool,
}

/// One person's browser.
#[derive(Debug, Default)]
pub(crate) struct Browser {
    cookies: Vec<Cookie>,
}

/// What leads to a request.
enum Cause<'a> {
    /// The person typed the address, or followed a link.
    Link,
    /// A form of a page at this address was sent.
    Form(&'a Url, &'a str),
}

impl Browser {
    /// Goes to a page, and on to wherever it leads.
    pub(crate) fn open(&mut self, url: &str) -> Page {
        let page = self.look_at(url);
        self.go_on(page)
    }

    /// Goes to a page and no further.
    pub(crate) fn look_at(&mut self, url: &str) -> Page {
        self.send(&Url::parse(url).expect("an address"), &Cause::Link)
    }

    /// Presses a button of a page: sends a form that has no fields to an address of the same site, and goes on.
    pub(crate) fn press(&mut self, page: &Url, action: &str) -> Page {
        let to = page.join(action).expect("an address");
        let page = self.send(&to, &Cause::Form(page, ""));
        self.go_on(page)
    }

    /// A script of the page asks for data.
    pub(crate) fn fetch(&mut self, url: &str) -> Page {
        let url = Url::parse(url).expect("an address");
        let headers = [
            ("accept", "application/json"),
            ("sec-fetch-mode", "cors"),
            ("sec-fetch-dest", "empty"),
            ("sec-fetch-site", "same-origin"),
        ];
        self.run(&url, "GET", &headers, None, true)
    }

    /// Follows redirects and forms that send themselves on.
    pub(crate) fn go_on(&mut self, mut page: Page) -> Page {
        for _ in 0..HOPS {
            let next = if let Some(to) = page.target() {
                self.send(&to, &Cause::Link)
            } else if let Some((action, fields)) = page.form() {
                self.send(&action, &Cause::Form(&page.url, &fields))
            } else {
                return page;
            };
            page = next;
        }
        panic!("the browser was led on and on, and is at {}", page.url.path());
    }

    fn send(&mut self, url: &Url, cause: &Cause<'_>) -> Page {
        let mut headers = vec![
            ("accept", "text/html,application/xhtml+xml"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ];
        match cause {
            Cause::Link => self.run(url, "GET", &headers, None, true),
            Cause::Form(from, fields) => {
                headers.push(("content-type", "application/x-www-form-urlencoded"));
                let site = if from.origin() == url.origin() {
                    "same-origin"
                } else if from.host() == url.host() {
                    "same-site"
                } else {
                    "cross-site"
                };
                headers.push(("sec-fetch-site", site));
                let origin = from.origin().ascii_serialization();
                headers.push(("origin", &origin));
                self.run(url, "POST", &headers, Some(fields), site != "cross-site")
            }
        }
    }

    fn run(
        &mut self,
        url: &Url,
        method: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
        same_site: bool,
    ) -> Page {
        let mut request = Request::builder().method(method).uri(url.as_str());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .filter(|cookie| Some(&*cookie.host) == url.host_str() && (same_site || cookie.cross_site))
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        let answer = match body {
            Some(body) => agent().run(request.body(body.to_owned()).expect("a request")),
            None => agent().run(request.body(()).expect("a request")),
        };
        let mut answer = answer.unwrap_or_else(|why| panic!("no answer from {}: {why}", url.path()));
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = answer.body_mut().read_to_string().expect("a page of text");
        self.keep(url, &headers);
        Page { url: url.clone(), status, headers, body }
    }

    fn keep(&mut self, url: &Url, headers: &HeaderMap) {
        let host = url.host_str().unwrap_or_default();
        for cookie in headers.get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok()) {
            let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
            let Some((name, value)) = pair.split_once('=') else { continue };
            let attributes = attributes.to_ascii_lowercase();
            self.cookies.retain(|known| known.host != host || known.name != name);
            if !attributes.contains("max-age=0") && !attributes.contains("expires=thu, 01 jan 1970") {
                self.cookies.push(Cookie {
                    host: host.to_owned(),
                    name: name.to_owned(),
                    value: value.to_owned(),
                    cross_site: attributes.contains("samesite=none"),
                });
            }
        }
    }
}

impl Page {
    /// Where a redirect leads: `Location`, or the `Refresh` of a page that goes on by itself.
    pub(crate) fn target(&self) -> Option<Url> {
        let header = |name: &str| self.headers.get(name).and_then(|value| value.to_str().ok());
        let to = match header("location") {
            Some(to) if (300..400).contains(&self.status) => to,
            _ => header("refresh")?.split_once("url=")?.1,
        };
        self.url.join(to).ok()
    }

    /// The form of a page that sends itself on: where to, and its fields.
    fn form(&self) -> Option<(Url, String)> {
        let form = self.body.split_once("<form ").filter(|_| self.body.contains(".submit()"))?.1;
        let (form, _) = form.split_once("</form>")?;
        let action = self.url.join(&attribute(form, "action")?).ok()?;
        let mut fields = url::form_urlencoded::Serializer::new(String::new());
        for input in form.split("<input ").skip(1) {
            fields.append_pair(&attribute(input, "name")?, &attribute(input, "value")?);
        }
        Some((action, fields.finish()))
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    let entities =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&#x27;", "'"), ("&amp;", "&")];
    Some(entities.iter().fold(value.to_owned(), |text, (entity, letter)| text.replace(entity, letter)))
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .proxy(None)
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(Duration::from_secs(30)))
        .build()
        .into()
}
