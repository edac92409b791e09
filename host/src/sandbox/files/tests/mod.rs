//! The folder as a whole: its rules one by one, and all of them against the machine's own file system.

mod model;
mod rules;
mod walls;

use super::error::Error;
use super::folder::{Scratch, Setting, Used};
use super::open::{At, Open};
use super::tree::How;
use crate::content::Quota;
use crate::sandbox::task_files::Faults;
use crate::sandbox::time::VirtualClock;

const READ: How =
    How { follow: true, create: false, exclusive: false, truncate: false, directory: false, read: true, write: false };
const WRITE: How = How { write: true, ..READ };
const CREATE: How = How { create: true, ..WRITE };
const NEW: How = How { exclusive: true, ..CREATE };

/// A folder with room for `bytes` and `files`.
fn scratch(bytes: u64, files: u64) -> (Scratch, Open) {
    let setting = Setting { files, quota: Quota::new(bytes), faults: Faults::default(), is_given: false };
    let scratch = Scratch::new(&setting, VirtualClock::default());
    let root = scratch.root().unwrap();
    (scratch, root)
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
