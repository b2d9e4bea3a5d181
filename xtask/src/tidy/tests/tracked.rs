//! What must not be published.

use super::said;
use crate::tidy::finding::File;
use crate::tidy::tracked::check;

fn checked(path: &str, text: &str) -> String {
    said(check(&[File::new(path, text)]))
}

#[test]
fn private_keys_hosts_and_recorded_origins_are_found() {
    let key = format!("-----BEGIN {}-----", "PRIVATE KEY");
    assert!(checked("tests/key.pem", &key).contains("holds a private key"));
    let host = format!("https://registry{}org/a", ".npmjs.");
    assert!(checked("package.json", &host).contains("names a registry's host"));
    let lock = format!("  \"resol{}: \"x\"", "ved\":");
    assert!(checked("package-lock.json", &lock).contains("records where a package came from"));
    assert_eq!(checked("tests/key.pem", "-----BEGIN PUBLIC KEY-----"), "");
}

#[test]
fn paths_of_one_machine_are_found_and_urls_are_not() {
    for folder in ["wor\u{6b}", "roo\u{74}", "hom\u{65}"] {
        assert!(
            checked("a.sh", &format!("cd /{folder}/main")).contains("a.sh:1: holds a path of one machine")
        );
        assert_eq!(checked("a.rs", &format!("get(\"https://app.example/{folder}/x\")")), "");
        assert_eq!(checked("a.sh", &format!("cd $dir/{folder}/main")), "");
    }
}

#[test]
fn a_lock_file_that_takes_from_elsewhere_is_found() {
    let line = |source: &str| format!("source = \"{source}\"");
    assert_eq!(checked("Cargo.lock", &line("registry+https://github.com/rust-lang/crates.io-index")), "");
    assert!(checked("Cargo.lock", &line("registry+https://mirror.example/index")).contains("from elsewhere"));
}
