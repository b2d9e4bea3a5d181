//! The scriptable provider as a process: one line of JSON on standard output when it listens, until SIGTERM or SIGINT.

mod openid;
mod options;

use gatepass_testkit::Provider;
use options::{Order, Start};
use serde_json::json;
use std::io::{self, Write as _};
use std::process::ExitCode;

fn main() -> ExitCode {
    let done = match options::read(std::env::args_os()) {
        Ok(Order::Help) => write!(io::stdout(), "{}{}", options::HELP, openid::HELP),
        Ok(Order::ListMisbehaviours) => io::stdout().write_all(openid::list().as_bytes()),
        Ok(Order::Version) => writeln!(io::stdout(), "gatepass-provider {}", env!("CARGO_PKG_VERSION")),
        Ok(Order::Start(start)) => run(*start),
        Err(error) => {
            let _ = writeln!(io::stderr(), "gatepass-provider: {error}\nTry gatepass-provider --help.");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "gatepass-provider: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(start: Start) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        // Before the line that says ready: whoever reads it may send a signal at once.
        let stop = Stop::listen()?;
        let provider = start.builder.start()?;
        for fault in start.faults {
            provider.inject(fault);
        }
        provider.misbehave(start.misbehaviour);
        writeln!(io::stdout(), "{}", ready(&provider))?;
        io::stdout().flush()?;
        stop.arrived().await
    })
}

fn ready(provider: &Provider) -> serde_json::Value {
    let mut ready = json!({
        "ready": true,
        "pid": std::process::id(),
        "issuer": provider.issuer(),
        "metadata_url": provider.metadata_url(),
        "authorization_endpoint": provider.authorization_endpoint(),
        "token_endpoint": provider.token_endpoint(),
        "revocation_endpoint": provider.revocation_endpoint(),
        "user_endpoint": provider.user_endpoint(),
        "echo_endpoint": provider.echo_endpoint(),
        "control_url": provider.control_url(),
    });
    if provider.is_openid() {
        ready["openid_configuration_url"] = provider.openid_configuration_url().into();
        ready["jwks_uri"] = provider.jwks_uri().into();
        ready["userinfo_endpoint"] = provider.user_info_endpoint().into();
        ready["end_session_endpoint"] = provider.end_session_endpoint().into();
    }
    ready
}

#[cfg(unix)]
struct Stop {
    interrupted: tokio::signal::unix::Signal,
    terminated: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Stop {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupted: signal(SignalKind::interrupt())?,
            terminated: signal(SignalKind::terminate())?,
        })
    }

    async fn arrived(mut self) -> io::Result<()> {
        tokio::select! {
            _ = self.interrupted.recv() => Ok(()),
            _ = self.terminated.recv() => Ok(()),
        }
    }
}

#[cfg(not(unix))]
struct Stop;

#[cfg(not(unix))]
impl Stop {
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn arrived(self) -> io::Result<()> {
        tokio::signal::ctrl_c().await
    }
}
