//! Calls of the keeper, cut.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gatepass::ports::{GrantKey, Limits, Owner};
use gatepass::{
    AccessToken, Body, Callback, Client, ClientAuth, Keeper, KeyRing, LoginReason, Scopes, Secret, TokenSet,
    Unavailable, drive,
};

use super::turns::Run;
use super::{Stage, sweep};

const REFRESH: &str = "refresh_token";

/// A stage with a keeper, and alice's grant where that is said.
struct Kept {
    stage: Stage,
    client: Client,
    keeper: Keeper,
    key: GrantKey,
}

impl Kept {
    fn nothing() -> Self {
        let stage = Stage::new();
        let provider = stage.provider().build().unwrap();
        let secret = ClientAuth::Basic(Secret::from("secret"));
        let client = Client::new(provider, "app", secret, "http://127.0.0.1:8080/callback").unwrap();
        let ring = KeyRing::generate().unwrap();
        let store = Arc::new(stage.store.clone());
        let keeper = Keeper::builder(store, ring, stage.world.clone()).client("example", client.clone());
        let keeper = keeper.build().unwrap();
        let key = GrantKey::new("example", Owner::Session("alice".into()));
        Self { stage, client, keeper, key }
    }

    fn grant() -> Self {
        let kept = Self::nothing();
        let tokens = kept.log_in();
        kept.stage.turns.run(kept.keeper.install(&kept.key, tokens)).unwrap();
        kept.stage.turns.settle();
        kept
    }

    fn expired() -> Self {
        let kept = Self::grant();
        kept.stage.advance(Duration::from_secs(3601));
        kept
    }

    fn log_in(&self) -> TokenSet {
        self.stage.turns.run(async {
            let world = &self.stage.world;
            let request = self.client.authorize(&Scopes::new("profile").unwrap());
            let (url, pending) = request.start(world.attempt().unwrap()).unwrap();
            let visit = http::Request::get(url.as_str()).body(Body::empty()).unwrap();
            let answer = world.http.send(visit, &Limits::DEFAULT).await.unwrap();
            let back = url::Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
            let callback = Callback::from_query(back.query().unwrap()).unwrap();
            let exchange = pending.receive(callback, world.clock.now()).unwrap();
            drive(exchange, world, &Limits::DEFAULT).await.unwrap()
        })
    }

    fn cut<T>(&self, caller: impl Future<Output = T>, cut: usize) -> Run<T> {
        let run = self.stage.turns.run_until(caller, cut);
        self.stage.turns.settle();
        run
    }

    #[track_caller]
    fn token(&self) -> AccessToken {
        self.stage.turns.run(self.keeper.access_token(&self.key)).expect("the next caller is served")
    }

    fn refreshes(&self) -> usize {
        self.stage.server.token_requests(REFRESH).len()
    }

    /// What was asked of the provider was asked once, and what it answered stands in the row: the next renewal
    /// presents it.
    #[track_caller]
    fn was_renewed_once_and_can_be_again(&self) {
        assert_eq!(self.refreshes(), 1, "one refresh, whoever waited for it");
        self.stage.is_at_rest(&self.key);
        self.stage.advance(Duration::from_secs(3601));
        self.token();
        assert_eq!(self.refreshes(), 2);
        self.stage.is_at_rest(&self.key);
    }
}

#[test]
fn a_caller_who_leaves_while_a_token_is_renewed_takes_nothing_along() {
    let awaits = sweep(|cut| {
        let kept = Kept::expired();
        let run = kept.cut(kept.keeper.access_token(&kept.key), cut);
        // Twice it waits for the read; from then on for the renewal.
        let begun = !matches!(run, Run::Cut { waits: ..3 });
        assert_eq!(
            kept.refreshes(),
            usize::from(begun),
            "what was begun comes to its end without the caller"
        );
        kept.token();
        kept.was_renewed_once_and_can_be_again();
        ended(run)
    });
    assert!(awaits >= 3, "before and after the read, and at the seat: {awaits}");
}

#[test]
fn a_caller_who_leaves_with_a_stale_token_takes_nothing_along() {
    sweep(|cut| {
        let kept = Kept::grant();
        kept.stage.advance(Duration::from_secs(3600 - 20));
        let run = kept.cut(kept.keeper.access_token(&kept.key), cut);
        kept.token();
        kept.stage.turns.settle();
        kept.was_renewed_once_and_can_be_again();
        ended(run)
    });
}

#[test]
fn who_waits_for_the_renewal_of_a_caller_who_leaves_is_served() {
    sweep(|cut| {
        let kept = Kept::expired();
        let served = Arc::new(Mutex::new(Vec::new()));
        let caller = async {
            for _ in 0..2 {
                let (keeper, key, served) = (kept.keeper.clone(), kept.key.clone(), Arc::clone(&served));
                kept.stage.world.spawn.spawn(Box::pin(async move {
                    let token = keeper.access_token(&key).await;
                    served.lock().unwrap().push(token);
                }));
            }
            kept.keeper.access_token(&kept.key).await
        };
        let run = kept.cut(caller, cut);
        let served = std::mem::take(&mut *served.lock().unwrap());
        assert_eq!(served.len(), if cut == 0 { 0 } else { 2 }, "everybody who waits is answered");
        let last = kept.token();
        for token in served {
            assert!(token.expect("a token").secret().same_as(last.secret().expose()));
        }
        kept.was_renewed_once_and_can_be_again();
        ended(run)
    });
}

#[test]
fn a_caller_who_leaves_while_a_refused_token_is_replaced_takes_nothing_along() {
    let awaits = sweep(|cut| {
        let kept = Kept::grant();
        let refused = kept.token();
        kept.stage.server.expire_access_tokens();
        let run = kept.cut(kept.keeper.unauthorized(&kept.key, refused.clone()), cut);
        assert!(kept.refreshes() <= 1);
        let other = kept.stage.turns.run(kept.keeper.unauthorized(&kept.key, refused.clone())).unwrap();
        assert!(!other.secret().same_as(refused.secret().expose()));
        kept.was_renewed_once_and_can_be_again();
        ended(run)
    });
    assert!(awaits >= 3, "{awaits}");
}

#[test]
fn a_call_to_the_api_that_is_cut_off_takes_nothing_along() {
    let awaits = sweep(|cut| {
        let kept = Kept::grant();
        kept.stage.server.expire_access_tokens();
        let (api, place) = (kept.keeper.api(&kept.key), kept.stage.server.user_endpoint());
        let run = kept.cut(api.get(&place), cut);
        assert!(kept.refreshes() <= 1);
        let answer = kept.stage.turns.run(api.get(&place)).expect("the next call is answered");
        assert_eq!(answer.status(), 200);
        kept.was_renewed_once_and_can_be_again();
        ended(run)
    });
    assert!(awaits >= 9, "read, call, read, seat, call: {awaits}");
}

#[test]
fn a_login_whose_caller_leaves_is_kept_and_what_it_replaces_revoked() {
    sweep(|cut| {
        let kept = Kept::grant();
        let before = kept.token();
        let tokens = kept.log_in();
        let access = tokens.access_token().clone();
        let run = kept.cut(kept.keeper.install(&kept.key, tokens), cut);
        let now = kept.token();
        // A future that was never polled has done nothing.
        let expected = if cut == 0 { before.secret() } else { &access };
        assert!(now.secret().same_as(expected.expose()));
        assert_eq!(kept.stage.server.stats().revocations, if cut == 0 { 0 } else { 2 });
        kept.stage.is_at_rest(&kept.key);
        kept.stage.advance(Duration::from_secs(3601));
        kept.token();
        kept.stage.is_at_rest(&kept.key);
        ended(run)
    });
}

#[test]
fn a_logout_whose_caller_leaves_is_one_here_and_at_the_provider() {
    sweep(|cut| {
        let kept = Kept::grant();
        let run = kept.cut(kept.keeper.logout(&kept.key), cut);
        if cut == 0 {
            kept.token();
            return ended(run);
        }
        let left = kept.stage.turns.run(kept.keeper.access_token(&kept.key));
        assert!(
            matches!(left, Err(Unavailable::LoginRequired { why: LoginReason::LoggedOut, .. })),
            "{left:?}"
        );
        assert_eq!(kept.stage.server.stats().revocations, 2, "the refresh token and the access token");
        assert_eq!(kept.refreshes(), 0);
        ended(run)
    });
}

/// The outcome of an act that was not cut is that of any other test; here it must be a good one.
#[track_caller]
fn ended<T, E: std::fmt::Debug>(run: Run<Result<T, E>>) -> Run<()> {
    match run {
        Run::Cut { waits } => Run::Cut { waits },
        Run::Ended(result) => {
            result.expect("a caller who is not cut is answered");
            Run::Ended(())
        }
    }
}
