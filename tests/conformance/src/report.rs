//! A row that was played: the run, its accepting twin, and the verdict.

use gatepass_testkit::provider::Endpoint;
use gatepass_testkit::provider::openid::Misbehaviour;

use crate::outcome::{End, Outcome};
use crate::stage::Stage;
use crate::{Cast, Fault, Owes, Row, Story, judge};

/// A row that was played.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The row.
    pub row: Row,
    /// What came of it; `None`: it is not played.
    pub run: Option<Outcome>,
    /// What came of the same without the fault, where there is one to refuse.
    pub twin: Option<Outcome>,
}

impl Report {
    /// What must not be: a line each.
    #[must_use]
    pub fn wrong(&self) -> Vec<String> {
        let of = |who: &str, outcome: &Option<Outcome>| -> Vec<String> {
            outcome.iter().flat_map(|outcome| &outcome.wrong).map(|wrong| format!("{who}{wrong}")).collect()
        };
        [of("", &self.run), of("without the fault: ", &self.twin)].concat()
    }
}

impl Row {
    /// Plays it.
    ///
    /// # Panics
    /// When it cannot be played: the application does not start, or does not answer.
    #[must_use]
    pub fn play(&self) -> Report {
        let Cast::Played { story, settings, owes } = self.cast else {
            return Report { row: *self, run: None, twin: None };
        };
        let run = self.run(story, settings, owes, self.misbehaviour());
        let twin = matches!(owes, Owes::Refusal { .. }).then(|| {
            let settings: Vec<_> = settings.iter().copied().filter(|(name, _)| !is_fault(name)).collect();
            self.run(story.without_fault(), &settings, Owes::Acceptance, self.misbehaviour().without_fault())
        });
        Report { row: *self, run: Some(run), twin }
    }

    fn run(
        &self,
        story: Story,
        settings: &[(&str, &str)],
        owes: Owes,
        misbehaviour: Misbehaviour,
    ) -> Outcome {
        let mut stage = Stage::new(self.plan, settings, misbehaviour);
        let mut wrong = Vec::new();
        let told = story.tell(&mut stage, &mut wrong);
        let before = match owes {
            Owes::Refusal { fault, .. } => told.before.or_else(|| stage.before(fault)),
            Owes::Acceptance => None,
        };
        // What is drained has nothing more to ask: whatever the refusal began is in the log now, or never was.
        stage.close();
        let log = stage.log();
        let further = log.iter().skip(before.unwrap_or(log.len())).map(|entry| entry.endpoint);
        let mut further: Vec<_> = further.filter(|endpoint| !owes.leaves_open(*endpoint)).collect();
        for own in &told.own {
            if let Some(at) = further.iter().position(|endpoint| endpoint == own) {
                further.remove(at);
            }
        }
        match owes {
            Owes::Acceptance if told.end != End::Accepted => wrong.push(told.end.to_string()),
            Owes::Acceptance => {}
            Owes::Refusal { cause, detail, fault } => {
                wrong.extend(judge_refusal(&told.end, (cause, detail), fault));
                if !further.is_empty() {
                    wrong.push(format!("asked the provider once more after the refusal: {further:?}"));
                }
            }
        }
        let key_fetches = log.iter().filter(|entry| entry.endpoint == Endpoint::Jwks).count();
        // They are fetched once, and once more for a token of a key that came later.
        let most = if self.module.contains("-signing-key-rotation") { 2 } else { 1 };
        if key_fetches > most {
            wrong.push(format!("fetched the keys {key_fetches} times"));
        }
        let strays = log.iter().filter(|entry| {
            matches!(entry.endpoint, Endpoint::Other | Endpoint::ClaimSource | Endpoint::Metadata)
        });
        wrong.extend(strays.map(|entry| format!("asked for {}", entry.request.path)));
        wrong.extend(judge::all(&log, &stage.provider.issued(), &stage.origin));
        Outcome {
            end: told.end,
            further: further.len(),
            key_fetches,
            requests: log.len(),
            held: judge::held(&wrong),
            wrong,
        }
    }
}

impl Owes {
    /// What may be asked for after the refusal. Without keys nothing can be judged; and metadata are asked for when the
    /// application starts, which may be later than the person, and again where those that came are no good.
    fn leaves_open(self, endpoint: Endpoint) -> bool {
        let asks_anew = matches!(self, Self::Refusal { fault: Fault::Metadata | Fault::Initiation, .. });
        endpoint == Endpoint::Jwks || (asks_anew && endpoint == Endpoint::OpenIdConfiguration)
    }
}

/// What the application asks for in vain is the fault of a module in which nobody is to be asked.
fn is_fault(setting: &str) -> bool {
    setting == "AUTHORIZE_PARAMS"
}

fn judge_refusal(end: &End, (cause, detail): (&str, &str), fault: Fault) -> Option<String> {
    match end {
        // The answer to a logout token has one status for all that can be wrong with it.
        End::Refused { status, .. } if fault == Fault::LogoutToken && *status != 400 => {
            Some(format!("{end}, and the status should be 400"))
        }
        End::Refused { cause: told, detail: why, .. } if told == cause && why.contains(detail) => None,
        End::Refused { .. } => Some(format!("{end}, and the cause should be {cause}: {detail}")),
        End::Accepted => Some("accepted, and had to refuse".to_owned()),
    }
}
