//! No planted secret in any Debug, Display or error chain, in whatever spelling.

use std::fmt::{Debug, Display};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use gatepass_core::ports::{HttpError, HttpErrorKind, Processed};
use gatepass_core::{
    Body, Callback, CallbackError, ClientAuth, DriveError, Exchange, PendingSnapshot, Protocol, Refresh,
    RefreshError, Roundtrip, Secret, Seed, Step, TokenKind,
};

use crate::support::*;

/// What is hidden: the planted texts, and everything that this login makes of its seed.
struct Canaries(Vec<Vec<u8>>);

impl Canaries {
    /// The spellings that are searched: text, percent, base64 in all alphabets, hex, and the decimal list of bytes.
    fn spellings(secret: &[u8]) -> Vec<String> {
        let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        let percent: String = secret.iter().map(|byte| format!("%{byte:02X}")).collect();
        let list: Vec<String> = secret.iter().map(u8::to_string).collect();
        let spaced: Vec<String> = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut all = vec![
            String::from_utf8_lossy(secret).into_owned(),
            url::form_urlencoded::byte_serialize(secret).collect(),
            percent.to_lowercase(),
            percent,
            STANDARD.encode(secret),
            STANDARD_NO_PAD.encode(secret),
            URL_SAFE.encode(secret),
            URL_SAFE_NO_PAD.encode(secret),
            hex.to_uppercase(),
            hex,
            list.join(", "),
            list.join(","),
            list.join(",\n    "),
            spaced.join(" "),
            spaced.join(", "),
        ];
        all.retain(|spelling| spelling.len() >= 8);
        all
    }

    fn demand_none(&self, what: &str, text: &str) {
        for canary in &self.0 {
            for spelling in Self::spellings(canary) {
                assert!(!text.contains(&spelling), "{what} shows {spelling}: {text}");
            }
        }
    }

    fn debug(&self, value: &impl Debug) {
        let what = std::any::type_name_of_val(value);
        self.demand_none(what, &format!("{value:?}"));
        self.demand_none(what, &format!("{value:#?}"));
        self.demand_none(what, &format!("{value:02x?}"));
    }

    fn display(&self, value: &(impl Debug + Display)) {
        self.debug(value);
        self.demand_none(std::any::type_name_of_val(value), &value.to_string());
    }

    fn error(&self, error: &(impl std::error::Error + 'static)) {
        self.display(error);
        self.demand_none(std::any::type_name_of_val(error), &printed(error));
    }
}

const PLANTED: [&str; 6] = [
    "canary-secret\u{fc}",
    "canary+code/1",
    "canary.access~1",
    "canary.refresh~1",
    "canary-id-token",
    "canary-extra",
];

fn canaries(login: &Login) -> Canaries {
    let verifier = serde_json::from_slice::<serde_json::Value>(
        self::login(&client_with(auth())).pending.park().as_bytes(),
    )
    .unwrap();
    let mut all: Vec<Vec<u8>> = PLANTED.iter().map(|text| text.as_bytes().to_vec()).collect();
    all.push(login.state.clone().into_bytes());
    all.push(verifier["verifier"].as_str().unwrap().as_bytes().to_vec());
    for half in [0..32, 32..64] {
        all.push(seed()[half].to_vec());
    }
    Canaries(all)
}

fn auth() -> ClientAuth {
    ClientAuth::Post(Secret::from(PLANTED[0]))
}

/// The seed that `attempt(1)` spends.
fn seed() -> [u8; 64] {
    std::array::from_fn(|at| u8::try_from(at).unwrap() ^ 31)
}

const ANSWER: &str = r#"{"access_token":"canary.access~1","token_type":"Bearer","refresh_token":"canary.refresh~1","id_token":"canary-id-token","x":"canary-extra","canary-extra":"x"}"#;

/// A search that finds nothing must be able to find something.
#[test]
fn cfg_10_the_search_sees_what_is_shown() {
    let canaries = Canaries(vec![b"canary-secret".to_vec()]);
    let shown: [&dyn Debug; 3] = [&"canary-secret", &b"canary-secret".to_vec(), &"x=Y2FuYXJ5LXNlY3JldA=="];
    for value in shown {
        for text in [format!("{value:?}"), format!("{value:#?}")] {
            let searched = std::panic::catch_unwind(|| canaries.demand_none("a test", &text));
            assert!(searched.is_err(), "{text}");
        }
    }
}

#[test]
fn cfg_10_no_type_shows_what_it_hides() {
    let hidden = canaries(&login(&client_with(auth())));
    for auth in [auth(), ClientAuth::Basic(Secret::from(PLANTED[0])), ClientAuth::None] {
        hidden.debug(&auth);
        hidden.debug(&client_with(auth));
    }
    let client = client_with(auth());
    hidden.debug(&Secret::from(PLANTED[0]));
    hidden.debug(&Seed::new(seed()));
    hidden.debug(&attempt(1));
    hidden.debug(&Body::from(PLANTED.join("&")));
    hidden.debug(&client.refresh(Secret::from(PLANTED[3]), &scopes("a")));
    hidden.debug(&client.revoke(Secret::from(PLANTED[2]), TokenKind::Access));

    let request =
        client.authorize(&scopes("a")).param("id_token_hint", PLANTED[4]).param("login_hint", PLANTED[5]);
    hidden.debug(&request);
    hidden.debug(&request.carry(Protocol::OpenId, PLANTED[1].as_bytes()));

    let login = self::login(&client);
    hidden.debug(&login.pending);
    let query = format!("code=canary%2Bcode/1&state={}&x=canary-extra", login.state);
    hidden.debug(&callback(&query));
    let snapshot = login.pending.park();
    hidden.debug(&snapshot);
    let pending = client.resume(snapshot).unwrap();
    hidden.debug(&pending);
    let exchange = pending.receive(callback(&query), NOW).unwrap();
    hidden.debug(&exchange);
    let (request, sent) = ask(exchange);
    hidden.debug(&request);
    hidden.debug(&sent);
    let basic = client_with(ClientAuth::Basic(Secret::from(PLANTED[0])));
    hidden.debug(&ask(basic.refresh(Secret::from(PLANTED[3]), &scopes("a"))));
    hidden.debug(&ask(client.revoke(Secret::from(PLANTED[2]), TokenKind::Access).unwrap()));

    let step = Exchange::response(sent, json(200, ANSWER), NOW).unwrap();
    hidden.debug(&step);
    let Step::Done(tokens) = step else { panic!() };
    hidden.debug(&tokens);
    hidden.debug(&tokens.id_token());
    hidden.debug(&tokens.extra());
    let refresh = tokens.into_refresh(&client).unwrap();
    hidden.debug(&refresh);
    let (request, sent) = ask(refresh);
    hidden.debug(&request);
    hidden.debug(&sent);
    hidden.debug(&judge::<Refresh>(sent, json(200, ANSWER)).unwrap());
}

#[test]
fn c_60_no_error_shows_a_secret() {
    let client = client_with(auth());
    let hidden = canaries(&login(&client));
    for query in [
        "code=canary%2Bcode/1&code=canary%2Bcode/1",
        "canary-extra=%zz",
        "id_token=canary-id-token",
        "x=canary-extra",
    ] {
        hidden.error(&refused(Callback::from_query(query)));
    }
    let login = self::login(&client);
    let state = login.state.clone();
    let refusals = [
        format!("code=canary%2Bcode/1&state={state}x"),
        "code=canary%2Bcode/1".into(),
        format!("state={state}&error=canary-secret&error_description=canary-secret&error_uri=canary-secret"),
        format!("state={state}&error=e&code=canary%2Bcode/1"),
        format!("state={state}&code=canary%2Bcode/1&iss=canary-extra"),
    ];
    for query in refusals {
        let error = refused(self::login(&client).pending.receive(callback(&query), NOW));
        hidden.debug(&error);
        hidden.demand_none("CallbackError", &printed(&error));
        if let CallbackError::NotOurs(pending) | CallbackError::StateMissing(pending) = error {
            hidden.debug(&pending);
        }
    }
    let snapshot =
        PendingSnapshot::from_bytes(login.pending.park().as_bytes().split_last().unwrap().1.to_vec());
    hidden.error(&refused(client.resume(snapshot)));

    let with = |member: &str, value: &str| ANSWER.replacen('{', &format!(r#"{{"{member}":{value},"#), 1);
    let bodies = [
        (200, with("scope", "7")),
        (200, with("error", r#""canary-secret""#)),
        (200, with("access_token", r#""canary.access~1""#)),
        (200, with("expires_in", r#""canary-extra""#)),
        (200, ANSWER.replace("Bearer", "canary-extra")),
        (200, format!("{ANSWER}canary-extra")),
        (400, with("error", r#""invalid_grant","error_description":"canary.refresh~1""#)),
        (400, with("error", r#""canary.refresh~1""#)),
        (500, ANSWER.into()),
        (307, ANSWER.into()),
    ];
    for (status, body) in &bodies {
        let error = refused(exchanged(self::login(&client), json(*status, body)));
        hidden.error(&error);
        hidden.error(&DriveError::<Exchange>::Refused(error));
        let (_, sent) = ask(client.refresh(Secret::from(PLANTED[3]), &scopes("a")));
        let error: RefreshError = refused(judge::<Refresh>(sent, json(*status, body)));
        hidden.error(&error);
        let (_, sent) = ask(client.revoke(Secret::from(PLANTED[3]), TokenKind::Refresh).unwrap());
        if let Err(error) = judge::<gatepass_core::Revocation>(sent, json(*status, body)) {
            hidden.error(&error);
        }
    }
    let why = || HttpError::new(HttpErrorKind::Timeout, Processed::Maybe);
    hidden.error(&DriveError::<Exchange>::Unknown(why()));
    hidden.error(&DriveError::NotSent {
        leg: self::login(&client).receive("code=canary%2Bcode/1").unwrap(),
        why: why(),
    });
    for bad in ["canary-secret\n", "canary-secret\0"] {
        let auth = ClientAuth::Basic(Secret::from(bad));
        hidden.error(&refused(gatepass_core::Client::new(provider(), ID, auth, REDIRECT)));
    }
    hidden
        .error(&refused(gatepass_core::Provider::builder("https://canary-secret@x.example", TOKEN).build()));
    hidden.error(&refused(gatepass_core::RedirectUri::new("https://x.example/#canary-secret")));
    hidden.error(&refused(gatepass_core::Scopes::new("canary-secret\"")));
}
