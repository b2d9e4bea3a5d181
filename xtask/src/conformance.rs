//! `cargo xtask conformance`: the client modules of the OpenID Foundation's conformance suite, played to the example webapp.

use std::ffi::OsString;

use crate::step::{cargo, run, step};
use crate::verb::{Stop, Verb};

pub(crate) const VERB: Verb = Verb {
    name: "conformance",
    about: "the client modules of the OpenID conformance suite, played to the example webapp",
    help: include_str!("../../tests/conformance/src/help.txt"),
    run: conformance,
};

fn conformance(args: Vec<OsString>) -> Result<(), Stop> {
    step("build the webapp", || {
        run(&mut cargo(["build", "--quiet", "-p", "gatepass-axum", "--example", "webapp"]))
    })?;
    step("build the table", || run(&mut cargo(["build", "--quiet", "-p", "gatepass-conformance"])))?;
    let mut command = cargo(["run", "--quiet", "-p", "gatepass-conformance", "--"]);
    command.args(args);
    step("conformance", || run(&mut command))
}
