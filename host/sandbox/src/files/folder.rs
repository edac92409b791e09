//! One run's scratch folder as a whole: the tree, the bytes, the clock, and the first refusal.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use wasmtime_wasi::HostWallClock as _;

use super::blocks::Blocks;
use super::contents::Contents;
use super::error::Error;
use super::given::Shown;
use super::node::{Moment, NodeId, What};
use super::tree::Tree;
use crate::account::Account;
use crate::faults::Faults;
use crate::time::VirtualClock;
use larder_base::Digest;
use larder_content::{ContentError, Directory, Node, Quota};
use larder_types::limits::LimitExceeded;

/// A run's folder. Everything that is open in it keeps it alive.
#[derive(Clone)]
pub(crate) struct Scratch(Arc<Mutex<State>>);

/// Parts of a scratch folder.
pub(super) struct State {
    pub(super) tree: Tree,
    blocks: Blocks,
    clock: VirtualClock,
    began: Moment,
    refused: Option<LimitExceeded>,
    missed: Vec<String>,
    faults: Faults,
    pub(super) account: Account,
    /// The directories that the task has taken out of the folder and still holds, by digest. Taking the same one again
    /// returns the same value.
    taken: HashMap<Digest, Weak<Directory>>,
}

/// Maximum number of remembered paths that lead nowhere, and of characters of each.
const MISSED: usize = 8;
const MISSED_LENGTH: usize = 200;

/// Settings of a new folder.
pub(crate) struct Setting {
    /// Maximum number of files, folders and links.
    pub(crate) files: u64,
    /// Quota for its bytes.
    pub(crate) quota: Arc<Quota>,
    /// Record of content that cannot be read.
    pub(crate) faults: Faults,
    /// Account that is charged for host memory and work.
    pub(crate) account: Account,
    /// True if the task may be given files or directories.
    pub(crate) is_given: bool,
}

/// Use of a run's scratch folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Used {
    /// Peak number of files, folders and links.
    pub(crate) peak_files: u64,
    /// The first refusal for lack of room.
    pub(crate) refused: Option<LimitExceeded>,
    /// The first paths that were looked up and led nowhere.
    pub(crate) missed: Vec<String>,
}

/// A new time for a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NewTime {
    Keep,
    Now,
    Moment(Moment),
}

impl Scratch {
    /// Creates an empty folder, with the place for the files that the task is given, if it may be given any.
    pub(crate) fn new(setting: &Setting, clock: VirtualClock) -> Self {
        let Setting { files, quota, faults, account, is_given } = setting;
        let (faults, account) = (faults.clone(), account.clone());
        let began = moment(clock.present());
        let mut tree = Tree::new(*files, &account, began);
        if *is_given {
            // The tree is empty, so this succeeds.
            let _ = tree.show_given(began);
        }
        let blocks = Blocks::new(quota.clone(), &account);
        let (missed, taken) = (Vec::new(), HashMap::new());
        let state = State { tree, blocks, clock, began, refused: None, missed, faults, account, taken };
        Self(Arc::new(Mutex::new(state)))
    }

    /// Shows a file or directory given to the task, and returns its path.
    pub(crate) fn show(&self, number: u32, name: Option<&str>, what: &Shown<'_>) -> wasmtime::Result<String> {
        self.act(|state| state.tree.show(number, name, what, state.began)).map_err(wasmtime::Error::new)
    }

    /// Returns the run's use so far.
    pub(crate) fn used(&self) -> Used {
        let state = self.lock();
        Used { peak_files: state.tree.peak(), refused: state.refused.clone(), missed: state.missed.clone() }
    }

    #[cfg(test)]
    pub(super) fn peak_bytes(&self) -> u64 {
        self.lock().blocks.peak_bytes()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs an operation. Every operation goes through here, so that no refusal is forgotten.
    pub(super) fn act<T>(&self, act: impl FnOnce(&mut State) -> Result<T, Error>) -> Result<T, Error> {
        let mut state = self.lock();
        let done = act(&mut state);
        if let Err(error) = &done {
            state.note(*error);
        }
        done
    }
}

impl State {
    fn note(&mut self, error: Error) {
        let refused = match error {
            Error::Full { limit, asked } => LimitExceeded::Scratch { limit, asked },
            Error::TooMany { limit, asked } => LimitExceeded::ScratchFiles { limit, asked },
            Error::BadDescriptor
            | Error::Busy
            | Error::Exist
            | Error::FileTooLarge
            | Error::Invalid
            | Error::IsDirectory
            | Error::Loop
            | Error::NameTooLong
            | Error::NoEntry
            | Error::NotDirectory
            | Error::NotEmpty
            | Error::NotPermitted
            | Error::Overflow
            | Error::ReadOnly
            | Error::CrossDevice
            | Error::Io
            // The account remembers it.
            | Error::Memory => return,
        };
        self.refused.get_or_insert(refused);
    }

    /// Remembers a path from the folder `start`, if the lookup led nowhere.
    pub(super) fn note_missed<T>(&mut self, start: NodeId, path: &str, found: &Result<T, Error>) {
        if !matches!(found, Err(Error::NoEntry)) || self.missed.len() >= MISSED {
            return;
        }
        // Guests name a file of the root without the `/` that their program wrote.
        let root = if start == NodeId::ROOT { "/" } else { "" };
        let missed = root.chars().chain(path.chars()).take(MISSED_LENGTH).collect();
        if !self.missed.contains(&missed) {
            self.missed.push(missed);
        }
    }

    /// Reads the clock for the moment of a change.
    pub(super) fn now(&self) -> Moment {
        moment(self.clock.now())
    }

    /// Records content that the host could not read. The first one counts: the run fails, whatever the task does.
    pub(super) fn fault(&self, error: ContentError) -> Error {
        self.faults.add(error);
        Error::Io
    }

    /// Returns the present moment, for operations that change nothing.
    pub(super) fn present(&self) -> Moment {
        moment(self.clock.present())
    }

    /// Returns a file's content, with the blocks that hold it.
    pub(super) fn contents(&mut self, node: NodeId) -> Result<(&mut Contents, &mut Blocks), Error> {
        match &mut self.tree.nodes.node_mut(node)?.what {
            What::File(contents) => Ok((contents, &mut self.blocks)),
            What::Given(_) | What::Folder(_) | What::Link(_) => Err(Error::BadDescriptor),
        }
    }

    pub(super) fn set_size(&mut self, node: NodeId, size: u64, now: Moment) -> Result<(), Error> {
        let (contents, blocks) = self.contents(node)?;
        contents.set_size(blocks, size)?;
        self.tree.nodes.node_mut(node)?.touch(now);
        Ok(())
    }

    pub(super) fn set_times(&mut self, node: NodeId, accessed: NewTime, modified: NewTime) -> Result<(), Error> {
        let now = self.now();
        self.tree.expect_free(node)?;
        let times = &mut self.tree.nodes.node_mut(node)?.times;
        times.accessed = accessed.or(times.accessed, now);
        times.modified = modified.or(times.modified, now);
        times.changed = now;
        Ok(())
    }

    /// Returns a directory that was taken out of the folder: the earlier value, if an equal one is still held.
    pub(super) fn share(&mut self, directory: Directory) -> Result<Arc<Directory>, Error> {
        if let Some(taken) = self.taken.get(&directory.digest).and_then(Weak::upgrade) {
            return Ok(taken);
        }
        if self.taken.len() >= 2 * self.taken.values().filter(|taken| taken.strong_count() > 0).count() + 16 {
            self.taken.retain(|_, taken| taken.strong_count() > 0);
        }
        let charge = self.account.hold(weight_of(&directory))?;
        let directory = Arc::new(directory.with_charge(charge));
        self.taken.insert(directory.digest, Arc::downgrade(&directory));
        Ok(directory)
    }

    pub(super) fn discard(&mut self, contents: Option<Contents>) {
        if let Some(contents) = contents {
            contents.discard(&mut self.blocks);
        }
    }
}

impl NewTime {
    const fn or(self, old: Moment, now: Moment) -> Moment {
        match self {
            Self::Keep => old,
            Self::Now => now,
            Self::Moment(moment) => moment,
        }
    }
}

/// Returns the host memory of a directory, without those in it.
fn weight_of(directory: &Directory) -> u64 {
    const ENTRY: u64 = 2 * size_of::<(Box<str>, Node)>() as u64;
    let entries = directory.entries.iter().map(|(name, node)| {
        let target = if let Node::Link(target) = node { target.len() } else { 0 };
        ENTRY + (name.len() + target) as u64
    });
    ENTRY + entries.sum::<u64>()
}

fn moment(since_1970: Duration) -> Moment {
    Moment { seconds: i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX), nanoseconds: since_1970.subsec_nanos() }
}
