//! Where the outputs of a run are written, while they are hashed: a snapshot of each, which nobody can change any more.
//!
//! A snapshot lies in a file without a name: a large one in a file of its own, which a store can then name without
//! copying it; all small ones in one file, since there may be a hundred thousand of them. However a run ends, nothing
//! is left of what was not kept. What they take is counted together with the scratch folder, by one [`Quota`].

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use larder_base::Digest;
use sha2::{Digest as _, Sha256};

use crate::bytes::{Content, Source};
use crate::quota::{BLOCK, Quota, Room, Slot, Slots, SpoolError};

/// From this length on a snapshot gets a file of its own, as long as not too many have one.
const LARGE: u64 = 4 << 20;

/// How many finished snapshots have files of their own at one time: each is an open file of the process. A large one
/// that is one too many is written to a file of its own as any other, and moved into that of the small ones.
const LARGE_AT_ONCE: u64 = 128;

/// How much is copied at a time.
const PIECE: usize = 1 << 20;

/// Where the outputs of one run are written.
#[derive(Debug, Clone)]
pub struct Spool(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// The folder in whose file system they lie; the system's for temporary files if there is none.
    folder: Option<PathBuf>,
    quota: Arc<Quota>,
    small: Mutex<Option<Small>>,
    large: Arc<Slots>,
}

/// The file of all small snapshots, and where it ends.
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
    /// What is held back until it is known that the snapshot is large.
    held: Vec<u8>,
    /// The file of a large one.
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
    /// A spool whose files lie in the file system of `folder`, and take from `quota`.
    #[must_use]
    pub fn new(folder: Option<PathBuf>, quota: Arc<Quota>) -> Self {
        Self::with_places(LARGE_AT_ONCE, folder, quota)
    }

    /// As [`Spool::new`], for so many large snapshots in files of their own.
    pub(super) fn with_places(large_at_once: u64, folder: Option<PathBuf>, quota: Arc<Quota>) -> Self {
        Self(Arc::new(Inner { folder, quota, small: Mutex::default(), large: Slots::new(large_at_once) }))
    }

    /// An empty snapshot, to be written.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { spool: self.clone(), hasher: Sha256::new(), size: 0, held: Vec::new(), own: None, charged: 0 }
    }

    /// Fails unless there is room for so many bytes more.
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

    /// Puts a small snapshot, or one that is one too many, behind the others: `write` writes it, to a file from an
    /// offset on.
    fn append(&self, size: u64, write: impl FnOnce(&File, u64) -> io::Result<()>) -> io::Result<(Arc<File>, u64)> {
        let mut small = self.0.small.lock().unwrap_or_else(PoisonError::into_inner);
        let small = match &mut *small {
            Some(small) => small,
            none => none.insert(Small { file: Arc::new(self.file()?), end: 0 }),
        };
        write(&small.file, small.end)?;
        let offset = small.end;
        // On a border of blocks, so that each can be given back by itself.
        small.end += size.next_multiple_of(BLOCK);
        Ok((small.file.clone(), offset))
    }
}

impl Snapshot {
    /// Its length so far, in bytes.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The bytes of it that are still in memory.
    #[must_use]
    pub fn held_bytes(&self) -> u64 {
        self.held.capacity() as u64
    }

    /// Adds bytes at the end, or changes nothing.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when there is no room for them.
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

    /// Puts bytes where they belong, which makes the snapshot as large as `size`.
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

    /// The snapshot as it is now, and stays.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when it cannot be written.
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

    /// Puts it into the file of the small ones.
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
