//! Changes to text that another program wrote. Each applies exactly once, or fails.
//!
//! A change that matches no place, or several, was made for another text. The result is then an error and never a
//! half-changed file, which would compile and fail inside a guest.
//!
//! [`SourceText`] changes single lines of generated code. [`apply_diff`] applies a unified diff to a set of files.

use std::collections::BTreeMap;

use diffy::patch_set::{FileOperation, ParseOptions, PatchKind, PatchSet};
use diffy::{Hunk, Line};

#[cfg(test)]
mod tests;

/// Failure of a change to apply exactly once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// The text has another number of places for the change than expected.
    #[error("cannot patch {file}: expected {expected} of `{place}`, found {found}")]
    Places {
        /// The file.
        file: String,
        /// The text at the place.
        place: String,
        /// Number of places that the change is for.
        expected: usize,
        /// Number of places that the text has.
        found: usize,
    },
    /// A line next to the place differs.
    #[error("cannot patch {file}: expected `{expected}` in line {line}, found `{found}`")]
    Line {
        /// The file.
        file: String,
        /// Number of the line, from 1.
        line: usize,
        /// Expected content, without the blanks around it.
        expected: String,
        /// Content found. Empty after the end of the file.
        found: String,
    },
    /// The diff is malformed, or does not fit the set of files.
    #[error("cannot apply the patch: {message}")]
    Diff {
        /// Description of the problem.
        message: String,
    },
}

/// The lines of a generated file, to be changed. Comparisons ignore the blanks around a line.
#[derive(Debug)]
pub(crate) struct SourceText<'a> {
    file: &'a str,
    lines: Vec<String>,
}

impl<'a> SourceText<'a> {
    /// Splits `text`, which is the content of the file called `file`, into lines.
    pub(crate) fn new(file: &'a str, text: &str) -> Self {
        Self { file, lines: text.lines().map(str::to_owned).collect() }
    }

    /// Returns the text, with a line break after each line.
    pub(crate) fn into_text(self) -> String {
        self.lines.into_iter().flat_map(|line| [line, "\n".to_owned()]).collect()
    }

    /// Returns the current lines.
    pub(crate) fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Returns the number of lines equal to `line`.
    pub(crate) fn count(&self, line: &str) -> usize {
        self.lines.iter().filter(|found| found.trim() == line).count()
    }

    /// Checks the number of places: the caller has counted `found`.
    pub(crate) fn expect(&self, place: &str, expected: usize, found: usize) -> Result<(), PatchError> {
        if found == expected {
            return Ok(());
        }
        Err(PatchError::Places { file: self.file.to_owned(), place: place.to_owned(), expected, found })
    }

    /// Replaces the only line equal to `line`.
    pub(crate) fn replace(&mut self, line: &str, with: String) -> Result<(), PatchError> {
        let at = self.only(line, |found| found == line)?;
        self.lines[at] = with;
        Ok(())
    }

    /// Adds a line after the only line that `is_place`, called without the blanks around it, accepts. `place` describes
    /// it.
    pub(crate) fn insert_after(
        &mut self,
        place: &str,
        is_place: impl Fn(&str) -> bool,
        added: &str,
    ) -> Result<(), PatchError> {
        let at = self.only(place, is_place)?;
        self.lines.insert(at + 1, added.to_owned());
        Ok(())
    }

    /// Checks that the lines from index `first` on are `expected`.
    pub(crate) fn expect_at(&self, first: usize, expected: &[String]) -> Result<(), PatchError> {
        for (at, expected) in (first..).zip(expected) {
            let found = self.lines.get(at).map(|line| line.trim()).unwrap_or_default();
            if found != expected {
                let (file, line) = (self.file.to_owned(), at + 1);
                return Err(PatchError::Line { file, line, expected: expected.clone(), found: found.to_owned() });
            }
        }
        Ok(())
    }

    /// Replaces the line at an index, and returns the old line.
    ///
    /// # Panics
    ///
    /// Panics if there is no such line: call [`Self::expect_at`] first.
    pub(crate) fn exchange(&mut self, at: usize, with: String) -> String {
        std::mem::replace(&mut self.lines[at], with)
    }

    fn only(&self, place: &str, is_place: impl Fn(&str) -> bool) -> Result<usize, PatchError> {
        let mut places = self.lines.iter().enumerate().filter(|(_, line)| is_place(line.trim())).map(|(at, _)| at);
        let first = places.next();
        self.expect(place, 1, usize::from(first.is_some()) + places.count())?;
        Ok(first.unwrap_or_default())
    }
}

/// Applies a unified diff, with paths as `a/FILE` and `b/FILE`, to files by their names. A hunk applies at its context
/// and removed lines, which must be in the file exactly once.
pub(crate) fn apply_diff(files: &mut BTreeMap<String, String>, diff: &str) -> Result<(), PatchError> {
    let misfit = |message: String| PatchError::Diff { message };
    let mut changed = 0;
    for part in PatchSet::parse(diff, ParseOptions::unidiff()) {
        let part = part.map_err(|error| misfit(error.to_string()))?;
        let operation = part.operation().strip_prefix(1);
        let (file, before) = match &operation {
            FileOperation::Create(file) if !files.contains_key(&**file) => (file, String::new()),
            FileOperation::Modify { original, modified } if original == modified => {
                let before = files.get(&**original).ok_or_else(|| misfit(format!("there is no file `{original}`")))?;
                (original, before.clone())
            }
            FileOperation::Create(_)
            | FileOperation::Modify { .. }
            | FileOperation::Delete(_)
            | FileOperation::Rename { .. }
            | FileOperation::Copy { .. } => return Err(misfit(format!("unexpected operation {operation:?}"))),
        };
        let PatchKind::Text(patch) = part.patch() else { return Err(misfit(format!("`{file}` is not text"))) };
        if patch.hunks().is_empty() {
            return Err(misfit(format!("it does not change `{file}`")));
        }
        for hunk in patch.hunks() {
            expect_once(file, &before, hunk)?;
        }
        let after = diffy::apply(&before, patch).map_err(|error| misfit(format!("`{file}`: {error}")))?;
        files.insert(file.clone().into_owned(), after);
        changed += 1;
    }
    if changed == 0 { Err(misfit("it changes no file".to_owned())) } else { Ok(()) }
}

/// Checks that a hunk has exactly one place in a text. A hunk without context or removed lines has one only in an empty
/// text.
fn expect_once(file: &str, text: &str, hunk: &Hunk<'_, str>) -> Result<(), PatchError> {
    let before: Vec<&str> = hunk
        .lines()
        .iter()
        .filter_map(|line| match line {
            Line::Context(line) | Line::Delete(line) => Some(*line),
            Line::Insert(_) => None,
        })
        .collect();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let found = if before.is_empty() {
        usize::from(lines.is_empty())
    } else {
        lines.windows(before.len()).filter(|window| **window == before[..]).count()
    };
    if found == 1 {
        return Ok(());
    }
    let place = format!("hunk at line {}", hunk.old_range().start());
    Err(PatchError::Places { file: file.to_owned(), place, expected: 1, found })
}
