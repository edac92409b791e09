//! Files that are named last.
//!
//! A file written under its final name can be found half written, and a killed process leaves a file with a temporary
//! name behind. So a file begins without a name, is written, is synced to disk, and is only then named: in one step if
//! the name is free, and otherwise by a rename over the existing file. A process killed at any moment leaves nothing,
//! with two exceptions: the short moment of a replacement, and file systems without unnamed files. Then it leaves one
//! file whose name begins with a dot.
//!
//! A file that already has a name never gets a second: the same file would be inside and outside the store, and a write
//! outside would change the stored content. It is copied, by reference where the file system can.

use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, ErrorKind, Seek as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, ioctl_ficlone, linkat};
use tempfile::TempPath;

/// The name prefix of files that do not yet, or no longer, belong to the content of their folder.
const PREFIX: &str = ".new-";

/// Creates an empty unnamed file in the file system of `folder`, accessible to its owner only.
pub(crate) fn unnamed(folder: &Path) -> io::Result<File> {
    let file = tempfile::tempfile_in(folder)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

/// Returns true if no path leads to `file`.
pub(crate) fn is_unnamed(file: &File) -> io::Result<bool> {
    Ok(file.metadata()?.nlink() == 0)
}

/// Copies the whole of `from` to the empty file `to`. Both are left at their beginning.
pub(crate) fn copy(from: &mut File, to: &mut File) -> io::Result<()> {
    from.rewind()?;
    // This fails if the file system cannot share blocks, or if there are two file systems; then the kernel copies the
    // bytes.
    if ioctl_ficlone(&*to, &*from).is_err() {
        io::copy(from, to)?;
        from.rewind()?;
    }
    to.rewind()
}

/// Gives `file` the name `path` and the mode `mode`, replacing any file of that name. A file that has a name, or cannot
/// get one, is copied. When this returns, the content is on disk; the name is on disk after its folder is synced.
///
/// The metadata belongs to exactly the named file, not to a file that another process has put there since.
pub(crate) fn name(file: &mut File, path: &Path, mode: u32) -> io::Result<Metadata> {
    if is_unnamed(file)? {
        file.set_permissions(Permissions::from_mode(mode))?;
        file.sync_all()?;
        if link(file, path).is_ok() {
            return file.metadata();
        }
    }
    let folder = path.parent().ok_or(ErrorKind::InvalidInput)?;
    let mut temporary = tempfile::Builder::new();
    temporary.prefix(PREFIX).permissions(Permissions::from_mode(mode));
    if let Ok(linked) = temporary.make_in(folder, |temporary| link(file, temporary)) {
        replace(linked.into_temp_path(), path, folder)?;
        return file.metadata();
    }
    let (mut copied, temporary) = temporary.tempfile_in(folder)?.into_parts();
    copy(file, &mut copied)?;
    copied.sync_all()?;
    replace(temporary, path, folder)?;
    copied.metadata()
}

/// Links the file to `path`, if it has no name and the path is free.
fn link(file: &File, path: &Path) -> io::Result<()> {
    if !is_unnamed(file)? {
        return Err(ErrorKind::InvalidInput.into());
    }
    let ours = format!("/proc/self/fd/{}", file.as_raw_fd());
    Ok(linkat(CWD, ours.as_str(), CWD, path, AtFlags::SYMLINK_FOLLOW)?)
}

/// Moves a file over anything called `path`. A link is replaced, not followed. A folder is first moved out of the way
/// and removed with its content: only Larder's files belong there.
fn replace(file: TempPath, path: &Path, folder: &Path) -> io::Result<()> {
    let Err(refused) = file.persist(path) else { return Ok(()) };
    if refused.error.kind() != ErrorKind::IsADirectory {
        return Err(refused.error);
    }
    let aside = tempfile::Builder::new().prefix(PREFIX).tempdir_in(folder)?;
    fs::rename(path, aside.path().join("replaced"))?;
    refused.path.persist(path).map_err(|refused| refused.error)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use tempfile::TempDir;

    use super::*;

    fn read(mut file: &File) -> Vec<u8> {
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        content
    }

    #[test]
    fn a_file_without_a_name_gets_one_and_a_file_with_one_is_copied() {
        let folder = TempDir::new().unwrap();
        let (first, second) = (folder.path().join("first"), folder.path().join("second"));
        let mut file = unnamed(folder.path()).unwrap();
        file.write_all(b"text").unwrap();
        assert!(is_unnamed(&file).unwrap() && fs::read_dir(folder.path()).unwrap().next().is_none());
        let named = name(&mut file, &first, 0o400).unwrap();
        assert_eq!((named.ino(), named.nlink(), named.mode() & 0o777), (file.metadata().unwrap().ino(), 1, 0o400));
        // The same file again, under another name and under its current one.
        for path in [&second, &first] {
            let named = name(&mut file, path, 0o600).unwrap();
            assert_ne!(named.ino(), file.metadata().unwrap().ino());
            assert_eq!((named.nlink(), fs::read(path).unwrap()), (1, b"text".to_vec()));
            assert_eq!(named.ino(), fs::metadata(path).unwrap().ino());
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary name is left");
    }

    #[test]
    fn a_file_that_lost_its_name_is_copied_because_it_cannot_get_another() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("name");
        let mut file = File::options().read(true).write(true).create_new(true).open(folder.path().join("old")).unwrap();
        file.write_all(b"text").unwrap();
        fs::remove_file(folder.path().join("old")).unwrap();
        for _ in 0..2 {
            let named = name(&mut file, &path, 0o400).unwrap();
            assert_ne!(named.ino(), file.metadata().unwrap().ino());
            assert_eq!((named.mode() & 0o777, fs::read(&path).unwrap()), (0o400, b"text".to_vec()));
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary name is left");
    }

    #[test]
    fn a_copy_is_whole_wherever_the_original_stands() {
        let folder = TempDir::new().unwrap();
        let (mut from, mut to) = (unnamed(folder.path()).unwrap(), unnamed(folder.path()).unwrap());
        from.write_all(b"some text").unwrap();
        copy(&mut from, &mut to).unwrap();
        assert_eq!((read(&from), read(&to)), (b"some text".to_vec(), b"some text".to_vec()));
        to.write_all(b", and more").unwrap();
        from.rewind().unwrap();
        assert_eq!(read(&from), b"some text", "they are two files");
    }

    #[test]
    fn what_has_the_name_is_replaced_and_what_a_link_leads_to_stays() {
        let (folder, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let (path, theirs) = (folder.path().join("name"), elsewhere.path().join("theirs"));
        fs::write(&theirs, "theirs").unwrap();
        let in_the_way: [&dyn Fn(); 4] = [
            &|| fs::write(&path, "old").unwrap(),
            &|| std::os::unix::fs::symlink(&theirs, &path).unwrap(),
            &|| std::os::unix::fs::symlink("nowhere", &path).unwrap(),
            &|| {
                fs::create_dir_all(path.join("deep/deeper")).unwrap();
                std::os::unix::fs::symlink(elsewhere.path(), path.join("deep/link")).unwrap();
            },
        ];
        for put in in_the_way {
            put();
            let mut file = unnamed(folder.path()).unwrap();
            file.write_all(b"new").unwrap();
            let named = name(&mut file, &path, 0o600).unwrap();
            assert_eq!((fs::read(&path).unwrap(), named.nlink()), (b"new".to_vec(), 1));
            assert!(fs::symlink_metadata(&path).unwrap().is_file());
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
            assert_eq!(fs::read(&theirs).unwrap(), b"theirs");
            fs::remove_file(&path).unwrap();
        }
    }
}
