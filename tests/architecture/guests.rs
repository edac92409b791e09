//! Guests that the tests build.

use std::collections::BTreeSet;
use std::path::Path;

use larder_tests::guests::NAMES;

use crate::root;

/// A guest takes time to build on every clean clone, so each must serve a test.
#[test]
fn every_guest_is_named_by_a_test() {
    let mut named = BTreeSet::new();
    for folder in ["tests/e2e", "tests/src"] {
        names_in(&root().join(folder), &mut named);
    }
    let unused: Vec<_> = NAMES.iter().filter(|name| !named.contains(**name)).collect();
    assert!(unused.is_empty(), "no test names these guests: {unused:?}");
}

/// Adds each name after `guests::` in the sources below a folder.
fn names_in(folder: &Path, named: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            names_in(&path, named);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let is_part = |character: &char| character.is_ascii_alphanumeric() || *character == '_';
            let after = text.split("guests::").skip(1);
            named.extend(after.map(|rest| rest.chars().take_while(is_part).collect::<String>()));
        }
    }
}
