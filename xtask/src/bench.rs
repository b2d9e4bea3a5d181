//! `cargo xtask bench`: time and allocations of the login path beside the `oauth2` crate, as ratios of one run.

use std::ffi::OsString;

use crate::step::{cargo, output, root, step};
use crate::verb::{Stop, Verb};

pub(crate) const VERB: Verb = Verb {
    name: "bench",
    about: "time and allocations of the login path, beside the oauth2 crate",
    help: "\
Usage: cargo xtask bench [ARGS]

Builds an authorization URL, parses and checks a callback, builds a token request and parses its
response: each by gatepass and by the oauth2 crate, on the same input, in one run. Prints the ratios.
ARGS go to criterion, for instance `--measurement-time 5`.",
    run: bench,
};

const STEPS: [(&str, &str); 3] = [
    ("authorize", "build an authorization URL"),
    ("callback", "parse and check a callback"),
    ("exchange", "build a token request, parse its response"),
];

fn bench(args: Vec<OsString>) -> Result<(), Stop> {
    let mut command =
        cargo(["bench", "--quiet", "-p", "gatepass-bench", "--bench", "login_path", "--", "--noplot"]);
    command.args(args);
    step("bench (builds optimised first: minutes on a new machine)", || {
        let printed = output(&mut command)?;
        println!(
            "{:<44} {:>10} {:>10} {:>6}   {:>4} {:>6} {:>6}",
            "", "gatepass", "oauth2", "time", "ours", "theirs", "allocs"
        );
        for (name, about) in STEPS {
            let (ours, theirs) = (median(name, "gatepass")?, median(name, "oauth2")?);
            let (made, others) =
                (allocations(&printed, name, "gatepass")?, allocations(&printed, name, "oauth2")?);
            println!(
                "{about:<44} {:>10} {:>10} {:>6}   {made:>4} {others:>6} {:>6}",
                format!("{ours:.0} ns"),
                format!("{theirs:.0} ns"),
                format!("{:.2}x", ours / theirs),
                format!("{:.2}x", made / others),
            );
        }
        Ok(())
    })
}

/// The median time that criterion wrote down, in nanoseconds.
fn median(step: &str, library: &str) -> Result<f64, Stop> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    let path = target.join("criterion").join(step).join(library).join("new/estimates.json");
    let missing =
        |why: String| Stop::Failed(format!("criterion left no estimate of {step}/{library}: {why}"));
    let text = std::fs::read_to_string(&path).map_err(|why| missing(why.to_string()))?;
    let estimates: serde_json::Value = serde_json::from_str(&text).map_err(|why| missing(why.to_string()))?;
    estimates["median"]["point_estimate"].as_f64().ok_or_else(|| missing("no median".into()))
}

/// What the benchmark printed of its counting allocator.
fn allocations(printed: &str, step: &str, library: &str) -> Result<f64, Stop> {
    let head = format!("allocations {step} {library} ");
    let line = printed.lines().find_map(|line| line.strip_prefix(&head));
    line.and_then(|count| count.trim().parse().ok())
        .ok_or_else(|| Stop::Failed(format!("the benchmark counted no allocations of {step}/{library}")))
}
