//! No secret in anything that is printed, logged or reported, in whatever encoding.

use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use gatepass::{Slot, Unavailable};
use gatepass_testkit::provider::{Endpoint, Fault, Rewrite};
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{Stage, session};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn encodings(secret: &str) -> Vec<String> {
    let hex = secret.bytes().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    });
    let list: Vec<_> = secret.bytes().map(|byte| byte.to_string()).collect();
    // The middle of base64, whatever stands around the secret.
    let aligned = (0..3).map(|skip| {
        let text = URL_SAFE_NO_PAD.encode(&secret.as_bytes()[skip..]);
        text[..text.len() - 4].to_owned()
    });
    [secret.to_owned(), hex.clone(), hex.to_uppercase(), list.join(", "), STANDARD_NO_PAD.encode(secret)]
        .into_iter()
        .chain(aligned)
        .collect()
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut next = error.source();
    while let Some(error) = next {
        write!(text, " {error} {error:?}").unwrap();
        next = error.source();
    }
    text
}

#[tokio::test]
async fn no_secret_is_in_debug_display_error_chains_or_traces() {
    let log = Log::default();
    let tracing = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone());
    tracing::subscriber::set_global_default(tracing.finish()).expect("the only subscriber of the process");
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    let mut shown = String::new();
    let mut events = keeper.events();

    // A life: renewals, lost answers, refusals, an outage, a wrong key, a logout.
    let token = keeper.access_token(&key).await.unwrap();
    write!(shown, "{token:?} {keeper:?} {:?} {:?}", stage.store, keeper.api(&key)).unwrap();
    stage.expire();
    let body = format!(r#"{{"error":"invalid_request","error_description":"{}"}}"#, stage.server.issued()[2]);
    let echo = Rewrite::new().status(400).header("content-type", "application/json").body(body);
    stage.server.inject(Fault::before(Endpoint::Token).rewrite(echo));
    let broken = Rewrite::new().member("token_type", "mac");
    stage.server.inject(Fault::after(Endpoint::Token).rewrite(broken));
    for _ in 0..2 {
        let why = keeper.access_token(&key).await.unwrap_err();
        assert!(matches!(why, Unavailable::Refused(_) | Unavailable::Unusable(_)), "{why:?}");
        shown += &chain(&why);
    }
    keeper.access_token(&key).await.unwrap();
    keeper.access_token_for(&key, &Slot::new().resource("https://api.example")).await.unwrap();
    shown += &chain(&keeper.api(&key).get("https://elsewhere.example").await.unwrap_err());
    stage.server.expire_access_tokens();
    keeper.api(&key).get(&stage.server.user_endpoint()).await.unwrap();
    stage.expire();
    stage.server.inject(Fault::after(Endpoint::Token).close());
    shown += &chain(&keeper.access_token(&key).await.unwrap_err());
    stage.store.go_away();
    shown += &chain(&keeper.access_token(&key).await.unwrap_err());
    stage.store.come_back();
    keeper.install(&key, stage.log_in("alice").await).await.unwrap();
    keeper.install(&session("bob"), stage.log_in("bob").await).await.unwrap();
    let (_, row) = stage.store.row(&key).unwrap();
    write!(shown, "{row:?}").unwrap();
    stage.store.put(&session("bob"), row);
    shown += &chain(&keeper.access_token(&session("bob")).await.unwrap_err());
    keeper.logout(&key).await.unwrap();
    assert_eq!(keeper.drain(Duration::from_secs(20)).await, 0);
    while let Some(news) = events.ready() {
        write!(shown, "{news:?}").unwrap();
    }

    shown += &String::from_utf8_lossy(&log.0.lock().unwrap());
    assert!(shown.contains("gatepass"), "something was logged");
    let mut secrets = stage.server.issued();
    secrets.push(stage.ring.danger_text().expose().to_owned());
    assert!(secrets.len() > 12);
    for secret in secrets {
        for encoded in encodings(&secret) {
            if let Some(at) = shown.find(&encoded) {
                let from = shown[..at].rfind('\n').unwrap_or_default();
                panic!("a secret is shown: {}", &shown[from..(at + 80).min(shown.len())]);
            }
        }
    }
}
