//! Where a store is: its folder, its files, and making them for the first time.
//!
//! A lookup creates nothing: a folder appears with the first write. A new database is made under another name and moved
//! into place whole, because a process killed while it initialises the file would otherwise leave one that nobody can
//! open.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use tempfile::NamedTempFile;

use super::error::{Intent, StoreError};

/// The database inside the cache folder.
const DATABASE: &str = "larder.redb";

/// The cache folder and the database in it.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) folder: PathBuf,
    pub(super) database: PathBuf,
}

/// Which file a path leads to: when this changes, somebody has moved the cache away, and an open handle is of a file
/// that no one will find again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    fn of(metadata: &fs::Metadata) -> Self {
        Self { device: metadata.dev(), inode: metadata.ino() }
    }
}

impl Place {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf(), database: folder.join(DATABASE) }
    }

    /// The database file that is there now. `None` if there is none, or an empty one, in which nothing can be found
    /// either.
    pub(super) fn current(&self) -> Result<Option<FileId>, StoreError> {
        match fs::metadata(&self.database) {
            Ok(metadata) if metadata.is_file() && metadata.len() == 0 => Ok(None),
            Ok(metadata) => Ok(Some(FileId::of(&metadata))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.refused(Intent::Read, error)),
        }
    }

    /// Opens the database file, which must be an ordinary one.
    pub(super) fn open(&self, intent: Intent) -> Result<(File, FileId), StoreError> {
        let mut options = OpenOptions::new();
        options.read(true).write(intent == Intent::Write);
        // Without this, opening a pipe that somebody left there would wait for its other end.
        options.custom_flags(OFlags::NONBLOCK.bits().cast_signed());
        let file = match options.open(&self.database) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::IsADirectory => return Err(self.not_a_file()),
            Err(error) => return Err(self.refused(intent, error)),
        };
        let metadata = file.metadata().map_err(|error| self.refused(intent, error))?;
        if !metadata.is_file() {
            return Err(self.not_a_file());
        }
        Ok((file, FileId::of(&metadata)))
    }

    /// Makes the folder if it is missing, readable by its owner alone.
    pub(super) fn make_folder(&self) -> Result<(), StoreError> {
        if self.folder.is_dir() {
            return Ok(());
        }
        match DirBuilder::new().recursive(true).mode(0o700).create(&self.folder) {
            Ok(()) => Ok(()),
            Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotADirectory) => {
                Err(StoreError::NotADirectory { path: self.folder.clone() })
            }
            Err(error) => Err(StoreError::from_io(&self.folder, Intent::Write, error)),
        }
    }

    /// A file beside the database, on which to make a new one.
    pub(super) fn draft(&self) -> Result<NamedTempFile, StoreError> {
        let draft = tempfile::Builder::new().prefix("larder-new-").suffix(".redb").tempfile_in(&self.folder);
        // Only its kind: the error names a file that never was, another one each time.
        draft.map_err(|error| StoreError::from_io(&self.folder, Intent::Write, error.kind().into()))
    }

    /// Moves a finished draft into place, for good. When another process was faster, its database stays and ours goes.
    pub(super) fn publish(&self, draft: NamedTempFile) -> Result<(), StoreError> {
        match draft.persist_noclobber(&self.database) {
            Ok(_) => sync_folder(&self.folder),
            Err(refused) if refused.error.kind() == ErrorKind::AlreadyExists => Ok(()),
            Err(refused) => Err(StoreError::from_io(&self.database, Intent::Write, refused.error)),
        }
    }

    fn not_a_file(&self) -> StoreError {
        let detail = "it is not an ordinary file".to_owned();
        StoreError::OtherFormat { path: self.database.clone(), detail }
    }

    fn refused(&self, intent: Intent, error: io::Error) -> StoreError {
        if error.kind() == ErrorKind::NotADirectory {
            return StoreError::NotADirectory { path: self.folder.clone() };
        }
        StoreError::from_io(&self.database, intent, error)
    }
}

/// Makes `folder`, inside the cache folder, if it is missing, for its owner alone. A link to a folder is refused: what
/// is written in ours must not land elsewhere.
pub(super) fn make_private(folder: &Path) -> Result<(), StoreError> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => match fs::symlink_metadata(folder) {
            Ok(metadata) if metadata.is_dir() => Ok(()),
            Ok(_) => Err(StoreError::NotADirectory { path: folder.to_path_buf() }),
            Err(error) => Err(StoreError::from_io(folder, Intent::Write, error)),
        },
        Err(error) => Err(StoreError::from_io(folder, Intent::Write, error)),
    }
}

/// Makes the names in `folder` survive a loss of power.
pub(super) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| StoreError::from_io(folder, Intent::Write, error))
}
