//! `cargo xtask bench`: an ID token verified, beside its bare signature and beside the `openidconnect` crate. Each line is
//! read by xtask.
#![allow(clippy::print_stdout, reason = "the numbers are read from here")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use allocation_counter::measure;
use gatepass_bench::id_token::{self, Signer, bare, gatepass, openidconnect};
use gatepass_oidc::Algorithm;

/// What is compared takes turns, so that whatever else the machine does disturbs all alike.
const ROUNDS: usize = 301;
const CALLS: u32 = 12;

fn main() {
    for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
        let signer = Signer::new(algorithm);
        let client = gatepass::client(&signer);
        let (keys, nonce) = (gatepass::keys(&signer), gatepass::nonce(&client));
        let token = id_token::token(&signer, &nonce);
        let (key, signed) = (bare::key(&signer), bare::signed(&token));
        let verifier = openidconnect::verifier(&signer);
        let nonce = ::openidconnect::Nonce::new(nonce);

        let answered = || gatepass::answered(&client, &token);
        let mut quickest = [Duration::MAX; 4];
        for _ in 0..ROUNDS {
            let took = [
                batch(answered, |unverified| gatepass::verify(unverified, &keys)),
                batch(|| (), |()| openidconnect::verify(&token, &verifier, &nonce)),
                batch(|| (), |()| bare::verify(&key, &signed)),
                batch(|| (), |()| bare::read_and_verify(&signer, &signed)),
            ];
            for (quickest, took) in quickest.iter_mut().zip(took) {
                *quickest = took.min(*quickest);
            }
        }
        let unverified = answered();
        let [ours, theirs, bare, unread] = quickest.map(|took| took.as_nanos());
        println!(
            "id_token {algorithm} {ours} {theirs} {bare} {unread} {} {}",
            allocations(|| gatepass::verify(unverified, &keys)),
            allocations(|| openidconnect::verify(&token, &verifier, &nonce)),
        );
    }
}

/// The time of one call out of some; what they take is made before and what they give is dropped after.
fn batch<I, O>(mut take: impl FnMut() -> I, mut act: impl FnMut(I) -> O) -> Duration {
    let inputs: Vec<I> = (0..CALLS).map(|_| take()).collect();
    let mut outputs = Vec::with_capacity(inputs.len());
    let began = Instant::now();
    for input in inputs {
        outputs.push(black_box(act(black_box(input))));
    }
    began.elapsed() / CALLS
}

fn allocations<T>(act: impl FnOnce() -> T) -> u64 {
    let mut made = None;
    let counted = measure(|| made = Some(black_box(act())));
    counted.count_total
}
