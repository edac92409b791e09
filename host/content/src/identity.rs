//! The identity of a file, which lets a hit skip reading a component that is already known.
//!
//! A file whose device, inode, size, mtime and ctime are those of a file that was read before has the same content,
//! with one exception, which git calls a racy timestamp (git's `Documentation/technical/racy-git.txt`): a write so soon
//! after the identity was recorded that the file system's clock had not advanced leaves every field unchanged. So an
//! identity is trusted only if it was recorded clearly after the file's timestamps.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use larder_base::Digest;

/// Minimum age of a file's timestamps at the moment when its identity is recorded.
///
/// It is the coarsest clock in use: FAT keeps mtimes in steps of two seconds, HFS+ of one; ext4, XFS and btrfs keep
/// nanoseconds from a clock that ticks every 1 to 10 ms. One case remains: a file server with its own clock, which is
/// slower than ours by more than this.
const GRANULARITY: Duration = Duration::from_secs(2);

/// The fields of `stat` that change whenever the content of a file does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct FileIdentity {
    /// The device that the file is on.
    #[n(0)]
    pub device: u64,
    /// The inode number of the file on its device.
    #[n(1)]
    pub inode: u64,
    /// The length in bytes.
    #[n(2)]
    pub size: u64,
    /// Time of the last write to the content; a program can set it to anything.
    #[n(3)]
    pub mtime: Stamp,
    /// Time of the last change of any kind; only the kernel sets it.
    #[n(4)]
    pub ctime: Stamp,
}

/// A moment as the file system keeps it, since 1970-01-01 00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Stamp {
    /// Whole seconds, negative before 1970.
    #[n(0)]
    pub seconds: i64,
    /// Nanoseconds after that, under 10⁹.
    #[n(1)]
    pub nanos: u32,
}

impl FileIdentity {
    /// Returns the identity from the result of `stat` or `fstat`.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            mtime: Stamp::new(metadata.mtime(), metadata.mtime_nsec()),
            ctime: Stamp::new(metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Reads the identity of the file that `path` leads to now.
    pub fn at(path: &Path) -> io::Result<Self> {
        fs::metadata(path).map(|metadata| Self::of(&metadata))
    }

    /// Returns true if the file could have been written again after `remembered_at` without a visible change: then the
    /// identity must not stand for the content, and the file has to be read.
    ///
    /// `remembered_at` is a moment *before* the file was read for the digest that the identity stands for. A file with
    /// a timestamp in the future is always racy.
    #[must_use]
    pub fn is_racy(&self, remembered_at: SystemTime) -> bool {
        let newest = self.mtime.max(self.ctime);
        match remembered_at.checked_sub(GRANULARITY) {
            Some(safe) => newest > Stamp::from(safe),
            None => true,
        }
    }
}

impl Stamp {
    fn new(seconds: i64, nanos: i64) -> Self {
        Self { seconds, nanos: u32::try_from(nanos).unwrap_or(0) }
    }
}

impl From<SystemTime> for Stamp {
    fn from(time: SystemTime) -> Self {
        match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => {
                Self { seconds: i64::try_from(since.as_secs()).unwrap_or(i64::MAX), nanos: since.subsec_nanos() }
            }
            // Before 1970 whole seconds are rounded down: nanoseconds count upwards from them.
            Err(before) => {
                let before = before.duration();
                let seconds = i64::try_from(before.as_secs()).map_or(i64::MIN, |seconds| -seconds);
                match before.subsec_nanos() {
                    0 => Self { seconds, nanos: 0 },
                    nanos => Self { seconds: seconds.saturating_sub(1), nanos: 1_000_000_000 - nanos },
                }
            }
        }
    }
}

/// Returns a name for the path of a file: the digest of its absolute path without links or dots, as bytes.
///
/// The path itself is not kept: a shared store should not reveal where its users keep their files.
pub fn path_key(path: &Path) -> io::Result<Digest> {
    let canonical = fs::canonicalize(path)?;
    Ok(Digest::of(canonical.as_os_str().as_bytes()))
}
