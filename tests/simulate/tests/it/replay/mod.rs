//! The explorer's walks, replayed to the keepers that ship: each effect of the machine must lead to just the port call
//! that the explorer took it for, and each answer to the event that it told.
//!
//! The keepers are used as programs use them; what stands behind their ports is a script made of one walk.

mod forge;
mod ports;
mod script;

use std::collections::BTreeMap;
use std::sync::Arc;

use gatepass::renewal::{Effect, Ended, Verdict};
use gatepass::{AccessToken, KeepError, LoginReason, Unavailable};
use gatepass_explore::catalogue;
use gatepass_explore::trace::{Task, Trace, traces};

use forge::Forge;
use ports::Keepers;
use script::Script;

/// What a call of the keeper answered.
#[derive(Debug)]
enum Answer {
    Token(Result<AccessToken, Unavailable>),
    Done(Result<(), KeepError>),
    Swept(Result<gatepass::Swept, KeepError>),
}

/// Replays a walk to a keeper of one kind. Panics where the keeper does something else.
fn replay(trace: &Trace, forge: &mut Forge, keepers: Keepers) {
    let script = Script::new(trace, forge);
    let answer = keepers.run(&script, trace);
    script.is_over();
    let Some(Effect::Done(verdict)) = trace.steps.last().map(|step| step.effect) else {
        panic!("the walk does not end")
    };
    judge(&script, verdict, &answer);
}

/// The answer of the keeper is what the machine's verdict means.
fn judge(script: &Arc<Script>, verdict: Verdict, answer: &Answer) {
    let why = |wanted: LoginReason| move |why: &Unavailable| matches!(why, Unavailable::LoginRequired { why, .. } if *why == wanted);
    let right = match (verdict, answer) {
        (Verdict::Renewed, Answer::Token(Ok(token))) => {
            Some(token.secret().expose()) == script.access().as_deref()
        }
        (Verdict::Unusable, Answer::Token(Err(why))) => matches!(why, Unavailable::Unusable(_)),
        // It looks at the row: that one's token has ended as well, and the store is away by then.
        (Verdict::Adopted, Answer::Token(Err(found))) => {
            matches!(found, Unavailable::StoreUnavailable(_)) || why(LoginReason::Suspect)(found)
        }
        (Verdict::Refused(_), Answer::Token(Err(why))) => matches!(why, Unavailable::Refused(_)),
        (Verdict::Later, Answer::Token(Err(why))) => matches!(why, Unavailable::Later { .. }),
        (Verdict::Suspect, Answer::Token(Err(found))) => why(LoginReason::Suspect)(found),
        (Verdict::StoreAway, Answer::Token(Err(why))) => matches!(why, Unavailable::StoreUnavailable(_)),
        (Verdict::Ended(Ended::Absent), Answer::Token(Err(found))) => why(LoginReason::Absent)(found),
        (Verdict::Ended(Ended::LoggedOut), Answer::Token(Err(found))) => why(LoginReason::LoggedOut)(found),
        (Verdict::Ended(Ended::Dead(_)), Answer::Token(Err(found))) => {
            why(LoginReason::Rejected)(found) || why(LoginReason::LoggedOut)(found)
        }
        (Verdict::Fenced | Verdict::Ended(_) | Verdict::Installed(_), Answer::Done(Ok(()))) => true,
        (Verdict::Superseded(_), Answer::Done(Err(why))) => matches!(why, KeepError::Overtaken),
        (Verdict::Ended(_), Answer::Done(Err(why))) => matches!(why, KeepError::LoggedOut),
        (Verdict::Swept, Answer::Swept(Ok(swept))) => swept.done == 1,
        (Verdict::NotYet(_), Answer::Swept(Ok(swept))) => swept.put_off == 1,
        (Verdict::Abandoned(..), Answer::Swept(Ok(swept))) => swept.settled == 1,
        (Verdict::Nothing | Verdict::StoreAway, Answer::Swept(Ok(swept))) => swept.left == 1,
        _ => false,
    };
    assert!(right, "{}: the verdict {verdict:?} became {answer:?}", script.about());
    if let Verdict::Installed(Some(which)) | Verdict::Superseded(Some(which)) = verdict {
        script.leftovers_are(which);
    }
}

#[test]
fn c_70_keepers_of_tasks_and_of_threads_do_what_the_explorer_took_them_to_do() {
    let (walks, mut forge) = (traces(&catalogue::steps()), Forge::default());
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for trace in &walks {
        replay(trace, &mut forge, Keepers::Tasks);
        replay(trace, &mut forge, Keepers::Threads);
        let kind = match trace.task {
            Task::Renew(_) => "renewals",
            Task::Fence => "logouts",
            Task::Sweep => "sweeps",
            Task::Install(..) => "logins",
        };
        *kinds.entry(kind).or_default() += 1;
    }
    let steps: usize = walks.iter().map(|trace| trace.steps.len()).sum();
    println!("{} walks, {steps} steps, each to both kinds of keepers: {kinds:?}", walks.len());
    assert!(walks.len() > 200 && kinds.len() == 4, "the walks have become blind");
}
