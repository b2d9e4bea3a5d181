//! What the manifests inherit.

use super::said;
use crate::tidy::finding::File;
use crate::tidy::graph::Package;
use crate::tidy::manifest::{core_rules, declared_once, folders, inherited};

const SOUND: &str = "[package]\nname = \"a\"\nversion.workspace = true\nedition.workspace = true\nrust-version = { workspace = true }
license.workspace = true\n\n[dependencies]\nhttp.workspace = true\nurl = { workspace = true, features = [\"serde\"] }\n\n[lints]\nworkspace = true\n";

fn manifest(text: &str) -> File {
    File::new("crates/a/Cargo.toml", text)
}

#[test]
fn a_sound_manifest_is_silent() {
    assert_eq!(inherited(&manifest(SOUND)), []);
    assert_eq!(declared_once(&manifest(SOUND)), []);
}

#[test]
fn what_is_not_inherited_is_found() {
    let own = SOUND.replace("edition.workspace = true", "edition = \"2021\"");
    assert!(said(inherited(&manifest(&own))).contains("has a edition of its own"));
    let lax = SOUND.replace("[lints]\nworkspace = true", "[lints.rust]\nunsafe_code = \"allow\"");
    assert!(said(inherited(&manifest(&lax))).contains("does not take the workspace's lints"));
}

#[test]
fn a_version_of_its_own_is_found() {
    for own in ["http = \"1\"", "http = { version = \"1\" }"] {
        let text = SOUND.replace("http.workspace = true", own);
        assert!(said(declared_once(&manifest(&text))).contains("crates/a/Cargo.toml:9"), "{own}");
    }
}

#[test]
fn a_folder_that_is_not_called_like_its_crate_is_found() {
    let package =
        |folder: &str| Package { name: "gatepass".into(), folder: folder.into(), normal: Vec::new() };
    assert_eq!(folders(&[package("crates/gatepass")]), []);
    assert!(said(folders(&[package("crates/keeper")])).contains("crates/keeper: holds the crate gatepass"));
}

#[test]
fn the_cores_clippy_file_has_its_own_rules_and_the_shared_ones() {
    let root = File::new(".clippy.toml", "allow-unwrap-in-tests = true\n");
    let own = |text: &str| {
        [File::new(".clippy.toml", &root.text), File::new("crates/gatepass-core/.clippy.toml", text)]
    };
    assert_eq!(core_rules(&own("allow-unwrap-in-tests = true\ndisallowed-methods = []\n")), []);
    assert!(
        said(core_rules(&own("disallowed-methods = []\n"))).contains("lacks `allow-unwrap-in-tests = true`")
    );
    assert!(said(core_rules(&own("allow-unwrap-in-tests = true\n"))).contains("has no disallowed-methods"));
    assert!(said(core_rules(&[])).contains("is missing"));
}
