//! One run for a key at a time, over all processes: a lock on one byte of one file, at a place that the key gives.
//!
//! It is an open-file-description lock (`fcntl(2)`, `F_OFD_SETLK`): the system takes it back when its holder dies, at
//! whatever moment, and nothing is written. It is advice for those who ask, no protection: a store is right without it,
//! and two who compute one answer cost only time. Two keys may have one place; then one waits for the other.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;

use super::commit::ENTRY_KEY_BYTES;
use super::error::Intent;
use super::{Store, StoreError};
use crate::digest::Digest;

/// The file that is locked, beside the database. It stays empty.
const FILE: &str = "larder.lock";

/// The right to run for a key. It ends when this is dropped.
#[derive(Debug)]
pub struct KeyLock {
    /// Closing it takes the lock back.
    _file: File,
}

/// What asking for the right to run for a key gave.
#[derive(Debug)]
#[must_use]
pub enum Locking {
    /// It is the caller's.
    Locked(KeyLock),
    /// Another has it: look up again when it may have finished, or ask again.
    Busy,
}

impl Store {
    /// Asks for the right to run for `key`. Nobody waits here.
    ///
    /// # Errors
    /// When the folder cannot be written: then nothing will be stored either.
    pub fn lock_key(&self, key: &[u8; ENTRY_KEY_BYTES]) -> Result<Locking, StoreError> {
        self.place.make_folder()?;
        let path = self.place.folder.join(FILE);
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = file.map_err(|error| StoreError::from_io(&path, Intent::Write, error))?;
        match fcntl(&file, FcntlArg::F_OFD_SETLK(&range(key))) {
            Ok(_) => Ok(Locking::Locked(KeyLock { _file: file })),
            Err(Errno::EAGAIN | Errno::EACCES) => Ok(Locking::Busy),
            Err(error) => {
                let error = std::io::Error::from_raw_os_error(error as i32);
                // A file system without locks, or without another: as if nobody else were there.
                if error.kind() == ErrorKind::Unsupported || error.raw_os_error() == Some(libc::ENOLCK) {
                    return Ok(Locking::Locked(KeyLock { _file: file }));
                }
                Err(StoreError::from_io(&path, Intent::Write, error))
            }
        }
    }
}

/// One byte, at one of 2⁶² places.
fn range(key: &[u8; ENTRY_KEY_BYTES]) -> libc::flock {
    let digest = Digest::of(key);
    let place = digest.as_bytes().first_chunk().map_or(0, |first| u64::from_le_bytes(*first) >> 2);
    let [write, start] = [libc::F_WRLCK, libc::SEEK_SET].map(|constant| i16::try_from(constant).unwrap_or(0));
    libc::flock { l_type: write, l_whence: start, l_start: i64::try_from(place).unwrap_or(0), l_len: 1, l_pid: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_holder_s_until_it_lets_go() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (Store::open(folder.path()).unwrap(), Store::open(folder.path()).unwrap());
        let Ok(Locking::Locked(held)) = one.lock_key(&[7; 64]) else { panic!("nobody had it") };
        assert!(matches!(other.lock_key(&[7; 64]), Ok(Locking::Busy)));
        assert!(matches!(one.lock_key(&[7; 64]), Ok(Locking::Busy)), "also for the same store");
        assert!(matches!(other.lock_key(&[8; 64]), Ok(Locking::Locked(_))));
        drop(held);
        assert!(matches!(other.lock_key(&[7; 64]), Ok(Locking::Locked(_))));
        assert_eq!(std::fs::metadata(folder.path().join(FILE)).unwrap().len(), 0);
    }
}
