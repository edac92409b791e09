//! One run's scratch folder as a whole: the tree, the bytes, the clock, and the first refusal.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wasmtime_wasi::HostWallClock as _;

use super::blocks::Blocks;
use super::contents::Contents;
use super::error::Error;
use super::node::{Moment, NodeId, What};
use super::tree::Tree;
use crate::sandbox::limits::{LimitExceeded, Limits};
use crate::sandbox::time::VirtualClock;

/// A run's folder. Everything that is open in it holds on to it.
#[derive(Clone)]
pub(in crate::sandbox) struct Scratch(Arc<Mutex<State>>);

/// What it is made of.
pub(super) struct State {
    pub(super) tree: Tree,
    blocks: Blocks,
    clock: VirtualClock,
    refused: Option<LimitExceeded>,
}

/// What a run used of its folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct Used {
    /// The most bytes at one time, in whole blocks.
    pub(in crate::sandbox) peak_bytes: u64,
    /// The most files, folders and links at one time.
    pub(in crate::sandbox) peak_files: u64,
    /// The first thing that there was no room for.
    pub(in crate::sandbox) refused: Option<LimitExceeded>,
}

/// A new time for a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NewTime {
    Keep,
    Now,
    Moment(Moment),
}

impl Scratch {
    pub(in crate::sandbox) fn new(limits: &Limits, clock: VirtualClock) -> Self {
        let tree = Tree::new(limits.scratch_files, moment(clock.present()));
        Self(Arc::new(Mutex::new(State { tree, blocks: Blocks::new(limits.scratch_bytes), clock, refused: None })))
    }

    /// What the run has used so far.
    pub(in crate::sandbox) fn used(&self) -> Used {
        let state = self.lock();
        Used { peak_bytes: state.blocks.peak_bytes(), peak_files: state.tree.peak(), refused: state.refused.clone() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every operation goes through here, so that no refusal is forgotten.
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
            | Error::Overflow => return,
        };
        self.refused.get_or_insert(refused);
    }

    /// The moment of a change: a reading of the clock.
    pub(super) fn now(&self) -> Moment {
        moment(self.clock.now())
    }

    /// The present moment, for what changes nothing.
    pub(super) fn present(&self) -> Moment {
        moment(self.clock.present())
    }

    /// A file's content, with the blocks that it is in.
    pub(super) fn contents(&mut self, node: NodeId) -> Result<(&mut Contents, &mut Blocks), Error> {
        match &mut self.tree.node_mut(node)?.what {
            What::File(contents) => Ok((contents, &mut self.blocks)),
            What::Folder(_) | What::Link(_) => Err(Error::BadDescriptor),
        }
    }

    pub(super) fn set_size(&mut self, node: NodeId, size: u64, now: Moment) -> Result<(), Error> {
        let (contents, blocks) = self.contents(node)?;
        contents.set_size(blocks, size)?;
        self.tree.node_mut(node)?.touch(now);
        Ok(())
    }

    pub(super) fn set_times(&mut self, node: NodeId, accessed: NewTime, modified: NewTime) -> Result<(), Error> {
        let now = self.now();
        let times = &mut self.tree.node_mut(node)?.times;
        times.accessed = accessed.or(times.accessed, now);
        times.modified = modified.or(times.modified, now);
        times.changed = now;
        Ok(())
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

fn moment(since_1970: Duration) -> Moment {
    Moment { seconds: i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX), nanoseconds: since_1970.subsec_nanos() }
}
