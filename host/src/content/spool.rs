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
use crate::digest::Digest;

/// From this length on a snapshot gets a file of its own, as long as not too many have one.
const LARGE: u64 = 4 << 20;

/// How many snapshots have files of their own at one time: each is an open file of the process.
const LARGE_AT_ONCE: u64 = 128;

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
        Self(Arc::new(Inner { folder, quota, small: Mutex::default(), large: AtomicU64::new(0) }))
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

    /// Puts a small snapshot behind the others.
    fn append(&self, bytes: &[u8]) -> io::Result<(Arc<File>, u64)> {
        let mut small = self.0.small.lock().unwrap_or_else(PoisonError::into_inner);
        let small = match &mut *small {
            Some(small) => small,
            none => none.insert(Small { file: Arc::new(self.file()?), end: 0 }),
        };
        small.file.write_all_at(bytes, small.end)?;
        let offset = small.end;
        // On a border of blocks, so that each can be given back by itself.
        small.end += (bytes.len() as u64).next_multiple_of(BLOCK);
        Ok((small.file.clone(), offset))
    }
}

impl Snapshot {
    /// Its length so far, in bytes.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds bytes at the end.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when there is no room for them.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), SpoolError> {
        let quota = self.spool.0.quota.clone();
        let size = self.size + bytes.len() as u64;
        let needed = size.next_multiple_of(BLOCK);
        if needed > self.charged {
            quota.take(needed - self.charged)?;
            self.charged = needed;
        }
        let full = |_: io::Error| quota.machine_is_full();
        if self.own.is_none() {
            self.held.extend_from_slice(bytes);
            if size >= LARGE && self.spool.0.large.load(Ordering::Relaxed) < LARGE_AT_ONCE {
                let file = self.spool.file().map_err(full)?;
                file.write_all_at(&self.held, 0).map_err(full)?;
                self.held = Vec::new();
                self.own = Some(file);
                self.spool.0.large.fetch_add(1, Ordering::Relaxed);
            }
        } else if let Some(file) = &self.own {
            file.write_all_at(bytes, self.size).map_err(full)?;
        }
        self.hasher.update(bytes);
        self.size = size;
        Ok(())
    }

    /// The snapshot as it is now, and stays.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when it cannot be written.
    pub fn finish(mut self) -> Result<Spooled, SpoolError> {
        let (file, offset, is_large) = match self.own.take() {
            Some(file) => (Arc::new(file), 0, true),
            None => {
                let appended = self.spool.append(&self.held);
                let (file, offset) = appended.map_err(|_| self.spool.0.quota.machine_is_full())?;
                (file, offset, false)
            }
        };
        let charged = std::mem::take(&mut self.charged);
        let room = Room { spool: self.spool.clone(), file: file.clone(), offset, charged, is_large };
        let source = Source::Ours { file, offset, room: Some(Arc::new(room)) };
        let digest = Digest::from_bytes(std::mem::take(&mut self.hasher).finalize().into());
        Ok(Spooled { digest, content: Content { size: self.size, source } })
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        self.spool.0.quota.give_back(self.charged);
        if self.own.is_some() {
            self.spool.0.large.fetch_sub(1, Ordering::Relaxed);
        }
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
