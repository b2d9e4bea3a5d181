//! The form of Rust files.

use super::said;
use crate::tidy::finding::File;
use crate::tidy::source;

fn checked(path: &str, text: &str) -> String {
    said(source::check(&[File::new(path, text)]))
}

#[test]
fn a_sound_file_is_silent() {
    let text =
        "//! The word todo! in a comment, and ```compile_fail in one.\nfn f() { let a = \"dbg!()\"; }\n";
    assert_eq!(checked("crates/gatepass/src/a.rs", text), "");
}

#[test]
fn a_file_without_a_head_is_found() {
    assert!(checked("crates/gatepass/src/a.rs", "use http;\n").contains("does not begin with `//!`"));
    assert_eq!(checked("crates/gatepass/src/lib.rs", "#![doc = include_str!(\"../README.md\")]\n"), "");
}

#[test]
fn loose_ends_are_found_with_their_line() {
    for word in ["todo!()", "unimplemented!()", "dbg!(1)"] {
        let findings = checked("tests/it/a.rs", &format!("fn f() {{\n{word}\n}}"));
        assert!(findings.contains("tests/it/a.rs:2: uses"), "{findings}");
    }
}

#[test]
fn a_test_that_is_switched_off_is_found() {
    for attribute in ["#[ignore]", "#[ignore = \"slow\"]", "#[cfg_attr(unix, ignore)]"] {
        let findings = checked("tests/it/a.rs", &format!("#[test]\n{attribute}\nfn f() {{}}"));
        assert!(findings.contains("tests/it/a.rs:2: switches a test off"), "{attribute}: {findings}");
    }
    let child = "#[test]\n#[ignore = \"runs as a process of `g`\"]\nfn f() {}";
    assert_eq!(checked("tests/it/a.rs", child), "");
}

#[test]
fn an_example_that_never_runs_is_found() {
    for fence in ["/// ```no_run", "//! ```rust,ignore", "```rust, no_run", "    /// ```ignore-windows"] {
        let findings = checked("crates/gatepass/README.md", fence);
        assert!(findings.contains("has an example that is never run"), "{fence}");
    }
    assert_eq!(checked("docs/guide.md", "```rust,compile_fail\n```\n```text\nignore\n```"), "");
}

#[test]
fn an_impure_core_is_found() {
    let core = |code: &str| checked("crates/gatepass-core/src/a.rs", &format!("//! A.\n{code}\n"));
    for (code, word) in [
        ("let t = std::time::SystemTime::now();", "SystemTime::now"),
        ("Instant\n    ::now()", "Instant::now"),
        ("use std::env;", "std::env"),
        ("use std::{fmt, fs::File};", "std::fs"),
        ("use std::{fmt, net as n};", "std::net"),
        ("use std::{io::{self, Read}, env};", "std::env"),
        ("let x: u8 = rand::random();", "rand"),
        ("use rand::Rng;", "rand"),
    ] {
        assert!(core(code).contains(&format!("names {word}")), "{code}");
    }
    assert_eq!(core("use std::{fmt, time::Duration}; fn operand(environment: u8) {}"), "");
    assert_eq!(checked("crates/gatepass/src/a.rs", "//! A.\nuse std::env;\n"), "");
}

#[test]
fn long_files_are_a_warning_and_then_an_error() {
    let lines = |count: usize| checked("tests/it/a.rs", &"\n".repeat(count));
    assert_eq!(lines(400), "");
    assert!(lines(401).starts_with("warning: "));
    assert!(lines(601).starts_with("error: "));
}
