//! Directions between crates, the core's list, and runtimes in a blocking tree.

use super::said;
use crate::tidy::finding::File;
use crate::tidy::graph::{Package, core_list, directions};
use crate::tidy::runtime;

fn package(name: &str, normal: &[&str]) -> Package {
    let normal = normal.iter().map(|name| (*name).to_owned()).collect();
    Package { name: name.to_owned(), folder: format!("crates/{name}"), normal }
}

#[test]
fn metadata_is_read_without_dev_dependencies() {
    let metadata = r#"{"workspace_root": "/ws", "packages": [{"name": "gatepass", "manifest_path": "/ws/crates/gatepass/Cargo.toml",
        "dependencies": [{"name": "http", "kind": null}, {"name": "proptest", "kind": "dev"}]}]}"#;
    let packages = Package::parse(metadata).unwrap();
    assert_eq!(packages[0].folder, "crates/gatepass");
    assert_eq!(packages[0].normal, ["http"]);
    assert!(Package::parse("{}").is_err());
}

#[test]
fn an_adapter_that_knows_another_is_found() {
    let house = |axum: &[&str]| {
        [
            package("gatepass-core", &[]),
            package("gatepass", &["gatepass-core"]),
            package("gatepass-axum", axum),
        ]
    };
    assert_eq!(directions(&house(&["gatepass", "http"])), []);
    let findings = said(directions(&house(&["gatepass", "gatepass-core"])));
    assert!(findings.contains("gatepass-axum: depends on gatepass-core"), "{findings}");
}

#[test]
fn a_crate_without_a_place_is_found() {
    let findings = said(directions(&[package("gatepass-extra", &[])]));
    assert!(findings.contains("place in the house is not decided"), "{findings}");
}

#[test]
fn the_core_stands_on_exactly_its_list() {
    let all = [
        "async-trait",
        "base64",
        "http",
        "httpdate",
        "percent-encoding",
        "serde",
        "serde_json",
        "sha2",
        "subtle",
        "url",
        "zeroize",
    ];
    assert_eq!(core_list(&[package("gatepass-core", &all)]), []);
    let more: Vec<&str> = all.iter().copied().chain(["tokio"]).collect();
    assert!(said(core_list(&[package("gatepass-core", &more)])).contains("depends on tokio"));
    assert!(
        said(core_list(&[package("gatepass-core", &all[1..])])).contains("no longer depends on async-trait")
    );
    assert!(said(core_list(&[])).contains("is missing"));
}

const TREE: &str = "0gatepass-ureq v0.1.0\n1ureq v3\n2rustls v0\n1gatepass-testkit v0\n2axum v0\n3tokio v1\n1gatepass v0\n2http v1\n";

#[test]
fn a_runtime_below_an_unnamed_test_dependency_is_no_part_of_the_program() {
    let example =
        File::new("crates/gatepass-ureq/examples/cli.rs", "use gatepass::Keeper; // gatepass_testkit");
    let tree =
        |edges: &str| Ok(if edges == "normal" { "0gatepass-ureq v0\n1ureq v3\n" } else { TREE }.to_owned());
    assert_eq!(runtime::check(&[example], tree).unwrap(), []);
}

#[test]
fn a_runtime_below_a_crate_that_the_program_names_is_found() {
    let example = File::new("crates/gatepass-ureq/examples/cli.rs", "use gatepass_testkit::Provider;");
    let findings = said(runtime::check(&[example], |_| Ok(TREE.to_owned())).unwrap());
    assert!(findings.contains("gatepass-ureq -> gatepass-testkit -> axum -> tokio"), "{findings}");
}

#[test]
fn a_runtime_in_the_crates_own_tree_is_found_without_any_example() {
    let tree = |_: &str| Ok("0gatepass-ureq v0\n1async-io v1\n2smol v2\n".to_owned());
    assert!(said(runtime::check(&[], tree).unwrap()).contains("async-io -> smol"));
}
