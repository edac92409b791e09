//! Doors: each `lib.rs` and `mod.rs` lists the content of its folder and its visible items, and defines nothing.
//!
//! A door has documentation, attributes, `mod` and `use` items, and public inline modules of re-exports. A definition
//! belongs in a file with a name.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::exact::{compare, row};
use crate::packages::{Crate, HOST};
use crate::sources::Sources;

/// Definitions that remain in doors, in the order of the text. They are to be moved, and none may be added.
const DEFINITIONS: &[(&str, &[&str])] = &[("host/fuzz/src/lib.rs", &["fn let_contained_panics_pass"])];

#[test]
fn no_door_defines_more_than_the_table_says() {
    let mut found = BTreeSet::new();
    for Crate { folder, sources } in HOST.iter() {
        for (file, items) in defining(sources) {
            found.insert((format!("{folder}/src/{file}"), items));
        }
    }
    compare("definitions of doors", &found, &DEFINITIONS.iter().copied().map(row).collect());
}

/// Doors of a crate that define something, with what they define.
fn defining(sources: &Sources) -> BTreeMap<&str, Vec<String>> {
    let mut found = BTreeMap::new();
    for module in &sources.modules {
        let is_door = module.file == "lib.rs" || module.file.ends_with("/mod.rs");
        let is_inline = module.parent.is_some_and(|parent| sources.modules[parent].file == module.file);
        if is_door && !is_inline && !module.definitions.is_empty() {
            found.insert(&*module.file, module.definitions.clone());
        }
    }
    found
}
