//! The scenes of a provider that says who logged in: OpenID Connect, by the issuer alone.

use serde_json::json;

use super::app::{WebApp, free_url};
use super::browser::{Browser, Page};
use super::process::TempFolder;
use super::provider::Provider;
use super::script::Script;
use super::web::walk_pages;
use crate::verb::Stop;

/// Plays all scenes.
pub(super) fn play(script: &mut Script, folder: &TempFolder) -> Result<(), Stop> {
    script.scene("Who logged in: the application knows nothing of its provider but the issuer");
    let (provider, app) = start(folder, &[])?;
    script.note(&format!("the provider is {}, the application {}", provider.issuer(), app.url));
    let (mut alice, mut bob) = (Browser::new(), Browser::new());
    for (browser, who) in [(&mut alice, "alice"), (&mut bob, "bob")] {
        log_in(script, &app, browser, who)?;
        let profile = profile(script, &app, browser)?;
        let sub = format!("\"sub\":\"user-{who}\"");
        script.check(profile.body.contains(&sub), &format!("the verified identity is {who}'s"));
        if who == "alice" {
            script.note(profile.body.trim());
        }
    }
    script.check(provider.count("key_fetches")? == 1, "the provider's keys were fetched once for both");

    script.scene("The provider signs with new keys");
    provider.order("rotate_keys", &json!({}))?;
    let mut carol = Browser::new();
    log_in(script, &app, &mut carol, "alice")?;
    let page = profile(script, &app, &mut carol)?;
    script.check(page.status == 200, "a login under an unseen key succeeds");
    script.check(provider.count("key_fetches")? == 2, "the keys were fetched once more");

    script.scene("Providers that lie");
    for (module, lie) in [
        ("oidcc-client-test-invalid-iss", "an ID token of another issuer"),
        ("oidcc-client-test-invalid-aud", "an ID token for another client"),
        ("oidcc-client-test-nonce-invalid", "an ID token for another request"),
        ("oidcc-client-test-invalid-sig-rs256", "a damaged signature"),
        ("oidcc-client-test-idtoken-sig-none", "no signature at all"),
    ] {
        provider.order("misbehave", &json!({ "module": module }))?;
        let before = provider.count("user_infos")?;
        let mut mallory = Browser::new();
        let page = come_back(script, &app, &mut mallory, "alice")?;
        let refused = page.status == 502 && provider.count("user_infos")? == before;
        script.check(refused, &format!("{lie} logs nobody in, and nothing is asked with its access token"));
    }
    provider.order("misbehave", &json!({}))?;

    script.scene("Alice logs out at the provider");
    provider.order("log_out", &json!({ "user": "alice" }))?;
    let page = profile(script, &app, &mut alice)?;
    script.check(page.status == 401, "her session here is over, by the provider's signed word");
    let page = profile(script, &app, &mut bob)?;
    script.check(page.status == 200, "bob's is not");
    let page = Browser::tell(&app.at("/backchannel-logout/provider"), &[("logout_token", "forged")])?;
    script.page(&page);
    script.check(page.status == 400, "a forged word ends nothing");
    Ok(())
}

/// An OpenID provider, and an application that knows its issuer.
pub(super) fn start(folder: &TempFolder, more: &[&str]) -> Result<(Provider, WebApp), Stop> {
    let url = free_url()?;
    let client = format!("app:secret:{url}/callback");
    let told = format!("app:{url}/backchannel-logout/provider");
    let mut options = vec!["--openid", "--client", &client, "--backchannel-logout-uri", &told];
    options.extend(more);
    let provider = Provider::start(&options)?;
    let app = WebApp::by_issuer(&provider, folder, url)?;
    Ok((provider, app))
}

fn log_in(script: &mut Script, app: &WebApp, browser: &mut Browser, who: &str) -> Result<(), Stop> {
    let page = come_back(script, app, browser, who)?;
    script.check(page.status == 303, &format!("{who} is logged in"));
    Ok(())
}

/// Logs in at the provider, and brings the callback back.
fn come_back(script: &mut Script, app: &WebApp, browser: &mut Browser, who: &str) -> Result<Page, Stop> {
    let page = browser.open(&app.at("/login"))?;
    script.page(&page);
    let callback = walk_pages(script, browser, &page.target()?, who)?.target()?;
    let page = browser.open(&callback)?;
    script.page(&page);
    Ok(page)
}

fn profile(script: &mut Script, app: &WebApp, browser: &mut Browser) -> Result<Page, Stop> {
    let page = browser.fetch(&app.at("/profile"))?;
    script.page(&page);
    Ok(page)
}
