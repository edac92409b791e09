//! Errors of a store, in kinds that a caller can act on.
//!
//! Each error says what was wrong, where, and what to do. A single damaged record is not an error but an answer
//! ([`crate::Lookup::Damaged`]), because the caller continues and runs the task.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::private::Exposure;

/// An error of the store. Cheap to clone, because several callers share one commit and its failure.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The cache folder, or something above it, is a file.
    #[error(
        "the cache folder {} is not a directory: move that file away, or name another cache folder",
        path.display()
    )]
    NotADirectory {
        /// The cache folder.
        path: PathBuf,
    },
    /// The cache exists but may not be read.
    #[error("the cache at {} cannot be read ({source}): make it readable, or name another cache folder", path.display())]
    NotReadable {
        /// The refused file or folder.
        path: PathBuf,
        /// The system's error.
        source: Arc<io::Error>,
    },
    /// Other users could have written the content of the cache.
    #[error(
        "the cache at {} could be another user's work ({exposure}): make it this user's alone, or name another cache \
         folder",
        path.display()
    )]
    NotPrivate {
        /// The folder or file that others could have written.
        path: PathBuf,
        /// The way in which they could have.
        exposure: Exposure,
    },
    /// A write was refused: by permissions, or by a read-only file system. Lookups still work.
    #[error("the cache at {} cannot be written ({source}): make it writable, or name another cache folder", path.display())]
    ReadOnly {
        /// The refused file or folder.
        path: PathBuf,
        /// The system's error.
        source: Arc<io::Error>,
    },
    /// A process was killed while it had the cache open for writing, and the (quick) repair needs to write.
    #[error(
        "the cache at {} must be repaired after a crash, and may not be written ({source}): run any command on it once \
         as its owner",
        path.display()
    )]
    NeedsRepair {
        /// The database file.
        path: PathBuf,
        /// The reason why it could not be written.
        source: Arc<io::Error>,
    },
    /// The disk, or the quota on it, is full. Lookups still work.
    #[error(
        "there is no space left for the cache at {} ({source}): free some, or name a cache folder on another disk",
        path.display()
    )]
    Full {
        /// The file that could not grow.
        path: PathBuf,
        /// The system's error.
        source: Arc<io::Error>,
    },
    /// A newer Larder wrote this cache.
    #[error(
        "the cache at {} has format {found} and this version of Larder knows {supported}: update Larder, or name \
         another cache folder",
        path.display()
    )]
    NewerFormat {
        /// The database file.
        path: PathBuf,
        /// The format of the file.
        found: u32,
        /// The newest format that this version reads.
        supported: u32,
    },
    /// The file exists but is not a cache of Larder.
    #[error("{} is not a Larder cache ({detail}): move it away, or name another cache folder", path.display())]
    OtherFormat {
        /// The file that should be the database.
        path: PathBuf,
        /// A description of the file.
        detail: String,
    },
    /// The file was altered by something other than the database.
    #[error(
        "the cache at {} is damaged ({detail}): remove or rename that file, and results are computed again",
        path.display()
    )]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// A description of the damage.
        detail: String,
    },
    /// Another process uses the file in a way that excludes us.
    #[error(
        "the cache at {} cannot be shared ({detail}): end the program that holds it, or name another cache folder",
        path.display()
    )]
    Locked {
        /// The database file.
        path: PathBuf,
        /// The way in which it is held.
        detail: String,
    },
    /// A record is larger than the database can hold.
    #[error(
        "a record of {bytes} bytes is too large for the cache at {}: return less, or return a file",
        path.display()
    )]
    TooLarge {
        /// The database file.
        path: PathBuf,
        /// The size of the record.
        bytes: u64,
    },
    /// The name could lead out of its folder.
    #[error(
        "`{name}` cannot be the name of a file in {}: use letters, digits, `.`, `-` and `_`, and begin with a letter \
         or digit",
        path.display()
    )]
    BadName {
        /// The folder.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// The content of a file no longer matches its digest.
    #[error(
        "a file changed while it was being stored as {}: leave it alone until the run is done, and run again",
        path.display()
    )]
    ContentChanged {
        /// The file that it was to be stored as.
        path: PathBuf,
    },
    /// Any other error of the system.
    #[error("the cache at {} failed ({source}): check the disk it is on, or name another cache folder", path.display())]
    Io {
        /// The file or folder in use.
        path: PathBuf,
        /// The system's error.
        source: Arc<io::Error>,
    },
}

/// The current use of the store, which decides the error for a refused permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intent {
    Read,
    Write,
}

impl StoreError {
    /// Returns a stable code for programs, such as `cache/full`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotADirectory { .. } => "cache/not-a-directory",
            Self::NotReadable { .. } => "cache/not-readable",
            Self::NotPrivate { .. } => "cache/not-private",
            Self::ReadOnly { .. } => "cache/read-only",
            Self::NeedsRepair { .. } => "cache/needs-repair",
            Self::Full { .. } => "cache/full",
            Self::NewerFormat { .. } => "cache/newer-format",
            Self::OtherFormat { .. } => "cache/other-format",
            Self::Damaged { .. } => "cache/damaged",
            Self::Locked { .. } => "cache/locked",
            Self::TooLarge { .. } => "cache/too-large",
            Self::BadName { .. } => "cache/bad-name",
            Self::ContentChanged { .. } => "cache/content-changed",
            Self::Io { .. } => "cache/io",
        }
    }

    /// Converts the system error `error` at `path`.
    pub(crate) fn from_io(path: &Path, intent: Intent, error: io::Error) -> Self {
        let path = path.to_path_buf();
        let kind = error.kind();
        let source = Arc::new(error);
        if kind == ErrorKind::PermissionDenied && intent == Intent::Read {
            return Self::NotReadable { path, source };
        }
        if matches!(kind, ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) {
            return Self::ReadOnly { path, source };
        }
        if matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
            return Self::Full { path, source };
        }
        if kind == ErrorKind::NotADirectory {
            return Self::NotADirectory { path };
        }
        Self::Io { path, source }
    }

    /// Converts the database error `error` in the file at `path`.
    pub(crate) fn from_redb(path: &Path, intent: Intent, error: redb::Error) -> Self {
        use redb::Error as E;
        let detail = error.to_string();
        let path = path.to_path_buf();
        match error {
            // The database reports a missing or wrong magic number as invalid data, and pages beyond the end as an
            // early end.
            E::Io(error) if error.kind() == ErrorKind::InvalidData => Self::OtherFormat { path, detail },
            E::Io(error) if error.kind() == ErrorKind::UnexpectedEof => Self::Damaged { path, detail },
            E::Io(error) => Self::from_io(&path, intent, error),
            E::DatabaseAlreadyOpen | E::LockProtocolMismatch | E::Unsupported => Self::Locked { path, detail },
            E::UpgradeRequired(_)
            | E::TableTypeMismatch { .. }
            | E::TableIsMultimap(_)
            | E::TableIsNotMultimap(_)
            | E::TypeDefinitionChanged { .. } => Self::OtherFormat { path, detail },
            E::Corrupted(_)
            | E::RepairAborted
            | E::LockPoisoned(_)
            | E::TransactionPoisoned
            | E::TableDoesNotExist(_)
            | E::TableExists(_)
            | E::UnorderedKey => Self::Damaged { path, detail },
            E::ValueTooLarge(bytes) => Self::TooLarge { path, bytes: bytes as u64 },
            E::PreviousIo
            | E::DatabaseClosed
            | E::Backend(_)
            | E::InvalidSavepoint
            | E::ImmediateDurabilityRequired
            | E::PersistentSavepointModified
            | E::NonDurableCommitUnsupported
            | E::EphemeralSavepointUnsupported
            | E::PersistentSavepointExists
            | E::EphemeralSavepointExists
            | E::TransactionInProgress
            | E::TableAlreadyOpen(_, _)
            | E::ReadTransactionStillInUse(_)
            | E::WouldBlock
            | _ => Self::Io { path, source: Arc::new(io::Error::other(detail)) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_becomes_a_kind_to_act_on() {
        let of = |intent, errno| StoreError::from_io(Path::new("/c"), intent, io::Error::from_raw_os_error(errno));
        // Linux errno: 1 EPERM, 5 EIO, 13 EACCES, 20 ENOTDIR, 28 ENOSPC, 30 EROFS, 122 EDQUOT.
        assert!(matches!(of(Intent::Read, 13), StoreError::NotReadable { .. }));
        assert!(matches!(of(Intent::Write, 13), StoreError::ReadOnly { .. }));
        assert!(matches!(of(Intent::Write, 1), StoreError::ReadOnly { .. }));
        assert!(matches!(of(Intent::Write, 30), StoreError::ReadOnly { .. }));
        assert!(matches!(of(Intent::Write, 28), StoreError::Full { .. }));
        assert!(matches!(of(Intent::Write, 122), StoreError::Full { .. }));
        assert!(matches!(of(Intent::Read, 20), StoreError::NotADirectory { .. }));
        assert!(matches!(of(Intent::Read, 5), StoreError::Io { .. }));
    }

    #[test]
    fn every_message_names_the_place_and_a_remedy_and_codes_stay() {
        let path = PathBuf::from("/home/ann/cache");
        let source = Arc::new(io::Error::from_raw_os_error(5));
        let detail = "why".to_owned();
        let all = [
            (StoreError::NotADirectory { path: path.clone() }, "not-a-directory"),
            (StoreError::NotReadable { path: path.clone(), source: source.clone() }, "not-readable"),
            (StoreError::NotPrivate { path: path.clone(), exposure: Exposure::Owner(65534) }, "not-private"),
            (StoreError::NotPrivate { path: path.clone(), exposure: Exposure::Mode(0o770) }, "not-private"),
            (StoreError::ReadOnly { path: path.clone(), source: source.clone() }, "read-only"),
            (StoreError::NeedsRepair { path: path.clone(), source: source.clone() }, "needs-repair"),
            (StoreError::Full { path: path.clone(), source: source.clone() }, "full"),
            (StoreError::NewerFormat { path: path.clone(), found: 2, supported: 1 }, "newer-format"),
            (StoreError::OtherFormat { path: path.clone(), detail: detail.clone() }, "other-format"),
            (StoreError::Damaged { path: path.clone(), detail: detail.clone() }, "damaged"),
            (StoreError::Locked { path: path.clone(), detail }, "locked"),
            (StoreError::TooLarge { path: path.clone(), bytes: 1 }, "too-large"),
            (StoreError::BadName { path: path.clone(), name: "../x".to_owned() }, "bad-name"),
            (StoreError::ContentChanged { path: path.clone() }, "content-changed"),
            (StoreError::Io { path, source }, "io"),
        ];
        for (error, code) in all {
            assert_eq!(error.code(), format!("cache/{code}"));
            let text = error.to_string();
            assert!(text.contains("/home/ann/cache"), "{text}");
            assert!(text.split_once(": ").is_some_and(|(_, remedy)| remedy.len() > 15), "{text}");
        }
    }
}
