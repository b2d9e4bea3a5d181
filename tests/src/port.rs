//! Ports for programs that must know their own address before they listen.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// A port that nobody listens at. The system hands out none below 32768 by itself, so nobody comes between.
///
/// # Panics
/// Never: there are fewer of them than ports.
#[must_use]
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    const FIRST: u16 = 20_000;
    const COUNT: u32 = 12_000;
    loop {
        let turn = u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
        // Each process of tests has sixteen of its own.
        let port = FIRST + u16::try_from((std::process::id() * 16 + turn) % COUNT).expect("a port");
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
