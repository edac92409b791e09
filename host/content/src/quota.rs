//! Room for the files that a run stores: the total, and the share of each snapshot.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{FallocateFlags, fallocate};

/// The size of a block: the quota counts in blocks, as a file system does.
pub(super) const BLOCK: u64 = 4096;

/// The bytes that a run may store, in its scratch folder and its outputs together.
#[derive(Debug)]
pub struct Quota {
    limit: u64,
    used: AtomicU64,
    peak: AtomicU64,
}

/// Slots for snapshots that have their own files at one time.
#[derive(Debug)]
pub(super) struct Slots {
    limit: u64,
    taken: AtomicU64,
}

/// One of [`Slots`], which is freed when it is dropped.
#[derive(Debug)]
pub(super) struct Slot(Arc<Slots>);

/// The room of a snapshot. It is freed when the last content that holds it is dropped.
#[derive(Debug)]
pub struct Room {
    pub(super) quota: Arc<Quota>,
    pub(super) file: Arc<File>,
    pub(super) offset: u64,
    pub(super) charged: u64,
    /// The slot of a snapshot that has its own file.
    pub(super) slot: Option<Slot>,
}

/// The error for a snapshot without enough room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no room for {asked} bytes, only for {limit}")]
pub struct SpoolError {
    /// The available room, in bytes.
    pub limit: u64,
    /// The requested room, in bytes.
    pub asked: u64,
}

impl SpoolError {
    /// The stable name of the error, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "limit/scratch-bytes"
    }
}

impl Quota {
    /// Room for `limit` bytes.
    #[must_use]
    pub fn new(limit: u64) -> Arc<Self> {
        Arc::new(Self { limit: limit / BLOCK * BLOCK, used: AtomicU64::new(0), peak: AtomicU64::new(0) })
    }

    /// Returns the total room, in bytes.
    #[must_use]
    pub const fn limit(&self) -> u64 {
        self.limit
    }

    /// Returns the room in use, in bytes.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// Returns the peak of the room in use, in bytes.
    #[must_use]
    pub fn peak(&self) -> u64 {
        self.peak.load(Ordering::Relaxed)
    }

    /// Checks that there is room for `more` bytes.
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
    /// [`SpoolError`] if there is not enough.
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

    /// Returns the error for a machine that is full before the run reaches its own limit: the room in use is the limit.
    #[must_use]
    pub fn machine_is_full(&self) -> SpoolError {
        let limit = self.used();
        SpoolError { limit, asked: limit + BLOCK }
    }
}

impl Slots {
    pub(super) fn new(limit: u64) -> Arc<Self> {
        Arc::new(Self { limit, taken: AtomicU64::new(0) })
    }

    /// Takes a free slot, if there is one.
    pub(super) fn take(self: &Arc<Self>) -> Option<Slot> {
        let one_more = |taken: u64| (taken < self.limit).then_some(taken + 1);
        self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).ok()?;
        Some(Slot(self.clone()))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Room {
    /// Returns true if the snapshot shares its file with others; its part is then given back when the room is dropped.
    pub(super) const fn is_shared(&self) -> bool {
        self.slot.is_none()
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if self.is_shared() && self.charged > 0 {
            let hole = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
            // If the file system cannot give the part back, it stays counted.
            if fallocate(&self.file, hole, self.offset, self.charged).is_err() {
                return;
            }
        }
        self.quota.give_back(self.charged);
    }
}
