//! The life of a refresh token family, and revocation.

use crate::support::*;
use gatepass_testkit::Provider;
use gatepass_testkit::provider::{Revocation, Rotation};
use std::time::Duration;

const WINDOW: Duration = Duration::from_secs(10);

fn provider(rotation: Rotation) -> Provider {
    Provider::builder().rotation(rotation).stopped_clock().start().unwrap()
}

#[test]
fn strict_rotation_kills_the_family_when_an_old_token_comes_back() {
    let provider = provider(Rotation::Strict);
    let first = tokens(&provider).member("refresh_token");
    let second = refresh(&provider, &first);
    assert_eq!(second.status, 200);
    assert_ne!(second.member("refresh_token"), first);
    let reused = refresh(&provider, &first);
    assert_eq!((reused.status, reused.member("error").as_str()), (400, "invalid_grant"));
    assert_eq!(refresh(&provider, &second.member("refresh_token")).member("error"), "invalid_grant");
    assert_eq!(user(&provider, &second.member("access_token")).status, 401);
    let stats = provider.stats();
    assert_eq!((stats.refreshes, stats.reuse_detected, stats.families_revoked), (1, 1, 1));
    refresh(&provider, &first);
    let stats = provider.stats();
    assert_eq!((stats.reuse_detected, stats.families_revoked), (2, 1));
}

#[test]
fn reuse_leaves_other_grants_alone() {
    let provider = provider(Rotation::Strict);
    let (mine, other) = (tokens(&provider), tokens(&provider));
    refresh(&provider, &mine.member("refresh_token"));
    refresh(&provider, &mine.member("refresh_token"));
    assert_eq!(refresh(&provider, &other.member("refresh_token")).status, 200);
    assert_eq!(user(&provider, &other.member("access_token")).status, 200);
}

#[test]
fn without_rotation_the_token_stays() {
    let provider = provider(Rotation::Off);
    let token = tokens(&provider).member("refresh_token");
    for _ in 0..3 {
        let reply = refresh(&provider, &token);
        assert_eq!((reply.status, reply.json().get("refresh_token")), (200, None));
    }
    assert_eq!(provider.stats().refreshes, 3);
}

#[test]
fn an_idempotent_grace_window_repeats_the_successor() {
    let provider = provider(Rotation::Grace { window: WINDOW, idempotent: true });
    let first = tokens(&provider).member("refresh_token");
    let second = refresh(&provider, &first).member("refresh_token");
    provider.advance(WINDOW);
    let repeated = refresh(&provider, &first);
    assert_eq!(repeated.member("refresh_token"), second);
    assert_eq!(user(&provider, &repeated.member("access_token")).status, 200);
    assert_eq!(provider.stats().grace_refreshes, 1);
    provider.advance(Duration::from_nanos(1));
    assert_eq!(refresh(&provider, &first).member("error"), "invalid_grant");
    assert_eq!(refresh(&provider, &second).member("error"), "invalid_grant");
    assert_eq!((provider.stats().reuse_detected, provider.stats().families_revoked), (1, 1));
}

#[test]
fn a_successor_in_use_ends_the_idempotent_window() {
    let provider = provider(Rotation::Grace { window: WINDOW, idempotent: true });
    let first = tokens(&provider).member("refresh_token");
    let second = refresh(&provider, &first).member("refresh_token");
    let third = refresh(&provider, &second).member("refresh_token");
    assert_eq!(refresh(&provider, &first).member("error"), "invalid_grant");
    assert_eq!(refresh(&provider, &third).member("error"), "invalid_grant");
    assert_eq!(provider.stats().families_revoked, 1);
}

#[test]
fn a_sibling_grace_window_gives_another_successor() {
    let provider = provider(Rotation::Grace { window: WINDOW, idempotent: false });
    let first = tokens(&provider).member("refresh_token");
    let one = refresh(&provider, &first).member("refresh_token");
    let two = refresh(&provider, &first).member("refresh_token");
    assert_ne!(one, two);
    assert_eq!(refresh(&provider, &one).status, 200);
    assert_eq!(refresh(&provider, &two).status, 200);
    provider.advance(WINDOW + Duration::from_nanos(1));
    assert_eq!(refresh(&provider, &first).member("error"), "invalid_grant");
    assert_eq!(provider.stats().families_revoked, 1);
}

#[test]
fn the_rule_can_change_while_the_provider_runs() {
    let provider = provider(Rotation::Off);
    let token = tokens(&provider).member("refresh_token");
    provider.set_rotation(Rotation::Strict);
    provider.set_access_token_lifetime(Duration::from_secs(5));
    let reply = refresh(&provider, &token);
    assert_ne!(reply.member("refresh_token"), "");
    assert_eq!(reply.json()["expires_in"], 5);
}

#[test]
fn a_refresh_can_narrow_the_scope_and_never_widen_it() {
    let provider = provider(Rotation::Off);
    let token = tokens(&provider).member("refresh_token");
    let with = |scope| {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token.as_str()), ("scope", scope)];
        post(&provider.token_endpoint(), &[BASIC], &form)
    };
    let narrow = with("email");
    assert_eq!(narrow.json()["scope"], "email");
    assert_eq!(user(&provider, &narrow.member("access_token")).json().get("name"), None);
    assert_eq!(with("profile write").member("error"), "invalid_scope");
    assert_eq!(refresh(&provider, &token).json()["scope"], "profile email");
}

#[test]
fn a_refresh_token_is_bound_to_its_client() {
    let provider = provider(Rotation::Strict);
    let token = tokens(&provider).member("refresh_token");
    let form = [("grant_type", "refresh_token"), ("refresh_token", token.as_str()), ("client_id", "cli")];
    assert_eq!(post(&provider.token_endpoint(), &[], &form).member("error"), "invalid_grant");
    assert_eq!(refresh(&provider, &token).status, 200);
}

#[test]
fn refresh_tokens_can_expire() {
    let provider = Provider::builder().refresh_token_lifetime(WINDOW).stopped_clock().start().unwrap();
    let first = tokens(&provider).member("refresh_token");
    provider.advance(WINDOW - Duration::from_secs(1));
    let second = refresh(&provider, &first).member("refresh_token");
    provider.advance(WINDOW);
    assert_eq!(refresh(&provider, &second).member("error"), "invalid_grant");
    assert_eq!(provider.stats().reuse_detected, 0);
}

#[test]
fn a_person_can_withdraw_all_grants() {
    let provider = provider(Rotation::Strict);
    let tokens = tokens(&provider);
    provider.end_grants();
    assert_eq!(refresh(&provider, &tokens.member("refresh_token")).member("error"), "invalid_grant");
    assert_eq!(user(&provider, &tokens.member("access_token")).status, 401);
    assert_eq!((provider.stats().reuse_detected, provider.stats().families_revoked), (0, 0));
}

fn revoke(provider: &Provider, token: &str) -> Reply {
    post(&provider.revocation_endpoint(), &[BASIC], &[("token", token)])
}

#[test]
fn revoking_any_token_ends_the_grant() {
    for which in ["refresh_token", "access_token"] {
        let provider = provider(Rotation::Strict);
        let tokens = tokens(&provider);
        assert_eq!(revoke(&provider, &tokens.member(which)).status, 200);
        assert_eq!(user(&provider, &tokens.member("access_token")).status, 401);
        assert_eq!(refresh(&provider, &tokens.member("refresh_token")).member("error"), "invalid_grant");
    }
}

#[test]
fn revoking_per_token_leaves_the_rest_but_a_refresh_token_takes_the_access_tokens_along() {
    let provider = Provider::builder().revocation(Revocation::PerToken).start().unwrap();
    let tokens = tokens(&provider);
    revoke(&provider, &tokens.member("access_token"));
    assert_eq!(user(&provider, &tokens.member("access_token")).status, 401);
    let next = refresh(&provider, &tokens.member("refresh_token"));
    assert_eq!(next.status, 200);
    revoke(&provider, &next.member("refresh_token"));
    assert_eq!(user(&provider, &next.member("access_token")).status, 401);
    assert_eq!(refresh(&provider, &next.member("refresh_token")).member("error"), "invalid_grant");
    assert_eq!(provider.stats().families_revoked, 0);
}

#[test]
fn revocation_answers_200_for_unknown_tokens_and_wants_a_proven_client() {
    let provider = provider(Rotation::Strict);
    let tokens = tokens(&provider);
    assert_eq!(revoke(&provider, "nonsense").status, 200);
    let url = provider.revocation_endpoint();
    let token = tokens.member("access_token");
    assert_eq!(post(&url, &[], &[("token", &token)]).status, 401);
    assert_eq!(post(&url, &[], &[("token", &token), ("client_id", "cli")]).status, 400);
    assert_eq!(post(&url, &[BASIC], &[]).member("error"), "invalid_request");
    assert_eq!(user(&provider, &token).status, 200);
    assert_eq!(provider.stats().revocations, 2);
}
