//! Files of compiled code, private to the cache folder.
//!
//! Loading compiled code is running it: the engine checks nothing that a forger could not get right. So a file is
//! loaded only if it is what we wrote: its digest is in a record of the store, it lies in a folder to which nobody else
//! may write, and the file that is checked is the very one that is loaded, already open, not one that is found again by
//! its name. Another process of the same user is trusted; nobody else is.
//!
//! To this module they are bytes: it knows no engine.

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

/// A file of compiled code without a name; see [`CompiledFolder::draft`].
#[derive(Debug)]
pub struct Draft {
    folder: CompiledFolder,
    file: File,
}

impl Draft {
    /// The file, to be written by whoever compiles.
    #[must_use]
    pub const fn file(&self) -> &File {
        &self.file
    }

    /// The file, whether or not it was kept.
    #[must_use]
    pub fn into_file(self) -> File {
        self.file
    }

    /// Gives it the name `name`, in place of what may have it. When this returns the content is on disk; a process
    /// killed before leaves at most a file under another name. The record is the caller's to commit, after this.
    ///
    /// # Errors
    /// When the name is not a plain one, or the file cannot be read back or named.
    pub fn keep(&mut self, name: &str) -> Result<CompiledRecord, StoreError> {
        let path = self.folder.path_of(name)?;
        let failed = |error: io::Error| StoreError::from_io(&path, Intent::Write, error);
        let (sha256, bytes) = digest(&mut self.file).map_err(failed)?;
        draft::name(&mut self.file, &path, MODE).map_err(failed)?;
        sync_folder(&self.folder.folder)?;
        Ok(CompiledRecord { file_name: name.to_owned(), sha256, bytes })
    }
}

/// The answer to asking for compiled code.
#[derive(Debug)]
#[must_use]
pub enum CompiledFile {
    /// The open file, at its beginning, whose content is what the record says.
    Verified(File),
    /// It is not to be loaded: compile again, and write it again.
    Refused(Refusal),
}

impl CompiledFolder {
    pub(crate) fn new(cache: &Path, database: &Path) -> Self {
        Self { cache: cache.to_path_buf(), database: database.to_path_buf(), folder: cache.join(COMPILED_FOLDER) }
    }

    /// Writes `bytes` under `name`, in place of what may be there; as [`Draft::keep`].
    ///
    /// # Errors
    /// When the name is not a plain one, or the file cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<CompiledRecord, StoreError> {
        let path = self.path_of(name)?;
        let mut draft = self.draft()?;
        draft.file.write_all(bytes).map_err(|error| StoreError::from_io(&path, Intent::Write, error))?;
        draft.keep(name)
    }

    /// An empty file of the folder that has no name yet, for code that is still to be written. However its process
    /// ends, nothing is left of one that was not kept.
    ///
    /// # Errors
    /// When the folder is not there and cannot be made, or no file can be made in it.
    pub fn draft(&self) -> Result<Draft, StoreError> {
        self.make()?;
        let file = draft::unnamed(&self.folder);
        let file = file.map_err(|error| StoreError::from_io(&self.folder, Intent::Write, error))?;
        Ok(Draft { folder: self.clone(), file })
    }

    /// Opens the file of `record`, once, and reads it through: what is returned is the open file that was checked.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
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

    /// Removes the file called `name`, if it is there.
    ///
    /// # Errors
    /// When it is there and cannot be removed.
    pub fn remove(&self, name: &str) -> Result<(), StoreError> {
        let path = self.path_of(name)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(StoreError::from_io(&path, Intent::Write, error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// The record comes from a file on disk, and its name must not lead elsewhere.
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

    /// Whoever may write to one of these could put a file and its record there. The path above the cache folder is the
    /// owner's business.
    fn check_folders(&self) -> Result<(), Stop> {
        // The cache folder may be reached by a link; the folder inside it, which we made, may not be one.
        private(&self.cache, &fs::metadata(&self.cache)?)?;
        private(&self.database, &fs::metadata(&self.database)?)?;
        private(&self.folder, &fs::symlink_metadata(&self.folder)?)
    }
}
