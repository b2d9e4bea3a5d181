//! What a process is told by its environment.

use std::process::Command;

use gatepass::renewal::Deadlines;
use gatepass::{Client, ClientAuth, KeyRing, Profile, Provider};
use gatepass_testkit::provider::Endpoint;

use crate::numbers::{deadlines, rotation};
use crate::{Kind, Store};

/// 32 bytes in base64. It guards nothing.
const KEY: &str = "quJISYQtcIK2b1fOgnC9BNosOf+5ffIoA8JwmDAyxOU=";

/// The settings of one process.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) blocking: bool,
    pub(crate) store: String,
    pub(crate) user: String,
    pub(crate) seed: u64,
    /// Whether writes to the store take their time.
    pub(crate) slow: bool,
    authorize: String,
    token: String,
    kind: Kind,
}

impl Settings {
    pub(crate) fn from_env() -> Result<Self, String> {
        let read = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set"));
        let kind = read("REPLICA_PROVIDER")?;
        Ok(Self {
            blocking: read("REPLICA_DRIVER")? == "blocking",
            store: read("REPLICA_STORE")?,
            user: read("REPLICA_USER")?,
            seed: read("REPLICA_SEED")?.parse().map_err(|_| "REPLICA_SEED is no number")?,
            slow: read("REPLICA_SLOW")? == "1",
            authorize: read("REPLICA_AUTHORIZE")?,
            token: read("REPLICA_TOKEN")?,
            kind: kind.parse()?,
        })
    }

    /// The same by the environment of a program to be started. The token endpoint's query tells the provider's log
    /// which process asks.
    pub(crate) fn to(
        program: &mut Command,
        provider: &gatepass_testkit::Provider,
        kind: Kind,
        store: (Store, &str),
        number: u64,
        seed: Option<u64>,
    ) {
        program
            .env("REPLICA_DRIVER", if store.0 == Store::SqliteBlocking { "blocking" } else { "async" })
            .env("REPLICA_STORE", store.1)
            .env("REPLICA_USER", provider.user_endpoint())
            .env("REPLICA_SEED", (seed.unwrap_or(0) ^ number.rotate_left(32)).to_string())
            .env("REPLICA_SLOW", if seed.is_some() { "1" } else { "0" })
            .env("REPLICA_AUTHORIZE", provider.authorization_endpoint())
            .env("REPLICA_TOKEN", format!("{}?replica={number}", provider.url(Endpoint::Token)))
            .env("REPLICA_PROVIDER", kind.name());
    }

    pub(super) fn client(&self) -> Result<Client, String> {
        let mut profile = Profile::strict();
        profile.rotation = rotation(self.kind);
        let provider = Provider::builder(&self.authorize, &self.token)
            .resource(&*self.user)
            .profile(profile)
            .danger_allow_http_loopback()
            .build()
            .map_err(|why| why.to_string())?;
        Client::new(provider, "cli", ClientAuth::None, "http://127.0.0.1:8080/callback")
            .map_err(|why| why.to_string())
    }

    pub(super) fn ring() -> Result<KeyRing, String> {
        KeyRing::parse(KEY).map_err(|why| why.to_string())
    }

    pub(super) fn deadlines() -> Deadlines {
        deadlines()
    }
}
