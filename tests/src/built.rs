//! The example programs as they were built, or built now if they are missing or older than their sources.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// The path of an example program.
///
/// # Panics
/// When it cannot be built.
#[must_use]
pub fn example(name: &str) -> PathBuf {
    let this = std::env::current_exe().expect("the path of this program");
    let folder = this.parent().expect("a folder");
    // Tests are in target/PROFILE/deps, programs one above.
    let profile = if folder.ends_with("deps") { folder.parent().expect("target/PROFILE") } else { folder };
    let program = profile.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if is_fresh(&program) {
        return program;
    }
    // Each test may be a process of its own, and one build is enough.
    let lock = File::create(profile.join("examples").join(".build-lock")).expect("a lock");
    lock.lock().expect("a lock");
    if !is_fresh(&program) {
        build(name, profile);
        assert!(program.is_file(), "{} was built and is not there", program.display());
    }
    program
}

/// By cargo's own list of what the program was built from: quick, and it leaves alone what a build of the whole
/// workspace has made with that build's features.
fn is_fresh(program: &Path) -> bool {
    let Ok(made) = modified(program) else { return false };
    let Ok(list) = fs::read_to_string(program.with_extension("d")) else { return false };
    let sources = list.split_once(": ").map_or("", |(_, sources)| sources).replace("\\ ", "\u{0}");
    sources.split_whitespace().all(|source| {
        let source = source.replace('\u{0}', " ");
        modified(Path::new(&source)).is_ok_and(|changed| changed <= made)
    })
}

fn modified(path: &Path) -> std::io::Result<SystemTime> {
    fs::metadata(path)?.modified()
}

fn build(name: &str, profile: &Path) {
    let package = match name {
        "webapp" => "gatepass-axum",
        _ => "gatepass-ureq",
    };
    let profile_name = match profile.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "-p", package, "--example", name, "--profile", profile_name, "--target-dir"]);
    cargo.arg(profile.parent().expect("target")).current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let built = cargo.output().expect("cargo");
    assert!(
        built.status.success(),
        "the example {name} is missing or old, and `cargo build -p {package} --example {name}` failed:\n{}",
        String::from_utf8_lossy(&built.stderr)
    );
}
