//! A bet on redb: while a database file begins with the same bytes, nothing was committed to it.
//!
//! Beginning a read transaction takes locks on the file, against all processes, which cost more than a lookup itself.
//! redb has no cheaper way to ask for the latest commit. So this module asks the database file: it keeps the bytes that
//! redb read first when a read transaction began, and later compares them with the current ones ([`Header::is_now`],
//! one `pread`). While they are the same, `snapshot` continues with an old transaction; [`crate::Moment`] uses them
//! too.
//!
//! # What it relies on
//!
//! redb documents none of this. It was read in the source of redb 4.6.0, for multi-writer mode:
//!
//! 1. The file begins with a header of 320 bytes: 64 about the file, then two commit slots of 128 (`header.rs`,
//!    "Database layout"). A slot has the number of its transaction, the root of the tables and a checksum of that root.
//! 2. Every commit writes a slot and flips the bit that selects the latest slot. Numbers only grow, so a file never
//!    begins as it did before another commit. While a commit is not flushed, another bit says so, and readers take the
//!    slot before; clearing that bit changes the bytes once more. A rollback after a crash may use a number again; then
//!    the same bytes mean the same root with the same checksum, which is the same content.
//! 3. Beginning a read transaction reads the whole header, from the file and not from a cache, on the thread that
//!    begins it, before any other read at offset 0, for readers and writers alike
//!    (`TransactionTracker::register_read_transaction`, `TransactionalMemory::read_snapshot_from_file`).
//! 4. The header is read, and the transaction registered, under one lock on the header, which every commit takes
//!    exclusively. So the bytes and the transaction belong to one commit
//!    ([redb#1471](https://github.com/cberner/redb/pull/1471)).
//!
//! The meaning of the bytes is redb's business: nothing here decodes them. If redb reads no header, or reads it in
//! another way, there is none to compare ([`Header::of`] returns `None`), and every lookup begins a transaction:
//! slower, but correct. A header that changes without a commit only costs a second lookup. Only a commit that does not
//! change the first bytes would serve outdated records.
//!
//! # When redb is updated
//!
//! The workspace pins redb to one version (`=4.6.0`). `header/canary.rs` has a test of each point, and a test that
//! fails for every other version: read the source of that version, and write its number there.
//!
//! # When this file can be deleted
//!
//! This file can be deleted when redb can say, without a lock, that a transaction is of the latest commit, or returns a
//! read transaction's number and the file's latest one; or when beginning a transaction in multi-writer mode costs less
//! than a lookup. Then `snapshot` and `Moment` ask redb, and `backend` no longer looks at the bytes that it reads.

#[cfg(test)]
mod canary;

use std::cell::Cell;

use redb::StorageBackend as _;
use redb::backends::FileBackend;

/// The greatest number of bytes at the beginning of a file that are compared. redb's header has 320, and is read at
/// once.
const HEADER_BYTES: usize = 512;

/// The beginning of a database file at some moment, as far as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    bytes: [u8; HEADER_BYTES],
    length: usize,
}

thread_local! {
    /// The first read of the beginning of a file by this thread since the last call of [`Header::of`].
    static FIRST_READ: Cell<Option<Header>> = const { Cell::new(None) };
}

impl Header {
    /// Calls `reading`, which reads the beginning of a file on this thread. Also returns the bytes that it read there
    /// first.
    pub(crate) fn of<T>(reading: impl FnOnce() -> T) -> (T, Option<Self>) {
        FIRST_READ.set(None);
        let done = reading();
        (done, FIRST_READ.take())
    }

    /// Returns true if `file` still begins with these bytes.
    pub(crate) fn is_now(&self, file: &FileBackend) -> bool {
        let mut now = [0; HEADER_BYTES];
        let now = &mut now[..self.length];
        file.read(0, now).is_ok() && *now == self.bytes[..self.length]
    }

    /// Records `read`, the bytes that the database has read at the beginning of its file.
    pub(crate) fn was_read(read: &[u8]) {
        if FIRST_READ.get().is_none() && read.len() <= HEADER_BYTES {
            let mut bytes = [0; HEADER_BYTES];
            bytes[..read.len()].copy_from_slice(read);
            FIRST_READ.set(Some(Self { bytes, length: read.len() }));
        }
    }
}
