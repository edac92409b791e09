//! Spool of the outputs of a run, which are hashed as they are written: a snapshot of each, which can no longer change.
//!
//! A snapshot lies in a file without a name. A large one has its own file, which a store can then name without copying
//! it; all small ones share one file, since there may be a hundred thousand of them. However a run ends, nothing is
//! left of what was not kept. One [`Quota`] counts the room of the snapshots together with the scratch folder.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use larder_base::Digest;
use sha2::{Digest as _, Sha256};

use crate::bytes::{Content, Source};
use crate::quota::{BLOCK, Quota, Room, Slot, Slots, SpoolError};

/// Minimum size of a snapshot with its own file, in bytes, as long as not too many have one.
const LARGE: u64 = 4 << 20;

/// Maximum number of finished snapshots with their own files at one time: each is an open file of the process. A large
/// one beyond that is written to its own file like any other, and then moved into the file of the small ones.
const LARGE_AT_ONCE: u64 = 128;

/// Number of bytes copied at a time.
const PIECE: usize = 1 << 20;

/// The outputs of one run, while they are written.
#[derive(Debug, Clone)]
pub struct Spool(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// A folder on the file system of the snapshots; `None` is the system's folder for temporary files.
    folder: Option<PathBuf>,
    quota: Arc<Quota>,
    small: Mutex<Option<Small>>,
    large: Arc<Slots>,
}

/// The file of all small snapshots, and its end.
#[derive(Debug)]
struct Small {
    file: Arc<File>,
    end: u64,
}

/// A snapshot that is being written.
#[derive(Debug)]
pub struct Snapshot {
    spool: Spool,
    hasher: Sha256,
    size: u64,
    /// Bytes that are held back until the snapshot is known to be large.
    held: Vec<u8>,
    /// The file of a large snapshot.
    own: Option<File>,
    charged: u64,
}

/// A finished snapshot.
#[derive(Debug, Clone)]
pub struct Spooled {
    /// The SHA-256 of its bytes.
    pub digest: Digest,
    /// Its bytes.
    pub content: Content,
}

impl Spool {
    /// Returns a spool whose files lie in the file system of `folder`, and take room from `quota`.
    #[must_use]
    pub fn new(folder: Option<PathBuf>, quota: Arc<Quota>) -> Self {
        Self::with_places(LARGE_AT_ONCE, folder, quota)
    }

    /// Does what [`Spool::new`] does, for at most `large_at_once` large snapshots with their own files.
    pub(super) fn with_places(large_at_once: u64, folder: Option<PathBuf>, quota: Arc<Quota>) -> Self {
        Self(Arc::new(Inner { folder, quota, small: Mutex::default(), large: Slots::new(large_at_once) }))
    }

    /// Returns an empty snapshot, to be written.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { spool: self.clone(), hasher: Sha256::new(), size: 0, held: Vec::new(), own: None, charged: 0 }
    }

    /// Checks that there is room for `bytes` more.
    ///
    /// # Errors
    ///
    /// [`SpoolError`].
    pub fn expect(&self, bytes: u64) -> Result<(), SpoolError> {
        self.0.quota.expect(bytes)
    }

    fn file(&self) -> io::Result<File> {
        match &self.0.folder {
            Some(folder) => tempfile::tempfile_in(folder),
            None => tempfile::tempfile(),
        }
    }

    /// Appends a small snapshot, or a large one beyond the limit, to the shared file: `write` writes it to a file from
    /// an offset on.
    fn append(&self, size: u64, write: impl FnOnce(&File, u64) -> io::Result<()>) -> io::Result<(Arc<File>, u64)> {
        let mut small = self.0.small.lock().unwrap_or_else(PoisonError::into_inner);
        let small = match &mut *small {
            Some(small) => small,
            none => none.insert(Small { file: Arc::new(self.file()?), end: 0 }),
        };
        write(&small.file, small.end)?;
        let offset = small.end;
        // Aligned to blocks, so that each snapshot can be given back by itself.
        small.end += size.next_multiple_of(BLOCK);
        Ok((small.file.clone(), offset))
    }
}

impl Snapshot {
    /// Returns its length so far, in bytes.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Returns the number of its bytes that are still in memory.
    #[must_use]
    pub fn held_bytes(&self) -> u64 {
        self.held.capacity() as u64
    }

    /// Adds all bytes at the end, or changes nothing.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] if there is no room for them.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), SpoolError> {
        let quota = self.spool.0.quota.clone();
        let size = self.size + bytes.len() as u64;
        let more = size.next_multiple_of(BLOCK) - self.charged;
        quota.take(more)?;
        if self.put(bytes, size).is_err() {
            quota.give_back(more);
            return Err(quota.machine_is_full());
        }
        self.charged += more;
        self.hasher.update(bytes);
        self.size = size;
        Ok(())
    }

    /// Writes bytes to memory or to the file, which makes the snapshot as large as `size`.
    fn put(&mut self, bytes: &[u8], size: u64) -> io::Result<()> {
        if let Some(file) = &self.own {
            return file.write_all_at(bytes, self.size);
        }
        if size < LARGE {
            self.held.extend_from_slice(bytes);
            return Ok(());
        }
        let file = self.spool.file()?;
        file.write_all_at(&self.held, 0)?;
        file.write_all_at(bytes, self.size)?;
        self.held = Vec::new();
        self.own = Some(file);
        Ok(())
    }

    /// Finishes the snapshot, which no longer changes.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] if it cannot be written.
    pub fn finish(mut self) -> Result<Spooled, SpoolError> {
        let size = self.size;
        let placed = match self.own.take() {
            Some(file) => match self.spool.0.large.take() {
                Some(slot) => Ok((Arc::new(file), 0, Some(slot))),
                None => self.append(|into, offset| copy(&file, into, offset, size)),
            },
            None => self.append(|into, offset| into.write_all_at(&self.held, offset)),
        };
        let quota = self.spool.0.quota.clone();
        let charged = std::mem::take(&mut self.charged);
        let (file, offset, slot) = placed.map_err(|_| {
            quota.give_back(charged);
            quota.machine_is_full()
        })?;
        let room = Room { quota, file: file.clone(), offset, charged, slot };
        let source = Source::Ours { file, offset, room: Some(Arc::new(room)) };
        let digest = Digest::from_bytes(std::mem::take(&mut self.hasher).finalize().into());
        Ok(Spooled { digest, content: Content { size, source } })
    }

    /// Appends the snapshot to the file of the small ones.
    fn append(&self, write: impl FnOnce(&File, u64) -> io::Result<()>) -> io::Result<(Arc<File>, u64, Option<Slot>)> {
        let (file, offset) = self.spool.append(self.size, write)?;
        Ok((file, offset, None))
    }
}

/// Copies a whole file of this size into another, from `offset` on.
fn copy(file: &File, into: &File, offset: u64, size: u64) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    let mut done = 0;
    while done < size {
        let length = piece.len().min(usize::try_from(size - done).unwrap_or(usize::MAX));
        file.read_exact_at(&mut piece[..length], done)?;
        into.write_all_at(&piece[..length], offset + done)?;
        done += length as u64;
    }
    Ok(())
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        self.spool.0.quota.give_back(self.charged);
    }
}
