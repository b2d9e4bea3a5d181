//! The verbs of the control API that only an OpenID provider needs.

use super::drive::{latest, sub_of};
use super::knob::Knob;
use super::misbehaviour::Misbehaviour;
use super::module::Module;
use super::{initiate, logout};
use crate::provider::control::read;
use crate::provider::received::Received;
use crate::provider::state::State;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Misbehave {
    module: Option<String>,
    without_fault: bool,
    ground: Vec<Knob>,
    knobs: Vec<Knob>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    user: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AtClient {
    client_id: String,
    user: String,
}

/// `None` for a verb that is not one of these.
pub(crate) fn answer(state: &mut State, request: &Received, verb: &str) -> Option<Result<Value, String>> {
    let done = json!({ "done": true });
    let no_login = || "this person has not logged in at this client".to_owned();
    Some(match (&request.method, verb) {
        (&Method::GET, "modules") => Ok(Module::all().map(shown).collect()),
        (&Method::GET, "misbehaviour") => Ok(json!({ "knobs": state.misbehaviour.knobs() })),
        (&Method::POST, "misbehave") => read(request).and_then(misbehaviour).map(|misbehaviour| {
            state.misbehave(misbehaviour);
            done
        }),
        (&Method::POST, "rotate_keys") => match &mut state.openid {
            Some(op) => {
                op.keys.rotate();
                Ok(done)
            }
            None => Err("this provider has no keys".to_owned()),
        },
        (&Method::GET, "logout_notices") => Ok(json!(state.notices)),
        (&Method::POST, "log_out") => read(request).and_then(|Person { user }| {
            let sub = sub_of(state, &user).ok_or("there is no such person")?;
            logout::end(state, |session| session.sub == sub);
            Ok(done)
        }),
        (&Method::POST, "post_logout_token") => read(request).and_then(|AtClient { client_id, user }| {
            let given = latest(state, &client_id, &user).ok_or_else(no_login)?;
            logout::tell(state, &client_id, &given.sub, &given.sid);
            Ok(done)
        }),
        (&Method::POST, "logout_token") => read(request).and_then(|AtClient { client_id, user }| {
            let given = latest(state, &client_id, &user).ok_or_else(no_login)?;
            Ok(json!({ "logout_token": logout::logout_token(state, &client_id, &given.sub, &given.sid) }))
        }),
        (&Method::GET, "initiate_login") => {
            let asked = request.query_parameters();
            let client_id = asked.one("client_id").unwrap_or_default();
            initiate::url(state, client_id, asked.one("login_hint"), asked.one("target_link_uri"))
                .map(|url| json!({ "url": url.as_str() }))
                .ok_or_else(|| "this client has no address to begin a login at".to_owned())
        }
        _ => return None,
    })
}

fn misbehaviour(order: Misbehave) -> Result<Misbehaviour, String> {
    let mut misbehaviour = match &order.module {
        Some(module) => Misbehaviour::named(module).ok_or("no such module is played here")?,
        None => Misbehaviour::new(),
    };
    for knob in order.ground {
        misbehaviour = misbehaviour.on_ground_of(knob);
    }
    for knob in order.knobs {
        misbehaviour = misbehaviour.with(knob);
    }
    Ok(if order.without_fault { misbehaviour.without_fault() } else { misbehaviour })
}

fn shown(module: &Module) -> Value {
    json!({
        "name": module.name(),
        "plays": module.plays(),
        "owes": module.owes(),
        "ground": module.ground(),
        "fault": module.fault(),
    })
}
