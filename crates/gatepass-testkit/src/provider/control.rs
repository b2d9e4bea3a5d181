//! The control API of a provider that runs as a process, under `/_control/`.

use super::answer::Answer;
use super::effect::{Effect, Rewrite};
use super::endpoint::Endpoint;
use super::fault::Fault;
use super::gate::Gate;
use super::log::LogEntry;
use super::openid;
use super::received::Received;
use super::shared::Shared;
use http::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

pub(crate) const PATH: &str = "/_control/";

/// The gates that faults of the control API name.
#[derive(Debug, Default)]
pub(crate) struct Gates(Mutex<HashMap<String, Gate>>);

impl Gates {
    fn named(&self, name: &str) -> Gate {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        gates.entry(name.to_owned()).or_default().clone()
    }

    /// Opens and forgets all gates, so that nothing waits for ever.
    pub(crate) fn clear(&self) {
        for (_, gate) in self.0.lock().unwrap_or_else(PoisonError::into_inner).drain() {
            gate.open();
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultOrder {
    endpoint: Option<Endpoint>,
    phase: PhaseOrder,
    #[serde(default)]
    form: HashMap<String, String>,
    #[serde(default)]
    skip: usize,
    #[serde(default = "once")]
    times: usize,
    #[serde(default)]
    until_cleared: bool,
    effect: EffectOrder,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum PhaseOrder {
    Before,
    After,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum EffectOrder {
    DelayMs(u64),
    Hold(String),
    Rewrite(RewriteOrder),
    Redirect { status: u16, location: String },
    Close,
    Reset,
    PartialBody(usize),
    EndlessBody,
    GzipBomb(u64),
    TrickleMs(u64),
    Raw(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct RewriteOrder {
    status: Option<u16>,
    headers: HashMap<String, String>,
    without_headers: Vec<String>,
    body: Option<String>,
    members: Map<String, Value>,
    without_members: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Release {
    gate: String,
    /// All, when it is left out.
    requests: Option<usize>,
}

fn once() -> usize {
    1
}

pub(crate) fn answer(shared: &Shared, request: &Received) -> Answer {
    let verb = request.path.strip_prefix(PATH).unwrap_or_default();
    let done = || Ok(json!({ "done": true }));
    let answered = match (&request.method, verb) {
        (&Method::GET, "log") => {
            Ok(shared.state().log.iter().map(LogEntry::as_json).collect::<Vec<_>>().into())
        }
        (&Method::GET, "stats") => Ok(json!(shared.state().stats)),
        (&Method::GET, "faults") => Ok(json!({ "waiting": shared.faults.waiting() })),
        (&Method::GET, "gate") => {
            let name = request.query_value("name").unwrap_or_default();
            Ok(json!({ "arrivals": shared.gates.named(&name).arrivals() }))
        }
        (&Method::POST, "faults") => read(request).and_then(|order: FaultOrder| {
            shared.faults.add(fault(shared, order));
            done()
        }),
        (&Method::DELETE, "faults") => {
            shared.faults.clear();
            done()
        }
        (&Method::POST, "release") => read(request).and_then(|release: Release| {
            let gate = shared.gates.named(&release.gate);
            match release.requests {
                Some(requests) => gate.release(requests),
                None => gate.open(),
            }
            done()
        }),
        (&Method::POST, "advance") => read(request).and_then(|advance: Advance| {
            let by = Duration::try_from_secs_f64(advance.seconds).map_err(|error| error.to_string())?;
            shared.state().clock.advance(by);
            done()
        }),
        (&Method::POST, "expire_access_tokens") => {
            shared.state().expire_access_tokens();
            done()
        }
        (&Method::POST, "reset") => {
            shared.reset();
            done()
        }
        _ => match openid::control(&mut shared.state(), request, verb) {
            Some(answered) => answered,
            None => return Answer::json(StatusCode::NOT_FOUND, &json!({ "error": "no such control" })),
        },
    };
    match answered {
        Ok(value) => Answer::json(StatusCode::OK, &value),
        Err(why) => Answer::json(StatusCode::BAD_REQUEST, &json!({ "error": why })),
    }
}

pub(crate) fn read<T: DeserializeOwned>(request: &Received) -> Result<T, String> {
    serde_json::from_slice(&request.body).map_err(|error| error.to_string())
}

fn fault(shared: &Shared, order: FaultOrder) -> Fault {
    let site = match order.phase {
        PhaseOrder::Before => Fault::before(order.endpoint),
        PhaseOrder::After => Fault::after(order.endpoint),
    };
    let mut fault = match order.effect {
        EffectOrder::DelayMs(by) => site.delay(Duration::from_millis(by)),
        EffectOrder::Hold(gate) => site.hold(&shared.gates.named(&gate)),
        EffectOrder::Rewrite(order) => site.with(Effect::Rewrite(rewrite(order))),
        EffectOrder::Redirect { status, location } => site.redirect(status, &location),
        EffectOrder::Close => site.close(),
        EffectOrder::Reset => site.reset(),
        EffectOrder::PartialBody(bytes) => site.partial_body(bytes),
        EffectOrder::EndlessBody => site.endless_body(),
        EffectOrder::GzipBomb(inflated) => site.gzip_bomb(inflated),
        EffectOrder::TrickleMs(pause) => site.trickle(Duration::from_millis(pause)),
        EffectOrder::Raw(text) => site.raw(text),
    };
    fault = fault.skip(order.skip).times(order.times);
    if order.until_cleared {
        fault = fault.until_cleared();
    }
    if order.form.is_empty() {
        return fault;
    }
    fault.when(move |request| {
        order.form.iter().all(|(name, value)| request.form_value(name).as_ref() == Some(value))
    })
}

fn rewrite(order: RewriteOrder) -> Rewrite {
    let mut rewrite = Rewrite::new();
    if let Some(status) = order.status {
        rewrite = rewrite.status(status);
    }
    for (name, value) in &order.headers {
        rewrite = rewrite.header(name, value);
    }
    for name in &order.without_headers {
        rewrite = rewrite.without_header(name);
    }
    if let Some(body) = order.body {
        rewrite = rewrite.body(body);
    }
    for (name, value) in order.members {
        rewrite = rewrite.member(&name, value);
    }
    for name in &order.without_members {
        rewrite = rewrite.without_member(name);
    }
    rewrite
}
