//! How an operation on the scratch folder can fail, by the names that the interface has for it.

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
    /// The host cannot read what it should: the run fails, whatever the task makes of it.
    #[error("the content cannot be read")]
    Io,
    /// The bytes that there is room for are used up.
    #[error("there is no room for {asked} bytes, only for {limit}")]
    Full { limit: u64, asked: u64 },
    /// The files, folders and links that there is room for are all there.
    #[error("there is no room for {asked} files, only for {limit}")]
    TooMany { limit: u64, asked: u64 },
    /// The host may keep no more for the run, which ends with that.
    #[error("the host may keep no more")]
    Memory,
}

impl From<LimitExceeded> for Error {
    /// Of the account, which remembers what was refused.
    fn from(_: LimitExceeded) -> Self {
        Self::Memory
    }
}

impl From<SpoolError> for Error {
    fn from(SpoolError { limit, asked }: SpoolError) -> Self {
        Self::Full { limit, asked }
    }
}
