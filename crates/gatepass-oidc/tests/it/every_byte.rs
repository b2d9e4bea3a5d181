//! What holds of all three kinds of signed tokens under every kind of algorithm: no byte can be changed, and what a
//! provider may write as it likes changes nothing.

use gatepass_core::{Body, Roundtrip, Secret, Step};
use gatepass_oidc::{Algorithm, FetchUserInfo, LogoutVerdict, OpenId, Rules, UserInfoVerdict, Whom};
use http::Response;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::support::{CLIENT, ISSUER, Login, NOW, Signer, attempt, openid};

const ALGORITHMS: [Algorithm; 5] =
    [Algorithm::Rs256, Algorithm::Ps256, Algorithm::Es256, Algorithm::EdDsa, Algorithm::Hs256];

const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#[derive(Clone, Copy, Debug)]
enum Kind {
    IdToken,
    LogoutToken,
    UserInfo,
}

const KINDS: [Kind; 3] = [Kind::IdToken, Kind::LogoutToken, Kind::UserInfo];

/// A provider that signs under one algorithm, and a client of it.
struct Op {
    signer: Signer,
    openid: OpenId,
}

impl Op {
    fn new(algorithm: Algorithm) -> Self {
        let signer = Signer::new(algorithm);
        let rules = if algorithm.is_mac() {
            Rules::new().mac(algorithm, signer.secret().as_str().into())
        } else {
            Rules::new().algorithms([algorithm])
        };
        Self { openid: openid(rules), signer }
    }

    fn claims(&self, kind: Kind) -> Value {
        match kind {
            Kind::IdToken => Login::at(&self.openid).claims(),
            Kind::LogoutToken => json!({
                "iss": ISSUER, "aud": CLIENT, "sub": "alice", "sid": "s-1", "jti": "j-1",
                "iat": NOW.as_unix_seconds(), "exp": NOW.as_unix_seconds() + 120,
                "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            }),
            Kind::UserInfo => json!({"iss": ISSUER, "aud": CLIENT, "sub": "alice"}),
        }
    }

    /// The subject that a token is about; `None`: it is refused.
    fn judge(&self, kind: Kind, token: &str) -> Option<String> {
        let keys = if self.signer.algorithm.is_mac() { Default::default() } else { self.signer.keys() };
        match kind {
            Kind::IdToken => {
                let sign_in = Login::at(&self.openid).finish(token, &keys).ok()?;
                Some(sign_in.identity.sub().to_owned())
            }
            Kind::LogoutToken => match self.openid.logout_token(token).verify(&keys, NOW) {
                LogoutVerdict::LoggedOut(logout) => match logout.whom {
                    Whom::Session { sub, .. } => sub.map(Into::into),
                    _ => panic!("the token names the session"),
                },
                _ => None,
            },
            Kind::UserInfo => {
                let fetch = self.openid.fetch_user_info(&Secret::from("the-access-token"), "alice").unwrap();
                let (_, sent) = fetch.request(attempt(1)).unwrap();
                let answer = Response::builder().header("content-type", "application/jwt");
                let answer = answer.body(Body::from(token.to_owned())).unwrap();
                let Ok(Step::Done(info)) = FetchUserInfo::response(sent, answer, NOW) else { panic!("text") };
                match info.verify(&keys) {
                    UserInfoVerdict::Verified(claims) => claims.text("sub"),
                    _ => None,
                }
            }
        }
    }
}

/// Canonical base64url has one text for the same bytes, so that the token as it is is the only one that is taken.
fn every_byte_counts(algorithm: Algorithm) {
    let op = Op::new(algorithm);
    for kind in KINDS {
        let token = op.signer.token(&op.claims(kind));
        assert_eq!(op.judge(kind, &token).as_deref(), Some("alice"), "{kind:?}");
        for (at, old) in token.char_indices() {
            // The neighbour in the alphabet, which is one bit of what it stands for, in one bit of itself and in case, and
            // three that are in no segment.
            let neighbour = ALPHABET.find(old).map_or('A', |at| char::from(ALPHABET.as_bytes()[at ^ 1]));
            let near = [neighbour, char::from(old as u8 ^ 1), char::from(old as u8 ^ 0x20)];
            for new in near.into_iter().chain(['A', '.', '=', '\u{e9}']) {
                let changed = format!("{}{new}{}", &token[..at], &token[at + 1..]);
                if changed != token {
                    assert_eq!(op.judge(kind, &changed), None, "{kind:?}: {old:?} at {at} became {new:?}");
                }
            }
            let without = format!("{}{}", &token[..at], &token[at + 1..]);
            assert_eq!(op.judge(kind, &without), None, "{kind:?}: without the byte at {at}");
        }
        for end in ["A", "=", ".", "%00", "\u{e9}"] {
            assert_eq!(op.judge(kind, &format!("{token}{end}")), None, "{kind:?}: with {end:?} after it");
        }
    }
}

#[test]
fn every_byte_counts_under_rs256() {
    every_byte_counts(Algorithm::Rs256);
}

#[test]
fn every_byte_counts_under_ps256() {
    every_byte_counts(Algorithm::Ps256);
}

#[test]
fn every_byte_counts_under_es256() {
    every_byte_counts(Algorithm::Es256);
}

#[test]
fn every_byte_counts_under_eddsa() {
    every_byte_counts(Algorithm::EdDsa);
}

#[test]
fn every_byte_counts_under_hs256() {
    every_byte_counts(Algorithm::Hs256);
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((".{0,6}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Members that nobody here knows: no registered name has a capital first letter.
fn unknown() -> impl Strategy<Value = Vec<(String, Value)>> {
    prop::collection::btree_map("[A-Z\u{e9}].{0,8}", json_value(), 0..5)
        .prop_map(|members| members.into_iter().collect())
}

/// The members in an order that a seed picks, with white space wherever JSON allows it.
fn written(known: &Value, unknown: &[(String, Value)], seed: usize, space: &str) -> String {
    let mut members: Vec<String> = known
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .chain(unknown.iter().cloned())
        .map(|(name, value)| format!("{space}{}{space}:{space}{value}{space}", Value::from(name)))
        .collect();
    let mut seed = seed;
    for last in (1..members.len()).rev() {
        members.swap(last, seed % (last + 1));
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1) >> 3;
    }
    format!("{space}{{{}}}{space}", members.join(","))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]

    #[test]
    fn idt_22_unknown_members_order_and_white_space_change_nothing(
        in_header in unknown(),
        in_claims in unknown(),
        seed in any::<usize>(),
        space in "[ \t\n\r]{0,3}",
    ) {
        for algorithm in ALGORITHMS {
            let op = Op::new(algorithm);
            let header = json!({"alg": algorithm.name(), "kid": "k1"});
            for kind in KINDS {
                let header = written(&header, &in_header, seed, &space);
                let claims = written(&op.claims(kind), &in_claims, seed, &space);
                let token = op.signer.sign_text(&header, &claims);
                let judged = op.judge(kind, &token);
                prop_assert_eq!(judged.as_deref(), Some("alice"), "{:?} {} {}", kind, header, claims);
            }
        }
    }

    /// Any byte in place of any other, wherever the sweep above did not look.
    #[test]
    fn no_byte_of_any_token_can_be_changed(which in 0..ALGORITHMS.len(), at in any::<prop::sample::Index>(), to in any::<char>()) {
        let op = Op::new(ALGORITHMS[which]);
        for kind in KINDS {
            let token = op.signer.token(&op.claims(kind));
            let at = at.index(token.len());
            let changed = format!("{}{to}{}", &token[..at], &token[at + 1..]);
            prop_assert_eq!(op.judge(kind, &changed).is_some(), changed == token, "{:?}", kind);
        }
    }
}
