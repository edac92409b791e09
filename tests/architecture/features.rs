//! Features of other people's crates: the tests of one member use the same features as those of the whole workspace.
//!
//! Otherwise `cargo test -p` of one crate would compile again every dependency, up to the engine, of which another
//! member requests more features. The crate `tests/features` requests all of them, and is among the dev-dependencies
//! of each.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::process::Command;

use crate::crates::CRATES;
use crate::root;

/// Packages with their versions, and the sets of features that each is built with.
type Features = BTreeMap<String, BTreeSet<String>>;

#[test]
fn the_tests_of_each_crate_compile_no_dependency_of_their_own() {
    let mut missing = String::new();
    // Code of the program and code that runs during the build have separate features.
    for edges in ["no-build,no-proc-macro", "normal,build,dev"] {
        let all = features(edges, &["--workspace"]);
        for of in CRATES {
            for (package, sets) in features(edges, &["-p", of.name]) {
                let known = all.get(&package).cloned().unwrap_or_default();
                for set in sets.difference(&known) {
                    writeln!(missing, "  {}: {package}: found [{set}], expected one of {known:?}", of.name).unwrap();
                }
            }
        }
    }
    assert!(missing.is_empty(), "features that tests/features/Cargo.toml does not ask for:\n{missing}");
}

fn features(edges: &str, which: &[&str]) -> Features {
    let cargo = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "--prefix", "none", "--no-dedupe"])
        .args(["-e", edges, "-f", "{p}|{f}"])
        .args(which)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(cargo.status.success(), "cannot read the features: {}", String::from_utf8_lossy(&cargo.stderr));
    read(&String::from_utf8(cargo.stdout).unwrap())
}

/// Reads lines such as `bytes v1.11.0|default,std`. A member has a path after its version, and is left out.
fn read(lines: &str) -> Features {
    let mut features = Features::new();
    for line in lines.lines() {
        let Some((package, set)) = line.split_once('|') else { continue };
        let package = package.trim_end_matches(" (proc-macro)");
        if package.contains('/') {
            continue;
        }
        features.entry(package.to_owned()).or_default().insert(set.to_owned());
    }
    features
}

#[test]
fn lines_are_read() {
    let lines = "larder v0.1.0 (/host/larder)|\nbytes v1.11.0|default,std\n\nserde_derive v1.0.0 (proc-macro)|\n\
                 bytes v1.11.0|std\n";
    let set = |sets: &[&str]| sets.iter().map(|set| (*set).to_owned()).collect::<BTreeSet<_>>();
    let expected = Features::from([
        ("bytes v1.11.0".to_owned(), set(&["default,std", "std"])),
        ("serde_derive v1.0.0".to_owned(), set(&[""])),
    ]);
    assert_eq!(read(lines), expected);
}
