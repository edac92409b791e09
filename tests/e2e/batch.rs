//! One task, many inputs: `larder batch` through the door.

mod again;
mod bounds;
mod each;
mod endings;
mod failures;
mod inputs;
mod names;
mod order;
mod room;
mod tables;

use std::ffi::OsStr;
use std::fs::File;
use std::path::PathBuf;
use std::process::Command;

use larder_tests::{Ran, World, wat};
use serde_json::Value;

/// Output of a batch.
struct Batch {
    ran: Ran,
    /// The output lines, in order.
    lines: Vec<Value>,
    /// The object on standard error.
    summary: Value,
}

/// A component whose one task adds two numbers, and does so in no time.
fn sum(world: &World) -> PathBuf {
    let body = Some("(i32.add (local.get 0) (local.get 1))".to_owned());
    world.write("sum.wat", wat::Sum { body, ..wat::Sum::default() }.wat())
}

/// Returns `count` inputs for it, with `a` counting from `from`, and the same `b` for all.
fn numbers(from: u64, count: u64) -> String {
    (from..from + count).map(|a| format!("{{\"a\": {a}, \"b\": 1}}\n")).collect()
}

/// The command, with this text on standard input.
fn command<S: AsRef<OsStr>>(world: &World, arguments: impl IntoIterator<Item = S>, stdin: &str) -> Command {
    let mut command = world.command(["batch", "--json"]);
    let path = world.write("stdin", stdin);
    command.args(arguments).stdin(File::open(path).unwrap());
    command
}

/// Runs a batch to its end, and expects this exit code.
#[track_caller]
fn batch<S: AsRef<OsStr>>(world: &World, code: i32, arguments: impl IntoIterator<Item = S>, stdin: &str) -> Batch {
    let batch = Batch::of(Ran::of(&mut command(world, arguments, stdin)));
    batch.ran.exits(code);
    batch
}

/// Runs a batch of [`sum`].
#[track_caller]
fn sums(world: &World, code: i32, options: &[&str], stdin: &str) -> Batch {
    sum(world);
    batch(world, code, [&["sum.wat", "sum", "--pinned"], options].concat(), stdin)
}

impl Batch {
    #[track_caller]
    fn of(ran: Ran) -> Self {
        let line = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}\n{ran}"));
        let lines = ran.stdout.lines().map(line).collect();
        let summary = ran.stderr.lines().find_map(|line| serde_json::from_str(line).ok()).unwrap_or_default();
        Self { lines, summary, ran }
    }

    /// Returns a member of each line.
    fn each(&self, name: &str) -> Vec<Value> {
        self.lines.iter().map(|line| line[name].clone()).collect()
    }

    /// Returns the words in a member of each line.
    fn words(&self, name: &str) -> String {
        let words: Vec<&str> = self.lines.iter().map(|line| line[name].as_str().unwrap_or("-")).collect();
        words.join(" ")
    }

    /// Expects that the batch ended for this reason.
    #[track_caller]
    fn says_that_it_was(&self, ended: &str) -> &Self {
        assert_eq!(self.summary["ended"], ended, "{}", self.ran);
        self
    }

    /// Expects these counts in the summary.
    #[track_caller]
    fn counts(&self, counts: &[(&str, u64)]) -> &Self {
        for (name, count) in counts {
            let counted = self.summary.get(name).or_else(|| self.summary["work"].get(name));
            assert_eq!(counted.and_then(Value::as_u64), Some(*count), "{name}: {:#}\n{}", self.summary, self.ran);
        }
        self
    }
}
