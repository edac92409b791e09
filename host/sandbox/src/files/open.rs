//! Open files and folders of a scratch folder: descriptors and listings, and their operations.

use std::sync::Arc;

use super::contents::Contents;
use super::error::Error;
use super::folder::{NewTime, Scratch, State};
use super::node::{Moment, NodeId, Stat, Type, What};
use super::tree::{How, Tree};
use larder_content::Reader;

/// Access mode of a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// A file, for reading, writing, or both.
    File { read: bool, write: bool },
    /// A folder, which can be listed and changed. `mutate` is its flag from when it was opened.
    Folder { mutate: bool },
}

/// An open node. It stays until the last descriptor is dropped, even if it has lost its name.
pub(super) struct Open {
    scratch: Scratch,
    node: NodeId,
    mode: Mode,
    /// Content of a file that was given to the task.
    given: Option<Arc<Reader>>,
}

/// The greatest position that a file can be read at: the system's type for it is signed (`off_t`).
const MAX_OFFSET: u64 = i64::MAX as u64;

/// Maximum number of bytes that one read or write of a stream carries, since the bytes are copied.
pub(super) const STREAM_BYTES: usize = 1 << 20;

/// Position of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    Offset(u64),
    End,
}

/// A listing under way.
pub(super) struct Listing {
    folder: Open,
    after: Option<String>,
    until: u64,
}

impl Scratch {
    /// Opens the folder itself.
    pub(super) fn root(&self) -> Result<Open, Error> {
        self.act(|state| state.tree.reopen(NodeId::ROOT))?;
        Ok(Open { scratch: self.clone(), node: NodeId::ROOT, mode: Mode::Folder { mutate: true }, given: None })
    }
}

/// Operations on the node itself.
impl Open {
    /// Opens a file of the tree for reading.
    pub(super) fn of_file(scratch: &Scratch, state: &mut State, node: NodeId) -> Result<Self, Error> {
        state.tree.reopen(node)?;
        let mode = Mode::File { read: true, write: false };
        Ok(Self { scratch: scratch.clone(), node, mode, given: None })
    }

    pub(super) const fn mode(&self) -> Mode {
        self.mode
    }

    /// Returns a second descriptor of the same node.
    pub(super) fn again(&self) -> Result<Self, Error> {
        let Self { scratch, node, mode, given } = self;
        scratch.act(|state| state.tree.reopen(*node))?;
        Ok(Self { scratch: scratch.clone(), node: *node, mode: *mode, given: given.clone() })
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.node == other.node
    }

    pub(super) fn stat(&self) -> Result<Stat, Error> {
        self.scratch.act(|state| state.tree.stat(self.node))
    }

    pub(super) fn set_times(&self, accessed: NewTime, modified: NewTime) -> Result<(), Error> {
        self.scratch.act(|state| state.set_times(self.node, accessed, modified))
    }

    /// Fails unless this is a file.
    pub(super) const fn expect_file(&self) -> Result<(), Error> {
        self.expect_file_to(true)
    }

    const fn expect_file_to(&self, allowed: bool) -> Result<(), Error> {
        match self.mode {
            Mode::File { .. } if allowed => Ok(()),
            Mode::File { .. } | Mode::Folder { .. } => Err(Error::BadDescriptor),
        }
    }

    const fn expect_readable(&self) -> Result<(), Error> {
        self.expect_file_to(matches!(self.mode, Mode::File { read: true, .. }))
    }

    const fn expect_writable(&self) -> Result<(), Error> {
        self.expect_file_to(matches!(self.mode, Mode::File { write: true, .. }))
    }

    /// Fails unless this is a folder.
    pub(super) const fn expect_folder(&self) -> Result<&Self, Error> {
        match self.mode {
            Mode::Folder { .. } => Ok(self),
            Mode::File { .. } => Err(Error::NotDirectory),
        }
    }

    /// Returns a second descriptor, for a stream that reads this file.
    pub(super) fn to_stream_from(&self) -> Result<Self, Error> {
        match self.mode {
            Mode::Folder { .. } => Err(Error::IsDirectory),
            Mode::File { .. } => {
                self.expect_readable()?;
                self.again()
            }
        }
    }

    /// Returns a second descriptor, for a stream that writes this file. It reads the clock, as all operations that may
    /// change something do.
    pub(super) fn to_stream_into(&self) -> Result<Self, Error> {
        self.expect_writable()?;
        self.scratch.act(|state| {
            state.now();
            Ok(())
        })?;
        self.again()
    }

    /// Reads at most `length` bytes at `offset`; none at the end.
    pub(super) fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, Error> {
        self.expect_readable()?;
        if offset > MAX_OFFSET {
            return Err(Error::Invalid);
        }
        if let Some(given) = &self.given {
            return self.scratch.act(|state| {
                let bytes = given.read(offset, length).map_err(|error| state.fault(error))?;
                state.account.owe(bytes.len() as u64);
                Ok(bytes)
            });
        }
        self.scratch.act(|state| {
            let (contents, blocks) = state.contents(self.node)?;
            let bytes = contents.read(blocks, offset, length)?;
            state.account.owe(bytes.len() as u64);
            let present = state.present();
            state.tree.nodes.node_mut(self.node)?.times.accessed = present;
            Ok(bytes)
        })
    }

    /// Writes all of `bytes`, and returns the position after them.
    pub(super) fn write(&self, at: At, bytes: &[u8]) -> Result<u64, Error> {
        self.write_when(at, bytes, State::now)
    }

    /// Does what [`Open::write`] does, for the bytes of one stream, whose pieces mean nothing to the guest: time
    /// stands still.
    pub(super) fn stream(&self, at: At, bytes: &[u8]) -> Result<u64, Error> {
        self.write_when(at, bytes, State::present)
    }

    fn write_when(&self, at: At, bytes: &[u8], when: fn(&State) -> Moment) -> Result<u64, Error> {
        self.expect_writable()?;
        self.scratch.act(|state| {
            let moment = when(state);
            state.account.owe(bytes.len() as u64);
            let (contents, blocks) = state.contents(self.node)?;
            let offset = match at {
                At::Offset(offset) => offset,
                At::End => contents.size(),
            };
            contents.write(blocks, offset, bytes)?;
            if !bytes.is_empty() {
                state.tree.nodes.node_mut(self.node)?.touch(moment);
            }
            Ok(offset.saturating_add(bytes.len() as u64))
        })
    }

    pub(super) fn set_size(&self, size: u64) -> Result<(), Error> {
        self.expect_file()?;
        self.expect_writable().map_err(|_| Error::Invalid)?;
        self.scratch.act(|state| {
            let now = state.now();
            state.set_size(self.node, size, now)
        })
    }

    /// Lists the entries of this folder from now on.
    pub(super) fn list(&self) -> Result<Listing, Error> {
        let until = self.scratch.act(|state| {
            state.tree.nodes.folder(self.node)?;
            let present = state.present();
            let node = state.tree.nodes.node_mut(self.node)?;
            if !node.is_fixed {
                node.times.accessed = present;
            }
            Ok(state.tree.last_serial())
        })?;
        Ok(Listing { folder: self.again()?, after: None, until })
    }
}

/// Operations on a path from a folder.
impl Open {
    pub(super) fn open_at(&self, path: &str, how: How) -> Result<Self, Error> {
        let (node, ty, is_fixed, given) = self.scratch.act(|state| {
            let moment = if how.create || how.truncate { state.now() } else { state.present() };
            let node = state.tree.open((self.node, path), how, moment);
            state.note_missed(self.node, path, &node);
            let node = node?;
            if how.truncate {
                state.set_size(node, 0, moment)?;
            }
            let found = state.tree.nodes.node(node)?;
            let content = if let What::Given(given) = &found.what { Some(given.content.clone()) } else { None };
            Ok((node, found.ty(), found.is_fixed, content))
        })?;
        let mode = match ty {
            Type::Folder => Mode::Folder { mutate: how.mutate },
            // Permission to create or truncate a file includes permission to write it. Given files cannot be written.
            Type::File | Type::Link => {
                let write = how.write || (!is_fixed && (how.create || how.truncate));
                Mode::File { read: how.read, write }
            }
        };
        let mut opened = Self { scratch: self.scratch.clone(), node, mode, given: None };
        if let Some(content) = given {
            let reader = self.scratch.act(|state| content.open().map_err(|error| state.fault(error)))?;
            opened.given = Some(Arc::new(reader));
        }
        Ok(opened)
    }

    pub(super) fn stat_at(&self, path: &str, follow: bool) -> Result<Stat, Error> {
        self.scratch.act(|state| {
            let node = state.tree.find((self.node, path), follow);
            state.note_missed(self.node, path, &node);
            state.tree.stat(node?)
        })
    }

    pub(super) fn set_times_at(
        &self,
        path: &str,
        follow: bool,
        accessed: NewTime,
        modified: NewTime,
    ) -> Result<(), Error> {
        self.scratch.act(|state| {
            let node = state.tree.find((self.node, path), follow)?;
            state.set_times(node, accessed, modified)
        })
    }

    pub(super) fn read_link_at(&self, path: &str) -> Result<String, Error> {
        self.scratch.act(|state| Ok(state.tree.read_link((self.node, path))?.to_owned()))
    }

    pub(super) fn make_folder_at(&self, path: &str) -> Result<(), Error> {
        self.change(|tree, now| tree.make_folder((self.node, path), now).map(|()| None))
    }

    pub(super) fn make_link_at(&self, target: &str, path: &str) -> Result<(), Error> {
        self.change(|tree, now| tree.make_link(target, (self.node, path), now).map(|()| None))
    }

    pub(super) fn add_name_at(&self, old: &str, to: &Self, new: &str) -> Result<(), Error> {
        self.change(|tree, now| tree.add_name((self.node, old), (to.node, new), now).map(|()| None))
    }

    pub(super) fn rename_at(&self, old: &str, to: &Self, new: &str) -> Result<(), Error> {
        self.change(|tree, now| tree.rename((self.node, old), (to.node, new), now))
    }

    pub(super) fn remove_file_at(&self, path: &str) -> Result<(), Error> {
        self.change(|tree, now| tree.remove_file((self.node, path), now))
    }

    pub(super) fn remove_folder_at(&self, path: &str) -> Result<(), Error> {
        self.change(|tree, now| tree.remove_folder((self.node, path), now).map(|()| None))
    }

    /// Changes the tree, and frees the blocks of a file that has become unreachable.
    fn change(&self, change: impl FnOnce(&mut Tree, Moment) -> Result<Option<Contents>, Error>) -> Result<(), Error> {
        self.scratch.act(|state| {
            let now = state.now();
            let lost = change(&mut state.tree, now)?;
            state.discard(lost);
            Ok(())
        })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut state = self.scratch.lock();
        if let Some(Err(error)) = self.given.as_ref().map(|given| given.is_the_same()) {
            state.fault(error);
        }
        let lost = state.tree.close(self.node);
        state.discard(lost);
    }
}

impl Listing {
    /// Returns the name and type of the next entry.
    pub(super) fn next(&mut self) -> Result<Option<(String, Type)>, Error> {
        let Open { scratch, node, mode: _, given: _ } = &self.folder;
        let next = scratch.act(|state| {
            let next = state.tree.next(*node, self.after.as_deref(), self.until)?;
            Ok(next.map(|(name, ty)| (name.to_owned(), ty)))
        })?;
        if let Some((name, _)) = &next {
            self.after = Some(name.clone());
        }
        Ok(next)
    }
}
