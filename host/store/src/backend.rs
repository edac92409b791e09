//! The bytes under the database: one file, and the one place where its failures can be injected.
//!
//! It is also where one sees which commit a read is of. The database begins with a header, in which every commit leaves
//! its number, and whoever begins to read takes the header first. Those bytes are kept, for [`Header::is_now`]: while the
//! file begins with the same, nothing was committed since. What they mean is the database's business, and nothing of it
//! is known here but that: a header that changes without a commit costs a second look, no more.
//!
//! In a build without tests this only passes calls on. In tests, [`Faults`] makes the file fail from the *n*th change
//! on, as a full disk or a dying one does, so that every step of a commit can be the one that fails.

use std::cell::Cell;
use std::fs::File;
use std::io;
use std::ops::Bound;
use std::sync::Arc;

use redb::backends::FileBackend;
use redb::{BackendError, StorageBackend};

pub(super) use faults::Faults;

/// How many bytes at the beginning of the file are compared: at least as many as the database's header has, which are
/// all read at once.
const HEADER_BYTES: usize = 512;

/// The beginning of a database file at some moment, as far as it was read then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    bytes: [u8; HEADER_BYTES],
    length: usize,
}

thread_local! {
    /// What this thread read first of the beginning of a file, since somebody began to look.
    static FIRST_READ: Cell<Option<Header>> = const { Cell::new(None) };
}

impl Header {
    /// Does what reads the beginning of a file on this thread, and gives what was read of it first.
    pub(super) fn of<T>(reading: impl FnOnce() -> T) -> (T, Option<Self>) {
        FIRST_READ.set(None);
        let done = reading();
        (done, FIRST_READ.take())
    }

    /// Whether the file still begins so.
    pub(super) fn is_now(&self, file: &FileBackend) -> bool {
        let mut now = [0; HEADER_BYTES];
        let now = &mut now[..self.length];
        file.read(0, now).is_ok() && *now == self.bytes[..self.length]
    }

    fn was_read(read: &[u8]) {
        if FIRST_READ.get().is_none() && read.len() <= HEADER_BYTES {
            let mut bytes = [0; HEADER_BYTES];
            bytes[..read.len()].copy_from_slice(read);
            FIRST_READ.set(Some(Self { bytes, length: read.len() }));
        }
    }
}

/// A database file.
#[derive(Debug)]
pub(super) struct Backend {
    file: Arc<FileBackend>,
    faults: Faults,
}

impl Backend {
    pub(super) fn new(file: File, faults: Faults) -> Result<Self, redb::DatabaseError> {
        Ok(Self { file: Arc::new(FileBackend::new(file)?), faults })
    }

    /// The file itself.
    pub(super) fn file(&self) -> Arc<FileBackend> {
        self.file.clone()
    }
}

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)?;
        if offset == 0 {
            Header::was_read(out);
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.faults.before_change()?;
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.faults.before_change()?;
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.faults.before_change()?;
        self.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.query_lock_range(start, end)
    }
}

#[cfg(not(test))]
mod faults {
    /// No faults but the real ones.
    #[derive(Debug, Clone)]
    pub(crate) struct Faults;

    impl Faults {
        pub(crate) const fn none() -> Self {
            Self
        }

        pub(super) const fn before_change(&self) -> std::io::Result<()> {
            Ok(())
        }
    }
}

#[cfg(test)]
mod faults {
    use std::io;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    /// A file that takes a number of changes and then refuses every one, until it is healed.
    #[derive(Debug, Clone)]
    pub(crate) struct Faults(Arc<AtomicI64>);

    impl Faults {
        pub(crate) fn none() -> Self {
            Self(Arc::new(AtomicI64::new(i64::MAX)))
        }

        pub(crate) fn fail_after(&self, changes: i64) {
            self.0.store(changes, Ordering::SeqCst);
        }

        pub(crate) fn heal(&self) {
            self.fail_after(i64::MAX);
        }

        pub(super) fn before_change(&self) -> io::Result<()> {
            // ENOSPC
            let full = || io::Error::from_raw_os_error(28);
            (self.0.fetch_sub(1, Ordering::SeqCst) > 0).then_some(()).ok_or_else(full)
        }
    }
}
