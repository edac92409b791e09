//! One run for a key at a time, over all processes: a lock on one byte of one file, at an offset derived from the key.
//!
//! It is an open-file-description lock (`fcntl(2)`, `F_OFD_SETLK`): the system releases it when its holder dies, at any
//! moment, and nothing is written. It is advisory: a store is correct without it, and two runs that compute one answer
//! only cost time. Two keys may have the same offset; then one waits for the other.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::MetadataExt as _;
use std::sync::{Arc, Mutex};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;

use crate::error::{Intent, StoreError};
use crate::keys::{ENTRY_KEY_BYTES, EntryKey};
use crate::mutex::lock;
use crate::place::{LOCK_FILE, Place};

/// The greatest number of open files that are kept for reuse: as many as run at one time.
const KEPT: usize = 64;

/// The right to run for a key. It ends when this is dropped.
#[derive(Debug)]
pub struct KeyLock {
    /// `Some` until it is dropped.
    file: Option<File>,
    place: i64,
    files: LockFiles,
}

/// Open files on [`LOCK_FILE`] that lock nothing: a lock belongs to an open file, so each holder needs a separate one.
#[derive(Debug, Clone, Default)]
pub(crate) struct LockFiles(Arc<Mutex<Vec<File>>>);

impl LockFiles {
    /// Requests the right to run for `key` in the cache at `place`. Does not wait.
    ///
    /// # Errors
    /// Returns an error if the folder cannot be written.
    pub(crate) fn lock(&self, place: &Place, key: &EntryKey) -> Result<Locking, StoreError> {
        let file = match self.take() {
            Some(file) => file,
            None => {
                place.make_folder()?;
                place.open_beside(LOCK_FILE, OpenOptions::new().write(true).create(true).truncate(false))?.0
            }
        };
        let at = place_of(key);
        let asked = fcntl(&file, FcntlArg::F_OFD_SETLK(&range(at, libc::F_WRLCK)));
        let held = KeyLock { file: Some(file), place: at, files: self.clone() };
        match asked {
            Ok(_) => Ok(Locking::Locked(held)),
            // Dropping the opened file releases a lock that it does not hold, which is not an error.
            Err(Errno::EAGAIN | Errno::EACCES) => Ok(Locking::Busy),
            // The file system has no locks, or no more of them: continue as if there were no other process.
            Err(Errno::EOPNOTSUPP | Errno::ENOSYS | Errno::EINVAL | Errno::ENOLCK) => Ok(Locking::Locked(held)),
            Err(error) => {
                let error = std::io::Error::from_raw_os_error(error as i32);
                Err(StoreError::from_io(&place.folder.join(LOCK_FILE), Intent::Write, error))
            }
        }
    }

    /// Takes an open file whose name still exists: a cache that was removed and created again has another file.
    fn take(&self) -> Option<File> {
        lock(&self.0).pop().filter(|file| file.metadata().is_ok_and(|metadata| metadata.nlink() > 0))
    }
}

impl Drop for KeyLock {
    fn drop(&mut self) {
        let Some(file) = self.file.take() else { return };
        // If a lock cannot be released, the file is closed, which releases it.
        if fcntl(&file, FcntlArg::F_OFD_SETLK(&range(self.place, libc::F_UNLCK))).is_ok() {
            let mut files = lock(&self.files.0);
            if files.len() < KEPT {
                files.push(file);
            }
        }
    }
}

/// The result of requesting the right to run for a key.
#[derive(Debug)]
#[must_use]
pub enum Locking {
    /// The caller has the right.
    Locked(KeyLock),
    /// Another caller has it: look up again when it may have finished, or request it again.
    Busy,
}

/// Returns one of 2⁶² offsets. A key consists of two digests, so some bytes of both are as good as a digest of it.
fn place_of(key: &EntryKey) -> i64 {
    let number = |half: &[u8]| half.first_chunk().map_or(0, |first| u64::from_le_bytes(*first));
    let (cache, inputs) = key.split_at(ENTRY_KEY_BYTES / 2);
    let place = number(cache).wrapping_add(number(inputs)) >> 2;
    i64::try_from(place).unwrap_or(0)
}

/// Describes one byte, to be locked or released.
fn range(place: i64, how: i32) -> libc::flock {
    let [how, start] = [how, libc::SEEK_SET].map(|constant| i16::try_from(constant).unwrap_or(0));
    libc::flock { l_type: how, l_whence: start, l_start: place, l_len: 1, l_pid: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_holder_s_until_it_lets_go() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(folder.path());
        let (one, other) = (LockFiles::default(), LockFiles::default());
        let ask = |files: &LockFiles, byte: u8| files.lock(&place, &[byte; ENTRY_KEY_BYTES]);
        let Ok(Locking::Locked(held)) = ask(&one, 7) else { panic!("nobody had it") };
        assert!(matches!(ask(&other, 7), Ok(Locking::Busy)));
        assert!(matches!(ask(&one, 7), Ok(Locking::Busy)), "also for the same store");
        assert!(matches!(ask(&other, 8), Ok(Locking::Locked(_))));
        drop(held);
        assert!(matches!(ask(&other, 7), Ok(Locking::Locked(_))));
        assert_eq!(std::fs::metadata(folder.path().join(LOCK_FILE)).unwrap().len(), 0);
        // A released file is used again, also for another lock, and holds only that lock.
        let Ok(Locking::Locked(held)) = ask(&one, 9) else { panic!("nobody had it") };
        assert!(matches!(ask(&other, 7), Ok(Locking::Locked(_))));
        std::fs::remove_file(folder.path().join(LOCK_FILE)).unwrap();
        drop(held);
        assert!(matches!(ask(&one, 9), Ok(Locking::Locked(_))));
        assert!(folder.path().join(LOCK_FILE).exists(), "a file that lost its name is not used again");
    }
}
