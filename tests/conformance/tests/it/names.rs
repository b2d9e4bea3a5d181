//! The table, the tests and docs/requirements.md speak of the same modules.

use std::collections::{BTreeMap, BTreeSet};

use gatepass_conformance::{Cast, Owes, rows};
use gatepass_testkit::provider::openid::{self, Module};

const REQUIREMENTS: &str = include_str!("../../../../docs/requirements.md");

/// The files with a test for each module that is played.
const TESTS: [&str; 10] = [
    include_str!("basic.rs"),
    include_str!("config.rs"),
    include_str!("form_post.rs"),
    include_str!("comprehensive.rs"),
    include_str!("refresh.rs"),
    include_str!("third_party.rs"),
    include_str!("rp_initiated.rs"),
    include_str!("back_channel.rs"),
    include_str!("fapi2.rs"),
    include_str!("fapi1.rs"),
];

/// Names and standings of the modules in section A; the assertions of A.8 are none.
fn required() -> BTreeMap<&'static str, &'static str> {
    let (_, section) = REQUIREMENTS.split_once("\n## A. ").expect("section A");
    let (section, _) = section.split_once("\n## B. ").expect("section B");
    let row = |line: &'static str| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let (id, standing) = (cells.next()?, cells.nth(1)?);
        (id != "id" && !id.starts_with("A8-")).then_some((id.trim_matches('`'), standing))
    };
    section.lines().filter_map(row).collect()
}

#[test]
fn the_table_has_every_module_of_the_requirements_and_no_other() {
    let required: BTreeSet<&str> = required().into_keys().collect();
    let shown: BTreeSet<&str> = rows().iter().map(|row| row.module).collect();
    assert_eq!(shown.difference(&required).collect::<Vec<_>>(), [&""; 0], "not required");
    assert_eq!(required.difference(&shown).collect::<Vec<_>>(), [&""; 0], "not in the table");
}

#[test]
fn what_the_requirements_call_tested_is_played_and_the_rest_is_skipped() {
    let required = required();
    for row in rows() {
        let is_played = matches!(row.cast, Cast::Played { .. });
        assert_eq!(is_played, required[row.module] == "tested", "{}", row.module);
    }
}

#[test]
fn every_module_that_is_played_has_a_test_for_its_plan() {
    for row in rows().iter().filter(|row| matches!(row.cast, Cast::Played { .. })) {
        let call = format!("plays(Plan::{:?},\"{}\");", row.plan, row.module);
        // The formatter may have broken the line.
        let has =
            |test: &&str| test.split_whitespace().collect::<String>().replace(",)", ")").contains(&call);
        assert!(TESTS.iter().any(has), "no test calls {call}");
    }
}

#[test]
fn the_provider_plays_each_of_them_and_says_the_same_of_what_is_owed() {
    for row in rows() {
        let Cast::Played { owes, .. } = row.cast else { continue };
        let module = Module::named(row.module).unwrap_or_else(|| panic!("{} is not played", row.module));
        let is_refused = matches!(owes, Owes::Refusal { .. });
        // Which age is too old, what a foreign target or issuer is, and where a person stays whose return is not known: these
        // the client decides.
        let ours = ["-iat-is-week-in-past", "-3rd-party-init-login", "-rp-init-logout-no-state"];
        let is_ours = ours.iter().any(|name| row.module.ends_with(name));
        assert!(is_ours || is_refused == (module.owes() == openid::Owes::Refusal), "{}", row.module);
    }
}
