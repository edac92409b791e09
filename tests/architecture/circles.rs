//! Import circles between the files of a crate.
//!
//! A file depends on each file that defines something it names: see [`crate::resolve`]. Files that depend on each
//! other, directly or through others, cannot be read, tested or moved one at a time. A module that is only named on
//! the way to an item is no dependency, so a door that re-exports what is below it is in no circle.

mod graph;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::exact::{compare, row};
use crate::packages::{Crate, host};
use crate::root;
use crate::sources::Sources;

use self::graph::Graph;
#[cfg(test)]
pub(crate) use self::tests::arrows;

/// Files that depend on each other, in a crate.
type Circle = (&'static str, &'static [&'static str]);

/// Circles that there still are. A circle that is broken imports the table; none may come.
const CIRCLES: &[Circle] = &[
    (
        "host/larder",
        &[
            "runner/admission.rs",
            "runner/error.rs",
            "runner/flight.rs",
            "runner/larder.rs",
            "runner/lead.rs",
            "runner/load.rs",
            "runner/prepare.rs",
            "runner/ready.rs",
        ],
    ),
    (
        "host/sandbox",
        &[
            "files/folder.rs",
            "files/given.rs",
            "files/open.rs",
            "files/snapshot.rs",
            "files/view.rs",
            "link.rs",
            "open.rs",
            "open/client.rs",
            "open/lookup.rs",
            "open/network.rs",
            "open/paths.rs",
            "open/tcp.rs",
            "refused.rs",
            "sealed.rs",
            "sealed/network.rs",
            "state.rs",
            "task_files.rs",
            "texts.rs",
            "weight.rs",
        ],
    ),
    ("host/sandbox", &["files/resolve.rs", "files/tree.rs"]),
];

#[test]
fn no_circle_is_there_but_those_of_the_table() {
    let known: BTreeSet<(String, Vec<String>)> = CIRCLES.iter().copied().map(row).collect();
    let mut found = BTreeSet::new();
    let mut imports = String::new();
    for Crate { folder, sources } in host() {
        let graph = Graph::of(sources);
        for circle in graph.circles() {
            let row = (folder.clone(), circle);
            if !known.contains(&row) {
                write!(imports, "\n{folder}: {}\n{}", row.1.join(", "), graph.imports(&row.1)).unwrap();
            }
            found.insert(row);
        }
    }
    compare(&format!("import circles{imports}"), &found, &known);
}

/// The rule holds for the program that checks it.
#[test]
fn this_test_has_no_circle() {
    let folder = root().join("tests/architecture");
    let sources = Sources::read("main.rs", &|path| std::fs::read_to_string(folder.join(path)).ok());
    assert_eq!(Graph::of(&sources).circles(), [[""; 0]; 0]);
}
