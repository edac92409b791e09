//! The bytes of one file, in memory or on a disk, and reading them.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::PathBuf;
use std::sync::Arc;

use rustix::fs::OFlags;

use crate::error::ContentError;
use crate::identity::FileIdentity;
use crate::quota::Room;

/// The content of one file. Cloning it copies no bytes.
#[derive(Debug, Clone)]
pub struct Content {
    /// The length in bytes.
    pub size: u64,
    /// Location of the bytes.
    pub source: Source,
}

/// Location of the bytes of a file.
#[derive(Debug, Clone)]
pub enum Source {
    /// In memory.
    Bytes(Arc<[u8]>),
    /// In an open file that nobody else writes, from an offset on: a snapshot, or a part of one.
    Ours {
        /// The file.
        file: Arc<File>,
        /// Offset of the first byte.
        offset: u64,
        /// The charge on the room of a run, for as long as the content is held.
        room: Option<Arc<Room>>,
    },
    /// In a file that is opened on demand, and holds the bytes as long as it has this identity.
    Watched {
        /// Its path.
        path: PathBuf,
        /// The identity that it must have when it is opened, and when it is closed.
        identity: FileIdentity,
    },
}

/// Open content.
#[derive(Debug, Clone)]
pub struct Reader {
    size: u64,
    bytes: Opened,
}

#[derive(Debug, Clone)]
enum Opened {
    Bytes(Arc<[u8]>),
    Ours { file: Arc<File>, offset: u64, _room: Option<Arc<Room>> },
    Watched { file: Arc<File>, path: PathBuf, identity: FileIdentity },
}

impl Content {
    /// Returns content that is in memory.
    #[must_use]
    pub fn of(bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes = bytes.into();
        Self { size: bytes.len() as u64, source: Source::Bytes(bytes) }
    }

    /// Returns the file that holds these bytes and nothing else, if it is one of ours: once named, it is the content.
    /// The file of all small snapshots cannot be named, even while it holds only one: it gives back the space of a
    /// snapshot that is no longer needed, which then reads as zeros.
    #[must_use]
    pub fn own_file(&self) -> Option<&File> {
        match &self.source {
            Source::Ours { file, offset: 0, room } => {
                let is_shared = room.as_ref().is_some_and(|room| room.is_shared());
                (!is_shared && file.metadata().is_ok_and(|metadata| metadata.len() == self.size)).then_some(file)
            }
            Source::Ours { .. } | Source::Bytes(_) | Source::Watched { .. } => None,
        }
    }

    /// Opens the content.
    ///
    /// # Errors
    ///
    /// [`ContentError::Changed`] if the file is not the one that was hashed, [`ContentError::Unreadable`] if it cannot
    /// be opened.
    pub fn open(&self) -> Result<Reader, ContentError> {
        let bytes = match &self.source {
            Source::Bytes(bytes) => Opened::Bytes(bytes.clone()),
            Source::Ours { file, offset, room } => {
                Opened::Ours { file: file.clone(), offset: *offset, _room: room.clone() }
            }
            Source::Watched { path, identity } => {
                let file = open(path)?;
                Opened::Watched { file: Arc::new(file), path: path.clone(), identity: *identity }
            }
        };
        let reader = Reader { size: self.size, bytes };
        reader.is_the_same()?;
        Ok(reader)
    }
}

impl Reader {
    /// The length in bytes.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Returns the open file that holds the bytes, and their offset; `None` if they are in memory.
    #[must_use]
    pub fn file(&self) -> Option<(&File, u64)> {
        match &self.bytes {
            Opened::Bytes(_) => None,
            Opened::Ours { file, offset, _room: _ } => Some((file, *offset)),
            Opened::Watched { file, path: _, identity: _ } => Some((file, 0)),
        }
    }

    /// Reads at most `length` bytes from `offset` on; none at the end or after it.
    ///
    /// # Errors
    ///
    /// [`ContentError::Changed`] if there are fewer bytes than there were, [`ContentError::Unreadable`] if the
    /// operating system refuses.
    pub fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, ContentError> {
        let left = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let mut into = vec![0; left.min(length)];
        // After the end there is nothing to read, and no offset to read it at.
        if !into.is_empty() {
            self.read_exact(offset, &mut into)?;
        }
        Ok(into)
    }

    /// Fills `into` with the bytes at `offset`, all of which lie within the size.
    fn read_exact(&self, offset: u64, into: &mut [u8]) -> Result<(), ContentError> {
        match &self.bytes {
            Opened::Bytes(bytes) => {
                let bytes = usize::try_from(offset).ok().and_then(|offset| bytes.get(offset..)?.get(..into.len()));
                into.copy_from_slice(bytes.ok_or_else(|| damaged("it is shorter than it was"))?);
                Ok(())
            }
            Opened::Ours { file, offset: start, _room: _ } => {
                file.read_exact_at(into, start + offset).map_err(|error| damaged(&error.to_string()))
            }
            Opened::Watched { file, path, identity: _ } => file.read_exact_at(into, offset).map_err(|error| {
                let is_shorter = error.kind() == io::ErrorKind::UnexpectedEof;
                if is_shorter {
                    ContentError::Changed { path: path.clone() }
                } else {
                    ContentError::unreadable(path, error)
                }
            }),
        }
    }

    /// Checks that the bytes read so far are those that were hashed: the file is still the one that was opened.
    ///
    /// # Errors
    ///
    /// [`ContentError::Changed`] if they are not.
    pub fn is_the_same(&self) -> Result<(), ContentError> {
        let Opened::Watched { file, path, identity } = &self.bytes else { return Ok(()) };
        let metadata = file.metadata().map_err(|error| ContentError::unreadable(path, error))?;
        let mut now = FileIdentity::of(&metadata);
        if metadata.nlink() == 0 {
            // It was removed or replaced, which changes the file but not the open content.
            now.ctime = identity.ctime;
        }
        if now == *identity { Ok(()) } else { Err(ContentError::Changed { path: path.clone() }) }
    }
}

fn damaged(detail: &str) -> ContentError {
    ContentError::Damaged { detail: detail.to_owned() }
}

/// Opens a file to read it. It does not block if the file has become a pipe or a terminal.
pub(super) fn open(path: &std::path::Path) -> Result<File, ContentError> {
    OpenOptions::new()
        .read(true)
        .custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed())
        .open(path)
        .map_err(|error| ContentError::unreadable(path, error))
}
