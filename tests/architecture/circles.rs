//! Import circles between the files of a crate.
//!
//! A file depends on each file that defines something it names: see [`crate::resolve`]. Files that depend on each
//! other, directly or through others, cannot be read, tested or moved one at a time. A module that is only named on
//! the way to an item is no dependency, so a door that re-exports items of its folder is in no circle.

mod graph;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use crate::packages::{Crate, host};
use crate::root;
use crate::sources::Sources;

use self::graph::Graph;
#[cfg(test)]
pub(crate) use self::tests::arrows;

#[test]
fn no_files_of_a_crate_depend_on_each_other() {
    let mut found = String::new();
    for Crate { folder, sources } in host() {
        let graph = Graph::of(sources);
        for circle in graph.circles() {
            write!(found, "\n{folder}: {}\n{}", circle.join(", "), graph.imports(&circle)).unwrap();
        }
    }
    assert!(found.is_empty(), "import circles:{found}");
}

/// The rule also holds for the program that checks it.
#[test]
fn this_test_has_no_circle() {
    let folder = root().join("tests/architecture");
    let sources = Sources::read("main.rs", &|path| std::fs::read_to_string(folder.join(path)).ok());
    assert_eq!(Graph::of(&sources).circles(), [[""; 0]; 0]);
}
