//! Files and directories as inputs and outputs of tasks: `guest-examples/testing/examples/files.rs` does all with them
//! that a task can.

mod changing;
mod damage;
mod examples;
mod inside;
mod keys;
mod named;
mod outputs;
mod places;
mod refused;
mod worlds;

use std::path::Path;
use std::time::{Duration, SystemTime};

use larder_tests::{Called, World, guests};
use serde_json::Value;

/// Sets a file's last write to `age` ago.
fn set_age(path: &Path, age: Duration) {
    let file = std::fs::File::open(path).unwrap();
    #[expect(clippy::disallowed_methods, reason = "the age of a file is told from now")]
    let then = SystemTime::now() - age;
    file.set_modified(then).unwrap();
}

/// Creates a directory with files, a subdirectory, and a link.
fn directory(world: &World, name: &str) {
    world.write(&format!("{name}/one"), "one\n");
    world.write(&format!("{name}/sub/two"), "two\n");
    std::os::unix::fs::symlink("sub/two", world.folder().join(name).join("link")).unwrap();
}

/// Runs a task of the guest.
#[track_caller]
fn run(world: &World, task: &str, arguments: &[&str]) -> Called {
    world.run(guests::FILES, task, arguments)
}

/// Returns the file or directory in a result.
#[track_caller]
fn blob<'c>(called: &'c Called, place: &str) -> &'c Value {
    called.result().pointer(place).unwrap_or_else(|| panic!("nothing at {place} in {:#}", called.0))
}

/// Returns its digest, as a user types it.
#[track_caller]
fn digest(called: &Called, place: &str) -> String {
    blob(called, place)["digest"].as_str().unwrap().to_owned()
}
