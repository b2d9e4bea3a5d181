//! A login that is dropped is lost: the compiler says so.
#![deny(unused_must_use)]
use gatepass_core::{Client, PendingSnapshot, ResumeError};

fn forget(client: &Client, snapshot: PendingSnapshot) -> Result<(), ResumeError> {
    client.resume(snapshot)?;
    Ok(())
}

fn main() {}
