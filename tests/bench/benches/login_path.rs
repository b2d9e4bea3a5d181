//! `cargo xtask bench`: time by criterion, allocations by a counting allocator.
#![allow(missing_docs, reason = "criterion_group! makes a public function")]
#![allow(clippy::print_stdout, reason = "the allocations are read from here")]

use std::hint::black_box;

use allocation_counter::measure;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use gatepass_bench::{gatepass, oauth2};

fn authorize(c: &mut Criterion) {
    let (client, scopes) = gatepass::client();
    let other = oauth2::client();

    let (ours, theirs) = (gatepass::attempt(), oauth2::attempt());
    allocations("authorize", "gatepass", || gatepass::authorize(&client, &scopes, ours));
    allocations("authorize", "oauth2", || oauth2::authorize(&other, theirs));

    let mut group = c.benchmark_group("authorize");
    group.bench_function("gatepass", |b| {
        b.iter_batched(
            gatepass::attempt,
            |attempt| gatepass::authorize(&client, &scopes, attempt),
            BatchSize::SmallInput,
        );
    });
    group.bench_function("oauth2", |b| {
        b.iter_batched(oauth2::attempt, |attempt| oauth2::authorize(&other, attempt), BatchSize::SmallInput);
    });
}

fn callback(c: &mut Criterion) {
    let (client, scopes) = gatepass::client();
    let (pending, query) = gatepass::waiting(&client, &scopes);
    let (state, target) = oauth2::waiting();

    allocations("callback", "gatepass", || gatepass::callback(pending, &query));
    allocations("callback", "oauth2", || oauth2::callback(&state, &target));

    let mut group = c.benchmark_group("callback");
    group.bench_function("gatepass", |b| {
        let waiting = || gatepass::waiting(&client, &scopes);
        b.iter_batched(
            waiting,
            |(pending, query)| gatepass::callback(pending, &query),
            BatchSize::SmallInput,
        );
    });
    group.bench_function("oauth2", |b| {
        b.iter_batched(
            oauth2::waiting,
            |(state, target)| oauth2::callback(&state, &target),
            BatchSize::SmallInput,
        );
    });
}

fn exchange(c: &mut Criterion) {
    let (client, scopes) = gatepass::client();
    let other = oauth2::client();

    let (ours, theirs) = (gatepass::answered(&client, &scopes), oauth2::answered());
    allocations("exchange", "gatepass", || gatepass::exchange(ours));
    allocations("exchange", "oauth2", || oauth2::exchange(&other, theirs));

    let mut group = c.benchmark_group("exchange");
    group.bench_function("gatepass", |b| {
        b.iter_batched(|| gatepass::answered(&client, &scopes), gatepass::exchange, BatchSize::SmallInput);
    });
    group.bench_function("oauth2", |b| {
        b.iter_batched(
            oauth2::answered,
            |answered| oauth2::exchange(&other, answered),
            BatchSize::SmallInput,
        );
    });
}

/// Prints one line that `cargo xtask bench` reads.
fn allocations<T>(step: &str, library: &str, act: impl FnOnce() -> T) {
    let mut made = None;
    let counted = measure(|| made = Some(black_box(act())));
    println!("allocations {step} {library} {}", counted.count_total);
}

criterion_group!(benches, authorize, callback, exchange);
criterion_main!(benches);
