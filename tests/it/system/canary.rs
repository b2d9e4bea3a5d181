//! No secret in anything that a whole life of a login leaves behind, at the finest level of logging.

use std::fs;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gatepass_testkit::Provider;
use gatepass_testkit::provider::{Endpoint, Fault, Gate, Mode, Rewrite};

use super::browser::{Browser, Page, parameter};
use super::command_line::Desk;
use super::process::{PATIENCE, Process, until};
use super::secrets::{Haystack, Secret};
use super::site::{App, CLIENT_SECRET, STORE_KEY, Site};

/// What a provider, or somebody who plays one, may say of an error.
const PLANTED: &str = "planted description of an attacker <b>";

/// A run whose traces are searched at its end.
struct Run {
    site: Site,
    browser: Browser,
    /// Of the database's files, at every step: what is overwritten later was on the disk all the same.
    files: Vec<(String, Vec<u8>)>,
    states: Vec<String>,
}

impl Run {
    fn new(site: Site) -> Self {
        Self { site, browser: Browser::new(), files: Vec::new(), states: Vec::new() }
    }

    /// The state of a login that has begun is part of an address that only the browser has.
    fn begins(&mut self, callback: &str) {
        self.states.push(parameter(callback, "state"));
    }

    fn keep_files(&mut self) {
        for entry in fs::read_dir(self.site.folder.path()).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            // It may be gone by now.
            if let Ok(bytes) = fs::read(&path) {
                self.files.push((name, bytes));
            }
        }
    }

    /// What the files show.
    fn in_files(&self, secrets: &[Secret], database: &str) -> Vec<(&str, Vec<String>)> {
        let searched: Vec<(&str, Haystack)> =
            self.files.iter().map(|(name, bytes)| (&**name, Haystack::new(bytes))).collect();
        assert!(searched.iter().any(|(_, text)| text.shows("CREATE TABLE")), "no tables");
        for kept in ["", "-wal", "-shm"] {
            let kept = format!("{database}{kept}");
            assert!(searched.iter().any(|(name, _)| *name == kept), "{kept} was not searched");
        }
        searched.into_iter().map(|(name, text)| (name, text.reveals(secrets, &[]))).collect()
    }

    /// Everything that must not turn up.
    fn secrets(&self) -> Vec<Secret> {
        let provider = &self.site.provider;
        let mut secrets = vec![
            Secret::new("the client's secret", CLIENT_SECRET.as_bytes()),
            Secret::new("the key in base64", STORE_KEY.as_bytes()),
            Secret::new("the key", &STANDARD.decode(STORE_KEY).unwrap()),
            Secret::new("a planted description", PLANTED.as_bytes()),
        ];
        let basic = STANDARD.encode(format!(
            "app:{}",
            url::form_urlencoded::byte_serialize(CLIENT_SECRET.as_bytes()).collect::<String>()
        ));
        secrets.push(Secret::new("the client's credentials", basic.as_bytes()));
        let issued = provider.issued();
        secrets.extend(issued.iter().map(|value| Secret::new(&value[..9], value.as_bytes())));
        for state in &self.states {
            secrets.extend(Secret::of_base64url("a state", state));
        }
        for request in provider.token_requests("authorization_code") {
            let verifier = request.request.form_value("code_verifier").unwrap();
            secrets.extend(Secret::of_base64url("a verifier", &verifier));
        }
        // What has just been done for a browser is no secret: a word that is the same for everybody.
        let values = self.browser.cookie_values().into_iter();
        for value in values.filter(|value| *value != "begun-anew" && *value != "renewed") {
            // The provider's own is not base64.
            match value.starts_with("gp_session_") {
                true => secrets.push(Secret::new("a cookie of the provider", value.as_bytes())),
                false => secrets.extend(Secret::of_base64url("a cookie", &value)),
            }
        }
        secrets
    }
}

/// Holds the next such request until the test knows what it carries, and answers it with an error that repeats all of it.
fn echo_next(provider: &Provider, grant_type: &'static str, ask: impl FnOnce() -> Page + Send) -> Page {
    let gate = Gate::new();
    provider.inject(Fault::before(Endpoint::Token).hold(&gate).when_grant_type(grant_type));
    std::thread::scope(|scope| {
        let asked = scope.spawn(ask);
        assert!(gate.wait_for(1, PATIENCE), "no {grant_type} request came");
        let request = provider.token_requests(grant_type).pop().unwrap().request;
        let form = String::from_utf8_lossy(&request.body).into_owned();
        let said = format!("{form}\n{:?}\n{PLANTED}", request.headers);
        let echo = Rewrite::new()
            .status(500)
            .body(said)
            .header("x-echo", &form)
            .header("content-type", "text/plain");
        provider.inject(Fault::after(Endpoint::Token).rewrite(echo).when_grant_type(grant_type));
        gate.open();
        asked.join().unwrap()
    })
}

/// Logs in at the provider's own pages, as far as the way back.
fn walk_pages(run: &Run, app: &App) -> String {
    let provider = &run.site.provider;
    let to_provider = run.browser.open(&app.at("/login?return_to=/profile")).is(303).target();
    let mut page = run.browser.open(&to_provider);
    for _ in 0..6 {
        if page.status == 303 {
            let target = page.target();
            if !target.starts_with(&provider.issuer()) {
                return target;
            }
            page = run.browser.open(&target);
            continue;
        }
        let hidden = |name: &str| {
            let rest = page.body.split_once(&format!("name=\"{name}\""))?.1;
            Some(rest.split_once("value=\"")?.1.split_once('"')?.0.to_owned())
        };
        let action =
            page.body.split_once("action=\"").unwrap().1.split_once('"').unwrap().0.replace("&amp;", "&");
        let action = url::Url::parse(&page.url).unwrap().join(&action).unwrap();
        let mut form = Vec::new();
        for field in page.body.split("<input").skip(1).filter(|field| field.contains("type=\"hidden\"")) {
            let name = field.split_once("name=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
            form.push((name.clone(), hidden(&name).unwrap_or_default()));
        }
        for field in page.body.split("<input").skip(1).filter(|field| field.contains("type=\"checkbox\"")) {
            let value = |name: &str| Some(field.split_once(name)?.1.split_once('"')?.0.to_owned());
            form.push((value("name=\"").unwrap(), value("value=\"").unwrap_or_default()));
        }
        if page.body.contains("name=\"password\"") {
            form.extend(
                [("username", "alice"), ("password", "alice"), ("decision", "login")]
                    .map(|(name, value)| (name.to_owned(), value.to_owned())),
            );
        } else {
            form.push(("decision".to_owned(), "allow".to_owned()));
        }
        let form: Vec<(&str, &str)> =
            form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        page = run.browser.post(action.as_str(), &form);
    }
    panic!("the provider's pages do not end: {}", page.body);
}

#[test]
fn c_60_no_secret_of_a_whole_life_is_logged_shown_or_stored_in_the_clear() {
    let provider = Provider::builder().mode(Mode::Pages).access_token_lifetime(Duration::from_secs(1));
    let site = Site::with(provider).variable("RUST_LOG", "trace");
    let mut app = site.start();
    let mut run = Run::new(site);
    let browser = run.browser.clone();

    // Login, consent, callback, API call.
    let callback = walk_pages(&run, &app);
    run.begins(&callback);
    run.keep_files();
    app.arrive(&browser, &callback).is(303);
    assert!(browser.open(&app.at("/profile")).is(200).body.contains("alice"));
    run.keep_files();

    // Its token lasted a second: a refresh, which rotates.
    run.site.provider.set_access_token_lifetime(Duration::from_secs(3600));
    until("a refresh", || {
        app.profile(&browser).is(200);
        (run.site.provider.stats().refreshes == 1).then_some(())
    });
    run.keep_files();

    // The API says 401.
    run.site.provider.expire_access_tokens();
    app.profile(&browser).is(200);
    assert_eq!(run.site.provider.stats().refreshes, 2);

    // Forged, repeated and stolen callbacks, in this browser and in another one.
    let mallory = Browser::new();
    let forged = format!("/callback?code={}&state={}", parameter(&callback, "code"), "f".repeat(43));
    // Whoever is logged in goes on, anybody else begins a login of their own, once.
    assert_eq!(browser.open(&app.at(&forged)).is(303).target(), app.at("/"));
    assert!(mallory.open(&app.at(&forged)).is(303).target().starts_with(&app.at("/login/")));
    mallory.open(&app.here(&callback)).is(400);
    app.arrive(&browser, &callback).is(303);
    let doubled = format!("{}&code=second", app.here(&callback));
    browser.open(&doubled).is(400);

    // An error, with words that somebody planted.
    let to_provider = browser.open(&app.at("/login")).is(303).target();
    let state = parameter(&to_provider, "state");
    let words = url::form_urlencoded::byte_serialize(PLANTED.as_bytes()).collect::<String>();
    let iss = url::form_urlencoded::byte_serialize(run.site.provider.issuer().as_bytes()).collect::<String>();
    let error = format!("/callback?error=server_error&error_description={words}&state={state}&iss={iss}");
    run.states.push(state);
    browser.open(&app.at(&error)).is(502);
    mallory.open(&app.at(&error)).is(400);

    // The provider fails at the exchange and repeats all that it was sent.
    run.site.provider.set_mode(Mode::Auto);
    let callback = run.site.go_and_come_back(&browser, &app);
    run.begins(&callback);
    echo_next(&run.site.provider, "authorization_code", || app.arrive(&browser, &callback)).is(502);
    run.keep_files();

    // The same at a refresh. What became of it is unknown, so the person has to come again.
    run.site.provider.expire_access_tokens();
    echo_next(&run.site.provider, "refresh_token", || app.profile(&browser)).is(401);
    run.keep_files();
    let callback = run.site.go_and_come_back(&browser, &app);
    run.begins(&callback);
    app.arrive(&browser, &callback).is(303);
    app.profile(&browser).is(200);

    // Logout, with revocation.
    let before = run.site.provider.stats().revocations;
    browser.post(&app.at("/logout"), &[]).is(303);
    until("a revocation", || (run.site.provider.stats().revocations > before).then_some(()));
    app.profile(&browser).is(401);
    run.keep_files();
    app.stop();
    run.keep_files();

    let secrets = run.secrets();
    let said = app.process.said() + &app.process.printed();
    let output = Haystack::new(said.as_bytes());
    // SQLx is told to say nothing of statements, and has nothing else to say.
    for source in ["gatepass_axum", "reqwest::connect", "hyper_util::client", "logged in"] {
        assert!(output.shows(source), "{source} said nothing: the run was not logged at the finest level");
    }
    assert!(!output.shows("panicked"), "{said}");
    let mut found = vec![("the output", output.reveals(&secrets, &[]))];
    found.extend(run.in_files(&secrets, "app.db"));
    let pages: Vec<Page> = browser.pages().into_iter().chain(mallory.pages()).collect();
    let pages: Vec<Page> = pages.into_iter().filter(|page| page.url.starts_with(&app.url)).collect();
    assert!(pages.len() > 20);
    let to_provider = run.site.provider.authorization_endpoint();
    for page in &pages {
        if page.url.starts_with(&app.at("/callback")) {
            assert_eq!(page.headers["referrer-policy"], "no-referrer", "{}", page.status);
        }
        found.push(("a page", Haystack::new(page.body.as_bytes()).reveals(&secrets, &[])));
        for (name, value) in &page.headers {
            // What the protocol puts there: a cookie in its own header, the state in the way to the provider.
            let text = value.to_str().unwrap();
            let at_home: &[&str] = match name.as_str() {
                "set-cookie" => &["a cookie"],
                "location" if text.starts_with(&to_provider) => &["a state"],
                _ => &[],
            };
            found.push(("a header", Haystack::new(text.as_bytes()).reveals(&secrets, at_home)));
        }
    }
    found.retain(|(_, secrets)| !secrets.is_empty());
    assert!(found.is_empty(), "{found:#?}");
    println!(
        "searched {} secrets in {} KiB of output, {} files and {} pages",
        secrets.len(),
        said.len() / 1024,
        run.files.len(),
        pages.len()
    );
}

#[test]
fn c_105_no_secret_of_a_command_line_program_is_logged_printed_or_stored_in_the_clear() {
    let site = Site::new();
    let mut run = Run::new(site);
    let desk = Desk::new(&run.site);
    let start = |run: &Run, arguments: &[&str]| {
        let mut command = desk.program(&run.site);
        command
            .env("STORE_KEY", STORE_KEY)
            .env("RUST_LOG", "trace,ureq=debug,ureq_proto=debug")
            .args(arguments);
        Process::start(command)
    };
    let mut said = String::new();
    let mut pages: Vec<Page> = Vec::new();

    // The person says yes, after somebody else has tried the port.
    let mut program = start(&run, &[]);
    let url = desk.sent();
    let callback = run.browser.open(&url).is(303).target();
    run.begins(&callback);
    let forged = callback.replace(&parameter(&callback, "state"), &"f".repeat(43));
    pages.push(Browser::new().open(&forged));
    run.keep_files();
    pages.push(run.browser.open(&callback).is(200));
    assert_eq!(program.end(), Some(0), "{}", program.said());
    said += &(program.said() + &program.printed());
    run.keep_files();

    // A refresh, after which the program has what it needs.
    run.site.provider.expire_access_tokens();
    let mut program = start(&run, &[]);
    assert_eq!(program.end(), Some(0), "{}", program.said());
    assert_eq!(run.site.provider.stats().refreshes, 1);
    said += &(program.said() + &program.printed());
    run.keep_files();

    // Logout, and a login that the provider answers with all that it was sent.
    let mut program = start(&run, &["--logout"]);
    assert_eq!(program.end(), Some(0), "{}", program.said());
    assert!(run.site.provider.stats().revocations > 0);
    said += &(program.said() + &program.printed());
    let mut program = start(&run, &[]);
    let url = desk.sent();
    let callback = run.browser.open(&url).is(303).target();
    run.begins(&callback);
    pages.push(echo_next(&run.site.provider, "authorization_code", || {
        // Its page may wait for the exchange, and then it does not come.
        run.browser.try_open(&callback).unwrap_or_else(|_| run.browser.pages().pop().unwrap())
    }));
    assert_eq!(program.end(), Some(1), "{}", program.said());
    said += &(program.said() + &program.printed());
    run.keep_files();

    run.files.retain(|(name, _)| !name.starts_with("browser"));
    let secrets = run.secrets();
    let output = Haystack::new(said.as_bytes());
    for source in ["gatepass", "ureq::", "ureq_proto::"] {
        assert!(
            output.shows(source),
            "{source} said nothing: the run was not logged at the finest level: {said}"
        );
    }
    assert!(!output.shows("panicked"), "{said}");
    let mut found = vec![("the output", output.reveals(&secrets, &[]))];
    found.extend(run.in_files(&secrets, "cli.db"));
    for page in &pages {
        let headers = format!("{:?}", page.headers);
        found.push(("a page", Haystack::new(page.body.as_bytes()).reveals(&secrets, &[])));
        found.push(("a header", Haystack::new(headers.as_bytes()).reveals(&secrets, &[])));
    }
    found.retain(|(_, secrets)| !secrets.is_empty());
    assert!(found.is_empty(), "{found:#?}");
    println!(
        "searched {} secrets in {} KiB of output and {} files",
        secrets.len(),
        said.len() / 1024,
        run.files.len()
    );
}
