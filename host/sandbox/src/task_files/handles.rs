//! Handles in the table of resources: content that a task holds, and its name.

use std::any::Any;
use std::sync::Arc;

use crate::faults::Faults;
use larder_base::Digest;
use larder_content::{Content, Directory, Reader, Snapshot};
use larder_types::value::Blob;

/// Weight of a file that is being read: the open file, and the data for its check.
const READER: u64 = 1024;

/// The name of a handle, and the number under which it is shown.
pub(super) struct Named {
    pub(super) digest: Digest,
    pub(super) size: u64,
    pub(super) name: String,
    /// Position among the inputs, from 1; `None` for content that the task has made, until it is shown.
    pub(super) number: Option<u32>,
    /// True if the name is part of the path; otherwise only the number is.
    pub(super) is_named: bool,
    pub(super) path: Option<String>,
}

/// A `file`.
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct FileHandle {
    pub(super) named: Named,
    pub(super) content: Content,
    pub(super) reader: Option<CheckedReader>,
}

/// A `directory`.
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct DirectoryHandle {
    pub(super) named: Named,
    pub(super) directory: Arc<Directory>,
}

/// A `writer`.
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct WriterHandle {
    pub(super) name: String,
    pub(super) snapshot: Snapshot,
}

/// Content that is being read. However reading ends, the content must be unchanged, even if the task returns the file
/// or forgets it.
pub(super) struct CheckedReader {
    pub(super) reader: Reader,
    pub(super) faults: Faults,
}

impl Drop for CheckedReader {
    fn drop(&mut self) {
        if let Err(fault) = self.reader.is_the_same() {
            self.faults.add(fault);
        }
    }
}

impl Named {
    /// Returns the name of content that the task has made.
    const fn made(name: String, digest: Digest, size: u64) -> Self {
        Self { digest, size, name, number: None, is_named: true, path: None }
    }

    /// Returns the value that stands for it in a result.
    pub(super) fn into_blob(self) -> Blob {
        let Self { digest, size, name, number: _, is_named: _, path: _ } = self;
        Blob { digest, size, name: Some(name), path: None }
    }
}

impl FileHandle {
    /// Creates a handle for a file that the task has made.
    pub(super) const fn made(name: String, digest: Digest, content: Content) -> Self {
        Self { named: Named::made(name, digest, content.size), content, reader: None }
    }
}

impl DirectoryHandle {
    /// Creates a handle for a directory that the task has made.
    pub(super) fn made(name: String, directory: Arc<Directory>) -> Self {
        Self { named: Named::made(name, directory.digest, directory.size), directory }
    }
}

/// Returns the weight of a handle in the table beyond that of any entry: see [`crate::weight`]. The content of a
/// directory that the task has made is charged with the directory itself, once, however many handles it has.
pub(crate) fn weight(entry: &(dyn Any + Send)) -> u64 {
    let of = |named: &Named| (named.name.len() + named.path.as_deref().map_or(0, str::len)) as u64;
    if let Some(FileHandle { named, content: _, reader }) = entry.downcast_ref() {
        of(named) + if reader.is_some() { READER } else { 0 }
    } else if let Some(DirectoryHandle { named, directory: _ }) = entry.downcast_ref() {
        of(named)
    } else if let Some(WriterHandle { name, snapshot }) = entry.downcast_ref() {
        name.len() as u64 + snapshot.held_bytes()
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use larder_content::ContentError;

    /// However a handle is dropped, the content read through it must match its key.
    #[test]
    fn what_was_read_is_checked_when_it_is_dropped() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("file");
        std::fs::write(&path, b"bytes").unwrap();
        let identity = larder_content::FileIdentity::of(&std::fs::metadata(&path).unwrap());
        let source = larder_content::Source::Watched { path: path.clone(), identity };
        let content = Content { size: 5, source };
        let faults = Faults::default();
        let checked = || CheckedReader { reader: content.open().unwrap(), faults: faults.clone() };
        drop(checked());
        assert_eq!(faults.take(), None);
        let checked = checked();
        std::fs::write(&path, b"longer than it was").unwrap();
        drop(checked);
        assert_eq!(faults.take(), Some(ContentError::Changed { path }));
    }
}
