//! Numbers that must fit.

use gatepass_core::renewal::{DeadlineError, Deadlines, Policy, Replay, Rotation};

use super::seconds;

#[test]
fn a_lease_that_does_not_hold_a_request_is_refused_by_its_numbers() {
    let deadlines = Deadlines::DEFAULT.http(seconds(10)).margin(seconds(5)).lease(seconds(20));
    let error = Policy::new(Rotation::STRICT, deadlines).unwrap_err();
    let (http, arrival, margin, lease) = (seconds(10), seconds(5), seconds(5), seconds(20));
    assert_eq!(error, DeadlineError::LeaseTooShort { http, arrival, margin, lease });
    for number in ["20s", "10s", "5s"] {
        assert!(error.to_string().contains(number), "{error}");
    }
    assert!(Policy::new(Rotation::STRICT, deadlines.lease(seconds(21))).is_ok());
}

#[test]
fn a_request_needs_time() {
    let deadlines = Deadlines::DEFAULT.http(seconds(0));
    assert_eq!(Policy::new(Rotation::STRICT, deadlines), Err(DeadlineError::NoTimeForARequest));
}

#[test]
fn a_grace_window_that_does_not_hold_a_lease_and_a_request_gives_no_replay_by_name() {
    let replay = |window| {
        Policy::new(Rotation::STRICT.grace(seconds(window), true), Deadlines::DEFAULT).unwrap().replay()
    };
    let (grace, needed) = (seconds(50), seconds(50));
    assert_eq!(replay(50), Replay::GraceTooShort { grace, needed });
    assert!(replay(50).to_string().contains("50s"), "{}", replay(50));
    assert_eq!(replay(51), Replay::Within(seconds(31)));
    assert_eq!(replay(60), Replay::Within(seconds(40)));
}

#[test]
fn without_a_grace_window_nothing_is_replayed_and_without_rotation_a_replay_is_harmless() {
    let replay = |rotation| Policy::new(rotation, Deadlines::DEFAULT).unwrap().replay();
    assert_eq!(replay(Rotation::default()), Replay::NoGrace);
    assert_eq!(replay(Rotation::STRICT.stable()), Replay::Harmless);
}

#[test]
fn the_numbers_saturate() {
    let huge = std::time::Duration::MAX;
    assert!(Policy::new(Rotation::STRICT.arrival(huge), Deadlines::DEFAULT).is_err());
    let long = Policy::new(Rotation::STRICT.grace(huge, true), Deadlines::DEFAULT).unwrap();
    assert!(matches!(long.replay(), Replay::Within(_)));
}

#[test]
fn fitting_deadlines_fit_every_profile_and_use_every_window_that_is_long_enough() {
    for arrival in [0, 1, 5, 20, 600].map(seconds) {
        let strict = Rotation::STRICT.arrival(arrival);
        let policy = Policy::new(strict, Deadlines::fitting(&strict)).unwrap();
        assert_eq!(policy.replay(), Replay::NoGrace);
        assert_eq!(policy.deadlines().lease, arrival + seconds(15));
        for window in (0..120).map(seconds) {
            let grace = strict.grace(window, false);
            let policy = Policy::new(grace, Deadlines::fitting(&grace)).unwrap();
            let long_enough = window >= arrival * 2 + seconds(7);
            assert_eq!(matches!(policy.replay(), Replay::Within(_)), long_enough, "{window:?}, {arrival:?}");
            assert!(policy.deadlines().http >= seconds(2));
        }
    }
}
