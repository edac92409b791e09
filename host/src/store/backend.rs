//! The bytes under the database: one file, and the one place where its failures can be injected.
//!
//! In a build without tests this only passes calls on. In tests, [`Faults`] makes the file fail from the *n*th change
//! on, as a full disk or a dying one does, so that every step of a commit can be the one that fails.

use std::fs::File;
use std::io;
use std::ops::Bound;

use redb::backends::FileBackend;
use redb::{BackendError, StorageBackend};

pub(super) use faults::Faults;

/// A database file.
#[derive(Debug)]
pub(super) struct Backend {
    file: FileBackend,
    faults: Faults,
}

impl Backend {
    pub(super) fn new(file: File, faults: Faults) -> Result<Self, redb::DatabaseError> {
        Ok(Self { file: FileBackend::new(file)?, faults })
    }
}

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
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
