//! The scenes of the web application.

use std::time::Duration;

use super::app::WebApp;
use super::browser::{Browser, Page};
use super::form::Form;
use super::process::TempFolder;
use super::provider::Provider;
use super::script::Script;
use super::sign_in;
use crate::verb::Stop;

/// Plays all scenes.
pub(super) fn play(script: &mut Script, provider: &Provider, folder: &TempFolder) -> Result<(), Stop> {
    let mut app = WebApp::start(provider, folder)?;
    let mut alice = Browser::new();
    script.note(&format!("the provider is {}, the application {}", provider.issuer(), app.url));

    script.scene("A person who is not logged in");
    let page = alice.fetch(&app.at("/profile"))?;
    script.page(&page);
    script.check(page.status == 401, "a script without a session gets 401, not a redirect");
    let page = alice.open(&app.at("/"))?;
    script.page(&page);
    script.check(page.status == 200, "the front page is for everybody");

    let callback = log_in(script, provider, &app, &mut alice)?;

    script.scene("The program calls the API as that person");
    let profile = alice.fetch(&app.at("/profile"))?;
    script.page(&profile);
    script.check(profile.status == 200 && profile.body.contains("alice"), "the API answers as alice");
    script.note(profile.body.trim());
    let page = alice.open(&app.at("/profile"))?;
    script.page(&page);
    script.check(page.status == 200 && page.body.contains("alice"), "a browser gets the same as a page");

    expiry(script, provider, &app, &mut alice)?;
    crowd(script, provider, &app, &alice)?;
    forgeries(script, provider, &app, &mut alice, &callback)?;
    log_out(script, provider, &app, &mut alice)?;

    script.scene("The application is told to end");
    script.check(app.process.end(), "it finishes what it is doing and ends with code 0");
    Ok(())
}

fn log_in(
    script: &mut Script,
    provider: &Provider,
    app: &WebApp,
    alice: &mut Browser,
) -> Result<String, Stop> {
    script.scene("Log in, consent, come back");
    let page = alice.open(&app.at("/login"))?;
    script.page(&page);
    let sent = page.target()?;
    script.check(
        page.status == 303 && sent.starts_with(provider.issuer()),
        "/login sends the person to the provider",
    );
    for part in
        ["response_type=code", "state=", "code_challenge=", "code_challenge_method=S256", "redirect_uri="]
    {
        script.check(sent.contains(part), &format!("the authorization request carries {part}"));
    }

    let page = walk_pages(script, alice, &sent, "alice")?;
    let callback = page.target()?;
    script.check(callback.starts_with(&app.at("/callback")), "the provider sends the person back");

    let page = alice.open(&callback)?;
    script.page(&page);
    script.check(page.status == 303, "the callback redirects at once");
    script.check(!page.new_cookies.is_empty(), "a session begins");
    script.check(provider.count("exchanges")? == 1, "the code was exchanged once");
    let page = alice.open(&page.target()?)?;
    script.page(&page);
    script.check(page.status == 200, "the person is where they wanted to be");
    Ok(callback)
}

/// Logs in at the provider's pages and consents; ends with the redirect back.
pub(super) fn walk_pages(
    script: &mut Script,
    browser: &mut Browser,
    url: &str,
    who: &str,
) -> Result<Page, Stop> {
    let mut page = browser.open(url)?;
    script.page(&page);
    for _ in 0..6 {
        if page.status == 303 || page.status == 302 {
            let target = page.target()?;
            if !target.starts_with(&url[..url.find("/authorize").unwrap_or(url.len())]) {
                return Ok(page);
            }
            page = browser.open(&target)?;
            script.page(&page);
            continue;
        }
        let form = Form::first(&page.body).ok_or_else(|| Stop::Failed(format!("no form at {}", page.url)))?;
        let form = if page.body.contains("name=\"password\"") {
            form.with("username", who).with("password", who).with("decision", "login")
        } else {
            form.with("decision", "allow")
        };
        page = browser.submit(&page, &form)?;
        script.page(&page);
    }
    Err(Stop::Failed("the provider's pages do not end".into()))
}

fn expiry(script: &mut Script, provider: &Provider, app: &WebApp, alice: &mut Browser) -> Result<(), Stop> {
    script.scene("The access token expires, the login does not");
    let before = provider.count("refreshes")?;
    wait_for_expiry(script);
    let page = alice.fetch(&app.at("/profile"))?;
    script.page(&page);
    script.check(page.status == 200 && page.body.contains("alice"), "the API answers as alice");
    script.check(
        provider.count("refreshes")? == before + 1,
        "one refresh was made, and the refresh token rotated",
    );
    Ok(())
}

fn crowd(script: &mut Script, provider: &Provider, app: &WebApp, alice: &Browser) -> Result<(), Stop> {
    script.scene("Thirty-two requests at once on an expired token");
    let before = provider.count("refreshes")?;
    wait_for_expiry(script);
    let url = app.at("/profile");
    let answers: Vec<_> = std::thread::scope(|scope| {
        let ask = || {
            let (mut tab, url) = (alice.clone(), url.clone());
            scope.spawn(move || tab.fetch(&url).map(|page| page.status))
        };
        let asked: Vec<_> = (0..32).map(|_| ask()).collect();
        asked
            .into_iter()
            .map(|tab| tab.join().unwrap_or_else(|_| Err(Stop::Failed("a tab died".into()))))
            .collect()
    });
    let good = answers.iter().filter(|answer| matches!(answer, Ok(200))).count();
    script.note(&format!("{good} of 32 answered 200"));
    script.check(good == 32, "none failed");
    let refreshes = provider.count("refreshes")? - before;
    script.check(refreshes == 1, &format!("one refresh was made for all of them (seen: {refreshes})"));
    script.check(provider.count("families_revoked")? == 0, "the provider saw no refresh token twice");
    Ok(())
}

fn forgeries(
    script: &mut Script,
    provider: &Provider,
    app: &WebApp,
    alice: &mut Browser,
    callback: &str,
) -> Result<(), Stop> {
    script.scene("A forged callback");
    let before = provider.token_requests()?;
    let mut mallory = Browser::new();
    for (who, browser) in [("another browser", &mut mallory), ("alice's browser", &mut *alice)] {
        let page = browser
            .open(&app.at("/callback?code=stolen&state=forged-state-of-some-length-0123456789abcdef"))?;
        script.page(&page);
        // Whoever comes with a state that is not known begins anew, or goes on where they are logged in.
        let leads = page.location.as_deref().unwrap_or_default();
        let nowhere = page.status == 303 && (leads == "/" || leads.starts_with("/login"));
        script.check(nowhere, &format!("a forged state leads nowhere but to the start, in {who}"));
    }
    let page = mallory.fetch(&app.at("/profile"))?;
    script.page(&page);
    script.check(page.status == 401, "and nobody is logged in by it");

    script.scene("The callback once more");
    let page = alice.open(callback)?;
    script.page(&page);
    script.check(page.status == 303, "within a minute the same browser is sent where it was sent before");
    let page = mallory.open(callback)?;
    script.page(&page);
    script.check(page.status == 400, "another browser is refused");
    script.check(provider.token_requests()? == before, "the provider heard nothing of all this");
    let page = alice.fetch(&app.at("/profile"))?;
    script.page(&page);
    script.check(page.status == 200, "alice is still logged in");
    Ok(())
}

fn log_out(script: &mut Script, provider: &Provider, app: &WebApp, alice: &mut Browser) -> Result<(), Stop> {
    script.scene("Log out");
    let front = alice.open(&app.at("/"))?;
    script.page(&front);
    let form =
        Form::first(&front.body).ok_or_else(|| Stop::Failed("the front page has no logout form".into()))?;
    let page = alice.submit(&front, &form)?;
    script.page(&page);
    script.check(page.status == 303, "logout redirects");
    let page = alice.fetch(&app.at("/profile"))?;
    script.page(&page);
    script.check(page.status == 401, "the session is gone");
    let deadline = std::time::Instant::now() + Duration::from_secs(5);
    while provider.count("revocations")? == 0 && std::time::Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    script.check(provider.count("revocations")? > 0, "the tokens are revoked at the provider");
    Ok(())
}

/// The provider's access tokens live four seconds in the demo.
fn wait_for_expiry(script: &mut Script) {
    script.note("waiting for the access token to expire (4 s)");
    std::thread::sleep(Duration::from_millis(4_100));
}

/// Leaves provider and application running for a person.
pub(super) fn serve(folder: &TempFolder) -> Result<(), Stop> {
    let (provider, app) = sign_in::start(folder, &["--access-token-lifetime", "60"])?;
    println!("\nOpen {} in a browser. Log in as alice (password alice) or bob (password bob).", app.url);
    println!("The provider is {}; access tokens live one minute. Ctrl-C ends both.", provider.issuer());
    loop {
        std::thread::park();
    }
}
