//! Members of the workspace, as `cargo metadata` lists them.

use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

use crate::root;
use crate::sources::Sources;

/// A member of the workspace.
pub(crate) struct Package {
    /// Name of the package.
    pub(crate) name: String,
    /// Folder of the manifest, relative to the root of the workspace.
    pub(crate) folder: String,
    /// Description in the manifest.
    pub(crate) description: String,
    /// Dependencies, sorted by name.
    pub(crate) dependencies: Vec<Dependency>,
}

/// A line of a manifest's dependencies.
pub(crate) struct Dependency {
    /// Name of the package that is depended on.
    pub(crate) name: String,
    /// True for a dev-dependency: only tests, examples and benchmarks see it.
    pub(crate) is_dev: bool,
    /// True for a member of this workspace.
    pub(crate) is_member: bool,
}

impl Package {
    /// Names of the dependencies that `keep` accepts.
    pub(crate) fn names(&self, keep: impl Fn(&Dependency) -> bool) -> Vec<&str> {
        self.dependencies.iter().filter(|dependency| keep(dependency)).map(|dependency| &*dependency.name).collect()
    }
}

/// Production sources of a crate.
pub(crate) struct Crate {
    /// Folder of the package, relative to the root of the workspace.
    pub(crate) folder: String,
    /// Modules.
    pub(crate) sources: Sources,
}

/// Libraries and binaries of `host/`, read once.
pub(crate) static HOST: LazyLock<Vec<Crate>> = LazyLock::new(|| {
    let mut crates = Vec::new();
    for package in packages().into_iter().filter(|package| package.folder.starts_with("host/")) {
        let folder = root().join(&package.folder).join("src");
        let text = |path: &str| std::fs::read_to_string(folder.join(path)).ok();
        for file in ["lib.rs", "main.rs"].into_iter().filter(|file| folder.join(file).is_file()) {
            crates.push(Crate { folder: package.folder.clone(), sources: Sources::read(file, &text) });
        }
    }
    crates
});

/// All members of the workspace, sorted by folder.
pub(crate) fn packages() -> Vec<Package> {
    let cargo = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(cargo.status.success(), "cannot read the workspace: {}", String::from_utf8_lossy(&cargo.stderr));
    let metadata: Value = serde_json::from_slice(&cargo.stdout).unwrap();
    let workspace = format!("{}/", metadata["workspace_root"].as_str().unwrap());
    let mut packages: Vec<_> = list(&metadata, "packages").map(|package| read(package, &workspace)).collect();
    packages.sort_by(|one, other| one.folder.cmp(&other.folder));
    packages
}

/// Crates of the host that a user runs: the fuzz targets are left out.
pub(crate) fn host() -> impl Iterator<Item = &'static Crate> {
    HOST.iter().filter(|of| of.folder != "host/fuzz")
}

fn read(package: &Value, workspace: &str) -> Package {
    let manifest = text(package, "manifest_path");
    let dependency = |dependency: &Value| Dependency {
        name: text(dependency, "name"),
        is_dev: dependency["kind"] == "dev",
        is_member: !dependency["path"].is_null(),
    };
    let mut dependencies: Vec<_> = list(package, "dependencies").map(dependency).collect();
    dependencies.sort_by(|one, other| one.name.cmp(&other.name));
    Package {
        name: text(package, "name"),
        folder: manifest.strip_prefix(workspace).unwrap().strip_suffix("/Cargo.toml").unwrap().to_owned(),
        description: package["description"].as_str().unwrap_or_default().to_owned(),
        dependencies,
    }
}

fn list<'a>(of: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    of[name].as_array().unwrap().iter()
}

fn text(of: &Value, name: &str) -> String {
    of[name].as_str().unwrap().to_owned()
}
