//! Many logins at once, at several providers, parked and resumed, with callbacks of every kind in any order: an exchange
//! comes of the right callback to the right login, once, and of nothing else.

use std::time::Duration;

use gatepass_core::{
    Callback, CallbackError, Client, ClientAuth, Pending, PendingSnapshot, Provider, Roundtrip,
};
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

use crate::pkc::challenge_of;
use crate::support::*;

/// Four clients: two of one provider, one of a provider that always sends `iss`, one of a provider without an issuer.
fn clients() -> Vec<Client> {
    let one =
        Provider::builder("https://one.example/a", "https://one.example/t").issuer("https://one.example");
    let one = one.build().unwrap();
    let two =
        Provider::builder("https://two.example/a", "https://two.example/t").issuer("https://two.example");
    let three = Provider::builder("https://three.example/a", "https://three.example/t");
    let client = |provider, id: &str| Client::new(provider, id, ClientAuth::None, REDIRECT).unwrap();
    vec![
        client(one.clone(), "first"),
        client(one, "second"),
        client(two.require_iss().build().unwrap(), "first"),
        client(three.build().unwrap(), "first"),
    ]
}

const ISSUERS: [&str; 6] =
    ["https://one.example", "https://two.example", "https://three.example", "https://one.example/", "", "x"];

/// The `iss` that a provider's own callback carries.
fn own_issuer(client: usize) -> Option<usize> {
    match client {
        0 | 1 => Some(0),
        2 => Some(1),
        _ => None,
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Life {
    Waiting,
    Parked,
    Spent,
}

/// What the model knows of a login.
#[derive(Clone, Debug)]
struct Known {
    client: usize,
    started: u64,
    life: Life,
}

#[derive(Clone, Debug)]
enum State {
    Of(usize),
    /// Of that login, with this character changed.
    Changed(usize, usize),
    Cut(usize),
    Missing,
    Empty,
    /// Of that login, twice.
    Twice(usize),
}

#[derive(Clone, Debug)]
enum Step {
    Start(usize),
    Park(usize),
    /// That login, taken up by that client.
    Resume(usize, usize),
    Arrive {
        at: usize,
        state: State,
        iss: Option<usize>,
        rest: &'static str,
    },
    Wait(u64),
}

#[derive(Clone, Debug, Default)]
struct Model {
    now: u64,
    logins: Vec<Known>,
}

const RESTS: [&str; 6] = [
    "code=c",
    "code=c&error=access_denied",
    "error=server_error",
    "code=",
    "code=c&code=c",
    "code=c&id_token=x",
];
const LIFETIME: u64 = 600;

impl ReferenceStateMachine for Model {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self::default()).boxed()
    }

    fn transitions(model: &Self) -> BoxedStrategy<Step> {
        let start = (0..4_usize).prop_map(Step::Start);
        if model.logins.is_empty() {
            return start.boxed();
        }
        let logins = model.logins.clone();
        let one = 0..logins.len();
        let state = one.clone().prop_flat_map(|of| {
            prop_oneof![
                8 => Just(State::Of(of)),
                1 => (0..43_usize).prop_map(move |at| State::Changed(of, at)),
                1 => prop::sample::select(vec![State::Cut(of), State::Missing, State::Empty, State::Twice(of)]),
            ]
        });
        let rest = prop_oneof![3 => Just(RESTS[0]), 1 => prop::sample::select(RESTS.to_vec())];
        // Three in four arrive where they belong.
        let arrive = (one.clone(), state, prop::option::of(0..ISSUERS.len()), rest, 0..4_u8).prop_map(
            move |(at, state, iss, rest, stray)| {
                let at = match state {
                    State::Of(of) | State::Twice(of) if stray > 0 => of,
                    _ => at,
                };
                let iss = if stray > 1 { own_issuer(logins[at].client) } else { iss };
                Step::Arrive { at, state, iss, rest }
            },
        );
        prop_oneof![
            3 => start,
            2 => one.clone().prop_map(Step::Park),
            3 => (one, 0..4_usize).prop_map(|(of, by)| Step::Resume(of, by)),
            8 => arrive,
            1 => (0..500_u64).prop_map(Step::Wait),
        ]
        .boxed()
    }

    fn apply(mut model: Self, step: &Step) -> Self {
        match step {
            Step::Start(client) => {
                model.logins.push(Known { client: *client, started: model.now, life: Life::Waiting });
            }
            Step::Park(of) => {
                if model.logins[*of].life == Life::Waiting {
                    model.logins[*of].life = Life::Parked;
                }
            }
            Step::Resume(of, by) => {
                let known = &mut model.logins[*of];
                if known.life == Life::Parked && known.client == *by {
                    known.life = Life::Waiting;
                }
            }
            Step::Arrive { at, state, iss, rest } => {
                let verdict = model.verdict(*at, state, *iss, rest);
                if matches!(verdict, Verdict::Exchange | Verdict::Ended) {
                    model.logins[*at].life = Life::Spent;
                }
            }
            Step::Wait(seconds) => model.now += seconds,
        }
        model
    }
}

#[derive(Debug, PartialEq)]
enum Verdict {
    /// Refused before a login was looked at.
    Malformed,
    /// There is no login in this process to bring it to.
    Nowhere,
    /// Another `state` or none: the login waits on.
    Kept,
    /// The right `state`, and yet refused: the login is over.
    Ended,
    Exchange,
}

impl Model {
    /// The rules, said once more in another way than the core says them.
    fn verdict(&self, at: usize, state: &State, iss: Option<usize>, rest: &str) -> Verdict {
        let malformed = matches!(state, State::Twice(_))
            || matches!(rest, "code=" | "code=c&code=c" | "code=c&id_token=x");
        if malformed {
            return Verdict::Malformed;
        }
        let known = &self.logins[at];
        if known.life != Life::Waiting {
            return Verdict::Nowhere;
        }
        if !matches!(state, State::Of(of) if *of == at) {
            return Verdict::Kept;
        }
        let right_issuer = match known.client {
            2 => iss == Some(1),
            0 | 1 => iss.is_none_or(|iss| iss == 0),
            _ => true,
        };
        let in_time = self.now <= known.started + LIFETIME;
        if in_time && right_issuer && rest == "code=c" { Verdict::Exchange } else { Verdict::Ended }
    }
}

/// A login as the program holds it.
enum Held {
    Waiting(Pending),
    Parked(PendingSnapshot),
    Spent,
}

struct Program {
    clients: Vec<Client>,
    logins: Vec<(Held, String, String)>,
    exchanges: Vec<usize>,
}

impl Program {
    fn query(&self, state: &State, iss: Option<usize>, rest: &str) -> String {
        let of = |login: usize| self.logins[login].1.as_str();
        let state = match state {
            State::Of(login) => format!("&state={}", of(*login)),
            State::Changed(login, at) => {
                let mut changed = of(*login).as_bytes().to_vec();
                changed[*at] = if changed[*at] == b'A' { b'B' } else { b'A' };
                format!("&state={}", String::from_utf8(changed).unwrap())
            }
            State::Cut(login) => format!("&state={}", &of(*login)[..42]),
            State::Missing => String::new(),
            State::Empty => "&state=".into(),
            State::Twice(login) => format!("&state={0}&state={0}", of(*login)),
        };
        let iss = iss.map_or(String::new(), |iss| format!("&iss={}", ISSUERS[iss]));
        format!("{rest}{state}{iss}")
    }
}

impl StateMachineTest for Program {
    type SystemUnderTest = Self;
    type Reference = Model;

    fn init_test(_: &Model) -> Self {
        Self { clients: clients(), logins: Vec::new(), exchanges: Vec::new() }
    }

    /// `model` is as it is after the step.
    fn apply(mut program: Self, model: &Model, step: Step) -> Self {
        match step {
            Step::Start(client) => {
                let number = u8::try_from(program.logins.len()).unwrap();
                let request = program.clients[client].authorize(&scopes("a"));
                let request = request.lifetime(Duration::from_secs(LIFETIME));
                let (url, pending) = request.start(attempt_at(after(model.now), number)).unwrap();
                let query = query(&url);
                let (state, challenge) = (only(&query, "state"), only(&query, "code_challenge"));
                assert!(program.logins.iter().all(|(_, known, _)| *known != state));
                program.logins.push((Held::Waiting(pending), state, challenge));
            }
            Step::Park(of) => {
                let held = &mut program.logins[of].0;
                *held = match std::mem::replace(held, Held::Spent) {
                    Held::Waiting(pending) => Held::Parked(pending.park()),
                    other => other,
                };
            }
            Step::Resume(of, by) => {
                let held = &mut program.logins[of].0;
                if let Held::Parked(snapshot) = held {
                    let copy = PendingSnapshot::from_bytes(snapshot.as_bytes().to_vec());
                    let resumed = program.clients[by].resume(copy);
                    assert_eq!(
                        resumed.is_ok(),
                        by == model.logins[of].client,
                        "another client takes nothing up"
                    );
                    if let Ok(pending) = resumed {
                        *held = Held::Waiting(pending);
                    }
                }
            }
            Step::Arrive { at, state, iss, rest } => program.arrive(model, at, &state, iss, rest),
            Step::Wait(_) => {}
        }
        program
    }

    fn check_invariants(program: &Self, model: &Model) {
        for (at, (known, (held, ..))) in model.logins.iter().zip(&program.logins).enumerate() {
            let life = match held {
                Held::Waiting(_) => Life::Waiting,
                Held::Parked(_) => Life::Parked,
                Held::Spent => Life::Spent,
            };
            assert_eq!(life, known.life);
            let times = program.exchanges.iter().filter(|login| **login == at).count();
            assert!(times == 0 || (times == 1 && life == Life::Spent), "one exchange a login");
        }
    }
}

impl Program {
    /// `model` is as it is after the step, so that the life of this login is read from what the program holds.
    fn arrive(&mut self, model: &Model, at: usize, state: &State, iss: Option<usize>, rest: &str) {
        let query = self.query(state, iss, rest);
        let (held, _, challenge) = &mut self.logins[at];
        let mut before = model.clone();
        before.logins[at].life = match held {
            Held::Waiting(_) => Life::Waiting,
            Held::Parked(_) => Life::Parked,
            Held::Spent => Life::Spent,
        };
        let due = before.verdict(at, state, iss, rest);
        let Ok(callback) = Callback::from_query(&query) else {
            assert_eq!(due, Verdict::Malformed, "{query}");
            return;
        };
        let pending = match std::mem::replace(held, Held::Spent) {
            Held::Waiting(pending) => pending,
            other => {
                *held = other;
                assert_eq!(due, Verdict::Nowhere, "{query}");
                return;
            }
        };
        match pending.receive(callback, after(model.now)) {
            Ok(exchange) => {
                assert_eq!(due, Verdict::Exchange, "{query}");
                let (request, _) = exchange.request(attempt(0)).unwrap();
                let form = sent_form(&request);
                assert_eq!(challenge_of(&only(&form, "code_verifier")), *challenge);
                let client = &self.clients[model.logins[at].client];
                assert_eq!(request.uri(), client.provider().token_endpoint().as_str());
                assert_eq!(only(&form, "client_id"), client.id());
                self.exchanges.push(at);
            }
            Err(CallbackError::NotOurs(pending) | CallbackError::StateMissing(pending)) => {
                *held = Held::Waiting(*pending);
                assert_eq!(due, Verdict::Kept, "{query}");
            }
            Err(error) => assert_eq!(due, Verdict::Ended, "{query}: {error:?}"),
        }
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_exchange_comes_of_the_right_callback_and_of_nothing_else(sequential 1..40 => Program);
}
