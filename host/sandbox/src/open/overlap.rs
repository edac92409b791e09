//! Directories that may not be granted: one that contains a protected path, lies in one, or is one.
//!
//! Directories are compared by their targets, so that no link, `..` or other name hides one: by device and inode of
//! each and of all its parents. A bind mount shows a directory a second time, at a place with other parents. So mounts
//! below a directory, and the mount that it lies in, are compared by the part of a file system that they show. An
//! overlay file system shows the files of another one under different inodes, which is not detected.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::RunError;
use larder_types::capability::ProtectedPath;

/// The list of mounts (proc_pid_mountinfo(5)).
const MOUNTS: &str = "/proc/self/mountinfo";

/// Checks a directory that is about to be granted.
///
/// # Errors
///
/// [`RunError::Protected`]. A missing path is no error here: opening it fails later.
pub(super) fn check(granted: &Path, protected: &[ProtectedPath]) -> Result<(), RunError> {
    if protected.is_empty() {
        return Ok(());
    }
    let Ok(canonical) = granted.canonicalize() else { return Ok(()) };
    let ids = ids(&canonical);
    let mounts = Mounts::read(&std::fs::read(MOUNTS).unwrap_or_default());
    let shown = mounts.shown(&canonical);
    for ProtectedPath { what, path, is_shared } in protected {
        let Some(target) = Target::of(path) else { continue };
        let origin = mounts.origin(&target.path);
        let contains = ids.first().is_some_and(|granted| target.ids.contains(granted))
            || origin.as_ref().is_some_and(|origin| shown.iter().any(|part| part.contains(origin)));
        let lies_in = || {
            target.id.is_some_and(|id| ids.contains(&id))
                || origin.as_ref().is_some_and(|origin| shown.iter().any(|part| origin.contains(part)))
        };
        if contains || !is_shared && lies_in() {
            return Err(RunError::Protected { host: granted.to_owned(), what, path: path.clone(), contains });
        }
    }
    Ok(())
}

/// Identity of a file or directory: device and inode.
type Id = (u64, u64);

/// Returns the identities of a canonical path and of all its parents, itself first, as far as they are readable.
fn ids(canonical: &Path) -> Vec<Id> {
    let id = |path: &Path| path.metadata().ok().map(|metadata| (metadata.dev(), metadata.ino()));
    canonical.ancestors().filter_map(id).collect()
}

/// A protected path, which may not exist yet.
struct Target {
    /// Path, canonical as far as it exists.
    path: PathBuf,
    /// Its identity, if it exists, and those of all its parents.
    ids: Vec<Id>,
    id: Option<Id>,
}

impl Target {
    fn of(path: &Path) -> Option<Self> {
        let absolute = std::path::absolute(path).ok()?;
        let (there, canonical) = absolute.ancestors().find_map(|folder| Some((folder, folder.canonicalize().ok()?)))?;
        let ids = ids(&canonical);
        let missing = absolute.strip_prefix(there).unwrap_or(Path::new(""));
        let is_there = missing.as_os_str().is_empty();
        Some(Self { path: canonical.join(missing), id: ids.first().copied().filter(|_| is_there), ids })
    }
}

/// A part of a file system: the device, and the path from the root of that file system.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    device: Vec<u8>,
    path: PathBuf,
}

impl Part {
    fn contains(&self, other: &Self) -> bool {
        self.device == other.device && other.path.starts_with(&self.path)
    }
}

/// Mounts in the order of mounting. A later one hides an earlier one at the same place.
struct Mounts(Vec<(PathBuf, Part)>);

impl Mounts {
    /// Parses the kernel's list: `ID PARENT MAJOR:MINOR ROOT PLACE …` on each line.
    fn read(list: &[u8]) -> Self {
        let mount = |line: &[u8]| {
            let mut fields = line.split(|byte| *byte == b' ').skip(2);
            let (device, root, place) = (fields.next()?.to_vec(), unescaped(fields.next()?), unescaped(fields.next()?));
            Some((place, Part { device, path: root }))
        };
        Self(list.split(|byte| *byte == b'\n').filter_map(mount).collect())
    }

    /// Returns the part that a canonical path shows.
    fn origin(&self, path: &Path) -> Option<Part> {
        let mounts = self.0.iter().filter(|(place, _)| path.starts_with(place));
        let (place, Part { device, path: root }) = mounts.max_by_key(|(place, _)| place.components().count())?;
        let below = path.strip_prefix(place).ok()?;
        // Joining an empty path would append a `/`.
        let path = if below.as_os_str().is_empty() { root.clone() } else { root.join(below) };
        Some(Part { device: device.clone(), path })
    }

    /// Returns the parts that are shown below a canonical path.
    fn shown(&self, path: &Path) -> Vec<Part> {
        let below = self.0.iter().filter(|(place, _)| place.starts_with(path) && place != path);
        self.origin(path).into_iter().chain(below.map(|(_, part)| part.clone())).collect()
    }
}

/// Decodes a path of the list, which writes blanks and backslashes as three octal digits.
fn unescaped(field: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let [first, after @ ..] = rest {
        let octal = (*first == b'\\').then(|| after.get(..3)).flatten();
        let byte = octal.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[3..] } else { after };
    }
    OsString::from_vec(bytes).into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn refusal(granted: &Path, path: &Path, is_shared: bool) -> Option<bool> {
        let protected = ProtectedPath { what: "the cache", path: path.to_owned(), is_shared };
        match check(granted, &[protected]) {
            Ok(()) => None,
            Err(RunError::Protected { contains, .. }) => Some(contains),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn a_directory_that_contains_or_lies_in_a_protected_path_is_refused_by_every_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(path("home/cache/blobs")).unwrap();
        std::fs::create_dir_all(path("home/data")).unwrap();
        for (link, target) in
            [("to-home", "home"), ("to-cache", "home/cache"), ("home/data/to-blobs", "../cache/blobs")]
        {
            symlink(target, path(link)).unwrap();
        }
        let cache = path("home/cache");
        for (granted, expected) in [
            (".", Some(true)),
            ("home", Some(true)),
            ("to-home", Some(true)),
            ("home/data/..", Some(true)),
            ("home/cache", Some(true)),
            ("to-cache", Some(true)),
            ("home/cache/blobs", Some(false)),
            ("to-cache/blobs", Some(false)),
            ("home/data/to-blobs", Some(false)),
            ("home/data", None),
            ("missing", None),
        ] {
            assert_eq!(refusal(&path(granted), &cache, false), expected, "{granted}");
        }
        assert_eq!(refusal(Path::new("/"), &cache, false), Some(true));
    }

    #[test]
    fn a_path_that_is_yet_to_be_made_is_protected_too() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("home/data")).unwrap();
        let cache = folder.path().join("home/.cache/larder");
        assert_eq!(refusal(&folder.path().join("home"), &cache, false), Some(true));
        assert_eq!(refusal(&folder.path().join("home/data"), &cache, false), None);
    }

    #[test]
    fn of_a_shared_folder_a_directory_may_be_granted() {
        let folder = tempfile::tempdir().unwrap();
        let shared = folder.path();
        std::fs::create_dir(shared.join("ours")).unwrap();
        assert_eq!(refusal(&shared.join("ours"), shared, true), None);
        assert_eq!(refusal(shared, shared, true), Some(true));
    }

    const LIST: &[u8] = b"22 1 8:1 / / rw - ext4 /dev/sda1 rw
23 22 0:20 / /proc rw - proc proc rw
30 22 8:1 /home/me/.cache /srv/alias rw - ext4 /dev/sda1 rw
31 22 8:1 /home/me/.cache/larder/blobs /home/me/data/deep\\040er rw - ext4 /dev/sda1 rw
32 22 8:2 / /mnt rw - ext4 /dev/sdb1 rw
";

    #[test]
    fn a_mount_is_what_it_shows() {
        let mounts = Mounts::read(LIST);
        let part = |device: &str, path: &str| Part { device: device.into(), path: path.into() };
        let origin = |path: &str| mounts.origin(Path::new(path)).unwrap();
        assert_eq!(origin("/home/me"), part("8:1", "/home/me"));
        assert_eq!(origin("/srv/alias/larder"), part("8:1", "/home/me/.cache/larder"));
        assert_eq!(origin("/srv/alias"), part("8:1", "/home/me/.cache"));
        assert_eq!(origin("/home/me/data/deep er/a"), part("8:1", "/home/me/.cache/larder/blobs/a"));
        let cache = origin("/home/me/.cache/larder");
        let contains = |path: &str| mounts.shown(Path::new(path)).iter().any(|part| part.contains(&cache));
        let lies_in = |path: &str| mounts.shown(Path::new(path)).iter().any(|part| cache.contains(part));
        assert!(contains("/srv") && contains("/srv/alias") && contains("/home") && contains("/"));
        assert!(!contains("/mnt") && !contains("/home/me/data") && !contains("/proc"));
        assert!(
            lies_in("/home/me/data") && lies_in("/srv/alias/larder/blobs") && !lies_in("/mnt/home/me/.cache/larder")
        );
    }

    #[test]
    fn what_is_no_list_mounts_nothing() {
        assert!(Mounts::read(b"").0.is_empty() && Mounts::read(b"22 1 8:1\n\nnonsense\n").0.is_empty());
        assert_eq!(unescaped(b"a\\040b\\134\\9"), Path::new("a b\\\\9"));
    }
}
