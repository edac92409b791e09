//! Files of compiled code, private to the cache folder.
//!
//! Loading compiled code is running it: the engine checks nothing that a forger could not get right. So a file is
//! loaded only if it is what we wrote: its digest is in a record of the store, it lies in a folder to which nobody else
//! may write, and the file that is checked is the very one that is loaded, already open, not one that is found again by
//! its name. Another process of the same user is trusted; nobody else is.
//!
//! To this module they are bytes: it knows no engine.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read as _, Seek as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, OFlags, linkat};
use rustix::io::Errno;
use sha2::{Digest as _, Sha256};
use tempfile::TempPath;

use super::error::{Intent, StoreError};
use super::place::{Place, sync_folder};
use crate::digest::Digest;
use crate::record::CompiledRecord;

/// The bits of a mode that let a group or others write.
const OTHERS_WRITE: u32 = 0o022;

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
        self.file.sync_all().map_err(failed)?;
        let named = self.named().map_err(failed)?;
        named.persist(&path).map_err(|refused| failed(refused.error))?;
        sync_folder(&self.folder.folder)?;
        Ok(CompiledRecord { file_name: name.to_owned(), sha256, bytes })
    }

    /// The same file under a name of its own; where the file system cannot name a file that had none, a copy.
    fn named(&mut self) -> io::Result<TempPath> {
        let folder = &self.folder.folder;
        let mut builder = tempfile::Builder::new();
        builder.prefix(".new-").permissions(Permissions::from_mode(0o600));
        let ours = format!("/proc/self/fd/{}", self.file.as_raw_fd());
        let linked =
            builder.make_in(folder, |path| Ok(linkat(CWD, ours.as_str(), CWD, path, AtFlags::SYMLINK_FOLLOW)?));
        if let Ok(linked) = linked {
            return Ok(linked.into_temp_path());
        }
        let mut copy = builder.tempfile_in(folder)?;
        io::copy(&mut self.file, &mut copy)?;
        self.file.rewind()?;
        copy.as_file().sync_all()?;
        Ok(copy.into_temp_path())
    }
}

/// What asking for compiled code gave.
#[derive(Debug)]
#[must_use]
pub enum CompiledFile {
    /// The open file, at its beginning, whose content is what the record says.
    Verified(File),
    /// It is not to be loaded: compile again, and write it again.
    Refused(Refusal),
}

/// Why a file of compiled code is not loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such file.
    #[error("it is gone")]
    Missing,
    /// It is a link, a folder or a device.
    #[error("it is not an ordinary file")]
    NotAFile,
    /// It, or what it lies in, belongs to somebody else or can be written by others.
    #[error("{} could have been changed by another user", .0.display())]
    NotPrivate(PathBuf),
    /// Its content is not what was written.
    #[error("its content is not what was written")]
    Mismatch,
}

impl CompiledFolder {
    pub(super) fn new(cache: &Path, database: &Path) -> Self {
        Self { cache: cache.to_path_buf(), database: database.to_path_buf(), folder: cache.join("compiled") }
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
        let file = tempfile::tempfile_in(&self.folder).and_then(|file| {
            file.set_permissions(Permissions::from_mode(0o600))?;
            Ok(file)
        });
        let file = file.map_err(|error| StoreError::from_io(&self.folder, Intent::Write, error))?;
        Ok(Draft { folder: self.clone(), file })
    }

    /// Opens the file of `record`, once, and reads it through: what is returned is the open file that was checked.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn open_verified(&self, record: &CompiledRecord) -> Result<CompiledFile, StoreError> {
        let path = self.path_of(&record.file_name)?;
        let verified = self.check_folders().and_then(|()| open_private(&path)).and_then(|file| compare(file, record));
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
        match DirBuilder::new().mode(0o700).create(&self.folder) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && self.folder.is_dir() => Ok(()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                Err(StoreError::NotADirectory { path: self.folder.clone() })
            }
            Err(error) => Err(StoreError::from_io(&self.folder, Intent::Write, error)),
            Ok(()) => Ok(()),
        }
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

/// Why the way to a verified file ended.
enum Stop {
    Refused(Refusal),
    Failed(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        if error.kind() == ErrorKind::NotFound { Self::Refused(Refusal::Missing) } else { Self::Failed(error) }
    }
}

fn private(path: &Path, metadata: &Metadata) -> Result<(), Stop> {
    let ours = metadata.uid() == rustix::process::geteuid().as_raw();
    if ours && metadata.mode() & OTHERS_WRITE == 0 && !metadata.is_symlink() {
        return Ok(());
    }
    Err(Stop::Refused(Refusal::NotPrivate(path.to_path_buf())))
}

fn open_private(path: &Path) -> Result<File, Stop> {
    // A link is refused by the open itself, and a pipe does not make it wait.
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
            return Err(Stop::Refused(Refusal::NotAFile));
        }
        opened => opened?,
    };
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(Stop::Refused(Refusal::NotAFile));
    }
    private(path, &metadata)?;
    Ok(file)
}

fn compare(mut file: File, record: &CompiledRecord) -> Result<File, Stop> {
    if file.metadata()?.len() != record.bytes {
        return Err(Stop::Refused(Refusal::Mismatch));
    }
    let (sha256, _) = digest(&mut file)?;
    if sha256 != record.sha256 {
        return Err(Stop::Refused(Refusal::Mismatch));
    }
    Ok(file)
}

/// Reads the file through: its digest and its length. It is left at its beginning.
fn digest(file: &mut File) -> io::Result<(Digest, u64)> {
    file.rewind()?;
    let (mut hasher, mut bytes) = (Sha256::new(), 0);
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => {
                hasher.update(&buffer[..read]);
                bytes += read as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    file.rewind()?;
    Ok((Digest::from_bytes(hasher.finalize().into()), bytes))
}
