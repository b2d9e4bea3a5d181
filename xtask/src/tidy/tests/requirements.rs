//! The traceability table.

use super::said;
use crate::tidy::finding::File;
use crate::tidy::{ids, requirements};

const HEAD: &str = "# Requirements\n\n| id | what is demanded | standing | shown by | turned red by |\n|---|---|---|---|---|\n";

/// The findings about rows alone.
fn standing(rows: &str) -> String {
    let text = format!("{HEAD}{rows}");
    let (rows, malformed) = requirements::rows(&text);
    said(malformed.into_iter().chain(requirements::standings(&rows)))
}

fn named(row: &str, files: &[File]) -> String {
    let (rows, _) = requirements::rows(row);
    said(requirements::tests_exist(&rows, files))
}

#[test]
fn every_id_is_expected_once() {
    let mut ids = ids::all();
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count);
    for id in ["CFG-01", "C-105", "A8-17", "K-24", "D1-x", "oidcc-client-test", "STO-06"] {
        assert!(ids.iter().any(|known| known == id), "{id}");
    }
    assert!(!ids.iter().any(|id| id == "C-08" || id == "CFG-12"));
}

#[test]
fn missing_doubled_and_unknown_rows_are_found() {
    let text =
        format!("{HEAD}| CFG-01 | a | later | | |\n| CFG-01 | b | later | | |\n| CFG-99 | c | later | | |\n");
    let (rows, _) = requirements::rows(&text);
    let findings = said(requirements::complete(&rows, &["CFG-01".into(), "CFG-02".into()]));
    assert!(findings.contains("docs/requirements.md:6: CFG-01 stands in line 5 too"), "{findings}");
    assert!(findings.contains("CFG-99 is no known requirement"), "{findings}");
    assert!(findings.contains("has no row for CFG-02"), "{findings}");
}

#[test]
fn a_tested_row_names_a_test_and_a_refusing_one_a_mutation() {
    assert!(standing("| CFG-01 | sends a | tested | — | |").contains("CFG-01 is tested by no test"));
    assert!(standing("| CFG-01 | refuses a | tested | a.rs::b | — |").contains("names no mutation"));
    assert_eq!(standing("| CFG-01 | refuses a | tested | a.rs::b | the check left out |"), "");
    assert_eq!(standing("| CFG-01 | sends a | tested | a.rs::b | — |"), "");
}

#[test]
fn an_unknown_or_unfinished_standing_is_found() {
    assert!(standing("| CFG-01 | a | planned: foundation | | |").contains("CFG-01 is not shown yet"));
    assert!(standing("| CFG-01 | a | soon | | |").contains("CFG-01 stands as `soon`"));
    assert!(standing("| CFG-01 | a | not applicable: | | |").contains("stands as"));
    assert_eq!(
        standing("| CFG-01 | a | not applicable: no proxy | | |\n| CFG-02 | a | planned: openid | | |"),
        ""
    );
}

#[test]
fn a_row_with_a_cell_too_few_is_found() {
    assert!(standing("| CFG-01 | a | later | |").contains("docs/requirements.md:5: is not a row"));
}

#[test]
fn a_test_that_does_not_exist_is_found() {
    let tests = "#[test]\nfn there() {}\n#[tokio::test(flavor = \"current_thread\")]\nasync fn too() {}\nfn plain() {}\n// fn said() {}";
    let files = [File::new("tests/it/a.rs", tests)];
    let row = |test: &str| format!("| CFG-01 | a | tested | {test} | |");
    assert_eq!(named(&row("`tests/it/a.rs::there`<br>`tests/it/a.rs::too`"), &files), "");
    assert!(named(&row("tests/it/b.rs::there"), &files).contains("names tests/it/b.rs, which is not there"));
    for missing in ["gone", "plain", "said", "the", "there2"] {
        let findings = named(&row(&format!("tests/it/a.rs::{missing}")), &files);
        assert!(findings.contains(&format!("names {missing}, which is no test")), "{missing}: {findings}");
    }
    assert!(named(&row("there"), &files).contains("write `path/to/file.rs::test_name`"));
}

#[test]
fn a_contract_case_counts_when_its_suite_names_it() {
    let path = "crates/gatepass-testkit/src/grants.rs";
    let case = "pub async fn swap_moves(store: &dyn GrantStore) {}\n";
    let row = format!("| STO-01 | a | tested | {path}::swap_moves | |");
    assert!(named(&row, &[File::new(path, case)]).contains("swap_moves, which is no test"));
    assert_eq!(
        named(&row, &[File::new(path, &format!("{case}macro_rules! cases {{ () => {{ swap_moves }} }}"))]),
        ""
    );
}
