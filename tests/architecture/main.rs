//! The architecture: crates, modules inside a crate, and who touches the world.
//!
//! Cargo holds the walls between crates. The rules that Cargo cannot hold are here, each as an exact table: a line too
//! many fails, and so does a line that no longer applies. Sources are read with `syn`, manifests with `cargo metadata`.
//!
//! | module | owns |
//! |---|---|
//! | `crates` | dependencies of the crates on each other and on the engines |
//! | `circles` | import circles between the files of a crate |
//! | `features` | features of other people's crates, the same for each member |
//! | `doors` | what `lib.rs` and `mod.rs` may contain |
//! | `world` | modules that print, exit, or read the environment, the clock, the network |
//! | `guests` | guests that no test names |
//! | `page` | the generated sections of `ARCHITECTURE.md` |
//! | `packages` | members of the workspace, and their sources |
//! | `sources` | modules of a crate, and the names and paths in each |
//! | `collect`, `tokens` | paths in items and in macros |
//! | `resolve` | from a path to the file that defines what it names |
//! | `definition`, `paths`, `test_only` | items of a module, paths in a text, items that only tests compile |
//! | `exact` | comparison of a table with what is found |
//!
//! The tables of `ARCHITECTURE.md` are generated from these. After a change, write them again:
//!
//! ```text
//! cargo test --workspace --test architecture -- --ignored write_the_tables
//! ```

#![expect(clippy::unwrap_used, reason = "a test that cannot read the sources has failed")]

mod circles;
mod collect;
mod crates;
mod definition;
mod doors;
mod exact;
mod features;
mod guests;
mod packages;
mod page;
mod paths;
mod resolve;
mod sources;
mod test_only;
mod tokens;
mod world;

use std::path::Path;

/// The root of the workspace.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}
