//! Room for what a run stores: how much there is, and what of it each snapshot takes.

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

/// Slots for snapshots that keep files of their own: so many at one time.
#[derive(Debug)]
pub(super) struct Slots {
    limit: u64,
    taken: AtomicU64,
}

/// One of [`Slots`], free again when it is dropped.
#[derive(Debug)]
pub(super) struct Slot(Arc<Slots>);

/// The room of a snapshot. It is free again when the last content that holds it is dropped.
#[derive(Debug)]
pub struct Room {
    pub(super) quota: Arc<Quota>,
    pub(super) file: Arc<File>,
    pub(super) offset: u64,
    pub(super) charged: u64,
    /// The slot of a snapshot that has the file for itself.
    pub(super) slot: Option<Slot>,
}

/// A snapshot without enough room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no room for {asked} bytes, only for {limit}")]
pub struct SpoolError {
    /// The room that there is, in bytes.
    pub limit: u64,
    /// The room that there should be.
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

    /// The room that there is in all, in bytes.
    #[must_use]
    pub const fn limit(&self) -> u64 {
        self.limit
    }

    /// The room in use, in bytes.
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

    /// The error where the machine fails and the run's own limit would not have: the room it had is the limit.
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

    /// One that is free, if any is.
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
    /// Tells whether it is in one file with others, a part of which is given back when it is dropped.
    pub(super) const fn is_shared(&self) -> bool {
        self.slot.is_none()
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if self.is_shared() && self.charged > 0 {
            let hole = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
            // Where the file system cannot give it back, it stays counted.
            if fallocate(&self.file, hole, self.offset, self.charged).is_err() {
                return;
            }
        }
        self.quota.give_back(self.charged);
    }
}
