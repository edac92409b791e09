//! Errors of an operation on the scratch folder, by their names in the interface.

use larder_content::SpoolError;
use larder_types::limits::LimitExceeded;

/// The error of one operation. The same operation on the same tree fails the same way on every machine, with three
/// exceptions that end the run as one that exceeded a limit: [`Error::Full`], [`Error::TooMany`] and [`Error::Memory`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Error {
    #[error("the descriptor is not open for this")]
    BadDescriptor,
    #[error("a file system object is in the way of the operation")]
    Busy,
    #[error("the name is taken")]
    Exist,
    #[error("a file cannot be that large")]
    FileTooLarge,
    #[error("the operation makes no sense for these arguments")]
    Invalid,
    #[error("it is a directory")]
    IsDirectory,
    #[error("too many symbolic links")]
    Loop,
    #[error("a name or a path is too long")]
    NameTooLong,
    #[error("there is no such entry")]
    NoEntry,
    #[error("it is not a directory")]
    NotDirectory,
    #[error("the directory is not empty")]
    NotEmpty,
    #[error("the path leads out of the directory")]
    NotPermitted,
    #[error("a number is too large")]
    Overflow,
    #[error("it can only be read")]
    ReadOnly,
    #[error("the two are not in one file system")]
    CrossDevice,
    /// The host cannot read the content: the run fails, whatever the task does.
    #[error("the content cannot be read")]
    Io,
    /// The room for bytes is used up.
    #[error("there is no room for {asked} bytes, only for {limit}")]
    Full { limit: u64, asked: u64 },
    /// The room for files, folders and links is used up.
    #[error("there is no room for {asked} files, only for {limit}")]
    TooMany { limit: u64, asked: u64 },
    /// The run's limit on host memory is reached, and the run ends with that.
    #[error("the host may keep no more")]
    Memory,
}

impl From<LimitExceeded> for Error {
    /// An error of the account, which remembers the refusal.
    fn from(_: LimitExceeded) -> Self {
        Self::Memory
    }
}

impl From<SpoolError> for Error {
    fn from(SpoolError { limit, asked }: SpoolError) -> Self {
        Self::Full { limit, asked }
    }
}
