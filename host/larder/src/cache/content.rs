//! Stored content: the files and directories that an account or an entry refers to.
//!
//! All of it must exist: an entry that has lost a file is not an answer. A file that is not the recorded one is read
//! through before it is trusted.

use std::path::PathBuf;
use std::sync::Arc;

use super::account::{Cache, look};
use crate::error::Error;
use larder_base::Digest;
use larder_content::{Content, ContentError, Contents, Directory, Found, Listed, Listing, Node, Source};
use larder_store::record::{BlobKind, BlobPlace, BlobReference};
use larder_store::{BLOBS, Commit, Lookup, OpenBlob, REFERENCES, References, Store, StoreError};
use larder_types::value::{Blob, BlobRef, Value};

impl Cache {
    /// Returns true if this account has stored something of this kind under a digest.
    pub(crate) fn has_blob(&self, kind: BlobKind, digest: &Digest) -> bool {
        let key = self.reference_key(kind, digest);
        let reference = |store: &Store| look(store.get(&REFERENCES, &key), &mut Vec::new());
        self.store().map(|store| &**store).and_then(reference).is_some()
    }

    /// Returns the file or directory that this account has stored under a digest.
    pub(crate) fn stored(&self, kind: BlobKind, digest: &Digest, name: Option<String>) -> Result<(Blob, Held), Error> {
        let no_such = || match self.has_blob(kind.other(), digest) {
            true => Error::OtherKind { kind, digest: *digest },
            false => Error::NoSuchBlob { kind, digest: *digest },
        };
        let store = self.store().map(|store| &**store).ok_or_else(no_such)?;
        let mut warnings = Vec::new();
        let reference = look(store.get(&REFERENCES, &self.reference_key(kind, digest)), &mut warnings);
        let BlobReference { size: _, name: stored_as, stored_at_ms: _ } = reference.ok_or_else(no_such)?;
        let lost = |error: ContentError| Error::LostBlob { digest: *digest, error };
        let held = held(store, kind, digest).map_err(lost)?;
        let blob = Blob { digest: *digest, size: held.size(), name: name.or(stored_as), path: None };
        Ok((blob, held))
    }

    /// Returns the path of a stored file, if it is a separate file that a person can find.
    pub(crate) fn path_of(&self, kind: BlobKind, digest: &Digest) -> Option<PathBuf> {
        held(self.store()?, kind, digest).ok()?.path()
    }

    /// Returns the file, or else the directory, that this account has stored under a digest.
    pub(crate) fn get_blob(&self, digest: &Digest) -> Result<(Blob, Found), Error> {
        let found = self.stored(BlobKind::File, digest, None);
        let (blob, held) = match found {
            Err(Error::NoSuchBlob { .. } | Error::OtherKind { .. }) => {
                self.stored(BlobKind::Directory, digest, None)?
            }
            found => found?,
        };
        let found = match held {
            Held::File(content) => Found::File { digest: *digest, content },
            Held::Directory(directory) => Found::Directory(directory),
        };
        Ok((blob, found))
    }

    /// Returns all files and directories that this account has stored.
    pub(crate) fn blobs(&self) -> Result<References, StoreError> {
        self.store().map_or_else(|| Ok(References::default()), |store| store.references(&self.account))
    }
}

/// Returns the contents that a stored result refers to, all of which must exist.
pub(crate) fn contents_of(store: &Store, result: Option<&mut Value>) -> Result<Contents, ContentError> {
    let mut contents = Contents::default();
    let mut lost = None;
    if let Some(result) = result {
        result.each_blob_mut(&mut |kind, blob| {
            let BlobRef::Known(known) = blob else { return };
            match held(store, kind, &known.digest) {
                Ok(held) => {
                    known.path = held.path();
                    held.add_to(&mut contents, known.digest);
                }
                Err(error) => drop(lost.get_or_insert(error)),
            }
        });
    }
    lost.map_or(Ok(contents), Err)
}

/// Content that exists.
pub(crate) enum Held {
    File(Content),
    Directory(Arc<Directory>),
}

impl Held {
    pub(crate) fn size(&self) -> u64 {
        match self {
            Self::File(content) => content.size,
            Self::Directory(directory) => directory.size,
        }
    }

    /// Returns its path, if it is a separate file that a person can find.
    fn path(&self) -> Option<PathBuf> {
        match self {
            Self::File(Content { size: _, source: Source::Watched { path, identity: _ } }) => Some(path.clone()),
            Self::File(_) | Self::Directory(_) => None,
        }
    }

    pub(crate) fn add_to(self, contents: &mut Contents, digest: Digest) {
        match self {
            Self::File(content) => drop(contents.files.insert(digest, content)),
            Self::Directory(directory) => drop(contents.directories.insert(digest, directory)),
        }
    }
}

/// Returns the content of a stored blob. A file that is not the recorded one is read through first.
pub(super) fn held(store: &Store, kind: BlobKind, digest: &Digest) -> Result<Held, ContentError> {
    match kind {
        BlobKind::File => stored_file(store, digest).map(Held::File),
        BlobKind::Directory => stored_directory(store, digest).map(|directory| Held::Directory(Arc::new(directory))),
    }
}

pub(super) fn stored_file(store: &Store, digest: &Digest) -> Result<Content, ContentError> {
    let damaged = |detail: String| ContentError::Damaged { detail: format!("sha256:{digest}: {detail}") };
    let record = match store.get(&BLOBS, digest) {
        Ok(Lookup::Found(record)) => record,
        Ok(Lookup::Absent) => return Err(damaged("there is no record of it".to_owned())),
        Ok(Lookup::Damaged(report)) => return Err(damaged(report.to_string())),
        Err(error) => return Err(damaged(error.to_string())),
    };
    let blobs = store.blobs();
    if let (BlobPlace::File { identity }, Ok(true)) = (&record.place, blobs.is_untouched(digest, &record)) {
        let identity = minicbor::decode(identity).map_err(|error| damaged(error.to_string()))?;
        return Ok(Content { size: record.size, source: Source::Watched { path: blobs.path_of(digest), identity } });
    }
    match blobs.open(digest, &record).map_err(|error| damaged(error.to_string()))? {
        OpenBlob::Bytes(bytes) => Ok(Content::of(bytes)),
        // It was read through, and stays valid while it is this very file.
        OpenBlob::File { file: _, renewed } => {
            let found = renewed.as_ref().unwrap_or(&record);
            let BlobPlace::File { identity } = &found.place else { return Err(damaged("it is no file".to_owned())) };
            let identity = minicbor::decode(identity).map_err(|error| damaged(error.to_string()))?;
            if let Some(renewed) = &renewed {
                // If this is not remembered, it is read through again next time.
                let _ = store.commit(Commit::new().put(&BLOBS, digest, renewed));
            }
            Ok(Content { size: record.size, source: Source::Watched { path: blobs.path_of(digest), identity } })
        }
        OpenBlob::Refused(refusal) => Err(damaged(refusal.to_string())),
    }
}

pub(super) fn stored_directory(store: &Store, digest: &Digest) -> Result<Directory, ContentError> {
    let content = stored_file(store, digest)?;
    let size = usize::try_from(content.size).unwrap_or(usize::MAX);
    let bytes = content.open()?.read(0, size)?;
    let Listing(listed) = Listing::decode(&bytes)?;
    let mut entries = std::collections::BTreeMap::new();
    for (name, listed) in listed {
        let node = match listed {
            Listed::File { executable, size: _, digest } => {
                Node::File { digest, executable, content: stored_file(store, &digest)? }
            }
            Listed::Directory { size: _, digest } => Node::Directory(Arc::new(stored_directory(store, &digest)?)),
            Listed::Link(target) => Node::Link(target),
        };
        entries.insert(name, node);
    }
    let directory = Directory::new(entries);
    match directory.digest == *digest {
        true => Ok(directory),
        // The listing is intact, so a file or directory that it refers to has changed.
        false => {
            Err(ContentError::Damaged { detail: format!("sha256:{digest}: what is in it is not what was written") })
        }
    }
}
