//! The traceability table: a row for every requirement, and tests that exist.

use std::collections::HashMap;

use super::code;
use super::finding::{File, Finding};
use super::ids;

const TABLE: &str = "docs/requirements.md";

/// A row as the table has it.
#[derive(Debug)]
pub(super) struct Row<'a> {
    line: usize,
    pub(super) id: &'a str,
    demand: &'a str,
    standing: &'a str,
    shown_by: &'a str,
    turned_red_by: &'a str,
}

/// Words that make a row one that refuses; such a row needs a mutation that turned its test red.
const REFUSING: &[&str] = &["refuse", "refuses", "refused", "never", "nothing"];

pub(super) fn check(files: &[File]) -> Vec<Finding> {
    let Some(table) = files.iter().find(|file| file.path == TABLE) else {
        return vec![Finding::error(TABLE, "is missing", "every requirement needs a row")];
    };
    let (rows, mut findings) = rows(&table.text);
    findings.extend(complete(&rows, &ids::all()));
    findings.extend(standings(&rows));
    findings.extend(tests_exist(&rows, files));
    findings
}

/// The rows of all tables in the text: lines that begin with `|`, less heads and rules.
pub(super) fn rows(text: &str) -> (Vec<Row<'_>>, Vec<Finding>) {
    let (mut rows, mut findings) = (Vec::new(), Vec::new());
    for (number, text) in text.lines().enumerate() {
        let Some(inner) = text.trim().strip_prefix('|').and_then(|text| text.strip_suffix('|')) else {
            continue;
        };
        let cells: Vec<&str> = inner.split('|').map(str::trim).collect();
        let line = number + 1;
        match cells[..] {
            ["id", ..] => {}
            [first, ..] if first.starts_with("--") => {}
            [id, demand, standing, shown_by, turned_red_by] if !id.is_empty() && !demand.is_empty() => {
                rows.push(Row { line, id: id.trim_matches('`'), demand, standing, shown_by, turned_red_by });
            }
            _ => findings.push(Finding::error(
                format!("{TABLE}:{line}"),
                "is not a row of five filled cells",
                "id, what is demanded, standing, shown by, turned red by; no `|` inside a cell",
            )),
        }
    }
    (rows, findings)
}

/// Every expected id once, and no other.
pub(super) fn complete(rows: &[Row<'_>], expected: &[String]) -> Vec<Finding> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut findings = Vec::new();
    for row in rows {
        if let Some(first) = seen.insert(row.id, row.line) {
            findings
                .push(row.error(format!("{} stands in line {first} too", row.id), "one row a requirement"));
        }
        if !expected.iter().any(|id| id == row.id) {
            findings.push(row.error(
                format!("{} is no known requirement", row.id),
                "mend the id, or add it to xtask's ids.rs",
            ));
        }
    }
    for id in expected.iter().filter(|id| !seen.contains_key(id.as_str())) {
        findings.push(Finding::error(TABLE, format!("has no row for {id}"), "add it"));
    }
    findings
}

/// Each row says where it stands, and what that standing needs.
pub(super) fn standings(rows: &[Row<'_>]) -> Vec<Finding> {
    rows.iter().filter_map(Row::standing).collect()
}

impl Row<'_> {
    fn error(&self, wrong: impl Into<String>, mend: impl Into<String>) -> Finding {
        Finding::error(format!("{TABLE}:{}", self.line), wrong, mend)
    }

    fn standing(&self) -> Option<Finding> {
        let id = self.id;
        match self.standing {
            "tested" if self.tests().next().is_none() => {
                Some(self.error(format!("{id} is tested by no test"), "name it, or say another standing"))
            }
            "tested" if self.refuses() && is_empty(self.turned_red_by) => Some(self.error(
                format!("{id} refuses something and names no mutation"),
                "break the code by hand, see the test red, and write down what you broke",
            )),
            "tested" | "planned: renewal" | "planned: browser" | "planned: openid" | "later" => None,
            "planned: foundation" => {
                Some(self.error(format!("{id} is not shown yet"), "write its test and name it here"))
            }
            standing
                if standing.strip_prefix("not applicable:").is_some_and(|why| !why.trim().is_empty()) =>
            {
                None
            }
            standing => Some(self.error(
                format!("{id} stands as `{standing}`"),
                "one of: tested; not applicable: WHY; planned: renewal, browser, openid; later",
            )),
        }
    }

    fn refuses(&self) -> bool {
        let demand = self.demand.to_lowercase();
        REFUSING.iter().any(|word| code::names(&demand, word))
    }

    /// The tests that the row names, as `path::function`.
    fn tests(&self) -> impl Iterator<Item = &str> {
        self.shown_by.split("<br>").map(|test| test.trim().trim_matches('`')).filter(|test| !is_empty(test))
    }
}

/// Every test that a row names stands in the file that it names.
pub(super) fn tests_exist(rows: &[Row<'_>], files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for row in rows {
        for test in row.tests() {
            let Some((path, function)) = test.rsplit_once("::") else {
                findings.push(
                    row.error(format!("{} names `{test}`", row.id), "write `path/to/file.rs::test_name`"),
                );
                continue;
            };
            match files.iter().find(|file| file.path == path) {
                None => findings.push(row.error(
                    format!("{} names {path}, which is not there", row.id),
                    "name the file of its test",
                )),
                Some(file) if !has_test(file, function, files) => {
                    findings.push(row.error(
                        format!("{} names {function}, which is no test in {path}", row.id),
                        "name a test function",
                    ));
                }
                Some(_) => {}
            }
        }
    }
    findings
}

/// The cases of the published contract suites are plain functions that a macro makes tests of.
const SUITES: &str = "crates/gatepass-testkit/src/";

fn has_test(file: &File, function: &str, files: &[File]) -> bool {
    let code = code::only(&file.text);
    let Some(at) = definition(&code, function) else { return false };
    if has_test_attribute(&code[..at]) {
        return true;
    }
    let used = |file: &&File| {
        let code = code::only(&file.text);
        code.match_indices(function)
            .any(|(at, _)| !code[..at].trim_end().ends_with("fn") && code::names(&code[at..], function))
    };
    file.path.starts_with(SUITES)
        && files.iter().filter(|file| file.path.starts_with(SUITES)).any(|file| used(&file))
}

/// Where `fn NAME` stands.
fn definition(code: &str, function: &str) -> Option<usize> {
    let head = format!("fn {function}");
    code.match_indices(&head).map(|(at, _)| at).find(|at| {
        let after = code[at + head.len()..].trim_start();
        after.starts_with('(') || after.starts_with('<')
    })
}

/// Whether the attributes right before a function make it a test: `#[test]`, `#[tokio::test(…)]`.
fn has_test_attribute(before: &str) -> bool {
    let item = before.rfind(['}', ';']).map_or(before, |at| &before[at..]);
    item.split("#[").skip(1).any(|attribute| {
        let name = attribute.split([']', '(']).next().unwrap_or_default();
        name.split("::").last() == Some("test")
    })
}

fn is_empty(cell: &str) -> bool {
    matches!(cell, "" | "-" | "—")
}
