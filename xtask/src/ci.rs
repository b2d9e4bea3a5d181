//! `cargo xtask ci`: every check, the same on a laptop and on a build machine.

use std::ffi::OsString;
use std::time::Instant;

use lexopt::{Arg, ValueExt as _};

use crate::VERBS;
use crate::step::{cargo, run, step};
use crate::verb::{Stop, Verb};

pub(crate) const VERB: Verb = Verb {
    name: "ci",
    about: "every check: fmt, clippy, test, tidy, doc, demo",
    help: "\
Usage: cargo xtask ci [--only NAME]... [--except NAME]...

Runs fmt, clippy (warnings are errors), test, tidy, doc and demo, all of them even when one fails,
and ends with the names of those that failed.

  --only NAME     this check and no others (may be repeated)
  --except NAME   all checks but this one (may be repeated)",
    run: ci,
};

/// The checks in their order. What is a verb of its own is run as that verb.
const CHECKS: &[&str] = &["fmt", "clippy", "test", "tidy", "doc", "demo"];

fn ci(args: Vec<OsString>) -> Result<(), Stop> {
    let chosen = choose(args)?;
    let started = Instant::now();
    let failed: Vec<&str> = chosen.iter().copied().filter(|name| check(name).is_err()).collect();
    let seconds = started.elapsed().as_secs_f64();
    if failed.is_empty() {
        println!("ci: {} ok ({seconds:.1} s)", chosen.join(", "));
        return Ok(());
    }
    Err(Stop::Failed(format!("ci: failed: {} ({seconds:.1} s)", failed.join(", "))))
}

fn choose(args: Vec<OsString>) -> Result<Vec<&'static str>, Stop> {
    let (mut only, mut except) = (Vec::new(), Vec::new());
    let mut parser = lexopt::Parser::from_args(args);
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("only") => only.push(known(&parser.value()?.string()?)?),
            Arg::Long("except") => except.push(known(&parser.value()?.string()?)?),
            other => return Err(other.unexpected().into()),
        }
    }
    let chosen: Vec<_> = CHECKS
        .iter()
        .copied()
        .filter(|name| *name != "demo" || VERBS.iter().any(|verb| verb.name == "demo"))
        .filter(|name| (only.is_empty() || only.contains(name)) && !except.contains(name))
        .collect();
    if chosen.is_empty() {
        return Err(Stop::Usage("nothing is left to check".into()));
    }
    Ok(chosen)
}

fn known(name: &str) -> Result<&'static str, Stop> {
    let found = CHECKS.iter().copied().find(|check| *check == name);
    found.ok_or_else(|| Stop::Usage(format!("there is no check `{name}`; there are {}", CHECKS.join(", "))))
}

fn check(name: &str) -> Result<(), Stop> {
    match name {
        "fmt" => step("fmt", || run(&mut cargo(["fmt", "--all", "--check"]))),
        "clippy" => step("clippy", || {
            run(&mut cargo(["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]))
        }),
        name => VERBS.iter().filter(|verb| verb.name == name).try_for_each(|verb| {
            (verb.run)(Vec::new()).inspect_err(|stop| println!("{name}: {}", stop.why()))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(args: &[&str]) -> Result<Vec<&'static str>, Stop> {
        choose(args.iter().map(OsString::from).collect())
    }

    #[test]
    fn except_and_only_choose() {
        assert!(!chosen(&["--except", "test"]).unwrap().contains(&"test"));
        assert_eq!(chosen(&["--only", "fmt", "--only", "tidy"]).unwrap(), ["fmt", "tidy"]);
        assert_eq!(chosen(&["--only", "tidy", "--only", "fmt"]).unwrap(), ["fmt", "tidy"]);
    }

    #[test]
    fn an_unknown_check_is_refused_with_the_list() {
        assert!(
            matches!(chosen(&["--only", "tset"]), Err(Stop::Usage(why)) if why.contains("fmt, clippy, test"))
        );
        assert!(matches!(chosen(&["--only", "fmt", "--except", "fmt"]), Err(Stop::Usage(_))));
    }
}
