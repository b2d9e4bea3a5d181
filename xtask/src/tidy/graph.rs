//! Which crate may depend on which.

use serde_json::Value;

use super::finding::Finding;

/// A crate of the workspace and what it declares.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) name: String,
    /// The folder of its manifest, relative to the workspace.
    pub(super) folder: String,
    /// Its normal dependencies, by package name.
    pub(super) normal: Vec<String>,
}

/// What a shipped crate may take from this workspace.
const DIRECTIONS: &[(&str, &[&str])] = &[
    ("gatepass-core", &[]),
    ("gatepass", &["gatepass-core"]),
    ("gatepass-oidc", &["gatepass-core"]),
    ("gatepass-reqwest", &["gatepass-core"]),
    ("gatepass-ureq", &["gatepass-core"]),
    ("gatepass-sqlx", &["gatepass-core"]),
    ("gatepass-testkit", &["gatepass-core"]),
    ("gatepass-axum", &["gatepass"]),
];

/// All that the core stands on. An addition is a decision: it goes through here.
const CORE: &[&str] = &[
    "async-trait",
    "base64",
    "http",
    "httpdate",
    "percent-encoding",
    "serde",
    "serde_json",
    "sha2",
    "subtle",
    "url",
    "zeroize",
];

impl Package {
    /// Reads the output of `cargo metadata --no-deps`.
    pub(super) fn parse(metadata: &str) -> Result<Vec<Self>, String> {
        let metadata: Value =
            serde_json::from_str(metadata).map_err(|why| format!("cargo metadata: {why}"))?;
        let root = metadata["workspace_root"].as_str().ok_or("cargo metadata: no workspace_root")?;
        let packages = metadata["packages"].as_array().ok_or("cargo metadata: no packages")?;
        let read = |package| {
            Self::read(package, root).ok_or("cargo metadata: a package that cannot be read".to_owned())
        };
        packages.iter().map(read).collect()
    }

    fn read(package: &Value, root: &str) -> Option<Self> {
        let folder = package["manifest_path"].as_str()?.strip_prefix(root)?.strip_suffix("Cargo.toml")?;
        let normal =
            package["dependencies"].as_array()?.iter().filter(|dependency| dependency["kind"].is_null());
        Some(Self {
            name: package["name"].as_str()?.to_owned(),
            folder: folder.replace('\\', "/").trim_matches('/').to_owned(),
            normal: normal.filter_map(|dependency| Some(dependency["name"].as_str()?.to_owned())).collect(),
        })
    }

    /// Whether it is one of the crates that users take, and not a tool or a test of ours.
    pub(super) fn is_shipped(&self) -> bool {
        self.folder.starts_with("crates/")
    }
}

/// Normal dependencies between the workspace's crates point one way.
pub(super) fn directions(packages: &[Package]) -> Vec<Finding> {
    let ours = |name: &String| packages.iter().any(|package| package.name == *name);
    let mut findings = Vec::new();
    for package in packages.iter().filter(|package| package.is_shipped()) {
        let Some((_, allowed)) = DIRECTIONS.iter().find(|(name, _)| *name == package.name) else {
            findings.push(Finding::error(
                &package.name,
                "is a crate whose place in the house is not decided",
                "give it a row in DIRECTIONS of xtask's graph.rs",
            ));
            continue;
        };
        for wrong in package.normal.iter().filter(|name| ours(name) && !allowed.contains(&name.as_str())) {
            findings.push(Finding::error(
                &package.name,
                format!("depends on {wrong}"),
                "normal dependencies point to the core only (gatepass-axum's to gatepass); make it a dev-dependency or move the code",
            ));
        }
    }
    findings
}

/// The core's normal dependencies are exactly the list.
pub(super) fn core_list(packages: &[Package]) -> Vec<Finding> {
    let Some(core) = packages.iter().find(|package| package.name == "gatepass-core") else {
        return vec![Finding::error("gatepass-core", "is missing", "the workspace cannot do without it")];
    };
    let more = core.normal.iter().filter(|name| !CORE.contains(&name.as_str())).map(|name| {
        Finding::error(
            "gatepass-core",
            format!("depends on {name}"),
            "the core stands on very little: do without it, or decide for it in CORE of xtask's graph.rs",
        )
    });
    let less = CORE.iter().filter(|name| !core.normal.iter().any(|normal| normal == *name)).map(|name| {
        Finding::error(
            "gatepass-core",
            format!("no longer depends on {name}"),
            "take it off CORE of xtask's graph.rs",
        )
    });
    more.chain(less).collect()
}
