//! `cargo xtask bench`: time and allocations of the login path beside the `oauth2` crate and of an ID token beside its bare
//! signature and the `openidconnect` crate, as ratios of one run; and what a fresh access token costs.

use std::ffi::OsString;

use crate::step::{cargo, output, root, step};
use crate::verb::{Stop, Verb};

pub(crate) const VERB: Verb = Verb {
    name: "bench",
    about: "what a login, an ID token and a fresh access token cost",
    help: "\
Usage: cargo xtask bench [ARGS]

Builds an authorization URL, parses and checks a callback, builds a token request and parses its
response: each by gatepass and by the oauth2 crate, on the same input, in one run. Prints the ratios.
Then verifies an ID token under three algorithms, and prints the ratios to the bare check of its signature by
the cryptography library, with the public key as it comes and with one that was read before, and to the
openidconnect crate. They take turns, and the quickest of some rounds counts.
Then takes a fresh access token from a keeper over several stores, and prints time, allocations and reads
of the store of one call, and how many calls a second one task and eight get on two threads, and the time
of a processor that each call then took: what tasks do to one another shows there, whatever else runs.
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
        id_token()?;
        fresh()
    })
}

/// What an ID token costs.
fn id_token() -> Result<(), Stop> {
    let mut command = cargo(["bench", "--quiet", "-p", "gatepass-bench", "--bench", "id_token"]);
    let printed = output(&mut command)?;
    println!(
        "\n{:<30} {:>9} {:>13} {:>6} {:>13} {:>6} {:>14} {:>6}   {:>4} {:>6}",
        "verify an ID token, by",
        "gatepass",
        "its signature",
        "time",
        "key read once",
        "time",
        "openidconnect",
        "time",
        "ours",
        "theirs"
    );
    for name in ["RS256", "ES256", "EdDSA"] {
        let [ours, others, prepared, bare, made, made_by_others] =
            numbers(&printed, &format!("id_token {name} "))?
                .map(|word| word.parse::<f64>().unwrap_or(f64::NAN));
        println!(
            "{name:<30} {:>9} {:>13} {:>6} {:>13} {:>6} {:>14} {:>6}   {made:>4} {made_by_others:>6}",
            format!("{ours:.0} ns"),
            format!("{bare:.0} ns"),
            format!("{:.2}x", ours / bare),
            format!("{prepared:.0} ns"),
            format!("{:.2}x", ours / prepared),
            format!("{others:.0} ns"),
            format!("{:.2}x", ours / others),
        );
    }
    Ok(())
}

const STORES: [(&str, &str); 4] = [
    ("map", "rows that nobody locks: the keeper alone"),
    ("memory", "the testkit's store in memory: one lock"),
    ("sqlite", "a SQLite file"),
    ("remembered", "served from memory, a minute at most"),
];

/// What a fresh access token costs.
fn fresh() -> Result<(), Stop> {
    let mut command = cargo(["bench", "--quiet", "-p", "gatepass-bench", "--bench", "access_token"]);
    let printed = output(&mut command)?;
    println!(
        "\n{:<42} {:>9} {:>9} {:>6} {:>5}   {:>9} {:>9} {:>9} {:>9}",
        "a fresh access token, from",
        "one call",
        "the read",
        "allocs",
        "reads",
        "1 task/s",
        "8 tasks/s",
        "cpu of 1",
        "cpu of 8"
    );
    for (name, about) in STORES {
        let [time, read, allocations, reads] = numbers(&printed, &format!("fresh {name} "))?;
        let [one, eight, alone, together] = numbers(&printed, &format!("tasks {name} "))?;
        println!(
            "{about:<42} {:>9} {:>9} {allocations:>6} {reads:>5}   {one:>9} {eight:>9} {:>9} {:>9}",
            format!("{time} ns"),
            format!("{read} ns"),
            format!("{alone} ns"),
            format!("{together} ns"),
        );
    }
    Ok(())
}

/// The words of the line that begins so.
fn numbers<const N: usize>(printed: &str, head: &str) -> Result<[String; N], Stop> {
    let line = printed.lines().find_map(|line| line.strip_prefix(head)).unwrap_or_default();
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    words.try_into().map_err(|_| Stop::Failed(format!("the benchmark printed no line `{}`", head.trim())))
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
