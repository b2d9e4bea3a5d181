//! The contracts of [`SessionStore`], SESS-1 to SESS-8.
#![expect(clippy::unwrap_used, reason = "a case says that a contract is broken by a panic")]

use std::sync::Arc;
use std::time::Duration;

use gatepass_core::Timestamp;
use gatepass_core::ports::{Hash32, SessionId, SessionRow, SessionStore, StoreErrorKind, Subject};

use super::Place;
use super::run::suite;

suite!("a session store", SessionStore, session_store_contract, session, $, [
    sess_1_create_keeps_every_field,
    sess_2_an_expired_session_is_not_found,
    sess_3_rotate_adds_a_cookie_and_ends_the_others,
    sess_4_end_removes_the_session_and_its_cookies,
    sess_5_names_are_compared_byte_by_byte,
    sess_6_touch_never_moves_back,
    sess_7_purge_removes_what_expired,
    sess_8_a_deed_is_known_until_its_time_is_over,
]);

const HOUR: Duration = Duration::from_secs(3600);

fn hash(value: &str) -> Hash32 {
    Hash32::digest("contract", value.as_bytes())
}

fn id(value: &str) -> SessionId {
    SessionId::new(value)
}

async fn now<S: SessionStore>(store: &S) -> Timestamp {
    store.find(hash("nobody's")).await.unwrap().now
}

async fn found<S: SessionStore>(store: &S, cookie: &str) -> Option<SessionRow> {
    store.find(hash(cookie)).await.unwrap().session
}

/// A session that began an hour ago and lasts for another.
async fn lasting<S: SessionStore>(store: &S, id: &str) -> SessionRow {
    let now = now(store).await;
    SessionRow::new(SessionId::new(id), "provider", now.saturating_sub(HOUR), now.saturating_add(HOUR))
}

/// SESS-1: every field is kept to the letter, and neither an id nor a cookie can be taken twice.
pub async fn sess_1_create_keeps_every_field<P: Place>(place: &P)
where
    P::Store: SessionStore,
{
    let (store, other) = (place.open().await, place.open().await);
    let bare = lasting(&store, "bare").await;
    let mut full = lasting(&store, "full \u{e9} '; --").await;
    full.provider = "Provider \u{1f600}".into();
    full.owner = Some("".into());
    full.subject = Some(Subject::new("https://issuer.example/a?b#c", "sub \u{e9}", Some("".into())));
    full.description = Some("Firefox on \u{1f600} '; --".into());
    full.created = Timestamp::from_unix_millis(i64::MIN);
    full.last_seen = Timestamp::from_unix_millis(-1);
    full.expires = Timestamp::MAX;
    let mut without_sid = lasting(&store, "without sid").await;
    without_sid.description = Some("".into());
    without_sid.subject = Some(Subject::new("iss", "sub", None));
    for session in [&bare, &full, &without_sid] {
        store.create(session, hash(session.id.as_str())).await.unwrap();
        for store in [&store, &other] {
            assert_eq!(found(store, session.id.as_str()).await.as_ref(), Some(session));
        }
    }
    let mut again = bare.clone();
    again.provider = "other".into();
    let refusal = store.create(&again, hash("new cookie")).await.unwrap_err();
    assert_eq!(refusal.kind(), StoreErrorKind::Refused, "a second session of one id");
    assert_eq!(found(&store, "new cookie").await, None, "a refused session's cookie was kept");
    assert_eq!(found(&store, "bare").await, Some(bare), "a refused session changed the first");

    let usurper = lasting(&store, "usurper").await;
    let refusal = store.create(&usurper, hash("without sid")).await.unwrap_err();
    assert_eq!(refusal.kind(), StoreErrorKind::Refused, "a second session with one cookie");
    assert_eq!(found(&store, "without sid").await, Some(without_sid), "a cookie was taken from its session");
    assert!(!store.end(&usurper.id).await.unwrap(), "a refused session was kept");
}

/// SESS-2: a session is not found once its time has passed, nor is a cookie that no session has.
pub async fn sess_2_an_expired_session_is_not_found<P: Place>(place: &P)
where
    P::Store: SessionStore,
{
    let store = place.open().await;
    let now = now(&store).await;
    let ended = SessionRow::new(id("ended"), "provider", now.saturating_sub(HOUR), now);
    let mut soon = ended.clone();
    soon.id = id("soon");
    soon.expires = now.saturating_add(Duration::from_millis(60));
    let lasts = lasting(&store, "lasts").await;
    for session in [&ended, &soon, &lasts] {
        store.create(session, hash(session.id.as_str())).await.unwrap();
    }
    assert_eq!(found(&store, "ended").await, None, "an expired session is found");
    assert_eq!(found(&store, "nobody's").await, None);
    let begun = std::time::Instant::now();
    loop {
        let finding = store.find(hash("soon")).await.unwrap();
        assert_eq!(
            finding.session.is_some(),
            finding.now < soon.expires,
            "at {} of {}",
            finding.now,
            soon.expires
        );
        if finding.session.is_none() {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "the store's clock stands still");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(found(&store, "lasts").await, Some(lasts), "a session that has time left is not found");
}

/// SESS-3: a new cookie is added, the others last no longer than said, and never longer than was said before.
pub async fn sess_3_rotate_adds_a_cookie_and_ends_the_others<P: Place>(place: &P)
where
    P::Store: SessionStore,
{
    let store = place.open().await;
    let session = lasting(&store, "session").await;
    let bystander = lasting(&store, "bystander").await;
    store.create(&session, hash("first")).await.unwrap();
    store.create(&bystander, hash("bystander")).await.unwrap();
    let is = async |cookie, there: bool| {
        let expected = there.then(|| session.clone());
        assert_eq!(found(&store, cookie).await, expected, "the {cookie} cookie");
    };
    assert!(store.rotate(&session.id, hash("second"), HOUR).await.unwrap());
    is("first", true).await;
    is("second", true).await;
    assert!(store.rotate(&session.id, hash("third"), Duration::ZERO).await.unwrap());
    is("first", false).await;
    is("second", false).await;
    is("third", true).await;

    assert!(store.rotate(&session.id, hash("fourth"), Duration::from_millis(40)).await.unwrap());
    assert!(store.rotate(&session.id, hash("fifth"), Duration::MAX).await.unwrap());
    let end = now(&store).await.saturating_add(Duration::from_millis(50));
    let begun = std::time::Instant::now();
    while now(&store).await < end {
        assert!(begun.elapsed() < Duration::from_secs(10), "the store's clock stands still");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    is("third", false).await;
    is("fourth", true).await;
    is("fifth", true).await;

    let refusal = store.rotate(&session.id, hash("bystander"), Duration::ZERO).await.unwrap_err();
    assert_eq!(refusal.kind(), StoreErrorKind::Refused, "another session's cookie");
    is("fifth", true).await;
    assert_eq!(
        found(&store, "bystander").await.as_ref(),
        Some(&bystander),
        "another session's cookie was touched"
    );
    assert!(
        !store.rotate(&id("nobody's"), hash("sixth"), HOUR).await.unwrap(),
        "a session that is absent was rotated"
    );
    assert_eq!(found(&store, "sixth").await, None);

    let store = Arc::new(store);
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            let (store, id) = (Arc::clone(&store), session.id.clone());
            tokio::spawn(async move {
                store.rotate(&id, hash(&format!("at once {task}")), Duration::ZERO).await.unwrap()
            })
        })
        .collect();
    for task in tasks {
        assert!(task.await.unwrap());
    }
    let mut left = 0;
    for task in 0..8 {
        left += usize::from(found(&*store, &format!("at once {task}")).await.is_some());
    }
    assert_eq!(left, 1, "rotated at once with no time for the old, {left} cookies are left");
}

/// SESS-4: an ended session is gone with all its cookies, once.
pub async fn sess_4_end_removes_the_session_and_its_cookies<P: Place>(place: &P)
where
    P::Store: SessionStore,
{
    let (store, other) = (place.open().await, place.open().await);
    let session = lasting(&store, "session").await;
    let bystander = lasting(&store, "bystander").await;
    store.create(&session, hash("first")).await.unwrap();
    store.create(&bystander, hash("bystander")).await.unwrap();
    assert!(store.rotate(&session.id, hash("second"), HOUR).await.unwrap());
    assert!(store.end(&session.id).await.unwrap(), "there was one");
    for cookie in ["first", "second"] {
        assert_eq!(found(&other, cookie).await, None, "a cookie outlived its session");
    }
    assert!(!store.end(&session.id).await.unwrap(), "a session ended twice");
    assert!(!store.rotate(&session.id, hash("third"), HOUR).await.unwrap(), "an ended session was rotated");
    store.touch(&session.id, session.created, Timestamp::MAX).await.unwrap();
    assert_eq!(found(&store, "first").await, None, "a touch revived an ended session");
    // Its id and its cookies are free: nothing of it is left.
    store.create(&session, hash("first")).await.unwrap();
    assert_eq!(found(&store, "second").await, None, "an old cookie belongs to a new session");
    assert_eq!(found(&store, "bystander").await, Some(bystander), "another session ended");
}

/// SESS-5: owners, issuers, subjects and sids are compared byte by byte, and a sid or a subject only together with its
/// issuer.
pub async fn sess_5_names_are_compared_byte_by_byte<P: Place>(place: &P)
where
    P::Store: SessionStore,
{
    let store = place.open().await;
    let names = ["a", "A", "a ", "\u{e9}", "e\u{301}", "", "%"];
    let mut sessions = Vec::new();
    for iss in names {
        for name in names {
            let mut session = lasting(&store, &format!("{iss}/{name}")).await;
            session.owner = Some(format!("{iss}/{name}").into());
            session.subject = Some(Subject::new(iss, name, Some(name.into())));
            store.create(&session, hash(session.id.as_str())).await.unwrap();
            sessions.push(session);
        }
    }
    let nobody = lasting(&store, "nobody").await;
    store.create(&nobody, hash("nobody")).await.unwrap();
    for session in &sessions {
        let (owner, subject) = (session.owner.clone().unwrap(), session.subject.clone().unwrap());
        let only = [session.clone()];
        assert_eq!(store.by_owner(&owner).await.unwrap(), only, "by owner {owner:?}");
        assert_eq!(
            store.by_subject(&subject.iss, &subject.sub).await.unwrap(),
            only,
            "by subject {subject:?}"
        );
        assert_eq!(store.by_sid(&subject.iss, &subject.sub).await.unwrap(), only, "by sid {subject:?}");
    }
    assert_eq!(store.by_owner("b").await.unwrap(), []);
    assert_eq!(store.by_subject("b", "a").await.unwrap(), []);
    assert_eq!(store.by_sid("a", "b").await.unwrap(), []);

    let mut second = lasting(&store, "second").await;
    second.owner.clone_from(&sessions[0].owner);
    second.subject.clone_from(&sessions[0].subject);
    second.created = second.created.saturating_add(Duration::from_secs(1));
    store.create(&second, hash("second")).await.unwrap();
    let mut both = store.by_owner("a/a").await.unwrap();
    both.sort_by_key(|session| session.created);
    assert_eq!(both, [sessions[0].clone(), second.clone()], "all sessions of an owner");
    assert_eq!(store.by_subject("a", "a").await.unwrap().len(), 2, "all sessions of a subject");
    assert_eq!(store.by_sid("a", "a").await.unwrap().len(), 2, "all sessions of a sid");

    let mut expired = second;
    expired.id = id("expired");
    expired.expires = expired.created;
    store.create(&expired, hash("expired")).await.unwrap();
    assert_eq!(
        store.by_sid("a", "a").await.unwrap().len(),
        3,
        "a logout must reach a session that was not purged"
    );
}

/// SESS-6: `touch` moves `last_seen` and `expires` forward, never back, and does not revive what has expired.
pub async fn sess_6_touch_never_moves_back<P: Place>(place: &P)
where
    P::Store: SessionStore,
{
    let store = place.open().await;
    let session = lasting(&store, "session").await;
    store.create(&session, hash("cookie")).await.unwrap();
    let minute = Duration::from_secs(60);
    let (seen, expires) = (session.last_seen, session.expires);
    let touches = [
        (seen.saturating_add(minute), expires.saturating_add(minute), 1, 1),
        (seen, expires, 1, 1),
        (seen.saturating_add(2 * minute), expires, 2, 1),
        (seen, expires.saturating_add(2 * minute), 2, 2),
        (Timestamp::from_unix_millis(i64::MIN), Timestamp::from_unix_millis(i64::MIN), 2, 2),
    ];
    for (last_seen, until, seen_minutes, expires_minutes) in touches {
        store.touch(&session.id, last_seen, until).await.unwrap();
        let mut expected = session.clone();
        expected.last_seen = seen.saturating_add(minute * seen_minutes);
        expected.expires = expires.saturating_add(minute * expires_minutes);
        assert_eq!(
            found(&store, "cookie").await,
            Some(expected),
            "after a touch with {last_seen} and {until}"
        );
    }
    let mut ended = lasting(&store, "ended").await;
    ended.expires = ended.created;
    store.create(&ended, hash("ended")).await.unwrap();
    store.touch(&ended.id, Timestamp::MAX, Timestamp::MAX).await.unwrap();
    assert_eq!(found(&store, "ended").await, None, "a touch revived an expired session");
    assert!(!store.rotate(&ended.id, hash("new"), HOUR).await.unwrap(), "an expired session was rotated");
}

/// SESS-7: `purge` removes expired sessions with their cookies, no more than asked for, and names them.
pub async fn sess_7_purge_removes_what_expired<P: Place>(place: &P)
where
    P::Store: SessionStore,
{
    let store = place.open().await;
    let lasts = lasting(&store, "lasts").await;
    store.create(&lasts, hash("lasts")).await.unwrap();
    let names = ["one", "two", "three", "four", "five"];
    for name in names {
        let mut ended = lasting(&store, name).await;
        ended.expires = ended.created;
        store.create(&ended, hash(name)).await.unwrap();
    }
    assert_eq!(store.purge(0).await.unwrap(), [], "none was to be purged");
    let mut purged = store.purge(2).await.unwrap();
    assert_eq!(purged.len(), 2);
    purged.extend(store.purge(10).await.unwrap());
    purged.sort();
    let mut expected = names.map(id);
    expected.sort();
    assert_eq!(purged, expected, "what was purged");
    assert_eq!(store.purge(10).await.unwrap(), []);
    assert_eq!(found(&store, "lasts").await, Some(lasts), "a session that has time left was purged");
    for name in names {
        assert!(!store.end(&id(name)).await.unwrap(), "a purged session is still there");
        let again = lasting(&store, name).await;
        store.create(&again, hash(name)).await.unwrap();
    }
}

/// SESS-8: a deed is known to all until its time is over, which is never brought forward, and is then purged.
pub async fn sess_8_a_deed_is_known_until_its_time_is_over<P: Place>(place: &P)
where
    P::Store: SessionStore,
{
    let (store, other) = (place.open().await, place.open().await);
    let deeds = ["now", "a little", "an hour", "longer", "for ever"];
    let [over, soon, hour, longer, ever] = deeds.map(hash);
    for deed in deeds {
        assert!(!store.remembers(hash(deed)).await.unwrap(), "{deed} was known before");
    }
    let begun = now(&store).await;
    let end = begun.saturating_add(Duration::from_millis(300));
    store.remember(over, begun).await.unwrap();
    store.remember(soon, end).await.unwrap();
    store.remember(hour, begun.saturating_add(HOUR)).await.unwrap();
    store.remember(hour, begun).await.unwrap();
    store.remember(longer, begun).await.unwrap();
    store.remember(longer, begun.saturating_add(HOUR)).await.unwrap();
    store.remember(ever, Timestamp::MAX).await.unwrap();
    for (deed, known) in [(over, false), (hour, true), (longer, true), (ever, true)] {
        assert_eq!(other.remembers(deed).await.unwrap(), known, "{deed:?}");
    }
    // A machine that was busy for long has nothing to say about the shortest one.
    let known = other.remembers(soon).await.unwrap();
    assert!(known || now(&store).await >= end, "it was forgotten before its time");
    let began = std::time::Instant::now();
    while now(&store).await < end {
        assert!(began.elapsed() < Duration::from_secs(10), "the store's clock stands still");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert!(!store.remembers(soon).await.unwrap(), "it is known after its time");
    // What a purge takes away is over, and never more than asked for at once.
    for round in 0..3 {
        assert_eq!(store.purge(round.min(1)).await.unwrap(), [], "a deed is no session");
    }
    for deed in [hour, longer, ever] {
        assert!(store.remembers(deed).await.unwrap(), "{deed:?} was purged before its time");
    }
    // What was purged can be done again.
    store.remember(over, Timestamp::MAX).await.unwrap();
    assert!(other.remembers(over).await.unwrap());
}
