//! The provider of the demo: the testkit's, as a process.

use std::process::{Command, Stdio};

use serde_json::Value;

use super::browser::plain_agent;
use super::process::{Process, built};
use crate::verb::Stop;

#[derive(Debug)]
pub(super) struct Provider {
    _process: Process,
    ready: Value,
}

impl Provider {
    pub(super) fn start(options: &[&str]) -> Result<Self, Stop> {
        let mut command = Command::new(built("gatepass-provider"));
        let mut process = Process::start("the provider", command.args(options).stdout(Stdio::piped()))?;
        let ready = serde_json::from_str(&process.first_line()?)
            .map_err(|why| Stop::Failed(format!("the provider's first line is no json: {why}")))?;
        Ok(Self { _process: process, ready })
    }

    /// An endpoint out of its first line.
    pub(super) fn endpoint(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap_or_default()
    }

    pub(super) fn issuer(&self) -> &str {
        self.endpoint("issuer")
    }

    /// One of its counters.
    pub(super) fn count(&self, name: &str) -> Result<u64, Stop> {
        let stats = self.control("stats")?;
        stats[name].as_u64().ok_or_else(|| Stop::Failed(format!("the provider does not count {name}")))
    }

    /// How many requests reached the token endpoint.
    pub(super) fn token_requests(&self) -> Result<usize, Stop> {
        let log = self.control("log")?;
        let requests = log.as_array().or_else(|| log["log"].as_array());
        let requests = requests.ok_or_else(|| Stop::Failed("the provider keeps no log".into()))?;
        Ok(requests.iter().filter(|request| request["endpoint"] == "token").count())
    }

    /// Lets all access tokens end now.
    pub(super) fn expire_access_tokens(&self) -> Result<(), Stop> {
        let told =
            plain_agent().post(format!("{}/_control/expire_access_tokens", self.issuer())).send_empty();
        told.map(drop).map_err(|why| Stop::Failed(format!("the provider's control api: {why}")))
    }

    /// Gives it an order of its control API.
    pub(super) fn order(&self, what: &str, order: &Value) -> Result<(), Stop> {
        let url = format!("{}/_control/{what}", self.issuer());
        let told = plain_agent().post(url).header("content-type", "application/json").send(order.to_string());
        told.map(drop).map_err(|why| Stop::Failed(format!("the provider's control api: {why}")))
    }

    /// The process, by the query of its token endpoint, whose refresh request came last.
    pub(super) fn who_refreshes(&self) -> Result<Option<usize>, Stop> {
        let log = self.control("log")?;
        let requests = log.as_array().or_else(|| log["log"].as_array()).cloned().unwrap_or_default();
        let last = requests.iter().rev().find(|request| {
            request["body"].as_str().is_some_and(|body| body.contains("grant_type=refresh_token"))
        });
        let query = last.and_then(|request| request["query"].as_str());
        Ok(query.and_then(|query| query.strip_prefix("process=")?.parse().ok()))
    }

    fn control(&self, what: &str) -> Result<Value, Stop> {
        let failed = |why: String| Stop::Failed(format!("the provider's control api: {why}"));
        let answer = plain_agent().get(format!("{}/_control/{what}", self.issuer())).call();
        let text = answer.and_then(|mut answer| answer.body_mut().read_to_string());
        serde_json::from_str(&text.map_err(|why| failed(why.to_string()))?)
            .map_err(|why| failed(why.to_string()))
    }
}
