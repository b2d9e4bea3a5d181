//! A verb: its name, its help, what it does; and how a command line finds its verb.

use std::ffi::OsString;
use std::fmt::Write as _;

use lexopt::Arg;

/// One thing that `cargo xtask` can do.
#[derive(Debug)]
pub(crate) struct Verb {
    /// The word on the command line.
    pub(crate) name: &'static str,
    /// One line for the list of verbs; a verb without one is for our own use and is not listed.
    pub(crate) about: &'static str,
    /// What `cargo xtask NAME --help` prints.
    pub(crate) help: &'static str,
    /// Does it; the arguments are those after the verb.
    pub(crate) run: fn(Vec<OsString>) -> Result<(), Stop>,
}

/// Why a verb ended without success.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The command line makes no sense: exit code 2.
    Usage(String),
    /// Something that was to hold does not: exit code 1.
    Failed(String),
}

impl Stop {
    pub(crate) fn why(&self) -> &str {
        match self {
            Self::Usage(why) | Self::Failed(why) => why,
        }
    }
}

impl From<lexopt::Error> for Stop {
    fn from(error: lexopt::Error) -> Self {
        Self::Usage(error.to_string())
    }
}

/// Runs the verb that the command line names, or prints help.
pub(crate) fn dispatch(verbs: &[Verb], args: impl IntoIterator<Item = OsString>) -> Result<(), Stop> {
    let mut parser = lexopt::Parser::from_args(args);
    let name = match parser.next()? {
        None | Some(Arg::Short('h') | Arg::Long("help")) => {
            print!("{}", overview(verbs));
            return Ok(());
        }
        Some(Arg::Value(name)) => name.to_string_lossy().into_owned(),
        Some(other) => return Err(Stop::Usage(format!("{}\n\n{}", other.unexpected(), overview(verbs)))),
    };
    let Some(verb) = verbs.iter().find(|verb| verb.name == name) else {
        return Err(Stop::Usage(format!("there is no verb `{name}`\n\n{}", overview(verbs))));
    };
    let args: Vec<OsString> = parser.raw_args()?.collect();
    if asks_for_help(&args) {
        println!("{}", verb.help.trim_end());
        return Ok(());
    }
    (verb.run)(args)
}

/// Whether `-h` or `--help` stands before a `--`, which hands the rest to somebody else.
fn asks_for_help(args: &[OsString]) -> bool {
    args.iter().take_while(|arg| *arg != "--").any(|arg| arg == "-h" || arg == "--help")
}

fn overview(verbs: &[Verb]) -> String {
    let mut text = String::from("Usage: cargo xtask VERB [OPTIONS]\n\nVerbs:\n");
    for verb in verbs.iter().filter(|verb| !verb.about.is_empty()) {
        let _ = writeln!(text, "  {:<11} {}", verb.name, verb.about);
    }
    text.push_str("\n`cargo xtask VERB --help` says more about one of them.\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERBS: &[Verb] =
        &[Verb { name: "fail", about: "fails", help: "h", run: |_| Err(Stop::Failed("ran".into())) }];

    fn run(args: &[&str]) -> Result<(), Stop> {
        dispatch(VERBS, args.iter().map(OsString::from))
    }

    #[test]
    fn an_unknown_verb_is_a_usage_error_that_lists_the_verbs() {
        let Err(Stop::Usage(why)) = run(&["frobnicate"]) else { panic!("not a usage error") };
        assert!(why.contains("no verb `frobnicate`") && why.contains("fail        fails"), "{why}");
    }

    #[test]
    fn help_is_printed_instead_of_running() {
        assert!(run(&["fail", "--help"]).is_ok());
        assert!(run(&["--help"]).is_ok());
        assert!(run(&[]).is_ok());
    }

    #[test]
    fn help_behind_two_dashes_is_for_the_program_below() {
        assert!(matches!(run(&["fail", "--", "--help"]), Err(Stop::Failed(why)) if why == "ran"));
    }
}
