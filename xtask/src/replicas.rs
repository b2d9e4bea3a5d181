//! `cargo xtask replicas`: three processes on one store, disturbed by seed, and what becomes of their logins.

use std::ffi::OsString;

use crate::step::{cargo, run, step};
use crate::verb::{Stop, Verb};

pub(crate) const VERB: Verb = Verb {
    name: "replicas",
    about: "three processes killed, cut off and lied to by seed, and what becomes of their logins",
    help: include_str!("../../tests/replicas/src/help.txt"),
    run: replicas,
};

fn replicas(args: Vec<OsString>) -> Result<(), Stop> {
    step("build the replicas", || run(&mut cargo(["build", "--quiet", "-p", "gatepass-replicas"])))?;
    let mut command = cargo(["run", "--quiet", "-p", "gatepass-replicas", "--"]);
    command.args(args);
    step("replicas", || run(&mut command))
}
