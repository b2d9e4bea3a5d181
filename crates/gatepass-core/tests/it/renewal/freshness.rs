//! Fresh, stale, expired.

use gatepass_core::Timestamp;
use gatepass_core::renewal::{Freshness, refresh_from};

use super::{at, seconds};

#[test]
fn an_hour_is_renewed_a_minute_before_its_end() {
    let of = |now| Freshness::of(Some(at(3600)), seconds(3600), seconds(0), at(now));
    assert_eq!(of(3539), Freshness::Fresh);
    assert_eq!(of(3540), Freshness::Stale);
    assert_eq!(of(3599), Freshness::Stale);
    assert_eq!(of(3600), Freshness::Expired);
}

#[test]
fn a_short_life_is_renewed_in_its_last_fifth() {
    let of = |now| Freshness::of(Some(at(10)), seconds(10), seconds(0), at(now));
    assert_eq!((of(7), of(8)), (Freshness::Fresh, Freshness::Stale));
}

#[test]
fn jitter_brings_it_forward_and_never_to_the_moment_of_issue() {
    assert_eq!(refresh_from(at(3600), seconds(3600), seconds(30)), at(3510));
    assert_eq!(refresh_from(at(10), seconds(10), seconds(3600)), at(7));
    assert_eq!(Freshness::of(Some(at(1)), seconds(1), seconds(9), at(0)), Freshness::Fresh);
}

#[test]
fn without_an_expiry_the_api_decides() {
    assert_eq!(Freshness::of(None, seconds(0), seconds(0), Timestamp::MAX), Freshness::Fresh);
}
