//! Walks a folder in the order of its names, so that whoever asks twice hears the same.

use std::fs::{self, File};
use std::io::{Error, Result};
use std::path::{Path, PathBuf};

use crate::words;

/// What there is below a folder.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Totals {
    pub(crate) files: u64,
    pub(crate) directories: u64,
    pub(crate) links: u64,
    pub(crate) lines: u64,
    pub(crate) words: u64,
    pub(crate) bytes: u64,
    /// Path and length of the largest file; of several, the first.
    pub(crate) largest: Option<(String, u64)>,
}

/// Counts what is below `root`. A link is never followed, so that everything is counted once and the walk ends.
pub(crate) fn count(root: &Path) -> Result<Totals> {
    let mut totals = Totals::default();
    // Of what is still to be looked at, the next is last. A stack of its own: folders may be nested deeper than calls.
    let mut left = children(root, Path::new(""))?;
    while let Some(path) = left.pop() {
        let whole = root.join(&path);
        let ty = at(&path, fs::symlink_metadata(&whole))?.file_type();
        if ty.is_symlink() {
            totals.links += 1;
        } else if ty.is_dir() {
            totals.directories += 1;
            left.extend(at(&path, children(root, &path))?);
        } else {
            let text = at(&path, File::open(&whole).and_then(words::count))?;
            totals.files += 1;
            totals.lines += text.lines;
            totals.words += text.words;
            totals.bytes += text.bytes;
            if totals.largest.as_ref().is_none_or(|(_, bytes)| *bytes < text.bytes) {
                totals.largest = Some((path.to_string_lossy().into_owned(), text.bytes));
            }
        }
    }
    Ok(totals)
}

/// The paths of what is in a folder, from `root` on, the first name last.
fn children(root: &Path, folder: &Path) -> Result<Vec<PathBuf>> {
    let names = fs::read_dir(root.join(folder))?.map(|entry| Ok(folder.join(entry?.file_name())));
    let mut paths = names.collect::<Result<Vec<_>>>()?;
    paths.sort_unstable_by(|a, b| b.cmp(a));
    Ok(paths)
}

/// Says what failed, which a file system leaves out.
fn at<T>(path: &Path, result: Result<T>) -> Result<T> {
    result.map_err(|error| Error::new(error.kind(), format!("`{}`: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(make: impl FnOnce(&Path)) -> Totals {
        let folder = tempfile::tempdir().unwrap();
        make(folder.path());
        count(folder.path()).unwrap()
    }

    #[test]
    fn an_empty_folder_has_nothing() {
        assert_eq!(counted(|_| {}), Totals::default());
    }

    #[test]
    fn everything_is_counted_once() {
        let totals = counted(|root| {
            fs::create_dir_all(root.join("b/deep/empty")).unwrap();
            fs::write(root.join("b/deep/words"), "three small words\n").unwrap();
            fs::write(root.join("b/none"), "").unwrap();
            fs::write(root.join("a"), "one\ntwo").unwrap();
        });
        let largest = Some(("b/deep/words".to_owned(), 18));
        assert_eq!(totals, Totals { files: 3, directories: 3, links: 0, lines: 2, words: 5, bytes: 25, largest });
    }

    #[test]
    fn of_the_largest_files_the_first_is_named() {
        let totals = counted(|root| {
            // `a-b` precedes `a/x` as text; a walk goes through the folder `a` first.
            fs::create_dir(root.join("a")).unwrap();
            for path in ["z", "a-b", "a/y", "a/x"] {
                fs::write(root.join(path), "same").unwrap();
            }
        });
        assert_eq!(totals.largest, Some(("a/x".to_owned(), 4)));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_counted_and_not_followed() {
        let totals = counted(|root| {
            fs::create_dir(root.join("d")).unwrap();
            fs::write(root.join("d/file"), "x").unwrap();
            for (target, link) in [("..", "d/up"), ("d", "again"), ("d/file", "file"), ("nowhere", "broken")] {
                std::os::unix::fs::symlink(target, root.join(link)).unwrap();
            }
        });
        assert_eq!((totals.files, totals.directories, totals.links, totals.bytes), (1, 1, 4, 1));
    }
}
