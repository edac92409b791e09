//! The folder as a whole: its rules one by one, and all of them against the machine's own file system.

mod given;
mod model;
mod rules;
mod snapshot;
mod walls;

use std::sync::Arc;

use super::error::Error;
use super::folder::{Scratch, Setting, Used};
use super::given::Shown;
use super::node::Given;
use super::open::{At, Open};
use super::tree::How;
use crate::account::Account;
use crate::faults::Faults;
use crate::time::VirtualClock;
use larder_base::Digest;
use larder_content::{Content, Directory, Node, Quota};

const READ: How = How {
    follow: true,
    create: false,
    exclusive: false,
    truncate: false,
    directory: false,
    read: true,
    write: false,
    mutate: false,
};
const WRITE: How = How { write: true, ..READ };
const CREATE: How = How { create: true, ..WRITE };
const NEW: How = How { exclusive: true, ..CREATE };

/// Creates a folder with room for `bytes` and `files`.
fn scratch(bytes: u64, files: u64) -> (Scratch, Open) {
    scratch_of(&Setting {
        files,
        quota: Quota::new(bytes),
        faults: Faults::default(),
        account: Account::unlimited(),
        is_given: false,
    })
}

fn scratch_of(setting: &Setting) -> (Scratch, Open) {
    let scratch = Scratch::new(setting, VirtualClock::default());
    let root = scratch.root().unwrap();
    (scratch, root)
}

/// Returns a file that is given to a task.
fn given(bytes: &[u8]) -> Given {
    Given { digest: Digest::of(bytes), executable: false, content: Content::of(bytes) }
}

fn given_file(bytes: &[u8]) -> Node {
    Node::File { digest: Digest::of(bytes), executable: false, content: Content::of(bytes) }
}

fn given_folder<const N: usize>(entries: [(&str, Node); N]) -> Node {
    Node::Directory(Arc::new(given_directory(entries)))
}

fn given_directory<const N: usize>(entries: [(&str, Node); N]) -> Directory {
    Directory::new(entries.into_iter().map(|(name, node)| (name.into(), node)).collect())
}

fn folder() -> Open {
    scratch(1 << 20, 100).1
}

fn write(root: &Open, path: &str, bytes: &[u8]) -> Result<(), Error> {
    root.open_at(path, How { truncate: true, ..CREATE })?.write(At::Offset(0), bytes).map(drop)
}

fn read(root: &Open, path: &str) -> Result<Vec<u8>, Error> {
    root.open_at(path, READ)?.read(0, 1 << 20)
}

fn names(folder: &Open) -> Vec<String> {
    let mut listing = folder.list().unwrap();
    std::iter::from_fn(|| listing.next().unwrap().map(|(name, _)| name)).collect()
}
