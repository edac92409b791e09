//! Calls that share a cache and calls that must not: pairs that differ in one thing each.

mod code;
mod every_type;
mod ingredients;
mod key_command;
mod names;
mod options;
mod precedence;
mod scope;
mod values;
mod versions;

use std::path::PathBuf;

use larder_tests::World;
use larder_tests::wat::Sum;

/// Writes a folder with the component `sum`, whose `larder.toml` has the text `declared` for its one task.
fn sum(world: &World, folder: &str, sum: &Sum, declared: &str) -> PathBuf {
    world.project(folder, &sum.wat(), &format!("[tasks.\"{}\"]\n{declared}", sum.function))
}
