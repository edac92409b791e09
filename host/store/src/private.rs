//! Files that only Larder could have written: opening them safely, and reading them through.
//!
//! A file in the cache folder is used only if a process of this user put it there. It is opened once, and the open file
//! is checked, because its name can lead to another file a moment later.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Seek as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::io::Errno;
use sha2::{Digest as _, Sha256};

use larder_base::Digest;

/// The bits of a mode that let a group or others write.
const OTHERS_WRITE: u32 = 0o022;

/// The bits of a mode without the file type.
const MODE_BITS: u32 = 0o7777;

/// A way in which another user could have written a file or folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposure {
    /// The owner is the user with this number, who is neither the user of this process nor root.
    Owner(u32),
    /// Its group, or all users, may write to it: its mode.
    Mode(u32),
}

impl std::fmt::Display for Exposure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Owner(uid) => write!(f, "it belongs to the user {uid}"),
            Self::Mode(mode) => write!(f, "others may write to it, its mode is {mode:04o}"),
        }
    }
}

/// Returns the way in which another user could have written the file of `metadata`; `None` if it belongs only to this
/// user or to root.
pub(crate) fn exposure(metadata: &Metadata) -> Option<Exposure> {
    let owner = metadata.uid();
    if owner != 0 && owner != rustix::process::geteuid().as_raw() {
        return Some(Exposure::Owner(owner));
    }
    (metadata.mode() & OTHERS_WRITE != 0).then(|| Exposure::Mode(metadata.mode() & MODE_BITS))
}

/// A reason why a file of the cache folder is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The file does not exist.
    #[error("it is gone")]
    Missing,
    /// It is a link, a folder or a device.
    #[error("it is not an ordinary file")]
    NotAFile,
    /// It, or a folder that contains it, belongs to another user or can be written by others.
    #[error("{} could have been changed by another user", .0.display())]
    NotPrivate(PathBuf),
    /// It is shorter or longer than the file that was written.
    #[error("it has {found} bytes and not the {expected} that were written")]
    WrongSize {
        /// The number of bytes written.
        expected: u64,
        /// The number of bytes found.
        found: u64,
    },
    /// Its content differs from the written content.
    #[error("its content is not what was written")]
    Mismatch,
}

impl Refusal {
    /// Returns a stable code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::NotAFile => "not-a-file",
            Self::NotPrivate(_) => "not-private",
            Self::WrongSize { .. } => "wrong-size",
            Self::Mismatch => "mismatch",
        }
    }
}

/// The reason why opening a file ended early.
#[derive(Debug)]
pub(crate) enum Stop {
    Refused(Refusal),
    Failed(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        let is_gone = matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
        if is_gone { Self::Refused(Refusal::Missing) } else { Self::Failed(error) }
    }
}

/// Refuses a file that belongs to another user, or that another user could have written.
pub(crate) fn private(path: &Path, metadata: &Metadata) -> Result<(), Stop> {
    if exposure(metadata).is_none() && !metadata.is_symlink() {
        return Ok(());
    }
    Err(Stop::Refused(Refusal::NotPrivate(path.to_path_buf())))
}

/// Opens a regular and private file for reading.
pub(crate) fn open_private(path: &Path) -> Result<(File, Metadata), Stop> {
    let (file, metadata) = open_ordinary(path)?;
    private(path, &metadata)?;
    Ok((file, metadata))
}

/// Opens a regular file for reading, regardless of its owner.
pub(crate) fn open_ordinary(path: &Path) -> Result<(File, Metadata), Stop> {
    // Opening itself refuses a link, and does not wait for a pipe.
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        // The errors for a link and for a socket.
        Err(error) if matches!(Errno::from_io_error(&error), Some(Errno::LOOP | Errno::NXIO)) => {
            return Err(Stop::Refused(Refusal::NotAFile));
        }
        opened => opened?,
    };
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(Stop::Refused(Refusal::NotAFile));
    }
    Ok((file, metadata))
}

/// Reads `file` through and compares it with its expected digest and length. It is left at its beginning.
pub(crate) fn compare(file: &mut File, expected: &Digest, bytes: u64) -> Result<(), Stop> {
    let found = file.metadata()?.len();
    if found != bytes {
        return Err(Stop::Refused(Refusal::WrongSize { expected: bytes, found }));
    }
    if digest(file)?.0 != *expected {
        return Err(Stop::Refused(Refusal::Mismatch));
    }
    Ok(())
}

/// Reads the file through, and returns its digest and its length. It is left at its beginning.
pub(crate) fn digest(file: &mut File) -> io::Result<(Digest, u64)> {
    file.rewind()?;
    let (mut hasher, mut bytes) = (Sha256::new(), 0);
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => {
                hasher.update(&buffer[..read]);
                bytes += read as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    file.rewind()?;
    Ok((Digest::from_bytes(hasher.finalize().into()), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_refusals_stay() {
        for (refusal, code) in [
            (Refusal::Missing, "missing"),
            (Refusal::NotAFile, "not-a-file"),
            (Refusal::NotPrivate(PathBuf::new()), "not-private"),
            (Refusal::WrongSize { expected: 1, found: 2 }, "wrong-size"),
            (Refusal::Mismatch, "mismatch"),
        ] {
            assert_eq!(refusal.code(), code);
        }
    }
}
