//! Counts lines, words and bytes of everything in a directory, as a task: what `wc` tells of files, for a whole tree.
//!
//! This file joins the WIT contract to plain Rust: `walk` finds the files, `words` counts what is in one. Neither knows
//! that it runs in a component: a directory that a task is given is a folder like any other.

mod walk;
mod words;

#[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
mod bindings {
    use super::WcTree;

    wit_bindgen::generate!({ path: ["../../wit", "wit"], world: "examples:wc-tree/counting", generate_all });
    export!(WcTree);
}

use std::path::Path;

use bindings::exports::examples::wc_tree::wc_tree::{self, Totals};
use bindings::exports::larder::task::manifest::{self, Cache, Scope, Size, Task, Version};
use bindings::larder::task::files::Directory;

struct WcTree;

impl manifest::Guest for WcTree {
    fn tasks() -> Vec<Task> {
        vec![Task {
            name: "wc-tree#count".to_owned(),
            size: Size::Small,
            cache: Some(Cache {
                version: Version::Declared("1".to_owned()),
                scope: Scope::Account,
                cache_errors: false,
            }),
            timeout_seconds: None,
            needs: Vec::new(),
            // Those inside are part of the content; only what the tree itself is called does not count.
            file_names: false,
        }]
    }
}

impl wc_tree::Guest for WcTree {
    fn count(tree: Directory) -> Result<Totals, String> {
        let walk::Totals { files, directories, links, lines, words, bytes, largest } =
            walk::count(Path::new(&tree.path())).map_err(|error| error.to_string())?;
        Ok(Totals { files, directories, links, lines, words, bytes, largest: largest.map(|(path, _)| path) })
    }
}
