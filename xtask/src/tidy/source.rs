//! The form of the Rust files: a head line, no loose ends, honest examples and tests, a pure core, and a size to read.

use super::code;
use super::finding::{File, Finding};

/// What is in the language for unfinished work and for looking around.
const LOOSE_ENDS: &[(&str, &str)] = &[
    ("todo!", "finish it or take it out"),
    ("unimplemented!", "finish it or take it out"),
    ("dbg!", "take it out"),
];

/// What the core may not name; clippy's `disallowed-methods` says the same of calls.
const IMPURE: &[&str] = &["SystemTime::now", "Instant::now", "std::env", "std::fs", "std::net", "rand"];

const LOOK_TWICE: usize = 400;
const TOO_LONG: usize = 600;

/// Files that may be longer, and why.
const LONG: &[(&str, &str)] = &[];

pub(super) fn check(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        let code = code::only(&file.text);
        findings.extend(head(file));
        findings.extend(loose_ends(file, &code));
        findings.extend(ignored_tests(file, &code));
        findings.extend(impure(file, &code));
        findings.extend(length(file));
    }
    for file in files.iter().filter(|file| file.is_rust() || file.path.ends_with(".md")) {
        findings.extend(dead_examples(file));
    }
    findings
}

pub(super) fn head(file: &File) -> Option<Finding> {
    // A crate may begin with its page of documentation, which is the same kind of head.
    let heads = ["//! ", "#![doc = include_str!("];
    let missing = file.path.contains("src/") && !heads.iter().any(|head| file.text.starts_with(head));
    missing.then(|| {
        Finding::error(
            &file.path,
            "does not begin with `//!`",
            "say in its first line what lives in the file",
        )
    })
}

pub(super) fn loose_ends(file: &File, code: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, code) in code.lines().enumerate() {
        for (word, mend) in LOOSE_ENDS.iter().filter(|(word, _)| code::names(code, word)) {
            findings.push(Finding::error(at(file, line), format!("uses {word}"), *mend));
        }
    }
    findings
}

/// A test that is not run by itself must be run as a process by another one, and say so.
pub(super) fn ignored_tests(file: &File, code: &str) -> Vec<Finding> {
    let ignores = |line: &str| {
        let line = line.trim_start();
        line.starts_with("#[ignore") || (line.starts_with("#[cfg_attr") && code::names(line, "ignore"))
    };
    let runs_elsewhere = |line: &str| line.trim_start().starts_with("#[ignore = \"runs as ");
    let lines = code.lines().zip(file.text.lines()).enumerate();
    lines
        .filter(|(_, (code, text))| ignores(code) && !runs_elsewhere(text))
        .map(|(line, _)| {
            Finding::error(at(file, line), "switches a test off", "make it pass, or take it out")
        })
        .collect()
}

/// Examples in documentation run, or they rot.
pub(super) fn dead_examples(file: &File) -> Vec<Finding> {
    let dead = |line: &str| {
        let line = line.trim_start();
        let line = line.strip_prefix("///").or_else(|| line.strip_prefix("//!")).unwrap_or(line).trim_start();
        let words = line.strip_prefix("```").unwrap_or_default().split([',', ' ']);
        words.map(str::trim).any(|word| word == "no_run" || word.starts_with("ignore"))
    };
    let lines = file.text.lines().enumerate().filter(|(_, line)| dead(line));
    lines
        .map(|(line, _)| {
            let mend = "write an example that runs, or one marked `compile_fail` or `text`";
            Finding::error(at(file, line), "has an example that is never run", mend)
        })
        .collect()
}

pub(super) fn impure(file: &File, code: &str) -> Vec<Finding> {
    if !file.path.starts_with("crates/gatepass-core/src/") {
        return Vec::new();
    }
    let dense = code::dense(code);
    let words = IMPURE.iter().filter(|word| code::names(&dense, word) || imports(&dense, word));
    words
        .map(|word| {
            Finding::error(&file.path, format!("names {word}"), "take it as an argument or through a port")
        })
        .collect()
}

/// `use std::{env, fs}`, which names `std::env` without spelling it.
fn imports(dense: &str, path: &str) -> bool {
    let Some((parent, child)) = path.split_once("::") else { return false };
    let open = format!("{parent}::{{");
    dense.match_indices(&open).any(|(at, _)| {
        let mut depth = 0_usize;
        let mut name = String::new();
        for c in dense[at + open.len()..].chars() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    if leads(&name, child) {
                        return true;
                    }
                    name.clear();
                }
                c if depth == 0 => name.push(c),
                _ => {}
            }
        }
        leads(&name, child)
    })
}

fn leads(import: &str, child: &str) -> bool {
    import
        .strip_prefix(child)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::") || rest.starts_with(" as "))
}

pub(super) fn length(file: &File) -> Option<Finding> {
    let lines = file.text.lines().count();
    if lines <= LOOK_TWICE || LONG.iter().any(|(path, _)| *path == file.path) {
        return None;
    }
    let wrong = format!("has {lines} lines");
    Some(if lines <= TOO_LONG {
        Finding::warning(&file.path, wrong, "look twice: is it one concept?")
    } else {
        Finding::error(
            &file.path,
            wrong,
            "split it by concept, or give the reason in LONG of xtask's source.rs",
        )
    })
}

fn at(file: &File, line: usize) -> String {
    format!("{}:{}", file.path, line + 1)
}
