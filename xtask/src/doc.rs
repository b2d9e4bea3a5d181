//! `cargo xtask doc`: the documentation of every crate, where a warning is an error.

use std::ffi::OsString;

use crate::step::{cargo, run, step};
use crate::verb::{Stop, Verb};

pub(crate) const VERB: Verb = Verb {
    name: "doc",
    about: "the documentation, where a warning is an error",
    help: "\
Usage: cargo xtask doc [ARGS]

Builds the documentation of the workspace's crates with RUSTDOCFLAGS=-D warnings.
ARGS go to `cargo doc`; `cargo xtask doc --open` shows the result.",
    run: doc,
};

fn doc(args: Vec<OsString>) -> Result<(), Stop> {
    let mut command = cargo(["doc", "--workspace", "--exclude", "xtask", "--no-deps"]);
    command.args(args).env("RUSTDOCFLAGS", "-D warnings");
    step("doc", || run(&mut command))
}
