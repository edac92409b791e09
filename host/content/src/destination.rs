//! Destinations of a write, as a user names them: the file that is there decides how it is written.
//!
//! | at the path | how it is written |
//! |---|---|
//! | nothing, or an ordinary file | next to the path under another name, then moved there in one step |
//! | a symbolic link to one of these | the same at the end of the link, which stays |
//! | a pipe, a device, or an open file of the process (`/dev/fd/N`) | in place |
//! | a directory or a socket | never |
//!
//! A file moved over a device would take the device away from the whole machine, so the kind is determined before
//! anything is written. [`Replace`] decides if an ordinary file may be replaced.

use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use rustix::fs::OFlags;
use tempfile::NamedTempFile;

use super::ContentError;
use super::hash::hash;
use larder_base::Digest;

/// Maximum number of symbolic links that are followed, the same as on the system.
const MAX_LINKS: usize = 40;

/// The bits of a mode that a file takes over from the one that it replaces.
const PERMISSIONS: u32 = 0o777;

/// Files that a write may replace.
#[derive(Clone, Copy)]
pub enum Replace<'a> {
    /// Every file: the user named the path for this very file. Anything but a file is written in place.
    Any,
    /// An ordinary file whose digest this accepts, or that already has the content. For paths under names that a task
    /// chose.
    Known(&'a dyn Fn(&Digest) -> bool),
}

/// A destination, as it was found.
#[derive(Debug)]
pub(super) enum Destination {
    /// Nothing, or an ordinary file, at `path`, the end of all links.
    Named {
        path: PathBuf,
        /// The file that is there.
        there: Option<Metadata>,
        /// True if a link led to it.
        is_linked: bool,
    },
    /// Something that is written in place.
    InPlace {
        path: PathBuf,
        /// True if it is an ordinary file that the process has open, which is written at its end.
        appends: bool,
    },
}

impl Destination {
    /// Finds out what is at `path`.
    pub(super) fn of(path: &Path) -> Result<Self, ContentError> {
        let unwritable = |error| ContentError::unwritable(path, error);
        let mut end = path.to_owned();
        for followed in 0..=MAX_LINKS {
            let there = match fs::symlink_metadata(&end) {
                Ok(there) => there,
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    return Ok(Self::Named { path: end, there: None, is_linked: followed > 0 });
                }
                Err(error) => return Err(unwritable(error)),
            };
            let kind = there.file_type();
            if kind.is_file() {
                return Ok(Self::Named { path: end, there: Some(there), is_linked: followed > 0 });
            }
            if kind.is_fifo() || kind.is_char_device() || kind.is_block_device() {
                return Ok(Self::InPlace { path: end, appends: false });
            }
            if !kind.is_symlink() {
                return Err(ContentError::InTheWay { path: path.to_owned() });
            }
            if is_descriptor(&end) {
                let appends = fs::metadata(&end).map_err(unwritable)?.is_file();
                return Ok(Self::InPlace { path: end, appends });
            }
            let target = fs::read_link(&end).map_err(unwritable)?;
            end = folder_of(&end).join(target);
        }
        Err(unwritable(rustix::io::Errno::LOOP.into()))
    }

    /// Refuses a destination at which a file with `digest` must not be put; `path` is the one that was named.
    pub(super) fn permit(&self, replace: Replace<'_>, digest: &Digest, path: &Path) -> Result<(), ContentError> {
        let Replace::Known(is_known) = replace else { return Ok(()) };
        let is_permitted = match self {
            Self::Named { there: None, is_linked, .. } => !is_linked,
            Self::Named { path: end, there: Some(_), .. } => {
                hash(end, &AtomicBool::new(false)).is_ok_and(|(found, _, _)| found == *digest || is_known(&found))
            }
            Self::InPlace { .. } => false,
        };
        if is_permitted { Ok(()) } else { Err(ContentError::NotReplaced { path: path.to_owned() }) }
    }
}

/// Returns true if a link stands for an open file of a process: its target is not valid outside `/proc`, or wrong.
fn is_descriptor(link: &Path) -> bool {
    let folder = folder_of(link).canonicalize().unwrap_or_default();
    folder.starts_with("/proc") && folder.file_name().is_some_and(|name| name == "fd")
}

/// Opens a destination that is written in place. A pipe without a reader blocks until it has one, as in every program.
pub(super) fn open_in_place(path: &Path, appends: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).append(appends).custom_flags(OFlags::NOCTTY.bits().cast_signed()).open(path)
}

/// A file next to its destination. Unless it is kept, it is removed.
pub(super) struct Draft {
    file: NamedTempFile,
    path: PathBuf,
    above: Above,
}

impl Draft {
    /// Creates an empty draft for `path`; `there` is the file that is there now.
    pub(super) fn new(path: PathBuf, there: Option<&Metadata>) -> io::Result<Self> {
        let above = Above::of(&path)?;
        let file = named_draft(0o666).tempfile_in(folder_of(&path))?;
        if let Some(there) = there {
            let mode = there.permissions().mode() & PERMISSIONS;
            file.as_file().set_permissions(Permissions::from_mode(mode))?;
        }
        Ok(Self { file, path, above })
    }

    pub(super) fn file(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Moves the draft to its destination, replacing a file there.
    pub(super) fn keep(self) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        self.file.persist(&self.path).map_err(|refused| refused.error)?;
        self.above.keep();
        Ok(())
    }
}

/// The folders that were created above a destination, the deepest first. They are removed unless kept.
pub(super) struct Above(Vec<PathBuf>);

impl Above {
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let folder = folder_of(path);
        let missing = folder.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
        let above = Self(missing.map(Path::to_owned).collect());
        fs::create_dir_all(folder)?;
        Ok(above)
    }

    pub(super) fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Above {
    fn drop(&mut self) {
        for folder in &self.0 {
            // It fails if somebody has put something there meanwhile: then the folder is needed.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Builder of a draft next to its destination, with the usual permissions of a program, less the system's mask.
pub(super) fn named_draft(mode: u32) -> tempfile::Builder<'static, 'static> {
    let mut draft = tempfile::Builder::new();
    draft.prefix(".larder-").permissions(Permissions::from_mode(mode));
    draft
}

pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    }
}
