//! Errors of content: the path, the cause, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use crate::kind::FileKind;

/// Content that cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// Nothing is at the path.
    #[error("there is nothing at {}", path.display())]
    NotFound {
        /// The path.
        path: PathBuf,
    },
    /// The operating system refuses.
    #[error("{} cannot be read: {reason}", path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// A directory where a file is needed.
    #[error("{} is a directory, and a file is needed", path.display())]
    IsDirectory {
        /// The path.
        path: PathBuf,
    },
    /// A file where a directory is needed.
    #[error("{} is not a directory, and one is needed", path.display())]
    NotDirectory {
        /// The path.
        path: PathBuf,
    },
    /// A device, a pipe or a socket: its content cannot be named by a digest.
    #[error("{} is {kind}: an input is an ordinary file, or a directory of files, directories and symbolic links", path.display())]
    Special {
        /// The path.
        path: PathBuf,
        /// The kind of the file.
        kind: FileKind,
    },
    /// A name that is not UTF-8: it cannot be passed to a task.
    #[error("{} has a name that is not UTF-8, which no task can be told: rename it", path.display())]
    NotUtf8 {
        /// The path.
        path: PathBuf,
    },
    /// A symbolic link whose target is not UTF-8.
    #[error("the symbolic link {} leads to a name that is not UTF-8, which no task can be told", path.display())]
    LinkNotUtf8 {
        /// The path of the link.
        path: PathBuf,
    },
    /// A directory with too many entries.
    #[error("{} has more than {max} entries, which is more than one input may have", path.display())]
    TooManyEntries {
        /// The directory that was named.
        path: PathBuf,
        /// The maximum number of entries.
        max: usize,
    },
    /// A directory that is nested too deeply.
    #[error("{} is nested more than {max} directories deep, which is more than one input may be", path.display())]
    TooDeep {
        /// The directory that is too deep.
        path: PathBuf,
        /// The maximum depth.
        max: usize,
    },
    /// A file that is not the one that was hashed, or that changed while it was read.
    #[error("{} changed while it was used: nothing was stored; run again when it is complete", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// Content of ours that differs from what was written.
    #[error("stored content is damaged: {detail}")]
    Damaged {
        /// Description of the damage.
        detail: String,
    },
    /// The caller has gone away.
    #[error("it was stopped")]
    Stopped,
    /// Something is in the way of the output.
    #[error("{} is there already and is something else: remove it, or name another place", path.display())]
    InTheWay {
        /// The path of the obstacle.
        path: PathBuf,
    },
    /// An existing file that must not be replaced.
    #[error("cannot replace {}: it is no output that was stored", path.display())]
    NotReplaced {
        /// The path of the file.
        path: PathBuf,
    },
    /// The operating system refuses to write.
    #[error("{} cannot be written: {reason}", path.display())]
    Unwritable {
        /// The path.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
}

impl ContentError {
    /// The stable name of the error, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Damaged { .. } => "blob/lost",
            Self::InTheWay { .. } | Self::Unwritable { .. } => "output",
            Self::NotReplaced { .. } => "output/not-replaced",
            Self::NotFound { .. }
            | Self::Unreadable { .. }
            | Self::IsDirectory { .. }
            | Self::NotDirectory { .. }
            | Self::Special { .. }
            | Self::NotUtf8 { .. }
            | Self::LinkNotUtf8 { .. }
            | Self::TooManyEntries { .. }
            | Self::TooDeep { .. }
            | Self::Changed { .. }
            | Self::Stopped => "input",
        }
    }

    /// Returns the error for the operating system's refusal to read.
    pub(super) fn unreadable(path: &Path, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::NotFound {
            return Self::NotFound { path: path.to_owned() };
        }
        Self::Unreadable { path: path.to_owned(), reason: source.to_string() }
    }

    pub(super) fn unwritable(path: &Path, source: io::Error) -> Self {
        Self::Unwritable { path: path.to_owned(), reason: source.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quota::Quota;

    #[test]
    fn codes_are_pinned() {
        let path = || "a".into();
        for (error, code) in [
            (ContentError::Damaged { detail: String::new() }, "blob/lost"),
            (ContentError::InTheWay { path: path() }, "output"),
            (ContentError::Unwritable { path: path(), reason: String::new() }, "output"),
            (ContentError::NotReplaced { path: path() }, "output/not-replaced"),
            (ContentError::NotFound { path: path() }, "input"),
            (ContentError::Changed { path: path() }, "input"),
            (ContentError::Stopped, "input"),
        ] {
            assert_eq!(error.code(), code, "{error}");
        }
        assert_eq!(Quota::new(0).expect(1).unwrap_err().code(), "limit/scratch-bytes");
    }
}
