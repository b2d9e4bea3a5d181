//! The form of the manifests: what is said once for all crates is inherited by each, and a core's lints keep the shared ones.

use super::finding::{File, Finding};
use super::graph::Package;

const INHERITED: &[&str] = &["version", "edition", "rust-version", "license"];

/// The core's rules about what it may not call.
const CORE_RULES: &str = "crates/gatepass-core/.clippy.toml";

pub(super) fn check(files: &[File], packages: &[Package]) -> Vec<Finding> {
    let mut findings = folders(packages);
    for file in files.iter().filter(|file| file.path.ends_with("/Cargo.toml")) {
        findings.extend(inherited(file));
        findings.extend(declared_once(file));
    }
    findings.extend(core_rules(files));
    findings
}

/// Folder name = crate name.
pub(super) fn folders(packages: &[Package]) -> Vec<Finding> {
    let misplaced =
        |package: &&Package| package.is_shipped() && package.folder != format!("crates/{}", package.name);
    let say = |package: &Package| {
        let wrong = format!("holds the crate {}", package.name);
        Finding::error(&package.folder, wrong, "call the folder like its crate")
    };
    packages.iter().filter(misplaced).map(say).collect()
}

pub(super) fn inherited(file: &File) -> Vec<Finding> {
    let package = section(&file.text, "[package]");
    let mut findings: Vec<_> = INHERITED
        .iter()
        .filter(|key| !package.lines().any(|line| takes_from_workspace(line, key)))
        .map(|key| {
            Finding::error(
                &file.path,
                format!("has a {key} of its own, or none"),
                format!("write `{key}.workspace = true`"),
            )
        })
        .collect();
    let lints = section(&file.text, "[lints]").lines().any(|line| line.replace(' ', "") == "workspace=true");
    if file.path.starts_with("crates/") && !lints {
        findings.push(Finding::error(
            &file.path,
            "does not take the workspace's lints",
            "write `[lints]` with `workspace = true`",
        ));
    }
    findings
}

/// A dependency's version stands in the root's manifest and nowhere else.
pub(super) fn declared_once(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut inside = false;
    for (number, line) in file.text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            inside = line.ends_with("dependencies]");
        } else if inside && line.contains('=') && !line.starts_with('#') && has_version(line) {
            findings.push(Finding::error(
                format!("{}:{}", file.path, number + 1),
                "declares a version of its own",
                "declare it once in the root's [workspace.dependencies] and write `workspace = true` here",
            ));
        }
    }
    findings
}

/// A crate's own clippy.toml replaces the root's, so the shared rules must be in it too.
pub(super) fn core_rules(files: &[File]) -> Vec<Finding> {
    let text = |path: &str| files.iter().find(|file| file.path == path).map(|file| file.text.as_str());
    let Some(own) = text(CORE_RULES) else {
        return vec![Finding::error(
            CORE_RULES,
            "is missing",
            "it keeps clock, randomness, files and sockets out of the core",
        )];
    };
    let mut findings = Vec::new();
    if !own.contains("disallowed-methods") {
        findings.push(Finding::error(
            CORE_RULES,
            "has no disallowed-methods",
            "name what the core may not call",
        ));
    }
    for shared in text(".clippy.toml").unwrap_or_default().lines().filter(|line| line.contains('=')) {
        if !own.lines().any(|line| line.trim() == shared.trim()) {
            findings.push(Finding::error(
                CORE_RULES,
                format!("lacks `{}`", shared.trim()),
                "repeat the root's rule: clippy merges nothing",
            ));
        }
    }
    findings
}

fn has_version(line: &str) -> bool {
    let value = line.split_once('=').map_or("", |(_, value)| value.trim());
    value.starts_with('"') || value.contains("version")
}

fn takes_from_workspace(line: &str, key: &str) -> bool {
    let line = line.replace(' ', "");
    line == format!("{key}.workspace=true") || line == format!("{key}={{workspace=true}}")
}

fn section<'a>(text: &'a str, head: &str) -> &'a str {
    let Some(at) = text.find(head) else { return "" };
    let body = &text[at + head.len()..];
    &body[..body.find("\n[").unwrap_or(body.len())]
}
