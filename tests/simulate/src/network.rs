//! The HTTP port of a replica, and what becomes of a request on its way to the provider and back.

use std::sync::Arc;

use async_trait::async_trait;
use gatepass::Body;
use gatepass::ports::{HttpClient, HttpError, HttpErrorKind, Limits, Processed, blocking};
use http::{Request, Response};

use crate::mutant::Mutant;
use crate::sim::{Later, Life, Sim, millis};
use crate::stage::Stage;
use crate::threads::block;

#[derive(Debug)]
pub struct Network {
    pub stage: Arc<Stage>,
    pub life: Life,
}

/// What the provider is asked.
#[derive(Clone, Debug)]
enum Question {
    Refresh { token: String, slot: String },
    Revoke { token: String },
}

/// What comes back.
struct Reply {
    status: u16,
    body: String,
    retry_after: Option<u64>,
    /// The successor in it.
    successor: Option<usize>,
    /// Whether it says what became of the refresh token.
    proves: bool,
}

type Answer = Later<Result<Reply, HttpError>>;

fn maybe(kind: HttpErrorKind) -> HttpError {
    HttpError::new(kind, Processed::Maybe)
}

impl Question {
    fn of(request: &Request<Body>) -> Self {
        let form = url::form_urlencoded::parse(request.body().as_bytes());
        let form: Vec<(String, String)> = form.into_owned().collect();
        let value = |name: &str| {
            form.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap_or_default()
        };
        if request.uri().path() == "/revoke" {
            return Self::Revoke { token: value("token") };
        }
        assert_eq!(value("grant_type"), "refresh_token");
        let (resource, scope) = (value("resource"), value("scope"));
        let slot = if resource.is_empty() && scope.is_empty() {
            String::new()
        } else {
            format!("{resource}|{scope}")
        };
        Self::Refresh { token: value("refresh_token"), slot }
    }

    fn told(&self) -> String {
        match self {
            Self::Refresh { token, slot } => format!("a refresh with {token} for slot {slot:?}"),
            Self::Revoke { token } => format!("a revocation of {token}"),
        }
    }
}

impl Network {
    async fn once(&self, question: &Question, limits: &Limits) -> Result<Reply, HttpError> {
        let (sim, life) = (&self.stage.sim, self.life);
        let deadline = sim.now() + millis(limits.total);
        let early = limits.not_after.as_ref().is_some_and(gatepass::ports::Guard::has_passed);
        let slow = self.stage.fault("connection slow", |faults| faults.connection_slow);
        let connecting = sim.dice(|dice| if slow { dice.between(500, 6_000) } else { dice.below(30) });
        if self.stage.fault("stands still before it sends", |faults| faults.stalls) {
            self.stage.stall(life, sim.dice(|dice| dice.between(2_000, 150_000)));
        }
        sim.sleep(connecting.min(millis(limits.total))).await;
        let late = limits.not_after.as_ref().is_some_and(gatepass::ports::Guard::has_passed);
        // After standing still, the deadline may be noticed first, or the connection that is ready.
        if sim.now() >= deadline && !late && sim.dice(|dice| dice.happens(500)) {
            return Err(HttpError::new(HttpErrorKind::Timeout, Processed::CertainlyNot));
        }
        if self.stage.fault("no connection", |faults| faults.no_connection) {
            sim.note(format_args!("! {life} gets no connection"));
            return Err(HttpError::new(HttpErrorKind::Connect, Processed::CertainlyNot));
        }
        let too_late = match self.stage.mutant {
            Some(Mutant::GuardIsNotPassedOn) => false,
            Some(Mutant::GuardIsJudgedTooEarly) => early,
            _ => late,
        };
        if too_late {
            sim.note(format_args!("{life} does not send: the guard has passed"));
            return Err(HttpError::new(HttpErrorKind::TooLate, Processed::CertainlyNot));
        }
        sim.note(format_args!("{life} sends {}", question.told()));
        // Whoever stood still has not noticed how late it is; the guard has.
        self.send(question.clone(), deadline.max(sim.now() + 1_000)).await
    }

    /// The first byte leaves now.
    fn send(&self, question: Question, deadline: u64) -> Answer {
        let (stage, sim, life) = (Arc::clone(&self.stage), Arc::clone(&self.stage.sim), self.life);
        let answer = Answer::new();
        let (reply, gone) = (answer.clone(), answer.clone());
        let left = deadline.saturating_sub(sim.now());
        sim.after(left, move || gone.put(Err(maybe(HttpErrorKind::Timeout))));
        // Writing may take its time; what was written by the deadline arrives within the bound, or never.
        let mut travels = sim.dice(|dice| dice.between(1, 40));
        if stage.fault("request slow", |faults| faults.request_slow) {
            let writing = sim.dice(|dice| if dice.happens(300) { dice.between(0, left) } else { 0 });
            travels = writing + sim.dice(|dice| dice.between(0, stage.plan.arrival));
        }
        if stage.fault("request lost", |faults| faults.request_lost) {
            sim.note(format_args!("! {life}'s request is lost"));
            return answer;
        }
        if stage.fault("connection reset", |faults| faults.reset) {
            let (gone, after) = (answer.clone(), sim.dice(|dice| dice.between(0, 300)));
            travels = sim.dice(|dice| dice.between(0, stage.plan.arrival));
            sim.note(format_args!("! {life}'s connection breaks, and its request travels on"));
            sim.after(after, move || gone.put(Err(maybe(HttpErrorKind::Broken))));
        }
        sim.clone().after(travels, move || {
            let (served, delay) = arrives(&stage, life, &question);
            let Some(served) = served else { return };
            sim.clone().after(delay, move || reply.put(Ok(served)));
        });
        answer
    }
}

/// A request reaches the provider; what it answers and after how long, unless the answer is lost.
fn arrives(stage: &Stage, life: Life, question: &Question) -> (Option<Reply>, u64) {
    let (sim, now) = (&stage.sim, stage.sim.now());
    let delay = answer_delay(stage, sim);
    let said = |status, body: &str, proves| {
        let (body, retry_after) = (body.to_owned(), (status == 429).then_some(2));
        Reply { status, body, retry_after, successor: None, proves }
    };
    let told = question.told();
    if stage.fault("429", |faults| faults.busy) {
        sim.note(format_args!("! the provider says 429 to {life}, {told}"));
        return (Some(said(429, "", true)), delay);
    }
    let gateway = stage.fault("503", |faults| faults.gateway);
    if gateway && sim.dice(|dice| dice.happens(500)) {
        sim.note(format_args!("! a gateway says 503 to {life}, and does not pass on {told}"));
        return (Some(said(503, "", false)), delay);
    }
    let mut reply = match question {
        Question::Revoke { token } => {
            stage.truth().revoked(now, token);
            said(200, "", true)
        }
        Question::Refresh { token, slot } => {
            if stage.fault("declined", |faults| faults.declined) {
                sim.note(format_args!("! the provider declines {told} of {life}"));
                return (Some(said(401, r#"{"error":"invalid_client"}"#, true)), delay);
            }
            match stage.truth().presented(now, token, slot) {
                Some((body, successor)) => Reply { successor, ..said(200, &body, true) },
                None => said(400, r#"{"error":"invalid_grant"}"#, true),
            }
        }
    };
    stage.truth().judge_spent(now);
    sim.note(format_args!("the provider hears {told} from {life}: {} {}", reply.status, reply.body));
    if gateway {
        sim.note("! the gateway says 503 all the same");
        reply = said(503, "", false);
    } else if stage.fault("500", |faults| faults.broken) {
        sim.note("! the provider breaks over its answer: 500");
        reply = said(500, "oh", false);
    } else if reply.successor.is_some() && stage.fault("flawed answer", |faults| faults.flawed) {
        sim.note("! the answer lacks its token type");
        reply.body = reply.body.replace(r#""token_type":"Bearer","#, "");
    }
    if stage.fault("answer lost", |faults| faults.reply_lost) {
        sim.note(format_args!("! the answer to {life} is lost"));
        return (None, 0);
    }
    (Some(reply), delay)
}

fn answer_delay(stage: &Stage, sim: &Sim) -> u64 {
    if stage.fault("answer slow", |faults| faults.reply_slow) {
        return sim.dice(|dice| dice.between(500, 14_000));
    }
    sim.dice(|dice| dice.between(1, 40))
}

#[async_trait]
impl HttpClient for Network {
    async fn send(&self, request: Request<Body>, limits: &Limits) -> Result<Response<Body>, HttpError> {
        let question = Question::of(&request);
        let mut answer = self.once(&question, limits).await;
        if self.stage.is(Mutant::ClientRetries)
            && answer.as_ref().is_err_and(|why| why.processed() == Processed::Maybe)
        {
            answer = self.once(&question, limits).await;
        }
        if let Question::Refresh { token, .. } = &question {
            let (successor, proves) = match &answer {
                Ok(reply) => (reply.successor, reply.proves),
                Err(why) => (None, why.processed() == Processed::CertainlyNot),
            };
            self.stage.truth().heard(self.life, token, successor, proves);
        }
        if let Err(why) = &answer {
            self.stage.sim.note(format_args!("{} has no answer: {why}", self.life));
        }
        if self.stage.is(Mutant::LostAnswerProvesNothingSent) {
            answer = answer.map_err(|why| HttpError::new(why.kind(), Processed::CertainlyNot));
        }
        let reply = answer?;
        let mut response =
            Response::builder().status(reply.status).header("content-type", "application/json");
        if let Some(seconds) = reply.retry_after {
            response = response.header("retry-after", seconds.to_string());
        }
        Ok(response.body(Body::from(reply.body)).unwrap())
    }
}

impl blocking::HttpClient for Network {
    fn send(&self, request: Request<Body>, limits: &Limits) -> Result<Response<Body>, HttpError> {
        block(HttpClient::send(self, request, limits))
    }
}
