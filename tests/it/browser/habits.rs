//! How a person uses their browser, and what chromedriver is told of it.

use fantoccini::wd::Capabilities;
use serde_json::{Value, json};

use super::driver::chromium;

/// How a person uses their browser.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Habits {
    /// A narrow screen that is touched: 320 CSS pixels, the width at which nothing may need scrolling sideways
    /// (WCAG 1.4.10).
    pub(crate) phone: bool,
    /// Prefers dark pages.
    pub(crate) dark: bool,
    /// Lets no page run scripts.
    pub(crate) no_scripts: bool,
    /// Keeps no cookies of the application.
    pub(crate) no_cookies: bool,
    /// Does not wait until a page is there before the next step.
    pub(crate) impatient: bool,
}

impl Habits {
    /// What chromedriver is asked for.
    pub(crate) fn capabilities(self) -> Capabilities {
        let mut chrome = json!({
            "binary": chromium().unwrap(),
            "args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage",
                "--no-first-run", "--no-default-browser-check", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--no-proxy-server", "--window-size=1280,800",
                "--lang=en",
            ],
        });
        if self.phone {
            let metrics =
                json!({"width": 320, "height": 640, "pixelRatio": 2, "touch": true, "mobile": true});
            chrome["mobileEmulation"] = json!({"deviceMetrics": metrics});
        }
        if self.no_cookies {
            let blocked = json!({"[*.]localhost,*": {"setting": 2}});
            chrome["prefs"] = json!({"profile.content_settings.exceptions.cookies": blocked});
        }
        if self.no_scripts {
            chrome["prefs"] = json!({"profile.managed_default_content_settings.javascript": 2});
        }
        let all = json!({
            "browserName": "chrome",
            // The certificates of the tests are signed by nobody.
            "acceptInsecureCerts": true,
            "goog:chromeOptions": chrome,
            "goog:loggingPrefs": {"browser": "ALL"},
            "pageLoadStrategy": if self.impatient { "none" } else { "normal" },
        });
        match all {
            Value::Object(all) => all,
            _ => unreachable!(),
        }
    }
}
