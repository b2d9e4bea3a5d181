//! The command-line program: many runs of it at once, with one grant among them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use gatepass_testkit::provider::{Endpoint, Fault, Gate};

use super::browser::Browser;
use super::process::{Process, until};
use super::site::Site;

/// Where a person works: a browser that only writes down where it is sent.
pub(crate) struct Desk {
    browser: PathBuf,
}

impl Desk {
    pub(crate) fn new(site: &Site) -> Self {
        Self::at(site.folder.path())
    }

    /// The same, in any folder.
    pub(crate) fn at(folder: &Path) -> Self {
        let browser = folder.join("browser");
        let script = "#!/bin/sh\nprintf %s \"$1\" >\"$0.new\"\nmv \"$0.new\" \"$0.sent\"\n";
        fs::write(&browser, script).unwrap();
        fs::set_permissions(&browser, fs::Permissions::from_mode(0o700)).unwrap();
        Self { browser }
    }

    /// The browser, for `BROWSER`.
    pub(crate) fn browser(&self) -> &Path {
        &self.browser
    }

    /// The program, ready to run.
    pub(crate) fn program(&self, site: &Site) -> Command {
        let mut command = site.program("cli");
        command
            .env("CLIENT_ID", "cli")
            .env("ISSUER", site.provider.issuer())
            .env("STORE", format!("sqlite:{}", site.folder.path().join("cli.db").display()))
            .env("BROWSER", &self.browser);
        command
    }

    /// Where the browser was sent, once.
    pub(crate) fn sent(&self) -> String {
        let file = self.browser.with_extension("sent");
        let url = until("a browser", || fs::read_to_string(&file).ok());
        fs::remove_file(&file).unwrap();
        url
    }
}

/// As many at once.
const RUNS: u64 = 8;

#[test]
fn c_70_many_runs_of_a_program_at_expiry_refresh_once_and_all_answer() {
    let site = Site::new();
    let desk = Desk::new(&site);
    site.provider.set_access_token_lifetime(Duration::from_secs(1));
    let mut first = Process::start(desk.program(&site));
    let browser = Browser::new();
    browser.open(&browser.open(&desk.sent()).is(303).target()).is(200);
    assert_eq!(first.end(), Some(0), "{}", first.said());
    let over = site.provider.now() + Duration::from_secs(1);
    site.provider.set_access_token_lifetime(Duration::from_secs(3600));
    until("the end of the token", || (site.provider.now() > over).then_some(()));

    let start = || -> Vec<Process> { (0..RUNS).map(|_| Process::start(desk.program(&site))).collect() };
    let all_answer = |mut runs: Vec<Process>, refreshes: u64, how: &str| {
        for run in &mut runs {
            assert_eq!(run.end(), Some(0), "{how}: {}", run.said());
            let answer: serde_json::Value = serde_json::from_str(&run.printed()).unwrap();
            assert_eq!(answer["sub"], "user-alice");
        }
        let stats = site.provider.stats();
        assert_eq!((stats.refreshes, stats.exchanges), (refreshes, 1), "{how}");
        assert_eq!((stats.reuse_detected, stats.families_revoked), (0, 0), "{how}");
    };
    all_answer(start(), 1, "its time was up");

    // The answer is held until every run has been refused by the API and wants another token.
    site.provider.expire_access_tokens();
    let gate = Gate::new();
    site.provider.inject(Fault::after(Endpoint::Token).hold(&gate).until_cleared());
    let before = site.provider.stats().api_refusals;
    let runs = start();
    until("all were refused", || {
        let refused = site.provider.stats().api_refusals - before;
        (refused == RUNS && gate.arrivals() > 0).then_some(())
    });
    gate.open();
    all_answer(runs, 2, "the API refused it");
}
