//! A step: a command that is run with its name said first and its verdict and time afterwards.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::verb::Stop;

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// The cargo that runs us, in the workspace's folder.
pub(crate) fn cargo<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).args(args);
    command
}

/// Says the step's name, does it, says how it went and how long it took.
pub(crate) fn step(name: &str, work: impl FnOnce() -> Result<(), Stop>) -> Result<(), Stop> {
    println!("==> {name}");
    let started = Instant::now();
    let verdict = work();
    let seconds = started.elapsed().as_secs_f64();
    match &verdict {
        Ok(()) => println!("<== {name}: ok ({seconds:.1} s)"),
        Err(stop) => println!("<== {name}: FAILED ({seconds:.1} s): {}", stop.why()),
    }
    verdict
}

/// Runs a command to its end with our own input and output.
pub(crate) fn run(command: &mut Command) -> Result<(), Stop> {
    let shown = shown(command);
    let status = command.status().map_err(|why| Stop::Failed(format!("`{shown}` did not start: {why}")))?;
    if status.success() { Ok(()) } else { Err(Stop::Failed(format!("`{shown}` ended with {status}"))) }
}

/// Runs a command to its end and gives back what it printed.
pub(crate) fn output(command: &mut Command) -> Result<String, Stop> {
    let shown = shown(command);
    let output = command.output().map_err(|why| Stop::Failed(format!("`{shown}` did not start: {why}")))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Stop::Failed(format!("`{shown}` ended with {}: {complaint}", output.status)));
    }
    String::from_utf8(output.stdout)
        .map_err(|_| Stop::Failed(format!("`{shown}` printed bytes that are no UTF-8")))
}

/// Whether a program of this name can be started.
pub(crate) fn on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem().unwrap_or_default().to_string_lossy();
    command.get_args().fold(program.into_owned(), |line, arg| format!("{line} {}", arg.to_string_lossy()))
}
