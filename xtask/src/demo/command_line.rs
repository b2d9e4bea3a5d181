//! The scenes of the blocking command-line program, and the browser that it opens.

use std::ffi::OsString;
use std::process::{Command, Output};
use std::time::Instant;

use super::browser::Browser;
use super::process::{TempFolder, built};
use super::provider::Provider;
use super::script::Script;
use super::web::walk_pages;
use crate::verb::Stop;

/// Plays all scenes.
pub(super) fn play(script: &mut Script, provider: &Provider, folder: &TempFolder) -> Result<(), Stop> {
    script.scene("The same core in a blocking program without a runtime: first run");
    let exchanges = provider.count("exchanges")?;
    let first = ask(script, provider, folder)?;
    script.check(first.status.success(), "it ends with code 0");
    script.check(
        json(&first)["sub"] == "user-alice",
        "it prints the API's JSON, and nothing else, to standard output",
    );
    script
        .check(provider.count("exchanges")? == exchanges + 1, "the browser brought one code, exchanged once");

    script.scene("The blocking program again: nobody has to log in");
    let second = ask(script, provider, folder)?;
    script.check(second.status.success() && json(&second)["sub"] == "user-alice", "it answers as alice");
    script.check(provider.count("exchanges")? == exchanges + 1, "no browser was opened");

    script.scene("The blocking program after the access token expired");
    let refreshes = provider.count("refreshes")?;
    script.note("waiting for the access token to expire (4 s)");
    std::thread::sleep(std::time::Duration::from_millis(4_100));
    let third = ask(script, provider, folder)?;
    script.check(third.status.success() && json(&third)["sub"] == "user-alice", "it answers as alice");
    script.check(provider.count("exchanges")? == exchanges + 1, "no browser was opened");
    script.check(provider.count("refreshes")? == refreshes + 1, "one refresh was made");
    script.check(provider.count("families_revoked")? == 0, "the provider saw no refresh token twice");
    Ok(())
}

fn ask(script: &mut Script, provider: &Provider, folder: &TempFolder) -> Result<Output, Stop> {
    let ourselves =
        std::env::current_exe().map_err(|why| Stop::Failed(format!("this program's path: {why}")))?;
    let started = Instant::now();
    let output = Command::new(built("examples/cli"))
        .env("BROWSER", format!("{} demo-browser", ourselves.display()))
        .env("CLIENT_ID", "cli")
        .env_remove("CLIENT_SECRET")
        .env("ISSUER", provider.issuer())
        .env("REQUIRE_ISS", "1")
        .env("AUTH_URL", provider.endpoint("authorization_endpoint"))
        .env("TOKEN_URL", provider.endpoint("token_endpoint"))
        .env("REVOCATION_URL", provider.endpoint("revocation_endpoint"))
        .env("API_URL", format!("{}/user", provider.issuer()))
        .env("STORE", format!("sqlite:{}", folder.path().join("cli.db").display()))
        .env("ALLOW_HTTP_LOOPBACK", "1")
        .env_remove("STORE_KEY")
        .env_remove("SCOPE")
        .output();
    let output =
        output.map_err(|why| Stop::Failed(format!("the command-line program did not start: {why}")))?;
    script.note(&format!("cli: {} ({:.1} ms)", output.status, started.elapsed().as_secs_f64() * 1000.0));
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        script.note(&format!("  out  {line}"));
    }
    if !output.status.success() {
        for line in String::from_utf8_lossy(&output.stderr).lines() {
            script.note(&format!("  err  {line}"));
        }
    }
    Ok(output)
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap_or_default()
}

/// What the command-line program starts as "the browser": logs in as alice, consents, and opens the way back.
pub(crate) fn browse(args: Vec<OsString>) -> Result<(), Stop> {
    let url = args.into_iter().next().and_then(|url| url.into_string().ok());
    let url = url.ok_or_else(|| Stop::Usage("demo-browser takes a url".into()))?;
    let mut browser = Browser::new();
    let mut unseen = Script::new(true);
    let page = walk_pages(&mut unseen, &mut browser, &url, "alice")?;
    browser.open(&page.target()?).map(drop)
}
