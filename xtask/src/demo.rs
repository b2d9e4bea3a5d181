//! `cargo xtask demo`: the main job, played over sockets between real processes.

mod app;
mod browser;
mod command_line;
mod form;
mod mask;
mod process;
mod provider;
mod replicas;
mod script;
mod sign_in;
mod web;

use std::ffi::OsString;
use std::process::Command;

use lexopt::Arg;

use crate::demo::process::TempFolder;
use crate::demo::provider::Provider;
use crate::demo::script::Script;
use crate::step::{cargo, run, step};
use crate::verb::{Stop, Verb};

pub(crate) const VERB: Verb = Verb {
    name: "demo",
    about: "a whole login, from the first click to the logout, over sockets",
    help: "\
Usage: cargo xtask demo [--serve] [--quiet]

Builds and starts a provider and the example web application as processes, with a SQLite file in a
temporary folder, and plays a person's browser against them: log in, consent, callback, exchange, API
call, expiry and refresh, thirty-two requests at once on an expired token, a forged callback, a
replayed one, logout. Then three processes of the application, one of which is killed while it
refreshes, in numbers; then a provider that says who logged in, changes its keys, lies, and logs
somebody out; then the same through the blocking command-line program. Every step is printed with
what was sent, what came back and how long it took; secrets are masked. Ends with one line, and with
exit code 1 if anything was not as it must be.

  --serve    start both, print the URL to open in a browser, and run until Ctrl-C
  --quiet    print the scenes and the verdict only",
    run: demo,
};

/// The hidden verb by which the command-line program opens "the browser": this program once more.
pub(crate) const BROWSER: Verb = Verb {
    name: "demo-browser",
    about: "",
    help: "Usage: cargo xtask demo-browser URL",
    run: command_line::browse,
};

fn demo(args: Vec<OsString>) -> Result<(), Stop> {
    let (mut serve, mut quiet) = (false, false);
    let mut parser = lexopt::Parser::from_args(args);
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("serve") => serve = true,
            Arg::Long("quiet") => quiet = true,
            other => return Err(other.unexpected().into()),
        }
    }
    step("build the provider, the web application and the command-line program", || {
        run(&mut build("gatepass-testkit", "--bin", "gatepass-provider"))?;
        run(&mut build("gatepass-axum", "--example", "webapp"))?;
        run(&mut build("gatepass-ureq", "--example", "cli"))
    })?;
    let folder = TempFolder::new()?;
    if serve {
        return web::serve(&folder);
    }
    let mut script = Script::new(quiet);
    let provider = Provider::start(&["--access-token-lifetime", "4"])?;
    web::play(&mut script, &provider, &folder)?;
    replicas::play(&mut script, &folder)?;
    sign_in::play(&mut script, &folder)?;
    command_line::play(&mut script, &provider, &folder)?;
    script.verdict()
}

fn build(package: &str, kind: &str, name: &str) -> Command {
    cargo(["build", "--quiet", "-p", package, kind, name])
}
