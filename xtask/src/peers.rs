//! The programs that we did not write and test against: which are here, and what their absence means.

use std::path::Path;
use std::process::Command;

use crate::step::{on_path, root, run};
use crate::verb::Stop;

/// A program that tests talk to and that a machine may lack.
struct Peer {
    name: &'static str,
    /// The folder whose tests need it; a peer that no test needs yet is not asked for.
    wanted_by: &'static str,
    present: fn() -> bool,
}

const PEERS: &[Peer] = &[
    Peer { name: "PostgreSQL", wanted_by: "crates/gatepass-sqlx", present: postgres },
    Peer { name: "Node.js", wanted_by: "tests/peers", present: || on_path("node") },
    Peer {
        name: "Chromium",
        wanted_by: "tests/it/browser",
        present: || on_path("chromium") && on_path("chromedriver"),
    },
];

/// `GATEPASS_CI=1`: a missing peer is a failure. The tests read the same variable.
pub(crate) fn strict() -> bool {
    std::env::var_os("GATEPASS_CI").is_some_and(|value| value == "1")
}

/// Says which peers are missing, so that a skipped test is never a silent one; in CI that is a failure.
pub(crate) fn report() -> Result<(), Stop> {
    let missing: Vec<&str> = PEERS
        .iter()
        .filter(|peer| root().join(peer.wanted_by).is_dir() && !(peer.present)())
        .map(|peer| peer.name)
        .collect();
    for line in verdict(&missing, strict())? {
        println!("{line}");
    }
    Ok(())
}

fn verdict(missing: &[&str], strict: bool) -> Result<Vec<String>, Stop> {
    if strict && !missing.is_empty() {
        return Err(Stop::Failed(format!(
            "missing with GATEPASS_CI=1: {}: install it, or unset the variable to skip its tests",
            missing.join(", ")
        )));
    }
    Ok(missing
        .iter()
        .map(|name| format!("skipped: tests with {name}, which is not on this machine"))
        .collect())
}

/// Installs what the peers that run on Node.js are made of, once. Without Node.js their tests are skipped; where npm fails on
/// a laptop, they are, too.
pub(crate) fn install() -> Result<(), Stop> {
    if !on_path("npm") {
        return Ok(());
    }
    let Ok(folders) = root().join("tests/peers").read_dir() else { return Ok(()) };
    for peer in folders.flatten().map(|folder| folder.path()) {
        if !peer.join("package.json").is_file() || peer.join("node_modules").is_dir() {
            continue;
        }
        println!("npm install in {}, this once", peer.strip_prefix(root()).unwrap_or(&peer).display());
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"]);
        match run(npm.current_dir(&peer)) {
            Err(Stop::Failed(why)) if !strict() => {
                println!("skipped: tests with what npm was to install: {why}")
            }
            installed => installed?,
        }
    }
    Ok(())
}

/// Debian keeps the server's programs off the path.
fn postgres() -> bool {
    let debian = Path::new("/usr/lib/postgresql");
    on_path("initdb")
        || debian.read_dir().is_ok_and(|mut versions| {
            versions.any(|version| version.is_ok_and(|version| version.path().join("bin/initdb").is_file()))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_peer_is_named_on_a_laptop_and_fails_in_ci() {
        let lines = verdict(&["PostgreSQL"], false).unwrap();
        assert_eq!(lines, ["skipped: tests with PostgreSQL, which is not on this machine"]);
        assert!(
            matches!(verdict(&["PostgreSQL"], true), Err(Stop::Failed(why)) if why.contains("PostgreSQL"))
        );
        assert!(verdict(&[], true).unwrap().is_empty());
    }
}
