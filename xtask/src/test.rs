//! `cargo xtask test`: every test of the workspace, then every doctest.

use std::ffi::OsString;
use std::process::Command;

use serde_json::Value;

use crate::peers;
use crate::step::{cargo, on_path, output, run, step};
use crate::verb::{Stop, Verb};

pub(crate) const VERB: Verb = Verb {
    name: "test",
    about: "all tests and doctests, on nextest where it is installed",
    help: "\
Usage: cargo xtask test [-p PACKAGE]... [ARGS]

Runs the tests with `cargo nextest run`, or `cargo test` where nextest is not installed, then the doctests.
-p narrows both to a package. All other ARGS go to the runner as they are; the doctests are then left out.
Peers that are missing (PostgreSQL, Node.js, Chromium) are named; with GATEPASS_CI=1 they are a failure.
Packages of npm that tests/peers wants are installed once, in folders of their own there.",
    run: tests,
};

fn tests(args: Vec<OsString>) -> Result<(), Stop> {
    peers::report()?;
    peers::install()?;
    let (packages, others) = split(args)?;
    let runner = if on_path("cargo-nextest") { "nextest" } else { "cargo test" };
    step(&format!("test ({runner})"), || run(&mut unit(runner == "nextest", &packages, &others)))?;
    if !others.is_empty() {
        println!("skipped: doctests, since the runner was given arguments of its own");
        return Ok(());
    }
    let documented = if packages.is_empty() { Vec::new() } else { libraries(&packages)? };
    if documented.is_empty() && !packages.is_empty() {
        return Ok(());
    }
    step("test (doctests)", || run(cargo(["test", "--doc"]).args(select(&documented))))
}

/// Those of the packages that have a library; cargo refuses to look for doctests in the others.
fn libraries(packages: &[OsString]) -> Result<Vec<OsString>, Stop> {
    let metadata = output(&mut cargo(["metadata", "--format-version", "1", "--no-deps"]))?;
    let metadata: Value =
        serde_json::from_str(&metadata).map_err(|why| Stop::Failed(format!("cargo metadata: {why}")))?;
    let has_library = |name: &&OsString| {
        let package = metadata["packages"]
            .as_array()
            .and_then(|all| all.iter().find(|package| package["name"].as_str() == name.to_str()));
        // A name that metadata does not know is cargo's to complain about.
        package.is_none_or(|package| {
            package["targets"]
                .as_array()
                .is_some_and(|targets| targets.iter().any(|target| target["kind"][0] == "lib"))
        })
    };
    Ok(packages.iter().filter(has_library).cloned().collect())
}

fn unit(nextest: bool, packages: &[OsString], others: &[OsString]) -> Command {
    let mut command = if nextest {
        cargo(["nextest", "run"])
    } else {
        cargo(["test", "--lib", "--bins", "--tests", "--examples"])
    };
    if nextest && peers::strict() {
        command.args(["--profile", "ci"]);
    }
    command.args(select(packages)).args(others);
    command
}

/// The packages that `-p` names, and everything else in its order.
fn split(args: Vec<OsString>) -> Result<(Vec<OsString>, Vec<OsString>), Stop> {
    let (mut packages, mut others) = (Vec::new(), Vec::new());
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        if arg == "--" {
            others.push(arg);
            others.extend(args);
            break;
        } else if arg == "-p" || arg == "--package" {
            packages.push(args.next().ok_or_else(|| Stop::Usage("-p wants a package".into()))?);
        } else {
            others.push(arg);
        }
    }
    Ok((packages, others))
}

fn select(packages: &[OsString]) -> Vec<OsString> {
    if packages.is_empty() {
        return vec!["--workspace".into()];
    }
    packages.iter().flat_map(|package| ["-p".into(), package.clone()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(args: &[&str]) -> Vec<OsString> {
        args.iter().map(OsString::from).collect()
    }

    #[test]
    fn packages_are_told_from_the_runners_own_arguments() {
        let (packages, others) =
            split(words(&["-p", "a", "cfg_01", "--package", "b", "--", "-p", "c"])).unwrap();
        assert_eq!(packages, words(&["a", "b"]));
        assert_eq!(others, words(&["cfg_01", "--", "-p", "c"]));
        assert_eq!(select(&packages), words(&["-p", "a", "-p", "b"]));
        assert!(matches!(split(words(&["-p"])), Err(Stop::Usage(_))));
    }

    #[test]
    fn without_a_package_the_whole_workspace_is_meant() {
        assert_eq!(select(&[]), words(&["--workspace"]));
    }
}
