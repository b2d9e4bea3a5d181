//! The operator's page names every metric and every event that there is, and none that there is not.

use std::collections::BTreeSet;

use super::finding::{File, Finding};

const PAGE: &str = "docs/operations.md";
const EVENTS: &str = "crates/gatepass-core/src/renewal/happened.rs";
const MACROS: [&str; 3] = ["counter!(", "histogram!(", "gauge!("];

pub(super) fn check(files: &[File]) -> Vec<Finding> {
    let Some(page) = files.iter().find(|file| file.path == PAGE) else {
        return vec![Finding::error(PAGE, "is missing", "tell the operator what to watch")];
    };
    let mut findings = metrics(files, page);
    let events = files.iter().find(|file| file.path == EVENTS).map(variants).unwrap_or_default();
    if events.is_empty() {
        findings.push(Finding::error(EVENTS, "holds no event", "say in tidy where events are now"));
    }
    findings.extend(compare(page, "event", &events, &named(&page.text, "| event |")));
    findings
}

fn metrics(files: &[File], page: &File) -> Vec<Finding> {
    let sources = files.iter().filter(|file| file.is_rust() && file.path.contains("/src/"));
    let emitted: BTreeSet<String> = sources
        .filter(|file| file.path.starts_with("crates/"))
        .flat_map(|file| MACROS.iter().flat_map(|name| literals(&file.text, name)))
        .collect();
    let mut findings = compare(page, "metric", &emitted, &named(&page.text, "| metric |"));
    // Elsewhere on the page a metric may stand with its labels.
    let elsewhere = spans(&page.text).filter(|span| span.starts_with("gatepass_") && !span.contains("::"));
    let known = |span: &str| emitted.contains(span.split(['{', '(']).next().unwrap_or_default());
    findings.extend(elsewhere.filter(|span| !known(span)).map(|span| {
        Finding::error(PAGE, format!("names the metric {span}"), "there is none: name one that is emitted")
    }));
    findings
}

fn compare(page: &File, what: &str, are: &BTreeSet<String>, named: &BTreeSet<String>) -> Vec<Finding> {
    let missing = are.difference(named).map(|name| {
        Finding::error(&page.path, format!("has no row for the {what} {name}"), "say what it means")
    });
    let others = named.difference(are).map(|name| {
        Finding::error(&page.path, format!("has a row for the {what} {name}"), "there is none: take it out")
    });
    missing.chain(others).collect()
}

/// The first argument of each call of a macro, where it is a literal.
fn literals(text: &str, name: &str) -> Vec<String> {
    let calls = text.split(name).skip(1);
    calls
        .filter_map(|rest| Some(rest.trim_start().strip_prefix('"')?.split('"').next()?.to_owned()))
        .collect()
}

/// The variants of the one enum of a file.
fn variants(file: &File) -> BTreeSet<String> {
    let body = file.text.split("pub enum").nth(1).unwrap_or_default();
    let body = body.split("\n}").next().unwrap_or_default();
    let names = body.lines().filter_map(|line| line.strip_prefix("    "));
    let names = names.filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()));
    names.map(|line| line.chars().take_while(char::is_ascii_alphanumeric).collect()).collect()
}

/// What stands in the first column of the table that begins so.
fn named(text: &str, head: &str) -> BTreeSet<String> {
    let rows = text.lines().skip_while(|line| !line.starts_with(head)).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    rows.filter_map(|row| Some(row.split('`').nth(1)?.to_owned())).collect()
}

/// The code spans of a page, without its blocks of code.
fn spans(text: &str) -> impl Iterator<Item = &str> {
    let prose = text.split("```").step_by(2);
    prose.flat_map(|part| part.lines().flat_map(|line| line.split('`').skip(1).step_by(2)))
}
