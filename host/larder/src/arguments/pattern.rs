//! Finding the files that a pattern matches.
//!
//! A pattern is matched name by name, as in a shell: `*`, `?` and `[…]` within a name, `**` for any folders. A name
//! that is not UTF-8 is matched with placeholders for the bytes that cannot be read. If it does not match, it is
//! skipped. If it matches, it is an error with its path, since no file of such a name can be an input.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use glob::{MatchOptions, Pattern, PatternError};

/// Matching as in a shell: a name that starts with a dot needs a pattern that does too.
const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// Reason that a pattern has no matches to return.
#[derive(Debug, thiserror::Error)]
pub(super) enum PatternProblem {
    /// It is malformed.
    #[error(transparent)]
    Malformed(#[from] PatternError),
    /// A folder on its way cannot be read.
    #[error("cannot read the folder {}: {source}", path.display())]
    Unreadable {
        /// The folder.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// It matches a name that is not UTF-8.
    #[error("expected names in UTF-8, found {}: rename it, or take a pattern that does not match it", path.display())]
    NotUtf8 {
        /// The path with that name.
        path: PathBuf,
    },
}

/// One part of a pattern, between two `/`.
enum Part {
    /// A literal name, which is found without listing the folder.
    Name(String),
    /// A pattern for one name.
    Pattern(Pattern),
    /// Any folders, or none.
    Folders,
}

/// Returns the matches of `pattern` in `folder`, in the order of the names.
pub(super) fn matching(folder: &Path, pattern: &str) -> Result<Vec<PathBuf>, PatternProblem> {
    let mut parts = Vec::new();
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        let is_again = matches!((part, parts.last()), ("**", Some(Part::Folders)));
        if !is_again {
            parts.push(Part::of(part)?);
        }
    }
    let start = if pattern.starts_with('/') { Path::new("/") } else { folder };
    let mut search = Search { found: Vec::new(), only_folders: pattern.ends_with('/') };
    search.below(start, &parts)?;
    Ok(search.found)
}

impl Part {
    fn of(part: &str) -> Result<Self, PatternError> {
        // `**` follows the rules of the whole pattern.
        let pattern = Pattern::new(part)?;
        Ok(match part {
            "**" => Self::Folders,
            name if !name.contains(['*', '?', '[']) => Self::Name(name.to_owned()),
            _ => Self::Pattern(pattern),
        })
    }
}

struct Search {
    found: Vec<PathBuf>,
    only_folders: bool,
}

impl Search {
    /// Continues from `path`, which all earlier parts have led to.
    fn below(&mut self, path: &Path, parts: &[Part]) -> Result<(), PatternProblem> {
        let Some((part, rest)) = parts.split_first() else {
            if !self.only_folders || path.is_dir() {
                self.found.push(path.to_owned());
            }
            return Ok(());
        };
        match part {
            Part::Name(name) => {
                let path = path.join(name);
                if fs::symlink_metadata(&path).is_ok() { self.below(&path, rest) } else { Ok(()) }
            }
            Part::Pattern(pattern) => {
                for entry in entries(path)? {
                    if pattern.matches_with(&entry.shown, OPTIONS) {
                        self.below(&entry.checked()?, rest)?;
                    }
                }
                Ok(())
            }
            Part::Folders => self.through_folders(path, rest),
        }
    }

    fn through_folders(&mut self, path: &Path, rest: &[Part]) -> Result<(), PatternProblem> {
        if !rest.is_empty() || path.is_dir() {
            self.below(path, rest)?;
        }
        for entry in entries(path)? {
            // A link could form a loop.
            if entry.is_folder && !entry.shown.starts_with('.') {
                self.through_folders(&entry.checked()?, rest)?;
            }
        }
        Ok(())
    }
}

/// An entry of a folder.
struct Entry {
    path: PathBuf,
    /// Its name, with placeholders for what is not UTF-8.
    shown: String,
    is_utf8: bool,
    /// True for a folder, but not for a link to one.
    is_folder: bool,
}

impl Entry {
    fn checked(self) -> Result<PathBuf, PatternProblem> {
        if self.is_utf8 { Ok(self.path) } else { Err(PatternProblem::NotUtf8 { path: self.path }) }
    }
}

/// Returns the entries of a folder, in the order of their names; nothing if it is not a folder.
fn entries(folder: &Path) -> Result<Vec<Entry>, PatternProblem> {
    let unreadable = |source| PatternProblem::Unreadable { path: folder.to_owned(), source };
    let listing = match fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotADirectory | io::ErrorKind::NotFound) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(unreadable(error)),
    };
    let mut entries = Vec::new();
    for entry in listing {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name();
        entries.push(Entry {
            path: entry.path(),
            is_utf8: name.to_str().is_some(),
            shown: name.to_string_lossy().into_owned(),
            is_folder: entry.file_type().is_ok_and(|ty| ty.is_dir()),
        });
    }
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.txt", "a.txt", ".hidden.txt", "c.log", "d/e/f.txt", "d/g.txt", "d/.h/i.txt", "[x]/y.txt"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        std::os::unix::fs::symlink("..", folder.path().join("d/up")).unwrap();
        folder
    }

    fn found(folder: &Path, pattern: &str) -> Result<Vec<String>, String> {
        let shorten = |path: PathBuf| path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
        let found = matching(folder, pattern).map_err(|problem| problem.to_string())?;
        Ok(found.into_iter().map(shorten).collect())
    }

    #[test]
    fn patterns_match_as_in_a_shell() {
        let folder = folder();
        for (pattern, expected) in [
            ("*.txt", &["a.txt", "b.txt"][..]),
            (".*.txt", &[".hidden.txt"]),
            ("?.txt", &["a.txt", "b.txt"]),
            ("[!a].txt", &["b.txt"]),
            ("d/*.txt", &["d/g.txt"]),
            ("*/*.txt", &["[x]/y.txt", "d/g.txt"]),
            ("[[]x]/*", &["[x]/y.txt"]),
            ("**/*.txt", &["a.txt", "b.txt", "[x]/y.txt", "d/g.txt", "d/e/f.txt"]),
            ("**/**/f.txt", &["d/e/f.txt"]),
            ("d/**", &["d", "d/e"]),
            ("d/up/*.log", &["d/up/c.log"]),
            ("*/", &["[x]", "d"]),
            ("a.txt/*", &[]),
            ("nothing/*", &[]),
            ("*.png", &[]),
        ] {
            assert_eq!(found(folder.path(), pattern).unwrap(), expected, "{pattern}");
        }
        for pattern in ["a[", "a**", "***"] {
            found(folder.path(), pattern).unwrap_err();
        }
    }

    #[test]
    fn the_folder_is_no_part_of_the_pattern() {
        let folder = folder();
        assert_eq!(found(&folder.path().join("[x]"), "*.txt"), Ok(vec!["y.txt".to_owned()]));
        let absolute = format!("{}/?.log", folder.path().display());
        assert_eq!(matching(Path::new("/nowhere"), &absolute).unwrap(), [folder.path().join("c.log")]);
    }

    #[test]
    fn a_name_that_is_not_utf8_is_passed_over_or_told() {
        let folder = folder();
        fs::write(folder.path().join(OsStr::from_bytes(b"caf\xe9.log")), "").unwrap();
        fs::create_dir(folder.path().join(OsStr::from_bytes(b"d/\xff"))).unwrap();
        assert_eq!(found(folder.path(), "*.txt").unwrap(), ["a.txt", "b.txt"]);
        assert_eq!(found(folder.path(), "d/*.txt").unwrap(), ["d/g.txt"]);
        for (pattern, path) in
            [("*.log", "caf\u{fffd}.log"), ("caf?.*", "caf\u{fffd}.log"), ("d/**/*.txt", "d/\u{fffd}")]
        {
            let problem = found(folder.path(), pattern).unwrap_err();
            assert!(problem.contains("expected names in UTF-8") && problem.contains(path), "{problem}");
        }
    }
}
