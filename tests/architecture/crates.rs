//! Dependencies of the crates on each other, and on the two engines.

use crate::packages::{Package, packages};

/// Dependencies of a crate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    /// Name of the crate.
    pub(crate) name: &'static str,
    /// Members of the workspace that the crate depends on.
    pub(crate) uses: &'static [&'static str],
    /// Members of the workspace that its tests, examples and benchmarks depend on.
    pub(crate) tests: &'static [&'static str],
}

/// Crates in an order in which each depends only on those above it.
pub(crate) const CRATES: [Row; 11] = [
    Row { name: "larder-base", uses: &[], tests: &[] },
    Row { name: "larder-types", uses: &["larder-base"], tests: &[] },
    Row { name: "larder-content", uses: &["larder-base"], tests: &[] },
    Row {
        name: "larder-component",
        uses: &["larder-base", "larder-content", "larder-types"],
        // The feature `strategies`.
        tests: &["larder-types"],
    },
    Row { name: "larder-store", uses: &["larder-base", "larder-content"], tests: &[] },
    Row {
        name: "larder-sandbox",
        uses: &["larder-base", "larder-component", "larder-content", "larder-types"],
        tests: &[],
    },
    Row {
        name: "larder",
        uses: &["larder-base", "larder-component", "larder-content", "larder-sandbox", "larder-store", "larder-types"],
        tests: &[],
    },
    Row {
        name: "larder-authoring",
        uses: &["larder-base", "larder-component", "larder-content", "larder-types"],
        tests: &[],
    },
    Row {
        name: "larder-cli",
        uses: &["larder", "larder-authoring", "larder-base"],
        tests: &["larder-content", "larder-store", "larder-types"],
    },
    Row { name: "larder-fuzz", uses: &["larder", "larder-component", "larder-content", "larder-types"], tests: &[] },
    Row {
        name: "larder-tests",
        uses: &["larder", "larder-cli", "larder-component", "larder-sandbox", "larder-store"],
        tests: &[],
    },
];

/// Member that has the features of all tests, and no code: see [`crate::features`].
const FEATURES: &str = "larder-features";

/// Packages that each have one owner among the crates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Engine {
    /// Name of the package, or the beginning of the names of a family: `wasmtime` is also `wasmtime-wasi`.
    pub(crate) name: &'static str,
    /// The crate that depends on it.
    pub(crate) owner: &'static str,
    /// Crates whose tests and benchmarks depend on it.
    pub(crate) tests: &'static [&'static str],
}

/// The engine that runs components, and the database.
pub(crate) const ENGINES: [Engine; 2] = [
    Engine { name: "wasmtime", owner: "larder-sandbox", tests: &["larder-cli"] },
    Engine { name: "redb", owner: "larder-store", tests: &["larder-cli", "larder-tests"] },
];

/// Returns true for a crate of the host or of its tests, but not for a guest.
fn is_of_the_host(package: &Package) -> bool {
    package.folder.starts_with("host/") || package.folder == "tests"
}

fn is_of(engine: &Engine, dependency: &str) -> bool {
    dependency.strip_prefix(engine.name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[test]
fn crates_depend_on_each_other_as_the_table_says() {
    let packages = packages();
    for package in packages.iter().filter(|package| is_of_the_host(package)) {
        let Some(row) = CRATES.iter().find(|row| row.name == package.name) else {
            panic!("expected a row for `{}` in the table of crates", package.name)
        };
        let uses = package.names(|dependency| dependency.is_member && !dependency.is_dev);
        assert_eq!(uses, row.uses, "dependencies of `{}`: found, expected", row.name);
        let tests =
            package.names(|dependency| dependency.is_member && dependency.is_dev && dependency.name != FEATURES);
        assert_eq!(tests, row.tests, "dev-dependencies of `{}`: found, expected", row.name);
    }
    for row in CRATES {
        assert!(packages.iter().any(|package| package.name == row.name), "there is no crate `{}`", row.name);
    }
}

#[test]
fn each_crate_depends_only_on_those_above_it() {
    for (index, row) in CRATES.iter().enumerate() {
        for name in row.uses {
            let is_above = CRATES[..index].iter().any(|above| above.name == *name);
            assert!(is_above, "`{}` depends on `{name}`, which is not above it", row.name);
        }
    }
}

/// A guest is built from what its author has, without anything of the host.
#[test]
fn no_guest_depends_on_the_host() {
    for package in packages().iter().filter(|package| !is_of_the_host(package)) {
        for name in package.names(|dependency| dependency.is_member) {
            assert!(!CRATES.iter().any(|row| row.name == name), "the guest `{}` depends on `{name}`", package.name);
        }
    }
}

#[test]
fn each_engine_has_one_owner() {
    let packages = packages();
    for engine in ENGINES {
        let having = |is_dev: bool| -> Vec<&str> {
            let has = |package: &&Package| {
                !package.names(|other| other.is_dev == is_dev && is_of(&engine, &other.name)).is_empty()
            };
            packages.iter().filter(has).map(|package| &*package.name).collect()
        };
        assert_eq!(having(false), [engine.owner], "owner of `{}`: found, expected", engine.name);
        assert_eq!(having(true), engine.tests, "`{}` in dev-dependencies: found, expected", engine.name);
    }
}

#[test]
fn a_family_of_packages_is_told_by_whole_words() {
    let [wasmtime, redb] = ENGINES;
    assert!(is_of(&wasmtime, "wasmtime") && is_of(&wasmtime, "wasmtime-wasi-http") && is_of(&redb, "redb"));
    assert!(!is_of(&wasmtime, "wasmtimer") && !is_of(&wasmtime, "wasmparser") && !is_of(&redb, "redbean"));
}
