//! Doors: each `lib.rs` and `mod.rs` lists what is in its folder and what is visible outside, and defines nothing.
//!
//! A door has documentation, attributes, `mod` and `use` items, and public inline modules of re-exports. A definition
//! belongs in a file with a name.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::exact::{compare, row};
use crate::packages::{Crate, HOST};
use crate::sources::Sources;

/// Furniture that there still is, in the order of the text. What is moved imports the table; nothing may come.
const DEFINITIONS: &[(&str, &[&str])] = &[
    ("host/authoring/src/lib.rs", &["struct World", "enum Strings", "impl World", "impl Strings", "fn write"]),
    (
        "host/cli/src/batch/mod.rs",
        &[
            "const ROWS",
            "fn batch",
            "fn budget",
            "fn start",
            "fn tell_room",
            "fn run",
            "struct Given",
            "impl Given",
            "struct Numbered",
            "impl Numbered",
        ],
    ),
    ("host/cli/src/lib.rs", &["fn main", "fn keep_contained_panics_silent", "fn dispatch"]),
    (
        "host/component/src/bytes/mod.rs",
        &["struct ComponentBytes", "impl ComponentBytes", "impl Debug for ComponentBytes"],
    ),
    ("host/content/src/lib.rs", &["struct Contents", "const MAX_NAME", "fn is_name"]),
    ("host/fuzz/src/lib.rs", &["fn let_contained_panics_pass"]),
    (
        "host/larder/src/config/mod.rs",
        &[
            "const FILE_NAME",
            "struct Config",
            "struct BuildConfig",
            "struct NeedConfig",
            "struct TaskConfig",
            "impl NeedConfig",
            "impl Config",
        ],
    ),
    (
        "host/larder/src/policy/mod.rs",
        &[
            "struct Asked",
            "struct Policy",
            "struct CachePolicy",
            "enum DeclaredBy",
            "impl Display for DeclaredBy",
            "enum PolicyError",
            "fn tables",
            "fn check_versions",
            "fn check_asked",
            "fn policy_at",
            "fn policy",
            "fn cache",
            "fn version",
            "fn config_version",
        ],
    ),
    ("host/larder/src/project/mod.rs", &["const NEVER_INPUTS", "struct Project", "const LARDER", "impl Project"]),
    (
        "host/larder/src/runner/mod.rs",
        &[
            "const DEFAULT_MAX_COMPONENT_BYTES",
            "struct Settings",
            "impl Settings",
            "struct Larder",
            "struct Host",
            "impl Host",
            "impl Larder",
            "fn blocking",
        ],
    ),
    (
        "host/sandbox/src/compile/mod.rs",
        &[
            "enum Compiler",
            "struct CompileLimits",
            "impl Default for CompileLimits",
            "enum CompileLimitExceeded",
            "impl CompileLimitExceeded",
            "enum Ending",
            "impl Display for Ending",
            "fn mib",
            "fn reached",
            "fn of",
            "struct Request",
            "enum Verdict",
        ],
    ),
    (
        "host/sandbox/src/files/mod.rs",
        &[
            "const STREAM_BYTES",
            "const GUEST_PATH",
            "const GIVEN",
            "struct FilesView",
            "struct ScratchFiles",
            "impl HasData for ScratchFiles",
            "fn add_to_linker",
            "impl FilesView",
        ],
    ),
    (
        "host/store/src/lib.rs",
        &[
            "const DAMAGED_LIMIT",
            "struct Opening",
            "struct Store",
            "impl Store",
            "impl Drop for Store",
            "impl Debug for Store",
        ],
    ),
    (
        "host/types/src/capability/mod.rs",
        &[
            "enum Access",
            "impl Display for Access",
            "enum Capability",
            "impl Display for Capability",
            "impl Capability",
            "impl Grants",
            "impl Capability",
            "struct Grants",
            "struct DirectoryGrant",
            "struct Allowed",
            "struct ProtectedPath",
            "impl Allowed",
            "fn same_path",
        ],
    ),
    (
        "host/types/src/value/mod.rs",
        &[
            "enum Value",
            "impl PartialEq for Value",
            "impl Eq for Value",
            "impl Value",
            "fn record_has",
            "fn tuple_has",
            "fn payload_has",
            "fn paired",
            "fn nth",
            "fn flags_mask",
            "fn set_labels",
        ],
    ),
];

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
