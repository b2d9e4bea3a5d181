//! What is stored opens where it stands, under its own key, and nowhere else.

use gatepass::ports::{GrantKey, Owner, Row, Sealed};
use gatepass::renewal::Lineage;
use gatepass::{Binding, KeyRing, KeyRingError, SealError, SystemEntropy, Unavailable};

use crate::support::{Stage, session};

fn unreadable(found: Result<gatepass::AccessToken, Unavailable>) -> SealError {
    match found {
        Err(Unavailable::Unreadable(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn ref_12_tokens_of_another_row_do_not_open() {
    let stage = Stage::new();
    let keeper = stage.keeper();
    for who in ["alice", "bob"] {
        keeper.install(&session(who), stage.log_in(who).await).await.unwrap();
    }
    let (_, alices) = stage.store.row(&session("alice")).unwrap();
    let (_, bobs) = stage.store.row(&session("bob")).unwrap();
    // The whole row of another person, and their tokens under one's own journal.
    stage.store.put(&session("bob"), alices.clone());
    assert_eq!(unreadable(keeper.access_token(&session("bob")).await), SealError::Refused);
    stage.store.put(&session("bob"), Row::new(bobs.journal, alices.tokens.clone()));
    assert_eq!(unreadable(keeper.access_token(&session("bob")).await), SealError::Refused);
    let connected = GrantKey::new("example", Owner::User("alice".into()));
    stage.store.put(&connected, alices);
    assert_eq!(unreadable(keeper.access_token(&connected).await), SealError::Refused);
    stage.store.put(&session("bob"), bobs);
    keeper.access_token(&session("bob")).await.unwrap();
}

#[tokio::test]
async fn ref_12_tokens_of_an_older_generation_do_not_open_under_the_newer_journal() {
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;
    let (_, older) = stage.store.row(&key).unwrap();
    stage.expire();
    keeper.access_token(&key).await.unwrap();
    let (_, newer) = stage.store.row(&key).unwrap();
    stage.store.put(&key, Row::new(newer.journal, older.tokens));
    assert_eq!(unreadable(keeper.access_token(&key).await), SealError::Refused);
}

#[tokio::test]
async fn sto_02_a_wrong_key_is_told_by_name_and_nothing_is_read() {
    let mut stage = Stage::new();
    let (_, key) = stage.with_grant().await;
    stage.expire();
    stage.ring = KeyRing::generate().unwrap();
    assert_eq!(unreadable(stage.keeper().access_token(&key).await), SealError::UnknownKey);
    assert_eq!(stage.server.token_requests("refresh_token").len(), 0);
}

#[tokio::test]
async fn sto_02_everything_is_sealed_again_under_a_new_first_key() {
    let mut stage = Stage::new();
    let (_, key) = stage.with_grant().await;
    let old = stage.ring.clone();
    let new = KeyRing::generate().unwrap();
    let both = format!("{},{}", new.danger_text().expose(), old.danger_text().expose());
    stage.ring = KeyRing::parse(&both).unwrap();
    let keeper = stage.keeper();
    keeper.access_token(&key).await.unwrap();
    let mut steps = Vec::new();
    let done = keeper.reseal_all(|progress| steps.push(progress)).await.unwrap();
    assert_eq!((done.seen, done.changed, done.failed), (1, 1, 0));
    assert_eq!(steps, [done]);
    assert_eq!(keeper.reseal_all(|_| {}).await.unwrap().changed, 0);

    stage.ring = new;
    stage.keeper().access_token(&key).await.unwrap();
    stage.expire();
    stage.keeper().access_token(&key).await.unwrap();
    stage.ring = old;
    assert_eq!(unreadable(stage.keeper().access_token(&key).await), SealError::UnknownKey);
    assert_eq!(stage.keeper().reseal_all(|_| {}).await.unwrap().failed, 1);
}

#[tokio::test]
async fn sto_02_a_logout_succeeds_although_the_tokens_do_not_open() {
    let mut stage = Stage::new();
    let (_, key) = stage.with_grant().await;
    stage.ring = KeyRing::generate().unwrap();
    let keeper = stage.keeper();
    keeper.logout(&key).await.unwrap();
    assert!(matches!(keeper.access_token(&key).await, Err(Unavailable::LoginRequired { .. })));
}

#[test]
fn sto_02_a_value_of_another_purpose_or_place_does_not_open() {
    let (ring, entropy) = (KeyRing::generate().unwrap(), SystemEntropy::new());
    let key = session("alice");
    let place = Binding::grant(&key, Lineage::new(1), 2);
    let sealed = ring.seal(&place, b"plain", &entropy).unwrap();
    assert_eq!(ring.open(&place, &sealed).unwrap().as_slice(), b"plain");
    for other in [
        Binding::grant(&key, Lineage::new(1), 3),
        Binding::grant(&key, Lineage::new(2), 2),
        Binding::grant(&session("bob"), Lineage::new(1), 2),
        Binding::grant(&GrantKey::new("other", key.owner().clone()), Lineage::new(1), 2),
        Binding::new("pending login"),
    ] {
        assert_eq!(ring.open(&other, &sealed).unwrap_err(), SealError::Refused);
    }
}

#[test]
fn sto_02_every_changed_byte_is_noticed_and_nothing_panics() {
    let (ring, entropy) = (KeyRing::generate().unwrap(), SystemEntropy::new());
    let place = Binding::new("test");
    let sealed = ring.seal(&place, b"plain", &entropy).unwrap();
    for at in 0..sealed.as_bytes().len() {
        let mut bytes = sealed.as_bytes().to_vec();
        bytes[at] ^= 1;
        let expected = match at {
            0 => SealError::Format,
            1..=8 => SealError::UnknownKey,
            _ => SealError::Refused,
        };
        assert_eq!(ring.open(&place, &Sealed::from_stored(bytes)).unwrap_err(), expected, "byte {at}");
        let cut = sealed.as_bytes()[..at].to_vec();
        assert!(ring.open(&place, &Sealed::from_stored(cut)).is_err());
    }
    let again = ring.seal(&place, b"plain", &entropy).unwrap();
    assert_ne!(again, sealed, "a nonce is not used twice");
}

#[test]
fn a_key_ring_says_which_key_is_wrong_and_shows_none() {
    let good = KeyRing::generate().unwrap().danger_text().expose().to_owned();
    let short = "AAAA";
    for (text, expected) in [
        (String::new(), KeyRingError::NoKey),
        (" ".to_owned(), KeyRingError::NoKey),
        (format!("{good},nonsense!"), KeyRingError::NotBase64 { key: 2 }),
        (format!("{good},"), KeyRingError::WrongLength { key: 2, bytes: 0 }),
        (format!("{short},{good}"), KeyRingError::WrongLength { key: 1, bytes: 3 }),
        (format!("{good},{good}"), KeyRingError::Twice { key: 2, earlier: 1 }),
    ] {
        let found = KeyRing::parse(&text).unwrap_err();
        assert_eq!(found, expected);
        assert!(!found.to_string().contains("nonsense"));
    }
    let ring = KeyRing::parse(&format!(" {good} ")).unwrap();
    assert_eq!(ring.danger_text().expose(), good);
    assert!(!format!("{ring:?}").contains(&good[..8]));
}
