//! What an operator counts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gatepass_testkit::provider::{Endpoint, Fault, Gate};
use metrics::{
    Counter, CounterFn, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};

use crate::support::{Stage, until};

#[derive(Clone, Default)]
struct Counts(Arc<Mutex<BTreeMap<String, u64>>>);

struct Count(Counts, String);

impl Count {
    fn of(counts: &Counts, key: &Key) -> Arc<Self> {
        let labels: Vec<_> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        Arc::new(Self(counts.clone(), format!("{} {}", key.name(), labels.join(" "))))
    }

    fn add(&self, by: u64) {
        *self.0.0.lock().unwrap().entry(self.1.clone()).or_default() += by;
    }
}

impl CounterFn for Count {
    fn increment(&self, by: u64) {
        self.add(by);
    }

    fn absolute(&self, _: u64) {}
}

impl HistogramFn for Count {
    fn record(&self, _: f64) {
        self.add(1);
    }
}

impl Recorder for Counts {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(Count::of(self, key))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(Count::of(self, key))
    }
}

#[tokio::test]
async fn renewals_joiners_waits_suspects_and_retries_are_counted() {
    let counts = Counts::default();
    metrics::set_global_recorder(counts.clone())
        .unwrap_or_else(|_| panic!("the only recorder of the process"));
    let stage = Stage::new();
    let (keeper, key) = stage.with_grant().await;

    stage.expire();
    let gate = Gate::new();
    stage.server.inject(Fault::after(Endpoint::Token).hold(&gate));
    let callers: Vec<_> = (0..5)
        .map(|_| {
            let (keeper, key) = (keeper.clone(), key.clone());
            tokio::spawn(async move { keeper.access_token(&key).await.unwrap() })
        })
        .collect();
    gate.reached(1).await;
    stage.store.go_away();
    gate.open();
    let retries = "gatepass_persist_retries_total provider=example";
    until("the successor waits", || counts.0.lock().unwrap().contains_key(retries)).await;
    stage.store.come_back();
    assert_eq!(keeper.drain(Duration::from_secs(20)).await, 0);
    drop(callers);

    stage.expire();
    stage.server.inject(Fault::after(Endpoint::Token).close());
    keeper.access_token(&key).await.unwrap_err();

    stage.server.inject(Fault::after(Endpoint::Revoke).status(503).skip(1));
    keeper.logout(&key).await.unwrap();
    assert_eq!(keeper.drain(Duration::from_secs(20)).await, 0);

    let counts = counts.0.lock().unwrap();
    let of = |name: &str| counts.get(name).copied().unwrap_or_default();
    assert_eq!(of("gatepass_renewals_total provider=example outcome=renewed"), 1);
    assert_eq!(of("gatepass_renewals_total provider=example outcome=suspect"), 1);
    assert_eq!(of("gatepass_renewal_seconds provider=example"), 2);
    assert_eq!(of("gatepass_flight_joiners_total provider=example"), 4);
    assert_eq!(of("gatepass_revocations_total provider=example outcome=done"), 1);
    assert_eq!(of("gatepass_revocations_total provider=example outcome=later"), 1);
    assert_eq!(of("gatepass_suspects_total provider=example"), 1);
    assert!(of("gatepass_wait_seconds provider=example") >= 1);
}
