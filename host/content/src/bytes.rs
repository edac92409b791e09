//! The bytes of one file, wherever they are, and reading them.

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
    /// Where the bytes are.
    pub source: Source,
}

/// Where the bytes of a file are.
#[derive(Debug, Clone)]
pub enum Source {
    /// In memory.
    Bytes(Arc<[u8]>),
    /// In an open file that nobody else writes, from an offset on: a snapshot, or a part of one.
    Ours {
        /// The file.
        file: Arc<File>,
        /// Where in it they begin.
        offset: u64,
        /// What it takes of the room of a run, for as long as anybody holds it.
        room: Option<Arc<Room>>,
    },
    /// In a file that is opened when it is needed, and that has this identity as long as it holds them.
    Watched {
        /// Its path.
        path: PathBuf,
        /// What it must still be when it is opened, and when it is closed.
        identity: FileIdentity,
    },
}

/// Content that is open.
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
    /// Bytes that are in memory.
    #[must_use]
    pub fn of(bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes = bytes.into();
        Self { size: bytes.len() as u64, source: Source::Bytes(bytes) }
    }

    /// The file that holds it and nothing else, if it is one of ours: it can be given a name, and is the content then.
    /// That of all small snapshots cannot, even while it holds only one: what it holds is given back as soon as nobody
    /// needs it, and reads as zeros then.
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

    /// Opens it.
    ///
    /// # Errors
    ///
    /// [`ContentError::Changed`] when the file is not the one that was hashed, [`ContentError::Unreadable`] when it
    /// cannot be opened.
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

    /// The open file that the bytes are in, and where they begin; none where they are in memory.
    #[must_use]
    pub fn file(&self) -> Option<(&File, u64)> {
        match &self.bytes {
            Opened::Bytes(_) => None,
            Opened::Ours { file, offset, _room: _ } => Some((file, *offset)),
            Opened::Watched { file, path: _, identity: _ } => Some((file, 0)),
        }
    }

    /// At most `length` bytes from `offset` on: none at the end and behind it.
    ///
    /// # Errors
    ///
    /// [`ContentError::Changed`] when there are fewer bytes than there were, [`ContentError::Unreadable`] when the
    /// operating system refuses.
    pub fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, ContentError> {
        let left = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let mut into = vec![0; left.min(length)];
        // Behind the end there is nothing to read, nor a place to read it at.
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

    /// Says whether what was read so far is what was hashed: the file is still the one that was opened.
    ///
    /// # Errors
    ///
    /// [`ContentError::Changed`] when it is not.
    pub fn is_the_same(&self) -> Result<(), ContentError> {
        let Opened::Watched { file, path, identity } = &self.bytes else { return Ok(()) };
        let metadata = file.metadata().map_err(|error| ContentError::unreadable(path, error))?;
        let mut now = FileIdentity::of(&metadata);
        if metadata.nlink() == 0 {
            // It was removed or replaced, which is a change of the file but none of what is open.
            now.ctime = identity.ctime;
        }
        if now == *identity { Ok(()) } else { Err(ContentError::Changed { path: path.clone() }) }
    }
}

fn damaged(detail: &str) -> ContentError {
    ContentError::Damaged { detail: detail.to_owned() }
}

/// Opens a file to read it. What became a pipe or a terminal meanwhile makes nobody wait.
pub(super) fn open(path: &std::path::Path) -> Result<File, ContentError> {
    OpenOptions::new()
        .read(true)
        .custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed())
        .open(path)
        .map_err(|error| ContentError::unreadable(path, error))
}
