//! No async runtime in the tree of a blocking program.
//!
//! The crate itself must be free of one with its normal dependencies. Its example program is built with the crate's
//! dev-dependencies as well, and those may hold a test provider that runs on a runtime: such a crate is compiled beside the
//! program but is no part of it. What a program links are the crates that its source names and what those depend on, with
//! features as cargo resolves them for this very package (a test dependency that switches a runtime on in a shared crate
//! is thereby seen). So the check takes `cargo tree` with dev-dependencies and looks below the crates that the examples name.

use super::code;
use super::finding::{File, Finding};
use crate::verb::Stop;

/// The crate with the blocking program.
pub(super) const BLOCKING: &str = "gatepass-ureq";

const RUNTIMES: &[&str] =
    &["tokio", "async-std", "smol", "async-executor", "async-global-executor", "glommio", "monoio"];

/// `tree` answers with `cargo tree --prefix depth` for the given kinds of edges.
pub(super) fn check(
    files: &[File],
    mut tree: impl FnMut(&str) -> Result<String, Stop>,
) -> Result<Vec<Finding>, Stop> {
    let mut findings = below(&tree("normal")?, |_| true);
    let examples: Vec<String> =
        files.iter().filter(|file| is_example(file)).map(|file| code::only(&file.text)).collect();
    if !examples.is_empty() {
        let named = |name: &str| examples.iter().any(|code| code::names(code, &name.replace('-', "_")));
        findings.extend(below(&tree("normal,dev")?, named));
    }
    findings.dedup();
    Ok(findings)
}

fn is_example(file: &File) -> bool {
    file.is_rust() && file.path.starts_with("crates/gatepass-ureq/examples/")
}

/// The runtimes in the subtrees of those direct dependencies that `counts` accepts.
pub(super) fn below(tree: &str, counts: impl Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut path: Vec<&str> = Vec::new();
    for line in tree.lines() {
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        let Ok(depth) = line[..digits].parse::<usize>() else { continue };
        let name = line[digits..].split(' ').next().unwrap_or_default();
        path.truncate(depth);
        path.push(name);
        let through = path.get(1).copied().unwrap_or_default();
        if RUNTIMES.contains(&name) && (depth == 0 || counts(through)) {
            let finding = Finding::error(
                BLOCKING,
                format!("has an async runtime in its tree: {}", path.join(" -> ")),
                "switch off the feature that brings it",
            );
            if !findings.contains(&finding) && findings.len() < 5 {
                findings.push(finding);
            }
        }
    }
    findings
}
