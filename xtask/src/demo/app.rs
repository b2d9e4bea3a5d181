//! The example web application as a process, or as one of several.

use std::process::{Command, Stdio};

use super::browser::plain_agent;
use super::process::{Process, TempFolder, built, free_port};
use super::provider::Provider;
use crate::verb::Stop;

#[derive(Debug)]
pub(super) struct WebApp {
    pub(super) process: Process,
    pub(super) url: String,
}

impl WebApp {
    /// Starts one that people reach at its own address.
    pub(super) fn start(provider: &Provider, folder: &TempFolder) -> Result<Self, Stop> {
        let url = free_url()?;
        let mut command = program(provider, folder, "webapp.db");
        command
            .env("REDIRECT_URI", format!("{url}/callback"))
            .env("TOKEN_URL", provider.endpoint("token_endpoint"))
            .env_remove("LISTEN");
        Self::listening(&mut command, url)
    }

    /// Starts the process of this number of an application that people reach at `origin`. The provider's log tells the
    /// processes apart by the query of the token endpoint.
    pub(super) fn one_of(
        provider: &Provider,
        folder: &TempFolder,
        origin: &str,
        number: usize,
        grace: u32,
    ) -> Result<Self, Stop> {
        let url = if number == 0 { origin.to_owned() } else { free_url()? };
        let mut command = program(provider, folder, "replicas.db");
        command
            .env("REDIRECT_URI", format!("{origin}/callback"))
            .env("TOKEN_URL", format!("{}?process={number}", provider.endpoint("token_endpoint")))
            .env("LISTEN", url.trim_start_matches("http://"))
            .env("REFRESH_GRACE", grace.to_string())
            .env("ARRIVAL_BOUND", "0.5");
        Self::listening(&mut command, url)
    }

    /// Starts one that is told nothing of its provider but the issuer.
    pub(super) fn by_issuer(provider: &Provider, folder: &TempFolder, url: String) -> Result<Self, Stop> {
        let mut command = program(provider, folder, "sign_in.db");
        command.env("REDIRECT_URI", format!("{url}/callback"));
        for written in
            ["AUTH_METHOD", "AUTH_URL", "TOKEN_URL", "REVOCATION_URL", "API_URL", "REQUIRE_ISS", "LISTEN"]
        {
            command.env_remove(written);
        }
        Self::listening(&mut command, url)
    }

    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    fn listening(command: &mut Command, url: String) -> Result<Self, Stop> {
        let mut process = Process::start("the web application", command.stdout(Stdio::null()))?;
        let health = format!("{url}/healthz");
        let agent = plain_agent();
        process.wait_until(|| agent.get(&health).call().is_ok_and(|answer| answer.status() == 200))?;
        Ok(Self { process, url })
    }
}

/// An address that is free.
pub(super) fn free_url() -> Result<String, Stop> {
    Ok(format!("http://127.0.0.1:{}", free_port()?))
}

fn program(provider: &Provider, folder: &TempFolder, store: &str) -> Command {
    let mut command = Command::new(built("examples/webapp"));
    command
        .env("CLIENT_ID", "app")
        .env("CLIENT_SECRET", "secret")
        .env("AUTH_METHOD", "basic")
        .env("ISSUER", provider.issuer())
        .env("REQUIRE_ISS", "1")
        .env("AUTH_URL", provider.endpoint("authorization_endpoint"))
        .env("REVOCATION_URL", provider.endpoint("revocation_endpoint"))
        .env("API_URL", format!("{}/user", provider.issuer()))
        .env("STORE", format!("sqlite:{}", folder.path().join(store).display()))
        .env("ALLOW_HTTP_LOOPBACK", "1")
        .env_remove("STORE_KEY")
        .env_remove("SCOPE");
    command
}
