//! What was fetched, under any order of events: callers come, miss something, fetches end well or badly, time goes by.

use std::time::Duration;

use gatepass_core::Monotonic;
use gatepass_oidc::{Cached, Freshness, Need};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Event {
    /// So many seconds go by.
    Later(u64),
    /// Somebody needs the copy.
    Look,
    /// Somebody misses something in the copy of so many editions ago.
    Missed(u64),
    /// The fetch that is under way ends.
    Ends { well: bool },
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        prop_oneof![0..12_u64, 50..70_u64, 3590..3610_u64, 86_390..86_410_u64].prop_map(Event::Later),
        Just(Event::Look),
        (0..3_u64).prop_map(Event::Missed),
        any::<bool>().prop_map(|well| Event::Ends { well }),
    ]
}

/// What an observer knows who has seen everything.
#[derive(Default)]
struct Seen {
    now: u64,
    /// When the copy came, and which it is.
    copy: Option<(u64, u64)>,
    /// When the last fetch failed.
    failed: Option<u64>,
    /// How many fetches ended well.
    brought: u64,
    fetching: bool,
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn met_08_no_order_of_events_leads_to_two_fetches_an_endless_copy_or_a_wait_for_nothing(
        events in proptest::collection::vec(event(), 1..200),
    ) {
        let freshness = Freshness::default();
        let mut cached = Cached::new(freshness);
        let mut seen = Seen::default();
        for event in events {
            let now = Monotonic::since_origin(Duration::from_secs(seen.now));
            let need = match event {
                Event::Later(seconds) => {
                    seen.now += seconds;
                    continue;
                }
                Event::Ends { well } => {
                    if !seen.fetching {
                        continue;
                    }
                    seen.fetching = false;
                    if well {
                        seen.brought += 1;
                        cached.fetched(seen.brought, now);
                        (seen.copy, seen.failed) = (Some((seen.now, seen.brought)), None);
                    } else {
                        cached.failed(now);
                        seen.failed = Some(seen.now);
                    }
                    continue;
                }
                Event::Look => cached.look(now),
                Event::Missed(ago) => {
                    let edition = cached.current(now).map_or(0, |(_, edition)| edition).saturating_sub(ago);
                    let need = cached.missed(edition, now);
                    if need == Need::Use {
                        prop_assert!(cached.current(now).is_some_and(|(_, newer)| newer > edition));
                    }
                    need
                }
            };
            let age = seen.copy.map(|(since, _)| seen.now - since);
            let serves = age.is_some_and(|age| age < 86_400);
            // What is served is what came last, and no older than a day.
            prop_assert_eq!(cached.current(now).map(|(copy, _)| *copy), seen.copy.filter(|_| serves).map(|(_, copy)| copy));
            let rests = seen.failed.is_some_and(|failed| seen.now - failed < 5);
            match need {
                Need::Use => prop_assert!(serves),
                Need::UseAndFetch => prop_assert!(age.is_some_and(|age| (3600..86_400).contains(&age))),
                Need::Wait => prop_assert!(seen.fetching, "whoever waits waits for somebody"),
                Need::CoolDown(left) => {
                    prop_assert!(!seen.fetching, "the cool-down refuses nobody who could wait");
                    prop_assert!(left > Duration::ZERO && left <= Duration::from_secs(60));
                    prop_assert!(rests || seen.copy.is_some_and(|(since, _)| seen.now - since < 60));
                }
                Need::Fetch => prop_assert!(!serves || matches!(event, Event::Missed(_))),
                other => prop_assert!(false, "{other:?}"),
            }
            if matches!(need, Need::Fetch | Need::UseAndFetch) {
                prop_assert!(!seen.fetching, "one fetch at a time");
                prop_assert!(!rests, "a fetch that failed is not repeated at once");
                cached.begin();
                seen.fetching = true;
            }
            prop_assert_eq!(cached.is_fetching(), seen.fetching);
        }
    }
}
