//! Files of compiled code, private to the cache folder.
//!
//! Loading compiled code means running it: the engine checks nothing that a forger could not get right. So a file is
//! loaded only if Larder wrote it: its digest is in a record of the store, and it lies in a folder to which no other
//! user may write. The checked file is the loaded file, already open, not found again by its name. Other processes of
//! the same user are trusted, but nothing else.
//!
//! To this module the code is only bytes: it knows no engine.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::draft;
use crate::error::{Intent, StoreError};
use crate::place::{COMPILED_FOLDER, Place, make_private, sync_folder};
use crate::private::{Refusal, Stop, compare, digest, open_private, private};
use crate::record::CompiledRecord;

/// The mode of a file of compiled code.
const MODE: u32 = 0o600;

/// The folder of compiled code.
#[derive(Debug, Clone)]
pub struct CompiledFolder {
    cache: PathBuf,
    database: PathBuf,
    folder: PathBuf,
}

/// An unnamed file of compiled code; see [`CompiledFolder::draft`].
#[derive(Debug)]
pub struct Draft {
    folder: CompiledFolder,
    file: File,
}

impl Draft {
    /// Returns the file, for the compiler to write.
    #[must_use]
    pub const fn file(&self) -> &File {
        &self.file
    }

    /// Returns the file, even if it was not kept.
    #[must_use]
    pub fn into_file(self) -> File {
        self.file
    }

    /// Names the file `name`, replacing any file of that name. When this returns, the content is on disk; a process
    /// killed before leaves at most a file under another name. The caller commits the record afterwards.
    ///
    /// # Errors
    /// Returns an error if the name is not a plain one, or if the file cannot be read back or named.
    pub fn keep(&mut self, name: &str) -> Result<CompiledRecord, StoreError> {
        let path = self.folder.path_of(name)?;
        let failed = |error: io::Error| StoreError::from_io(&path, Intent::Write, error);
        let (sha256, bytes) = digest(&mut self.file).map_err(failed)?;
        draft::name(&mut self.file, &path, MODE).map_err(failed)?;
        sync_folder(&self.folder.folder)?;
        Ok(CompiledRecord { file_name: name.to_owned(), sha256, bytes })
    }
}

/// The result of opening compiled code.
#[derive(Debug)]
#[must_use]
pub enum CompiledFile {
    /// The open file, at its beginning, whose content matches the record.
    Verified(File),
    /// The file must not be loaded: compile again, and write it again.
    Refused(Refusal),
}

impl CompiledFolder {
    pub(crate) fn new(cache: &Path, database: &Path) -> Self {
        Self { cache: cache.to_path_buf(), database: database.to_path_buf(), folder: cache.join(COMPILED_FOLDER) }
    }

    /// Writes `bytes` under `name`, replacing any file of that name, as [`Draft::keep`] does.
    ///
    /// # Errors
    /// Returns an error if the name is not a plain one, or if the file cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<CompiledRecord, StoreError> {
        let path = self.path_of(name)?;
        let mut draft = self.draft()?;
        draft.file.write_all(bytes).map_err(|error| StoreError::from_io(&path, Intent::Write, error))?;
        draft.keep(name)
    }

    /// Creates an empty unnamed file in the folder, for code that is not written yet. A file that was not kept
    /// disappears with its process, however that ends.
    ///
    /// # Errors
    /// Returns an error if the folder is missing and cannot be created, or if the file cannot be created in it.
    pub fn draft(&self) -> Result<Draft, StoreError> {
        self.make()?;
        let file = draft::unnamed(&self.folder);
        let file = file.map_err(|error| StoreError::from_io(&self.folder, Intent::Write, error))?;
        Ok(Draft { folder: self.clone(), file })
    }

    /// Opens the file of `record` once and reads it through. Returns the open file that was checked.
    ///
    /// # Errors
    /// Returns an error if the file exists but cannot be read.
    pub fn open_verified(&self, record: &CompiledRecord) -> Result<CompiledFile, StoreError> {
        let path = self.path_of(&record.file_name)?;
        let verified = self.check_folders().and_then(|()| open_private(&path)).and_then(|(mut file, _)| {
            compare(&mut file, &record.sha256, record.bytes)?;
            Ok(file)
        });
        match verified {
            Ok(file) => Ok(CompiledFile::Verified(file)),
            Err(Stop::Refused(refusal)) => Ok(CompiledFile::Refused(refusal)),
            Err(Stop::Failed(error)) => Err(StoreError::from_io(&path, Intent::Read, error)),
        }
    }

    /// Removes the file called `name`, if it exists.
    ///
    /// # Errors
    /// Returns an error if it exists but cannot be removed.
    pub fn remove(&self, name: &str) -> Result<(), StoreError> {
        let path = self.path_of(name)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(StoreError::from_io(&path, Intent::Write, error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Returns the path of a file. The record comes from a file on disk, so its name must not lead elsewhere.
    fn path_of(&self, name: &str) -> Result<PathBuf, StoreError> {
        let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
        if plain && name.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric) {
            return Ok(self.folder.join(name));
        }
        Err(StoreError::BadName { path: self.folder.clone(), name: name.to_owned() })
    }

    fn make(&self) -> Result<(), StoreError> {
        Place::new(&self.cache).make_folder()?;
        make_private(&self.folder)
    }

    /// Checks that no other user may write to these folders and so forge a file and its record. The path above the
    /// cache folder is its owner's responsibility.
    fn check_folders(&self) -> Result<(), Stop> {
        // The cache folder may be reached by a link; the folder inside it, which Larder created, may not be a link.
        private(&self.cache, &fs::metadata(&self.cache)?)?;
        private(&self.database, &fs::metadata(&self.database)?)?;
        private(&self.folder, &fs::symlink_metadata(&self.folder)?)
    }
}
