//! Publishing: what a task returned becomes blobs of the store, before the entry that refers to them.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use super::account::Cache;
use crate::blocking::blocking;
use crate::error::Error;
use crate::prepare::Prepared;
use larder_base::Digest;
use larder_content::clock::now_ms;
use larder_content::{Content, ContentError, Contents, Directory, Node, Quota, copy_content};
use larder_store::record::{BlobKind, BlobRecord, BlobReference};
use larder_store::{BLOBS, Commit, INLINE_BYTES, Lookup, REFERENCES, ReferenceKey, Store, StoreError};
use larder_types::WitType;
use larder_types::limits::LimitExceeded;
use larder_types::value::{Blob, Value};

impl Cache {
    /// Returns the folder where the files that a task returns are written, so that they can be published without a
    /// copy. `None` stands for the system's folder of temporary files.
    pub(crate) fn spool(&self, prepared: &Prepared) -> Result<Option<PathBuf>, StoreError> {
        let returns_blobs = prepared.task().exported.signature.result.as_ref().is_some_and(WitType::has_blobs);
        let Some(store) = self.store_to_write().filter(|_| returns_blobs) else { return Ok(None) };
        let blobs = store.blobs();
        // The folder may exist without being writable.
        match blobs.draft().and_then(|_| blobs.for_drafts()) {
            Ok(folder) => Ok(Some(folder)),
            // Report that files cannot be kept before anything runs.
            Err(error) if self.keeps(prepared) => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// Returns the reason that there was no room for the files of a run, if the run exceeded a limit because of that
    /// and not because of its own limit.
    pub(crate) fn no_room(&self, prepared: &Prepared, exceeded: &LimitExceeded) -> Option<StoreError> {
        let LimitExceeded::Scratch { limit, asked } = exceeded else { return None };
        let own = Quota::new(prepared.limits.scratch_bytes).limit();
        let store = self.store_to_write().filter(|_| *limit < own && self.keeps(prepared))?;
        // The space of the run is free again, so what did not fit is one piece more than the run had.
        store.blobs().expect_room(asked.saturating_add(PIECE).min(own)).err()
    }

    /// Publishes what a task returned, and adds it to `commit`.
    pub(crate) async fn publish(
        &self,
        result: &Value,
        contents: &Arc<Contents>,
        mut commit: Commit,
    ) -> Result<Commit, String> {
        let mut returned: Vec<(BlobKind, Blob)> = Vec::new();
        result.each_blob(&mut |kind, blob| returned.extend(blob.known().map(|blob| (kind, blob.clone()))));
        if returned.is_empty() {
            return Ok(commit);
        }
        let Some(store) = self.store_to_write().cloned() else { return Ok(commit) };
        let (account, held, stored_at_ms) = (self.account.clone(), contents.clone(), now_ms());
        let published = blocking(move || {
            for (kind, Blob { digest, size, name, path: _ }) in returned {
                commit = match kind {
                    BlobKind::File => put_file(&store, &digest, held.files.get(&digest), commit)?,
                    BlobKind::Directory => put_directory(&store, held.directories.get(&digest), commit)?,
                };
                let key = ReferenceKey::new(&account, kind, &digest);
                commit = commit.put(&REFERENCES, &key, &BlobReference { size, name, stored_at_ms });
            }
            Ok::<_, Error>(commit)
        });
        published.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
    }
}

/// Most bytes that a task adds to a file at a time.
const PIECE: u64 = 4 << 20;

/// Publishes a file, unless it is already there.
pub(super) fn put_file(
    store: &Store,
    digest: &Digest,
    content: Option<&Content>,
    commit: Commit,
) -> Result<Commit, Error> {
    let not_stored = |error: &dyn std::fmt::Display| Error::NotStored { reason: error.to_string() };
    let content = content.ok_or_else(|| Error::Internal("a file without its content".to_owned()))?;
    let blobs = store.blobs();
    if let Ok(Lookup::Found(record)) = store.get(&BLOBS, digest)
        && blobs.is_untouched(digest, &record).unwrap_or(false)
    {
        return Ok(commit);
    }
    let record: BlobRecord = if content.size <= INLINE_BYTES {
        let bytes = content.open().and_then(|reader| reader.read(0, INLINE_BYTES as usize)).map_err(Error::Content)?;
        if Digest::of(&bytes) != *digest {
            let detail = format!("the bytes of sha256:{digest} are not what they were");
            return Err(Error::Content(ContentError::Damaged { detail }));
        }
        blobs.publish_bytes(&bytes, digest).map_err(|error| not_stored(&error))?
    } else {
        let mut file = own_file(store, digest, content)?;
        blobs.publish(&mut file, digest, content.size).map_err(|error| not_stored(&error))?
    };
    Ok(commit.put(&BLOBS, digest, &record))
}

/// Returns the content in a separate file without a name: the file that a run wrote it to, or a verified copy.
fn own_file(store: &Store, digest: &Digest, content: &Content) -> Result<File, Error> {
    let not_stored = |error: &dyn std::fmt::Display| Error::NotStored { reason: error.to_string() };
    if let Some(file) = content.own_file() {
        return file.try_clone().map_err(|error| not_stored(&error));
    }
    let folder = store.blobs().for_drafts().map_err(|error| not_stored(&error))?;
    let mut draft = store.blobs().draft().map_err(|error| not_stored(&error))?.into_file();
    copy_content(content, digest, &mut draft, &folder).map_err(Error::Content)?;
    Ok(draft)
}

/// Publishes all files of a directory, and its listings.
pub(super) fn put_directory(
    store: &Store,
    directory: Option<&Arc<Directory>>,
    mut commit: Commit,
) -> Result<Commit, Error> {
    let directory = directory.ok_or_else(|| Error::Internal("a directory without its content".to_owned()))?;
    for node in directory.entries.values() {
        commit = match node {
            Node::File { digest, executable: _, content } => put_file(store, digest, Some(content), commit)?,
            Node::Directory(inner) => put_directory(store, Some(inner), commit)?,
            Node::Link(_) => commit,
        };
    }
    let record = store.blobs().publish_bytes(&directory.listing().encode(), &directory.digest);
    let record = record.map_err(|error| Error::NotStored { reason: error.to_string() })?;
    Ok(commit.put(&BLOBS, &directory.digest, &record))
}
