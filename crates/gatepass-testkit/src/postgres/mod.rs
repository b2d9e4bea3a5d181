//! A private PostgreSQL cluster for tests, on loopback and in a temporary folder.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// A running cluster. It ends, and its folder goes, when this is dropped, and also when the process is killed: a shell
/// beside it waits for the end of a pipe that only this process holds.
#[derive(Debug)]
pub struct Cluster {
    port: u16,
    programs: PathBuf,
    keeper: Child,
    databases: AtomicU32,
}

/// Why there is no cluster.
#[derive(Debug)]
#[non_exhaustive]
pub enum NoCluster {
    /// PostgreSQL is not installed here.
    Missing,
    /// It did not start; this is what it said.
    Failed(String),
}

impl fmt::Display for NoCluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => {
                f.write_str("PostgreSQL is not installed: no initdb in PATH or where systems put it")
            }
            Self::Failed(said) => write!(f, "PostgreSQL did not start: {said}"),
        }
    }
}

impl std::error::Error for NoCluster {}

impl From<io::Error> for NoCluster {
    fn from(why: io::Error) -> Self {
        Self::Failed(why.to_string())
    }
}

impl Cluster {
    /// Starts a cluster; takes a second or two. As root it runs as `nobody`, since PostgreSQL refuses root.
    ///
    /// # Errors
    /// [`NoCluster`], when PostgreSQL is missing or did not start.
    pub fn start() -> Result<Self, NoCluster> {
        let programs = programs().ok_or(NoCluster::Missing)?;
        let mut failure = NoCluster::Missing;
        // The port is free when it is looked up and may be taken when it is used.
        for _ in 0..3 {
            match Self::start_once(&programs) {
                Ok(cluster) => return Ok(cluster),
                Err(why) => failure = why,
            }
        }
        Err(failure)
    }

    /// The cluster that all tests of this process share. `None`: PostgreSQL is missing, and a line says that `test` is
    /// skipped; with `GATEPASS_CI=1` that is a failure.
    ///
    /// # Panics
    /// When PostgreSQL does not start, or is missing where it must not be.
    #[expect(clippy::print_stderr, clippy::panic, reason = "speaks to whoever runs the tests")]
    pub fn shared(test: &str) -> Option<&'static Self> {
        static SHARED: OnceLock<Result<Cluster, NoCluster>> = OnceLock::new();
        match SHARED.get_or_init(Self::start) {
            Ok(cluster) => Some(cluster),
            Err(NoCluster::Missing) if std::env::var_os("GATEPASS_CI").is_none_or(|value| value != "1") => {
                eprintln!("SKIPPED {test}: {}", NoCluster::Missing);
                None
            }
            Err(why) => panic!("{test}: {why}"),
        }
    }

    /// Makes an empty database and returns its URL.
    ///
    /// # Panics
    /// When the database cannot be made.
    #[must_use]
    pub fn database(&self) -> String {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let made = Command::new(self.programs.join("createdb"))
            .args(["-h", "127.0.0.1", "-U", "test", "-p", &self.port.to_string(), &name])
            .status();
        assert!(made.is_ok_and(|status| status.success()), "no database could be made in the cluster");
        format!("postgres://test@127.0.0.1:{}/{name}", self.port)
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    fn start_once(programs: &Path) -> Result<Self, NoCluster> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let root = is_root();
        // Another user cannot write to a temporary folder that is root's own.
        let parent = if root { PathBuf::from("/tmp") } else { std::env::temp_dir() };
        let folder = parent.join(format!("gatepass-postgres-{}-{port}", std::process::id()));
        let mut command = if root {
            let mut command = Command::new("runuser");
            command.args(["-u", "nobody", "--", "sh"]);
            command
        } else {
            Command::new("sh")
        };
        command
            .args(["-c", include_str!("cluster.sh"), "cluster.sh"])
            .args([programs, &folder])
            .arg(port.to_string());
        command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own, so that what ends the tests does not end the one who tidies up after them.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut keeper = command.spawn()?;
        let mut said = String::new();
        if let Some(stdout) = keeper.stdout.take() {
            BufReader::new(stdout).read_line(&mut said)?;
        }
        let cluster = Self { port, programs: programs.to_owned(), keeper, databases: AtomicU32::new(0) };
        if said == "ready\n" { Ok(cluster) } else { Err(cluster.complaint()) }
    }

    fn complaint(mut self) -> NoCluster {
        let mut said = String::new();
        if let Some(mut stderr) = self.keeper.stderr.take() {
            let _ = stderr.read_to_string(&mut said);
        }
        NoCluster::Failed(said)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// The folder of PostgreSQL's programs: a version's own first, since what is in PATH may be a wrapper.
fn programs() -> Option<PathBuf> {
    let mut versions: Vec<_> = ["/usr/lib/postgresql", "/usr/pgsql", "/opt/homebrew/opt", "/usr/local/opt"]
        .iter()
        .filter_map(|parent| std::fs::read_dir(parent).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    versions.sort();
    versions.reverse();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = versions.into_iter().chain(std::env::split_paths(&path));
    folders.find(|folder| {
        ["initdb", "postgres", "pg_isready", "createdb"].iter().all(|name| folder.join(name).is_file())
    })
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
