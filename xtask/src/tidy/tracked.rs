//! What must not be in a public repository: paths of one machine, addresses of registries, private keys.

use super::finding::{File, Finding};

/// Each pattern is in two parts, or this file would find itself.
const FORBIDDEN: &[(&str, &str, &str, &str)] = &[
    ("-----BEGIN ", "PRIVATE KEY", "holds a private key", "make it at run time"),
    ("-----BEGIN RSA ", "PRIVATE KEY", "holds a private key", "make it at run time"),
    ("-----BEGIN EC ", "PRIVATE KEY", "holds a private key", "make it at run time"),
    ("-----BEGIN OPENSSH ", "PRIVATE KEY", "holds a private key", "make it at run time"),
    ("registry", ".npmjs.", "names a registry's host", "leave it to the client's configuration"),
    ("registry", ".yarnpkg.", "names a registry's host", "leave it to the client's configuration"),
    ("index.", "crates.io", "names a registry's host", "leave it to the client's configuration"),
    ("static.", "crates.io", "names a registry's host", "leave it to the client's configuration"),
    ("files.", "pythonhosted.", "names a registry's host", "leave it to the client's configuration"),
    ("deb.", "debian.org", "names a registry's host", "leave it to the client's configuration"),
    ("\"resol", "ved\":", "records where a package came from", "leave the lock file untracked"),
];

/// Folders at the root of a machine that say whose it is.
const MACHINE: &[&str] = &["wor\u{6b}", "roo\u{74}", "hom\u{65}", "Use\u{72}s"];

const LOCK: &str = "Cargo.lock";
const PUBLIC_INDEX: &str = "registry+https://github.com/rust-lang/crates.io-index";

pub(super) fn check(files: &[File]) -> Vec<Finding> {
    files
        .iter()
        .flat_map(|file| {
            file.text.lines().enumerate().filter_map(|(number, line)| inspect(file, number, line))
        })
        .collect()
}

fn inspect(file: &File, number: usize, line: &str) -> Option<Finding> {
    let found =
        |wrong: &str, mend: &str| Some(Finding::error(format!("{}:{}", file.path, number + 1), wrong, mend));
    if file.path == LOCK {
        let foreign = line.starts_with("source = ") && !line.contains(PUBLIC_INDEX);
        return if foreign {
            found("takes a package from elsewhere", "take it from the public index")
        } else {
            None
        };
    }
    if machine_path(line) {
        return found("holds a path of one machine", "make it relative, or find it at run time");
    }
    let (_, _, wrong, mend) = FORBIDDEN.iter().find(|(head, tail, ..)| {
        line.match_indices(head).any(|(at, _)| line[at + head.len()..].starts_with(tail))
    })?;
    found(wrong, mend)
}

/// `/folder/name` where the slash begins a path.
fn machine_path(line: &str) -> bool {
    MACHINE.iter().any(|folder| {
        let path = format!("/{folder}/");
        line.match_indices(&path).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            let after = line[at + path.len()..].chars().next();
            let begins = !before.is_some_and(|c| c.is_alphanumeric() || "_-.*$}".contains(c));
            begins && after.is_some_and(|c| c.is_ascii_alphanumeric() || c == '.')
        })
    })
}
