//! Each module of the table as a test of its own, and the table held against docs/requirements.md.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod back_channel;
mod basic;
mod comprehensive;
mod config;
mod fapi1;
mod fapi2;
mod form_post;
mod names;
mod refresh;
mod rp_initiated;
mod third_party;
mod tls;

use gatepass_conformance::{Plan, line, rows};

/// Plays a module as a plan has it, all its rows.
#[track_caller]
fn plays(plan: Plan, module: &str) {
    let rows: Vec<_> = rows().into_iter().filter(|row| row.plan == plan && row.module == module).collect();
    assert!(!rows.is_empty(), "{} has no such module", plan.name());
    for row in rows {
        let report = row.play();
        assert!(report.run.is_some(), "the module is not played");
        assert!(report.wrong().is_empty(), "{}", line(&report));
    }
}
