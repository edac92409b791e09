//! The place of a store: its folder, the names in it, and their creation.
//!
//! | name in the cache folder | what it is |
//! |---|---|
//! | `larder.redb` | the database |
//! | `larder.lock` | an empty file, whose bytes are locked by runs (`key_lock`) |
//! | `larder.accesses` | notes of accesses that no commit has taken up yet (`accesses`) |
//! | `compiled` | the private folder of compiled code (`compiled`) |
//! | `blobs` | the private folder of blobs (`blobs`) |
//!
//! A lookup creates nothing: a folder appears with the first write. A new database is created under another name and
//! moved into place when it is complete: a process killed during the initialisation would otherwise leave a file that
//! cannot be opened.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::io::Errno;
use tempfile::NamedTempFile;

use crate::error::{Intent, StoreError};
use crate::private::exposure;

/// The database.
const DATABASE: &str = "larder.redb";

/// The file whose bytes are locked by runs. It stays empty.
pub(crate) const LOCK_FILE: &str = "larder.lock";

/// The file of notes of accesses that no commit has taken up yet.
pub(crate) const ACCESSES_FILE: &str = "larder.accesses";

/// The private folder of compiled code.
pub(crate) const COMPILED_FOLDER: &str = "compiled";

/// The private folder of blobs.
pub(crate) const BLOBS_FOLDER: &str = "blobs";

/// Flags for opening every file in the cache folder: never through a link, and without waiting for the other end of a
/// pipe.
const OPEN_FLAGS: i32 = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).bits().cast_signed();

/// The cache folder and the database in it.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) folder: PathBuf,
    pub(crate) database: PathBuf,
    /// True if other users could have written the cache, and the caller trusts it anyway. Then nothing is written.
    pub(crate) is_foreign: bool,
}

/// The identity of the file that a path leads to. If it changes, the cache was moved away, and an open handle belongs
/// to a file that can no longer be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    fn of(metadata: &fs::Metadata) -> Self {
        Self { device: metadata.dev(), inode: metadata.ino() }
    }
}

impl Place {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf(), database: folder.join(DATABASE), is_foreign: false }
    }

    /// Refuses a cache that other users could have written to, and a cache in which something else is at the path of
    /// one of Larder's files or folders. With `trusts_owner` the former is marked as foreign instead.
    pub(crate) fn check(&mut self, trusts_owner: bool) -> Result<(), StoreError> {
        let exposed = self.check_folder().and_then(|()| match fs::symlink_metadata(&self.database) {
            Ok(metadata) if metadata.is_file() => self.expect_private(&self.database, &metadata),
            Ok(_) | Err(_) => Ok(()),
        });
        if let Err(exposed) = exposed {
            if !trusts_owner {
                return Err(exposed);
            }
            self.is_foreign = true;
        }
        // Checked before any of them is opened: opening a device can have side effects.
        for name in [DATABASE, LOCK_FILE] {
            self.expect(name, |there| there.is_file(), Self::not_a_file)?;
        }
        for name in [BLOBS_FOLDER, COMPILED_FOLDER] {
            self.expect(name, |there| there.is_dir(), |path| StoreError::NotADirectory { path: path.to_owned() })?;
        }
        Ok(())
    }

    /// Refuses the file `name` in the folder, if it exists and `is_right` returns false for it.
    fn expect(
        &self,
        name: &str,
        is_right: impl Fn(&Metadata) -> bool,
        refused: impl Fn(&Path) -> StoreError,
    ) -> Result<(), StoreError> {
        let path = self.folder.join(name);
        match fs::symlink_metadata(&path) {
            Ok(there) if !is_right(&there) => Err(refused(&path)),
            // A file that cannot be inspected is reported when it is opened.
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Refuses a folder that other users may write to. A missing folder will be created by Larder.
    pub(crate) fn check_folder(&self) -> Result<(), StoreError> {
        match fs::metadata(&self.folder) {
            Ok(metadata) if metadata.is_dir() => self.expect_private(&self.folder, &metadata),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    fn expect_private(&self, path: &Path, metadata: &Metadata) -> Result<(), StoreError> {
        match exposure(metadata) {
            Some(exposure) if !self.is_foreign => Err(StoreError::NotPrivate { path: path.to_owned(), exposure }),
            Some(_) | None => Ok(()),
        }
    }

    /// Refuses to write to a foreign cache.
    pub(crate) fn refuse_to_write(&self) -> Result<(), StoreError> {
        if !self.is_foreign {
            return Ok(());
        }
        let source = io::Error::new(ErrorKind::PermissionDenied, "it could be another user's work");
        Err(StoreError::from_io(&self.folder, Intent::Write, source))
    }

    /// Returns the current database file. Returns `None` if there is none, or if it is empty, in which nothing can be
    /// found either.
    pub(crate) fn current(&self) -> Result<Option<FileId>, StoreError> {
        match fs::symlink_metadata(&self.database) {
            Ok(metadata) if metadata.is_file() && metadata.len() == 0 => Ok(None),
            Ok(metadata) => Ok(Some(FileId::of(&metadata))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.refused(Intent::Read, error)),
        }
    }

    /// Opens the database file, which must be a regular file, and as private as its folder.
    pub(crate) fn open(&self, intent: Intent) -> Result<(File, FileId), StoreError> {
        self.check_folder()?;
        let mut options = OpenOptions::new();
        options.read(true).write(intent == Intent::Write);
        let (file, metadata) = open_ordinary(&mut options, &self.database)
            .map_err(|error| self.refused(intent, error))?
            .ok_or_else(|| Self::not_a_file(&self.database))?;
        self.expect_private(&self.database, &metadata)?;
        Ok((file, FileId::of(&metadata)))
    }

    /// Opens `name`, a file beside the database, which must be a regular file.
    pub(crate) fn open_beside(&self, name: &str, options: &mut OpenOptions) -> Result<(File, Metadata), StoreError> {
        let path = self.folder.join(name);
        open_ordinary(options.mode(0o600), &path)
            .map_err(|error| StoreError::from_io(&path, Intent::Write, error))?
            .ok_or_else(|| Self::not_a_file(&path))
    }

    /// Creates the folder if it is missing, readable by its owner alone.
    pub(crate) fn make_folder(&self) -> Result<(), StoreError> {
        self.refuse_to_write()?;
        if self.folder.is_dir() {
            return self.check_folder();
        }
        match DirBuilder::new().recursive(true).mode(0o700).create(&self.folder) {
            Ok(()) => Ok(()),
            Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotADirectory) => {
                Err(StoreError::NotADirectory { path: self.folder.clone() })
            }
            Err(error) => Err(StoreError::from_io(&self.folder, Intent::Write, error)),
        }
    }

    /// Creates a file beside the database, for a new database.
    pub(crate) fn draft(&self) -> Result<NamedTempFile, StoreError> {
        // Opened here, since the error of `tempfile` names a file that never existed, another one each time.
        let create = |path: &Path| OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path);
        let draft = tempfile::Builder::new().prefix("larder-new-").suffix(".redb").make_in(&self.folder, create);
        draft.map_err(|error| StoreError::from_io(&self.folder, Intent::Write, error))
    }

    /// Moves a finished draft into place permanently. If another process was faster, its database stays and this one is
    /// deleted.
    pub(crate) fn publish(&self, draft: NamedTempFile) -> Result<(), StoreError> {
        match draft.persist_noclobber(&self.database) {
            Ok(_) => sync_folder(&self.folder),
            Err(refused) if refused.error.kind() == ErrorKind::AlreadyExists => Ok(()),
            Err(refused) => Err(StoreError::from_io(&self.database, Intent::Write, refused.error)),
        }
    }

    fn not_a_file(path: &Path) -> StoreError {
        StoreError::OtherFormat { path: path.to_owned(), detail: "it is not an ordinary file".to_owned() }
    }

    fn refused(&self, intent: Intent, error: io::Error) -> StoreError {
        if error.kind() == ErrorKind::NotADirectory {
            return StoreError::NotADirectory { path: self.folder.clone() };
        }
        StoreError::from_io(&self.database, intent, error)
    }
}

/// Opens a regular file; returns `None` if it is not one.
fn open_ordinary(options: &mut OpenOptions, path: &Path) -> io::Result<Option<(File, Metadata)>> {
    // Checked before opening, since opening a device can have side effects, and afterwards, since it may be another
    // file by then.
    if fs::symlink_metadata(path).is_ok_and(|there| !there.is_file()) {
        return Ok(None);
    }
    let file = match options.custom_flags(OPEN_FLAGS).open(path) {
        Err(error) if is_of_another_kind(&error) => return Ok(None),
        opened => opened?,
    };
    let metadata = file.metadata()?;
    Ok(metadata.is_file().then_some((file, metadata)))
}

/// Returns true if opening was refused because of the kind of the file: a folder, a link, a socket, a pipe without a
/// reader, or a device without a driver.
fn is_of_another_kind(error: &io::Error) -> bool {
    error.kind() == ErrorKind::IsADirectory
        || matches!(Errno::from_io_error(error), Some(Errno::LOOP | Errno::NXIO | Errno::NODEV))
}

/// Creates `folder`, inside the cache folder, if it is missing, for its owner alone. A link to a folder is refused:
/// writes to the folder must not land elsewhere.
pub(crate) fn make_private(folder: &Path) -> Result<(), StoreError> {
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

/// Syncs `folder`, so that the names in it survive a loss of power.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| StoreError::from_io(folder, Intent::Write, error))
}
