//! A person at a real browser. All that they look for they wait for, up to a deadline.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fantoccini::error::CmdError;
use fantoccini::wd::{TimeoutConfiguration, WebDriverCompatibleCommand, WindowHandle};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use url::Url;

use super::driver::Driver;
use super::habits::Habits;
use super::place::Place;

/// Longer than any page takes.
const PATIENCE: Duration = Duration::from_secs(40);

/// A cookie as the browser holds it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Held {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) domain: String,
    pub(crate) path: String,
    pub(crate) http_only: bool,
    pub(crate) secure: bool,
    pub(crate) same_site: String,
    /// From now, in seconds; `None`: until the browser is closed.
    pub(crate) expires: Option<f64>,
}

/// A tab of the browser.
pub(crate) type Tab = WindowHandle;

/// A person at a browser that nobody has used before.
pub(crate) struct Person {
    client: Client,
    runtime: Runtime,
    habits: Habits,
    driver: Driver,
}

impl Person {
    /// With an ordinary browser. `None`: there is none here, and a line says that `test` is skipped.
    pub(crate) fn new(test: &str) -> Option<Self> {
        Self::with(test, Habits::default())
    }

    pub(crate) fn with(test: &str, habits: Habits) -> Option<Self> {
        let driver = Driver::start(test)?;
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(habits.capabilities());
        let client = runtime.block_on(builder.connect(driver.url())).expect("a browser");
        let person = Self { client, runtime, habits, driver };
        let times = TimeoutConfiguration::new(Some(PATIENCE), Some(PATIENCE), Some(Duration::ZERO));
        person.run(person.client.update_timeouts(times));
        person.prefer();
        Some(person)
    }

    /// Goes to a page by typing its address.
    #[track_caller]
    pub(crate) fn open(&self, url: &str) {
        self.run(self.client.goto(url));
    }

    #[track_caller]
    pub(crate) fn reload(&self) {
        self.run(self.client.refresh());
    }

    #[track_caller]
    pub(crate) fn back(&self) {
        self.run(self.client.back());
    }

    /// Presses a button or a link that is called so.
    #[track_caller]
    pub(crate) fn press(&self, label: &str) {
        let path = format!("//*[self::a or self::button or self::summary][normalize-space()='{label}']");
        self.until(&format!("{label:?} can be pressed"), || async {
            self.client.find(Locator::XPath(&path)).await?.click().await.map(Some)
        });
    }

    /// Types a text into the field of that name.
    #[track_caller]
    pub(crate) fn type_into(&self, field: &str, text: &str) {
        let path = format!("[name='{field}']");
        self.until(&format!("there is a field {field:?}"), || async {
            let field = self.client.find(Locator::Css(&path)).await?;
            field.clear().await?;
            field.send_keys(text).await.map(Some)
        });
    }

    /// Presses keys, wherever the focus is.
    #[track_caller]
    pub(crate) fn keys(&self, keys: &str) {
        self.run(async { self.client.active_element().await?.send_keys(keys).await });
    }

    /// Where the browser is.
    #[track_caller]
    pub(crate) fn url(&self) -> Url {
        self.run(self.client.current_url())
    }

    /// Waits until the browser is at this URL.
    #[track_caller]
    pub(crate) fn is_at(&self, url: &str) {
        self.until(&format!("the browser is at {url}"), || async {
            Ok((self.client.current_url().await?.as_str() == url).then_some(()))
        });
    }

    /// Waits until the browser is at a URL that begins so.
    #[track_caller]
    pub(crate) fn is_below(&self, beginning: &str) {
        self.until(&format!("the browser is at {beginning}"), || async {
            Ok(self.client.current_url().await?.as_str().starts_with(beginning).then_some(()))
        });
    }

    /// Waits until the browser is at one of the provider's pages.
    #[track_caller]
    pub(crate) fn is_at_provider(&self, place: &Place) {
        self.is_below(&place.site.provider.issuer());
    }

    /// Waits until the page's heading is this.
    #[track_caller]
    pub(crate) fn reads(&self, heading: &str) {
        self.until(&format!("the page is headed {heading:?}"), || async {
            let found = self.client.find(Locator::Css("h1")).await?.text().await?;
            Ok((found == heading).then_some(()))
        });
    }

    /// Waits until the page says this.
    #[track_caller]
    pub(crate) fn shows(&self, text: &str) {
        self.until(&format!("the page says {text:?}"), || async {
            let found = self.client.find(Locator::Css("body")).await?.text().await?;
            Ok(found.contains(text).then_some(()))
        });
    }

    /// Waits until the page does not say this.
    #[track_caller]
    pub(crate) fn lacks(&self, text: &str) {
        self.until(&format!("the page does not say {text:?}"), || async {
            let found = self.client.find(Locator::Css("body")).await?.text().await?;
            Ok((!found.contains(text)).then_some(()))
        });
    }

    /// Waits until the browser is at no URL that begins so.
    #[track_caller]
    pub(crate) fn leaves(&self, beginning: &str) {
        self.until(&format!("the browser leaves {beginning}"), || async {
            Ok((!self.client.current_url().await?.as_str().starts_with(beginning)).then_some(()))
        });
    }

    /// Goes to a page again and again until that leads to a URL that begins so.
    #[track_caller]
    pub(crate) fn keeps_opening(&self, url: &str, beginning: &str) {
        self.until(&format!("{url} leads to {beginning}"), || async {
            self.client.goto(url).await?;
            Ok(self.client.current_url().await?.as_str().starts_with(beginning).then_some(()))
        });
    }

    /// What the page says.
    #[track_caller]
    pub(crate) fn text(&self) -> String {
        self.until("a page", || async {
            self.client.find(Locator::Css("body")).await?.text().await.map(Some)
        })
    }

    /// What an expression evaluates to in the page, also where pages may run no scripts.
    #[track_caller]
    pub(crate) fn evaluate(&self, expression: &str) -> Value {
        let answer =
            self.devtools("Runtime.evaluate", json!({"expression": expression, "returnByValue": true}));
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"].get("value").cloned().unwrap_or_default()
    }

    /// Waits until the page's title is this.
    #[track_caller]
    pub(crate) fn is_titled(&self, title: &str) {
        self.until(&format!("the title is {title:?}"), || async {
            Ok((self.client.title().await? == title).then_some(()))
        });
    }

    #[track_caller]
    pub(crate) fn tab(&self) -> Tab {
        self.run(self.client.window())
    }

    /// Opens a new tab and looks at it.
    #[track_caller]
    pub(crate) fn new_tab(&self) -> Tab {
        let tab = self.run(self.client.new_window(true)).handle;
        self.look_at(&tab);
        self.prefer();
        tab
    }

    #[track_caller]
    pub(crate) fn look_at(&self, tab: &Tab) {
        self.run(self.client.switch_to_window(tab.clone()));
    }

    /// The cookies of all sites.
    #[track_caller]
    pub(crate) fn cookies(&self) -> Vec<Held> {
        let answer = self.devtools("Storage.getCookies", json!({}));
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
        let text = |cookie: &Value, name: &str| cookie[name].as_str().unwrap_or_default().to_owned();
        let cookies = answer["cookies"].as_array().unwrap();
        cookies
            .iter()
            .map(|cookie| Held {
                name: text(cookie, "name"),
                value: text(cookie, "value"),
                domain: text(cookie, "domain"),
                path: text(cookie, "path"),
                http_only: cookie["httpOnly"] == true,
                secure: cookie["secure"] == true,
                same_site: text(cookie, "sameSite"),
                expires: cookie["expires"]
                    .as_f64()
                    .filter(|_| cookie["session"] == false)
                    .map(|time| time - now),
            })
            .collect()
    }

    /// One cookie.
    #[track_caller]
    pub(crate) fn cookie(&self, name: &str) -> Option<Held> {
        self.cookies().into_iter().find(|cookie| cookie.name == name)
    }

    /// Deletes a cookie, as people do who clear them.
    #[track_caller]
    pub(crate) fn forget(&self, cookie: &Held) {
        let which = json!({"name": cookie.name, "domain": cookie.domain, "path": cookie.path});
        self.devtools("Network.deleteCookies", which);
        assert_eq!(self.cookie(&cookie.name), None);
    }

    /// Holds a cookie of an application from now on.
    #[track_caller]
    pub(crate) fn hold(&self, name: &str, value: &str, origin: &str) {
        let cookie = json!({"name": name, "value": value, "url": origin, "path": "/", "httpOnly": true});
        self.devtools("Network.setCookie", cookie);
    }

    /// Clears all cookies.
    #[track_caller]
    pub(crate) fn forgets_everything(&self) {
        self.devtools("Storage.clearCookies", json!({}));
    }

    /// What the browser complained about since it was last asked: blocked by a policy, an error of a script, a deprecation.
    /// That a page came with a status of 400 or more is none of these.
    #[track_caller]
    pub(crate) fn complaints(&self) -> Vec<String> {
        let log = self.vendor("se/log", json!({"type": "browser"}));
        let entries = log.as_array().unwrap();
        let texts = entries.iter().map(|entry| entry["message"].as_str().unwrap().to_owned());
        texts.filter(|text| !text.contains("the server responded with a status of ")).collect()
    }

    /// A picture of what is on the screen.
    #[track_caller]
    pub(crate) fn picture(&self) -> Vec<u8> {
        let answer = self.devtools("Page.captureScreenshot", json!({"format": "png"}));
        STANDARD.decode(answer["data"].as_str().unwrap()).unwrap()
    }

    /// Says something to the browser in its own language (the DevTools protocol).
    #[track_caller]
    pub(crate) fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.vendor("goog/cdp/execute", json!({"cmd": command, "params": parameters}))
    }

    #[track_caller]
    fn vendor(&self, path: &'static str, body: Value) -> Value {
        self.run(self.client.issue_cmd(Vendor { path, body: body.to_string() }))
    }

    /// What people set in their system counts in each tab.
    fn prefer(&self) {
        let scheme = if self.habits.dark { "dark" } else { "light" };
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.devtools("Emulation.setEmulatedMedia", json!({"features": features}));
    }

    #[track_caller]
    fn run<T: Debug>(&self, what: impl Future<Output = Result<T, CmdError>>) -> T {
        match self.within(PATIENCE, what) {
            Some(Ok(value)) => value,
            failed => panic!("the browser says {failed:?}"),
        }
    }

    /// `None`: the browser has said nothing for so long.
    fn within<T>(&self, time: Duration, what: impl Future<Output = T>) -> Option<T> {
        self.runtime.block_on(async { tokio::time::timeout(time, what).await.ok() })
    }

    /// Looks again and again. What the browser refuses while a page is under way, it is asked again.
    #[track_caller]
    fn until<T: Debug, F: Future<Output = Result<Option<T>, CmdError>>>(
        &self,
        what: &str,
        mut look: impl FnMut() -> F,
    ) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let seen = match self.within(PATIENCE, look()) {
                Some(Ok(Some(found))) => return found,
                seen => seen,
            };
            if Instant::now() >= deadline {
                let url = self.within(PATIENCE, self.client.current_url());
                let text = self
                    .within(PATIENCE, async { self.client.find(Locator::Css("body")).await?.text().await });
                panic!("waited in vain: {what}: {seen:?}\nat {url:?}\nwhich says {text:?}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        drop(self.within(PATIENCE, self.client.clone().close()));
    }
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Person")
            .field("habits", &self.habits)
            .field("driver", &self.driver)
            .finish_non_exhaustive()
    }
}

/// A command that chromedriver has beside those of WebDriver.
#[derive(Debug)]
struct Vendor {
    path: &'static str,
    body: String,
}

impl WebDriverCompatibleCommand for Vendor {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.clone()))
    }
}
