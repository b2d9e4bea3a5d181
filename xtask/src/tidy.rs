//! `cargo xtask tidy`: the house's rules, each a function over data that says what is wrong and how to mend it.

mod code;
mod finding;
mod graph;
mod ids;
mod manifest;
mod requirements;
mod runtime;
mod signals;
mod source;
mod tracked;

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::process::Command;

use finding::{File, Finding};
use graph::Package;

use crate::step::{cargo, output, root, step};
use crate::verb::{Stop, Verb};

pub(crate) const VERB: Verb = Verb {
    name: "tidy",
    about: "the house's own rules: dependencies, purity of the core, traceability, drift",
    help: "\
Usage: cargo xtask tidy

Checks what no compiler checks: which crate may depend on which, that the core touches no clock, randomness,
environment, file or socket, that no async runtime is in the tree of a blocking program, that docs/requirements.md
has a row for every requirement and names tests that exist, that docs/operations.md names every metric and event,
and that files, manifests and tests keep the house's
form. Every finding says where, what is wrong and how to mend it. Warnings do not fail.",
    run: tidy,
};

fn tidy(args: Vec<OsString>) -> Result<(), Stop> {
    lexopt::Parser::from_args(args).next()?.map_or(Ok(()), |arg| Err(Stop::from(arg.unexpected())))?;
    step("tidy", || {
        let findings = findings()?;
        for finding in &findings {
            println!("{finding}");
        }
        match findings.iter().filter(|finding| finding.is_error()).count() {
            0 => Ok(()),
            errors => Err(Stop::Failed(format!("{errors} errors"))),
        }
    })
}

fn findings() -> Result<Vec<Finding>, Stop> {
    let files = files()?;
    let metadata = output(&mut cargo(["metadata", "--format-version", "1", "--no-deps"]))?;
    let packages = Package::parse(&metadata).map_err(Stop::Failed)?;

    let mut findings = graph::directions(&packages);
    findings.extend(graph::core_list(&packages));
    findings.extend(manifest::check(&files, &packages));
    findings.extend(source::check(&files));
    findings.extend(tracked::check(&files));
    findings.extend(requirements::check(&files));
    findings.extend(signals::check(&files));
    findings.extend(runtime::check(&files, |edges| {
        output(&mut cargo([
            "tree",
            "-p",
            runtime::BLOCKING,
            "-e",
            edges,
            "--prefix",
            "depth",
            "--no-dedupe",
            "-f",
            "{p}",
        ]))
    })?);
    findings.sort_by(|a, b| (a.is_error(), &a.place).cmp(&(b.is_error(), &b.place)));
    Ok(findings)
}

/// All text files that git tracks or would track.
fn files() -> Result<Vec<File>, Stop> {
    let mut git = Command::new("git");
    git.current_dir(root()).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let listing = output(&mut git)?;
    let mut paths: Vec<&str> = listing.split_terminator('\0').collect();
    paths.sort_unstable();
    paths.dedup();
    let read = |path: &str| {
        let text = std::fs::read_to_string(root().join(path)).ok()?;
        Some(File { path: path.to_owned(), text })
    };
    Ok(paths.into_iter().filter_map(read).collect())
}
