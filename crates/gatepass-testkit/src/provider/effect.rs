//! What a fault does to an answer or to its connection.

use super::answer::Answer;
use super::bomb;
use super::gate::Gate;
use super::wire::Wire;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::Value;
use std::time::Duration;

#[derive(Debug, Clone)]
pub(crate) enum Effect {
    Delay(Duration),
    Hold(Gate),
    Rewrite(Rewrite),
    Close,
    Reset,
    PartialBody(usize),
    EndlessBody,
    GzipBomb(u64),
    Trickle(Duration),
    Raw(Bytes),
}

/// Changes to an answer, in the order: status, header fields, body, members.
#[derive(Debug, Clone, Default)]
#[must_use = "hand it to FaultSite::rewrite"]
pub struct Rewrite {
    status: Option<u16>,
    headers: Vec<(String, String)>,
    without_headers: Vec<String>,
    body: Option<Bytes>,
    members: Vec<(String, Value)>,
    without_members: Vec<String>,
}

impl Rewrite {
    /// No change yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces the status; one outside of 100 to 999 is not used.
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Sets a header field, instead of all that had this name; one that HTTP forbids is not used.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Takes a header field away.
    pub fn without_header(mut self, name: &str) -> Self {
        self.without_headers.push(name.to_owned());
        self
    }

    /// Replaces the body.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Sets a member of a JSON body.
    pub fn member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.push((name.to_owned(), value.into()));
        self
    }

    /// Takes a member of a JSON body away.
    pub fn without_member(mut self, name: &str) -> Self {
        self.without_members.push(name.to_owned());
        self
    }

    fn apply(&self, answer: &mut Answer) {
        if let Some(status) = self.status.and_then(|status| StatusCode::from_u16(status).ok()) {
            answer.status = status;
        }
        for name in &self.without_headers {
            answer.headers.remove(name.as_str());
        }
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                answer.headers.insert(name, value);
            }
        }
        if let Some(body) = &self.body {
            answer.body = body.clone();
        }
        if self.members.is_empty() && self.without_members.is_empty() {
            return;
        }
        if let Ok(Value::Object(mut object)) = serde_json::from_slice::<Value>(&answer.body) {
            for name in &self.without_members {
                object.remove(name);
            }
            object.extend(self.members.iter().cloned());
            answer.body = Value::Object(object).to_string().into();
        }
    }
}

/// The waiting among the effects, in order.
pub(crate) async fn wait(effects: &[Effect]) {
    for effect in effects {
        match effect {
            Effect::Delay(by) => tokio::time::sleep(*by).await,
            Effect::Hold(gate) => gate.pass().await,
            _ => {}
        }
    }
}

pub(crate) fn ends_the_request(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| !matches!(effect, Effect::Delay(_) | Effect::Hold(_)))
}

/// The rewriting among the effects, in order.
pub(crate) fn rewrite(effects: &[Effect], answer: &mut Answer) {
    for effect in effects {
        match effect {
            Effect::Rewrite(rewrite) => rewrite.apply(answer),
            Effect::GzipBomb(inflated) => {
                answer.body = bomb::gzip(*inflated, &answer.body).into();
                answer.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
            _ => {}
        }
    }
}

/// The effect, if any, that takes the connection away from hyper.
pub(crate) fn on_the_wire(effects: &[Effect]) -> Option<&Effect> {
    effects.iter().find(|effect| {
        matches!(
            effect,
            Effect::Close
                | Effect::Reset
                | Effect::PartialBody(_)
                | Effect::EndlessBody
                | Effect::Trickle(_)
                | Effect::Raw(_)
        )
    })
}

impl Effect {
    /// Whether the client sees the status line of the answer.
    pub(crate) fn shows_the_status(&self) -> bool {
        !matches!(self, Self::Close | Self::Reset | Self::Raw(_))
    }

    /// Writes to the socket; the connection is closed afterwards. A client that has gone is no error here.
    pub(crate) async fn play(&self, answer: &Answer, wire: &Wire) {
        let length = answer.body.len();
        let _ = match self {
            Self::Reset => {
                wire.reset_on_close();
                Ok(())
            }
            Self::Raw(bytes) => wire.write_all(bytes).await,
            Self::PartialBody(bytes) => {
                let sent = length.min(*bytes);
                let mut out = answer.head(&format!("content-length: {}", length.max(sent + 1)));
                out.extend_from_slice(&answer.body[..sent]);
                wire.write_all(&out).await
            }
            Self::EndlessBody => endless(answer, wire).await,
            Self::Trickle(pause) => trickle(answer, wire, *pause).await,
            _ => Ok(()),
        };
    }
}

async fn endless(answer: &Answer, wire: &Wire) -> std::io::Result<()> {
    wire.write_all(&answer.head("transfer-encoding: chunked")).await?;
    let mut chunk = b"4000\r\n".to_vec();
    chunk.extend_from_slice(&[b' '; 0x4000]);
    chunk.extend_from_slice(b"\r\n");
    loop {
        wire.write_all(&chunk).await?;
        tokio::task::yield_now().await;
    }
}

async fn trickle(answer: &Answer, wire: &Wire, pause: Duration) -> std::io::Result<()> {
    wire.write_all(&answer.head(&format!("content-length: {}\r\nconnection: close", answer.body.len())))
        .await?;
    for byte in answer.body.chunks(1) {
        tokio::time::sleep(pause).await;
        wire.write_all(byte).await?;
    }
    Ok(())
}
