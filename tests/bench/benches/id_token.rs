//! `cargo xtask bench`: an ID token verified, beside its bare signature and beside the `openidconnect` crate.
#![allow(missing_docs, reason = "criterion_group! makes a public function")]
#![allow(clippy::print_stdout, reason = "the allocations are read from here")]

use std::hint::black_box;

use allocation_counter::measure;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use gatepass_bench::id_token::{self, Signer, bare, gatepass, openidconnect};
use gatepass_oidc::Algorithm;

fn id_token(c: &mut Criterion) {
    for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
        let signer = Signer::new(algorithm);
        let client = gatepass::client(&signer);
        let (keys, nonce) = (gatepass::keys(&signer), gatepass::nonce(&client));
        let token = id_token::token(&signer, &nonce);
        let (key, signed) = (bare::key(&signer), bare::signed(&token));
        let verifier = openidconnect::verifier(&signer);
        let nonce = ::openidconnect::Nonce::new(nonce);

        let name = format!("id_token_{}", algorithm.name());
        let unverified = gatepass::answered(&client, &token);
        allocations(&name, "gatepass", || gatepass::verify(unverified, &keys));
        allocations(&name, "bare", || bare::verify(&key, &signed));
        allocations(&name, "unread", || bare::read_and_verify(&signer, &signed));
        allocations(&name, "openidconnect", || openidconnect::verify(&token, &verifier, &nonce));

        let mut group = c.benchmark_group(&name);
        group.bench_function("gatepass", |b| {
            b.iter_batched(
                || gatepass::answered(&client, &token),
                |unverified| gatepass::verify(unverified, &keys),
                BatchSize::SmallInput,
            );
        });
        group.bench_function("bare", |b| b.iter(|| bare::verify(&key, &signed)));
        group.bench_function("unread", |b| b.iter(|| bare::read_and_verify(&signer, &signed)));
        group.bench_function("openidconnect", |b| {
            b.iter_with_large_drop(|| openidconnect::verify(&token, &verifier, &nonce));
        });
    }
}

/// Prints one line that `cargo xtask bench` reads.
fn allocations<T>(step: &str, library: &str, act: impl FnOnce() -> T) {
    let mut made = None;
    let counted = measure(|| made = Some(black_box(act())));
    println!("allocations {step} {library} {}", counted.count_total);
}

criterion_group!(benches, id_token);
criterion_main!(benches);
