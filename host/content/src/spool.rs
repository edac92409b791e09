//! Where the outputs of a run are written, while they are hashed: a snapshot of each, which nobody can change any more.
//!
//! A snapshot lies in a file without a name: a large one in a file of its own, which a store can then name without
//! copying it; all small ones in one file, since there may be a hundred thousand of them. However a run ends, nothing
//! is left of what was not kept. What they take is counted together with the scratch folder, by one [`Quota`].

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::{FallocateFlags, fallocate};
use sha2::{Digest as _, Sha256};

use super::{Content, Source};
use larder_base::Digest;

/// From this length on a snapshot gets a file of its own, as long as not too many have one.
const LARGE: u64 = 4 << 20;

/// How many finished snapshots have files of their own at one time: each is an open file of the process. A large one
/// that is one too many is written to a file of its own as any other, and moved into that of the small ones.
const LARGE_AT_ONCE: u64 = 128;

/// How much is copied at a time.
const PIECE: usize = 1 << 20;

/// What takes part in the count is counted in blocks of this size, as a file system does.
const BLOCK: u64 = 4096;

/// The bytes that a run may store, in its scratch folder and its outputs together.
#[derive(Debug)]
pub struct Quota {
    limit: u64,
    used: AtomicU64,
    peak: AtomicU64,
}

/// Where the outputs of one run are written.
#[derive(Debug, Clone)]
pub struct Spool(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// The folder in whose file system they lie; the system's for temporary files if there is none.
    folder: Option<PathBuf>,
    quota: Arc<Quota>,
    small: Mutex<Option<Small>>,
    large: AtomicU64,
    large_at_once: u64,
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

/// What a snapshot takes. When the last content that holds it is dropped, the room is free again.
#[derive(Debug)]
pub struct Room {
    spool: Spool,
    file: Arc<File>,
    offset: u64,
    charged: u64,
    is_large: bool,
}

/// Why a snapshot cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no room for {asked} bytes, only for {limit}")]
pub struct SpoolError {
    /// What there is room for, in bytes.
    pub limit: u64,
    /// What there should be room for.
    pub asked: u64,
}

impl Quota {
    /// Room for `limit` bytes.
    #[must_use]
    pub fn new(limit: u64) -> Arc<Self> {
        Arc::new(Self { limit: limit / BLOCK * BLOCK, used: AtomicU64::new(0), peak: AtomicU64::new(0) })
    }

    /// What there is room for in all, in bytes.
    #[must_use]
    pub const fn limit(&self) -> u64 {
        self.limit
    }

    /// What is in use, in bytes.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// The most that was in use at one time, in bytes.
    #[must_use]
    pub fn peak(&self) -> u64 {
        self.peak.load(Ordering::Relaxed)
    }

    /// Fails unless there is room for so many bytes more.
    ///
    /// # Errors
    ///
    /// [`SpoolError`].
    pub fn expect(&self, more: u64) -> Result<(), SpoolError> {
        let asked = self.used().saturating_add(more);
        if asked > self.limit { Err(SpoolError { limit: self.limit, asked }) } else { Ok(()) }
    }

    /// Takes room. A run is on one thread at a time, so nobody takes the same room at the same moment.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when there is not so much.
    pub fn take(&self, bytes: u64) -> Result<(), SpoolError> {
        self.expect(bytes)?;
        let used = self.used.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.peak.fetch_max(used, Ordering::Relaxed);
        Ok(())
    }

    /// Gives room back.
    pub fn give_back(&self, bytes: u64) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// The machine failed where the run's own limit would not have: what it had room for is the limit.
    #[must_use]
    pub fn machine_is_full(&self) -> SpoolError {
        let limit = self.used();
        SpoolError { limit, asked: limit + BLOCK }
    }
}

impl Spool {
    /// A spool whose files lie in the file system of `folder`, and take from `quota`.
    #[must_use]
    pub fn new(folder: Option<PathBuf>, quota: Arc<Quota>) -> Self {
        Self::with_places(LARGE_AT_ONCE, folder, quota)
    }

    /// As [`Spool::new`], for so many large snapshots in files of their own.
    pub(super) fn with_places(large_at_once: u64, folder: Option<PathBuf>, quota: Arc<Quota>) -> Self {
        let (small, large) = (Mutex::default(), AtomicU64::new(0));
        Self(Arc::new(Inner { folder, quota, small, large, large_at_once }))
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

    /// Whether one snapshot more can keep a file of its own; then it is counted.
    fn has_place_for_large(&self) -> bool {
        let one_more = |large: u64| (large < self.0.large_at_once).then_some(large + 1);
        self.0.large.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_ok()
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
            Some(file) if self.spool.has_place_for_large() => Ok((Arc::new(file), 0, true)),
            Some(file) => {
                let appended = self.spool.append(size, |into, offset| copy(&file, into, offset, size));
                appended.map(|(file, offset)| (file, offset, false))
            }
            None => {
                let appended = self.spool.append(size, |into, offset| into.write_all_at(&self.held, offset));
                appended.map(|(file, offset)| (file, offset, false))
            }
        };
        let charged = std::mem::take(&mut self.charged);
        let (file, offset, is_large) = placed.map_err(|_| {
            self.spool.0.quota.give_back(charged);
            self.spool.0.quota.machine_is_full()
        })?;
        let room = Room { spool: self.spool.clone(), file: file.clone(), offset, charged, is_large };
        let source = Source::Ours { file, offset, room: Some(Arc::new(room)) };
        let digest = Digest::from_bytes(std::mem::take(&mut self.hasher).finalize().into());
        Ok(Spooled { digest, content: Content { size, source } })
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

impl Room {
    /// Whether it is in one file with others, a part of which is given back when it is dropped.
    pub(super) const fn is_shared(&self) -> bool {
        !self.is_large
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if self.is_large {
            self.spool.0.large.fetch_sub(1, Ordering::Relaxed);
        } else {
            let hole = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
            // Where the file system cannot give it back, it stays counted.
            if self.charged > 0 && fallocate(&self.file, hole, self.offset, self.charged).is_err() {
                return;
            }
        }
        self.spool.0.quota.give_back(self.charged);
    }
}
