//! The ownership rule: which files are trusted.
//!
//! A file that anybody may have left somewhere says what its author wants. So a file that decides anything must be one
//! that only the user or root could have written. It and its folder must belong to one of them, and nobody else may be
//! able to write to either. A group without other members counts as the user, since many systems create one for each
//! user and use a umask of 002.
//!
//! A file is opened first and then checked through its descriptor, because its name can lead to another file a moment
//! later.

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use nix::unistd::{Gid, Group, Uid};
use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

const GROUP_WRITES: u32 = 0o020;
const OTHERS_WRITE: u32 = 0o002;

/// Greatest number of symbolic links that are followed from one file to the next.
const MOST_LINKS: usize = 8;

/// The reason that a file is not trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// It belongs to another user.
    #[error("{} belongs to user {found}, expected user {user} or root", path.display())]
    Owner {
        /// The file or its folder.
        path: PathBuf,
        /// The user that owns it.
        found: u32,
        /// The user that this process runs as.
        user: u32,
    },
    /// Any user may write to it.
    #[error("any user may write to {}", path.display())]
    Others {
        /// The file or its folder.
        path: PathBuf,
    },
    /// A group with other members may write to it.
    #[error("group {group} may write to {}", path.display())]
    Group {
        /// The file or its folder.
        path: PathBuf,
        /// The group.
        group: u32,
    },
}

impl Distrust {
    /// Returns the file or folder at fault.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Owner { path, .. } | Self::Others { path } | Self::Group { path, .. } => path,
        }
    }
}

/// The result of opening a file that must pass the ownership rule.
#[derive(Debug)]
pub enum Opened {
    /// There is no such file.
    Absent,
    /// The file, which passed.
    Trusted(File),
    /// It did not pass.
    Distrusted(Distrust),
}

/// The user whose files are trusted, beside those of root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    user: u32,
}

/// Ownership and mode of a file: who may change it.
#[derive(Debug, Clone, Copy)]
struct Rights {
    user: u32,
    group: u32,
    mode: u32,
}

impl From<&Metadata> for Rights {
    fn from(metadata: &Metadata) -> Self {
        Self { user: metadata.uid(), group: metadata.gid(), mode: metadata.mode() }
    }
}

impl Owner {
    /// Returns the user that this process runs as.
    #[must_use]
    pub fn of_this_process() -> Self {
        Self { user: rustix::process::geteuid().as_raw() }
    }

    /// Returns true if `user` is this user or root.
    #[must_use]
    pub const fn is(self, user: u32) -> bool {
        user == self.user || user == 0
    }

    /// Checks the metadata of an open file or folder; `path` is for the message.
    ///
    /// # Errors
    ///
    /// [`Distrust`]: somebody else could have written it.
    pub fn check(self, path: &Path, metadata: &Metadata) -> Result<(), Distrust> {
        self.check_rights(path, metadata.into(), group_is_private)
    }

    fn check_rights(
        self,
        path: &Path,
        Rights { user, group, mode }: Rights,
        is_private: impl Fn(u32, u32) -> bool,
    ) -> Result<(), Distrust> {
        let path = || path.to_owned();
        if !self.is(user) {
            return Err(Distrust::Owner { path: path(), found: user, user: self.user });
        }
        if mode & OTHERS_WRITE != 0 {
            return Err(Distrust::Others { path: path() });
        }
        if mode & GROUP_WRITES != 0 && !is_private(user, group) && !is_private(self.user, group) {
            return Err(Distrust::Group { path: path(), group });
        }
        Ok(())
    }

    /// Opens `path` for reading, without waiting for a pipe, and checks it and its folder. If the name is a symbolic
    /// link, the file that it leads to and the folder of that file are checked as well.
    ///
    /// # Errors
    ///
    /// The file exists and passes, as far as can be seen, but cannot be opened.
    pub fn open(self, path: &Path) -> io::Result<Opened> {
        let mut path = path.to_owned();
        for _ in 0..MOST_LINKS {
            match self.open_unless_link(&path)? {
                Step::Opened(opened) => return Ok(opened),
                Step::Link(target) => path = target,
            }
        }
        Err(Errno::LOOP.into())
    }

    fn open_unless_link(self, path: &Path) -> io::Result<Step> {
        let absent = Ok(Step::Opened(Opened::Absent));
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return absent };
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = match rustix::fs::open(parent, flags, Mode::empty()) {
            Ok(folder) => File::from(folder),
            Err(Errno::NOENT | Errno::NOTDIR) => return absent,
            Err(error) => return Err(error.into()),
        };
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let opened = rustix::fs::openat(&folder, name, flags, Mode::empty());
        if opened.as_ref().is_err_and(|error| *error == Errno::NOENT) {
            return absent;
        }
        if let Err(distrust) = self.check(parent, &folder.metadata()?) {
            // A file that cannot even be looked up in such a folder counts as absent: it would not be trusted anyway.
            let is_hidden = opened.is_err() && rustix::fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW).is_err();
            return Ok(Step::Opened(if is_hidden { Opened::Absent } else { Opened::Distrusted(distrust) }));
        }
        match opened {
            Ok(file) => {
                let file = File::from(file);
                Ok(Step::Opened(match self.check(path, &file.metadata()?) {
                    Ok(()) => Opened::Trusted(file),
                    Err(distrust) => Opened::Distrusted(distrust),
                }))
            }
            Err(Errno::LOOP) => {
                let target = rustix::fs::readlinkat(&folder, name, Vec::new())?;
                Ok(Step::Link(parent.join(OsStr::from_bytes(target.as_bytes()))))
            }
            Err(error) => {
                // It may not even exist: the system may have refused the descriptor before looking.
                let Ok(stat) = rustix::fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) else {
                    return Err(error.into());
                };
                let rights = Rights { user: stat.st_uid, group: stat.st_gid, mode: stat.st_mode };
                match self.check_rights(path, rights, group_is_private) {
                    Ok(()) => Err(error.into()),
                    Err(distrust) => Ok(Step::Opened(Opened::Distrusted(distrust))),
                }
            }
        }
    }
}

/// A step on the way to a file.
enum Step {
    Opened(Opened),
    /// The name is a symbolic link to this path.
    Link(PathBuf),
}

/// Returns true if `group` is the private group of `user`: it has the same name and no other members. If the system
/// does not know them, the same number is enough.
fn group_is_private(user: u32, group: u32) -> bool {
    let name = nix::unistd::User::from_uid(Uid::from_raw(user)).ok().flatten().map(|user| user.name);
    let found = Group::from_gid(Gid::from_raw(group)).ok().flatten();
    match (name, found) {
        (Some(name), Some(group)) => group.name == name && group.mem.iter().all(|member| *member == name),
        (None, Some(_)) | (Some(_), None) | (None, None) => user == group,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    const OWNER: Owner = Owner { user: 1000 };

    fn check(user: u32, group: u32, mode: u32) -> Result<(), Distrust> {
        let is_private = |user, group| user == group;
        OWNER.check_rights(Path::new("larder.toml"), Rights { user, group, mode }, is_private)
    }

    #[test]
    fn a_file_of_the_user_or_of_root_that_nobody_else_writes_is_believed() {
        for (user, group, mode) in [
            (1000, 1000, 0o644),
            (1000, 100, 0o644),
            (0, 0, 0o644),
            (1000, 1000, 0o664),
            (0, 0, 0o664),
            (0, 1000, 0o664),
        ] {
            assert_eq!(check(user, group, mode), Ok(()), "{user} {group} {mode:o}");
        }
    }

    #[test]
    fn a_file_of_another_user_is_not() {
        let path = || PathBuf::from("larder.toml");
        assert_eq!(check(1001, 1000, 0o644), Err(Distrust::Owner { path: path(), found: 1001, user: 1000 }));
        assert_eq!(check(65534, 65534, 0o600), Err(Distrust::Owner { path: path(), found: 65534, user: 1000 }));
        for (user, mode) in [(1000, 0o646), (1000, 0o1777), (0, 0o666)] {
            assert_eq!(check(user, 1000, mode), Err(Distrust::Others { path: path() }));
        }
        for (user, group) in [(1000, 100), (0, 100)] {
            assert_eq!(check(user, group, 0o664), Err(Distrust::Group { path: path(), group }));
        }
    }

    #[test]
    fn the_group_of_root_is_its_own_and_a_group_of_many_is_nobody_s() {
        assert!(group_is_private(0, 0));
        assert!(!group_is_private(0, 1) && !group_is_private(4_000_000_000, 0));
        // No system knows these.
        assert!(group_is_private(4_000_000_000, 4_000_000_000));
    }

    fn is_trusted(path: &Path) -> bool {
        matches!(Owner::of_this_process().open(path).unwrap(), Opened::Trusted(_))
    }

    fn permit(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn the_folder_counts_as_the_file_does_also_where_a_link_leads() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["a", "b"] {
            std::fs::create_dir(path(name)).unwrap();
        }
        std::fs::write(path("a/larder.toml"), "").unwrap();
        for (name, target) in [("b/relative", "../a/larder.toml"), ("b/again", "relative")] {
            symlink(target, path(name)).unwrap();
        }
        symlink(path("a/larder.toml"), path("b/absolute")).unwrap();
        let ways = ["a/larder.toml", "b/relative", "b/again", "b/absolute"];
        assert!(ways.iter().all(|way| is_trusted(&path(way))));
        for (changed, mode) in [("a", 0o777), ("a", 0o1777), ("a/larder.toml", 0o646)] {
            let before = std::fs::metadata(path(changed)).unwrap().permissions().mode();
            permit(&path(changed), mode);
            assert!(!ways.iter().any(|way| is_trusted(&path(way))), "{changed} {mode:o}");
            permit(&path(changed), before);
        }
        permit(&path("b"), 0o777);
        assert!(is_trusted(&path(ways[0])) && !ways[1..].iter().any(|way| is_trusted(&path(way))));
    }

    #[test]
    fn a_link_without_an_end_is_an_error_and_one_to_nothing_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        symlink("loop", path("loop")).unwrap();
        symlink("missing", path("dangling")).unwrap();
        let owner = Owner::of_this_process();
        assert!(owner.open(&path("loop")).is_err());
        for absent in ["dangling", "missing", "missing/larder.toml"] {
            assert!(matches!(owner.open(&path(absent)).unwrap(), Opened::Absent), "{absent}");
        }
    }
}
