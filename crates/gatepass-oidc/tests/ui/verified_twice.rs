//! Verifying spends what is verified: nothing is kept beside the verdict.
use gatepass_core::{Callback, Timestamp};
use gatepass_oidc::{KeySet, LogoutToken, Refreshed, Unverified, UnverifiedUserInfo, Waiting};

fn waiting(it: Waiting, one: Callback, two: Callback, now: Timestamp) {
    drop(it.receive(one, now));
    drop(it.receive(two, now));
}

fn unverified(it: Unverified, keys: &KeySet, now: Timestamp) {
    drop(it.verify(keys, now));
    drop(it.verify(keys, now));
}

fn refreshed(it: Refreshed, keys: &KeySet, now: Timestamp) {
    drop(it.verify(keys, now));
    drop(it.verify(keys, now));
}

fn logout(it: LogoutToken, keys: &KeySet, now: Timestamp) {
    drop(it.verify(keys, now));
    drop(it.verify(keys, now));
}

fn info(it: UnverifiedUserInfo, keys: &KeySet) {
    drop(it.verify(keys));
    drop(it.verify(keys));
}

fn main() {}
