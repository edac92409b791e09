//! Approvals: each `larder.toml` that an operator vouches for, remembered by content.
//!
//! An approval is a separate file, so that adding one needs no lock. Its name is the digest of the path; its text is
//! the digest of the content and the path. A file that changes or moves has to be approved again. The approved file
//! must pass the ownership rule, and so must the approval.

use std::ffi::OsStr;
use std::fs::DirBuilder;
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::owner::{Distrust, Opened, Owner};
use super::{Config, ConfigError};
use larder_base::Digest;

/// The approvals of one user.
#[derive(Debug, Clone)]
pub struct Approvals {
    folder: PathBuf,
}

/// A file that was approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// The file.
    pub path: PathBuf,
    /// The digest of the content that was approved.
    pub digest: Digest,
}

/// The standing of a file with the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It has the content that was approved.
    Approved,
    /// Other content of it was approved.
    Changed,
    /// It was never approved.
    Unknown,
}

/// The reason why an approval cannot be read or remembered.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalError {
    /// The file system refuses.
    #[error("cannot use the approval at {}: {source}", path.display())]
    Io {
        /// The approval, or the folder of all of them.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// Somebody else could have written the approval.
    #[error("cannot believe the approval at {}: {reason}", path.display())]
    Distrusted {
        /// The approval.
        path: PathBuf,
        /// The reason for distrust: who could have written it.
        reason: Distrust,
    },
}

impl ApprovalError {
    /// Returns the stable name of the error, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "trust"
    }
}

impl Approvals {
    /// Opens the approvals in `folder`. The first approval creates the folder.
    #[must_use]
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Returns the folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Approves the content that `config` was read from. This replaces any approval of other content of that file.
    ///
    /// # Errors
    ///
    /// [`ApprovalError`].
    pub fn approve(&self, config: &Config) -> Result<Approval, ApprovalError> {
        let approval = Approval { path: identity(&config.path), digest: config.digest };
        let to = self.place(&approval.path);
        let io = |source| ApprovalError::Io { path: to.clone(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder).map_err(io)?;
        // Readable by the user alone, and renamed into place atomically.
        let mut draft = NamedTempFile::new_in(&self.folder).map_err(io)?;
        let text = [format!("{}\n", approval.digest).as_bytes(), approval.path.as_os_str().as_bytes()].concat();
        draft.write_all(&text).map_err(io)?;
        draft.persist(&to).map_err(|error| io(error.error))?;
        self.read(&to)?;
        Ok(approval)
    }

    /// Returns the standing of `config` as it was read.
    ///
    /// # Errors
    ///
    /// [`ApprovalError`].
    pub fn standing(&self, config: &Config) -> Result<Standing, ApprovalError> {
        let path = identity(&config.path);
        Ok(match self.read(&self.place(&path))? {
            Some(approval) if approval == Approval { path, digest: config.digest } => Standing::Approved,
            Some(_) => Standing::Changed,
            None => Standing::Unknown,
        })
    }

    /// Removes the approval of the file at `path`, which need not exist any more. Returns true if there was an
    /// approval.
    ///
    /// # Errors
    ///
    /// [`ApprovalError::Io`].
    pub fn remove(&self, path: &Path) -> Result<bool, ApprovalError> {
        let place = self.place(&identity(path));
        match std::fs::remove_file(&place) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(source) => Err(ApprovalError::Io { path: place, source }),
        }
    }

    /// Returns all approvals, in the order of their paths.
    ///
    /// # Errors
    ///
    /// [`ApprovalError`].
    pub fn list(&self) -> Result<Vec<Approval>, ApprovalError> {
        let io = |source| ApprovalError::Io { path: self.folder.clone(), source };
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(io(source)),
        };
        let mut approvals = Vec::new();
        for entry in entries {
            let path = entry.map_err(io)?.path();
            // Skips drafts that a killed process left.
            if path.file_name().and_then(OsStr::to_str).is_some_and(|name| name.parse::<Digest>().is_ok()) {
                approvals.extend(self.read(&path)?);
            }
        }
        approvals.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(approvals)
    }

    fn place(&self, path: &Path) -> PathBuf {
        self.folder.join(Digest::of(path.as_os_str().as_bytes()).to_string())
    }

    /// Reads the approval at `place`. A malformed text approves nothing.
    fn read(&self, place: &Path) -> Result<Option<Approval>, ApprovalError> {
        let io = |source| ApprovalError::Io { path: place.to_owned(), source };
        let mut file = match Owner::of_this_process().open(place).map_err(io)? {
            Opened::Absent => return Ok(None),
            Opened::Distrusted(reason) => return Err(ApprovalError::Distrusted { path: place.to_owned(), reason }),
            Opened::Trusted(file) => file,
        };
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(io)?;
        let lines = text.iter().position(|byte| *byte == b'\n').map(|end| (&text[..end], &text[end + 1..]));
        let Some((digest, path)) = lines else { return Ok(None) };
        let digest = std::str::from_utf8(digest).ok().and_then(|digest| digest.parse().ok());
        Ok(digest.map(|digest| Approval { path: OsStr::from_bytes(path).into(), digest }))
    }
}

impl Approval {
    /// Returns the standing of the file at the path as it is now; `None` if it does not exist or cannot be read.
    #[must_use]
    pub fn standing(&self) -> Option<Standing> {
        let standing = |config: Config| {
            if config.digest == self.digest { Standing::Approved } else { Standing::Changed }
        };
        match Config::named(&self.path) {
            Ok(config) => Some(standing(config)),
            Err(ConfigError::Unreadable { .. } | ConfigError::Distrusted { .. }) => None,
            // The content is not what was approved.
            Err(_) => Some(Standing::Changed),
        }
    }
}

/// Returns the path that identifies a file. The links of its folder are resolved, but not its own, since relative paths
/// in the file start at the folder that it is found in.
fn identity(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match (path.parent().and_then(|folder| folder.canonicalize().ok()), path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        (None, _) | (_, None) => path,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    /// Creates a folder with approvals in it, and a `larder.toml`.
    fn scene() -> (tempfile::TempDir, Approvals, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let approvals = Approvals::in_folder(folder.path().join("state/larder/trusted"));
        let path = folder.path().join("larder.toml");
        std::fs::write(&path, "[grants.a]\n").unwrap();
        (folder, approvals, path)
    }

    fn standing(approvals: &Approvals, path: &Path) -> Standing {
        approvals.standing(&Config::named(path).unwrap()).unwrap()
    }

    #[test]
    fn an_approval_is_of_one_content_at_one_path() {
        let (folder, approvals, path) = scene();
        assert_eq!(standing(&approvals, &path), Standing::Unknown);
        approvals.approve(&Config::named(&path).unwrap()).unwrap();
        assert_eq!(standing(&approvals, &path), Standing::Approved);
        let copy = folder.path().join("state/larder.toml");
        std::fs::copy(&path, &copy).unwrap();
        assert_eq!(standing(&approvals, &copy), Standing::Unknown);
        std::fs::write(&path, "[grants.b]\n").unwrap();
        assert_eq!(standing(&approvals, &path), Standing::Changed);
        approvals.approve(&Config::named(&path).unwrap()).unwrap();
        // Only one content of a file is approved at a time.
        std::fs::write(&path, "[grants.a]\n").unwrap();
        assert_eq!(standing(&approvals, &path), Standing::Changed);
    }

    #[test]
    fn an_approved_file_is_listed_until_it_is_removed() {
        let (_folder, approvals, path) = scene();
        assert!(approvals.list().unwrap().is_empty() && !approvals.remove(&path).unwrap());
        let approval = approvals.approve(&Config::named(&path).unwrap()).unwrap();
        assert_eq!(approvals.list().unwrap(), std::slice::from_ref(&approval));
        assert_eq!(approval.standing(), Some(Standing::Approved));
        std::fs::write(&path, "not = toml = at all").unwrap();
        assert_eq!(approval.standing(), Some(Standing::Changed));
        std::fs::remove_file(&path).unwrap();
        assert_eq!(approval.standing(), None);
        assert!(approvals.remove(&path).unwrap() && approvals.list().unwrap().is_empty());
    }

    #[test]
    fn a_path_is_the_same_by_every_way_and_a_link_to_the_file_is_another() {
        let (folder, approvals, path) = scene();
        approvals.approve(&Config::named(&path).unwrap()).unwrap();
        std::fs::create_dir(folder.path().join("other")).unwrap();
        symlink(folder.path(), folder.path().join("way")).unwrap();
        symlink(&path, folder.path().join("other/larder.toml")).unwrap();
        assert_eq!(standing(&approvals, &folder.path().join("way/larder.toml")), Standing::Approved);
        assert_eq!(standing(&approvals, &folder.path().join("other/../larder.toml")), Standing::Approved);
        assert_eq!(standing(&approvals, &folder.path().join("other/larder.toml")), Standing::Unknown);
    }

    #[test]
    fn an_approval_is_private_and_one_that_others_could_write_is_not_believed() {
        let (_folder, approvals, path) = scene();
        let config = Config::named(&path).unwrap();
        approvals.approve(&config).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let place = approvals.place(&identity(&path));
        assert_eq!((mode(approvals.folder()), mode(&place)), (0o700, 0o600));
        for path in [approvals.folder(), &place] {
            let before = std::fs::metadata(path).unwrap().permissions();
            std::fs::set_permissions(path, PermissionsExt::from_mode(0o777)).unwrap();
            assert!(matches!(approvals.standing(&config), Err(ApprovalError::Distrusted { .. })));
            std::fs::set_permissions(path, before).unwrap();
        }
        std::fs::write(&place, "nonsense").unwrap();
        assert_eq!(approvals.standing(&config).unwrap(), Standing::Unknown);
    }
}
