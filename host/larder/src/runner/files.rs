//! Files and directories of a call: from what a caller names to content that is known, and from content that a task
//! returned to blobs of the store.
//!
//! What is named by a path is hashed, unless the store remembers the digest of that very file; what is named by a
//! digest must be something that this account has stored. What a task returned is published before the entry that
//! speaks of it, and what an entry speaks of must be there before it is a hit.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::load::look;
use super::{Error, Larder, Prepared, Warning, blocking};
use larder_base::Digest;
use larder_content::FileIdentity;
use larder_content::clock::now_ms;
use larder_content::{
    Content, ContentError, Contents, Directory, Found, Learnt, Listed, Listing, Node, Scanned, Source, copy_content,
    scan,
};
use larder_store::record::{BlobKind, BlobPlace, BlobRecord, BlobReference, KnownFile};
use larder_store::{
    BLOBS, Commit, INLINE_BYTES, KNOWN_FILES, Lookup, OpenBlob, REFERENCES, ReferenceKey, References, Store, StoreError,
};
use larder_types::WitType;
use larder_types::value::{Blob, BlobRef, Value};

/// How many bytes must have been hashed for their digests to be remembered by a commit of its own: below that, hashing
/// them again costs less than the commit.
const WORTH_A_COMMIT: u64 = 16 << 20;

/// How many inputs are copied by reference before a run: each is an open file.
const SNAPSHOTS: usize = 64;

/// The inputs of a call, with the content of all files and directories in them known.
#[derive(Debug, Clone, Default)]
pub struct Resolved {
    /// The inputs, in declared order.
    pub inputs: Vec<Value>,
    /// The content of the files and directories in them.
    pub given: Given,
}

/// The content of the files and directories of a call, and what was learnt of them on the way.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The content, by digest.
    pub contents: Arc<Contents>,
    learnt: Vec<Learnt>,
    hashed_at_ms: u64,
    /// What the caller should know of the inputs.
    pub(super) warnings: Vec<Warning>,
}

impl Given {
    /// What is to be remembered of the files that were hashed.
    pub(super) fn commit(&self) -> Commit {
        self.learnt.iter().fold(Commit::new(), |commit, Learnt { path, identity, digest }| {
            let Ok(identity) = minicbor::to_vec(identity) else { return commit };
            let remembered_at_ms = self.hashed_at_ms;
            commit.put(&KNOWN_FILES, path, &KnownFile { identity, digest: *digest, remembered_at_ms })
        })
    }

    /// Whether that is worth a commit of its own.
    fn is_worth_a_commit(&self) -> bool {
        self.learnt.iter().map(|learnt| learnt.identity.size).sum::<u64>() >= WORTH_A_COMMIT
    }
}

/// Stops hashing when nobody waits for it any more.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Larder {
    /// Finds out which content is meant by each file and directory in `inputs`: paths are hashed, on all cores, and
    /// digests looked up among what this account has stored. Names are kept where `names_count`.
    ///
    /// [`Larder::call`] does so by itself; whoever makes several calls with the same inputs can do it once.
    ///
    /// # Errors
    ///
    /// [`Error::Content`] for a path that has none, [`Error::NoSuchBlob`] for a digest that this account does not have,
    /// [`Error::OtherKind`] for that of a directory where a file is meant, or the other way round.
    pub async fn resolve(&self, inputs: &[Value], names_count: bool) -> Result<Resolved, Error> {
        let mut inputs = inputs.to_vec();
        let mut paths: Vec<(BlobKind, PathBuf)> = Vec::new();
        for input in &inputs {
            input.each_blob(&mut |kind, blob| {
                if let BlobRef::Path(path) = blob {
                    paths.push((kind, path.clone()));
                }
            });
        }
        let warnings = self.around_the_cache(&paths);
        let Scanned { found, learnt, began_at_ms: hashed_at_ms } = self.scan(paths).await?;
        let mut contents = Contents::default();
        let (mut found, mut failed) = (found.into_iter(), None);
        for input in &mut inputs {
            input.each_blob_mut(&mut |kind, blob| {
                let known = match &*blob {
                    BlobRef::Path(path) => known(path, found.next(), names_count),
                    BlobRef::Stored { digest, name } => self.stored(kind, digest, name.clone()),
                    BlobRef::Known(Blob { digest, size: _, name, path: _ }) => self.stored(kind, digest, name.clone()),
                };
                match known {
                    Ok((mut named, content)) => {
                        if !names_count {
                            named.name = None;
                        }
                        content.add_to(&mut contents, named.digest);
                        *blob = BlobRef::Known(named);
                    }
                    Err(error) => drop(failed.get_or_insert(error)),
                }
            });
        }
        match failed {
            Some(error) => Err(error),
            None => {
                Ok(Resolved { inputs, given: Given { contents: Arc::new(contents), learnt, hashed_at_ms, warnings } })
            }
        }
    }

    /// The directories that the cache lies in: what is stored there makes other inputs of them.
    fn around_the_cache(&self, paths: &[(BlobKind, PathBuf)]) -> Vec<Warning> {
        let Some(cache) = self.host.settings.cache_dir.as_deref().filter(|_| self.host.store_to_write().is_some())
        else {
            return Vec::new();
        };
        let directories = paths.iter().filter(|(kind, _)| *kind == BlobKind::Directory);
        // A cache that is not there yet will be: its path is that of the nearest folder which is.
        let mut absolute = None;
        let around = directories.filter(|(_, path)| {
            let cache = absolute.get_or_insert_with(|| {
                cache.ancestors().find_map(|folder| folder.canonicalize().ok()).unwrap_or_default()
            });
            path.canonicalize().is_ok_and(|path| cache.starts_with(path))
        });
        around.map(|(_, path)| Warning::CacheInInput { path: path.clone(), cache: cache.to_owned() }).collect()
    }

    /// What is at each path, from the store's memory or by hashing.
    async fn scan(&self, paths: Vec<(BlobKind, PathBuf)>) -> Result<Scanned, Error> {
        let stop = StopOnDrop(Arc::default());
        let (store, stopped) = (self.host.store.clone(), stop.0.clone());
        let scanned = blocking(move || {
            let recall = |path: &Digest, identity: &FileIdentity| {
                store.as_deref().and_then(|store| recall(store, path, identity))
            };
            scan(&paths, &recall, &stopped)
        });
        scanned.await?.map_err(Error::Content)
    }

    /// Remembers the digests of files that were hashed, if that saves more than it costs.
    pub(super) async fn remember(&self, given: &Given) {
        if given.is_worth_a_commit() {
            // Not remembered, they are hashed again: that costs time and changes no answer.
            let _ = Box::pin(self.commit(given.commit())).await;
        }
    }

    /// Where the files that a task returns are written, so that they can be published without a copy; `None` for the
    /// system's folder of temporary files.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when they are to be kept, and the cache cannot be written: said before anything runs.
    pub(super) fn spool(&self, prepared: &Prepared) -> Result<Option<PathBuf>, Error> {
        let returns_blobs = prepared.task().exported.signature.result.as_ref().is_some_and(WitType::has_blobs);
        let Some(store) = self.host.store_to_write().filter(|_| returns_blobs) else { return Ok(None) };
        let blobs = store.blobs();
        // That the folder is there does not say that a file can be made in it.
        match blobs.draft().and_then(|_| blobs.for_drafts()) {
            Ok(folder) => Ok(Some(folder)),
            Err(error) if self.keeps(prepared) => Err(error.into()),
            Err(_) => Ok(None),
        }
    }

    /// Whether this account has stored something of this kind under a digest.
    #[must_use]
    pub fn has_blob(&self, kind: BlobKind, digest: &Digest) -> bool {
        let key = self.reference_key(kind, digest);
        let reference = |store: &Store| look(store.get(&REFERENCES, &key), &mut Vec::new());
        self.host.store.as_deref().and_then(reference).is_some()
    }

    /// The key of this account's reference to a blob.
    fn reference_key(&self, kind: BlobKind, digest: &Digest) -> ReferenceKey {
        ReferenceKey::new(&self.host.settings.account, kind, digest)
    }

    /// What this account has stored under a digest.
    fn stored(&self, kind: BlobKind, digest: &Digest, name: Option<String>) -> Result<(Blob, Held), Error> {
        let no_such = || match self.has_blob(kind.other(), digest) {
            true => Error::OtherKind { kind, digest: *digest },
            false => Error::NoSuchBlob { kind, digest: *digest },
        };
        let store = self.host.store.as_deref().ok_or_else(no_such)?;
        let mut warnings = Vec::new();
        let reference = look(store.get(&REFERENCES, &self.reference_key(kind, digest)), &mut warnings);
        let BlobReference { size: _, name: stored_as, stored_at_ms: _ } = reference.ok_or_else(no_such)?;
        let lost = |error: ContentError| Error::LostBlob { digest: *digest, error };
        let held = held(store, kind, digest).map_err(lost)?;
        let blob = Blob { digest: *digest, size: held.size(), name: name.or(stored_as), path: None };
        Ok((blob, held))
    }

    /// Publishes what a task returned, and adds it to `commit`.
    pub(super) async fn publish(
        &self,
        store: &Arc<Store>,
        result: &Value,
        contents: &Arc<Contents>,
        mut commit: Commit,
    ) -> Result<Commit, String> {
        let mut returned: Vec<(BlobKind, Blob)> = Vec::new();
        result.each_blob(&mut |kind, blob| returned.extend(blob.known().map(|blob| (kind, blob.clone()))));
        if returned.is_empty() {
            return Ok(commit);
        }
        let (store, held) = (store.clone(), contents.clone());
        let (account, stored_at_ms) = (self.host.settings.account.clone(), now_ms());
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

    /// Copies inputs by reference where the file system can, so that nobody changes them while the task runs. What
    /// cannot be copied is watched instead.
    pub(super) async fn snapshot(&self, contents: Arc<Contents>) -> Arc<Contents> {
        let Some(store) = self.host.store_to_write().cloned() else { return contents };
        let is_watched = |content: &&Content| matches!(content.source, Source::Watched { .. });
        if contents.files.values().find(is_watched).is_none() {
            return contents;
        }
        let before = contents.clone();
        let copied = blocking(move || {
            let mut copied = Contents::clone(&contents);
            let blobs = store.blobs();
            for content in copied.files.values_mut().filter(|content| is_watched(&&**content)).take(SNAPSHOTS) {
                let Ok(draft) = blobs.draft() else { break };
                let Ok(reader) = content.open() else { continue };
                let shared =
                    reader.file().is_some_and(|(file, _)| rustix::fs::ioctl_ficlone(draft.file(), file).is_ok());
                if !shared {
                    // The one file system cannot, or they are on two: so it is for the others.
                    break;
                }
                if reader.is_the_same().is_ok() {
                    content.source = Source::Ours { file: Arc::new(draft.into_file()), offset: 0, room: None };
                }
            }
            Arc::new(copied)
        });
        copied.await.unwrap_or(before)
    }

    /// Stores a file or a directory for this account.
    ///
    /// # Errors
    ///
    /// [`Error::Content`] for a path that has none, [`Error::NotStored`] when there is no cache, or it cannot be written.
    pub async fn put_blob(&self, kind: BlobKind, path: PathBuf) -> Result<Blob, Error> {
        let not_stored = |reason: String| Error::NotStored { reason };
        let store = self.host.store_to_write().cloned();
        let store = store.ok_or_else(|| not_stored("there is no cache to write to".to_owned()))?;
        let blob = match kind {
            BlobKind::File => Value::File(BlobRef::Path(path)),
            BlobKind::Directory => Value::Directory(BlobRef::Path(path)),
        };
        let Resolved { inputs, given } = self.resolve(&[blob], true).await?;
        let value = inputs.into_iter().next().unwrap_or(Value::Bool(false));
        let commit = self.publish(&store, &value, &given.contents, given.commit()).await.map_err(not_stored)?;
        self.commit(commit).await.map_err(not_stored)?;
        let mut stored = None;
        value.each_blob(&mut |_, blob| stored = blob.known().cloned());
        let mut stored = stored.ok_or_else(|| Error::Internal("nothing was named".to_owned()))?;
        stored.path = held(&store, kind, &stored.digest).ok().and_then(|held| held.path());
        Ok(stored)
    }

    /// What this account has stored under a digest: a file, else a directory.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchBlob`], and [`Error::LostBlob`] when it is damaged.
    pub fn get_blob(&self, digest: &Digest) -> Result<(Blob, Found), Error> {
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

    /// All files and directories that this account has stored.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store cannot be read.
    pub fn blobs(&self) -> Result<References, StoreError> {
        self.host
            .store
            .as_ref()
            .map_or_else(|| Ok(References::default()), |store| store.references(&self.host.settings.account))
    }
}

/// The contents of what a stored result speaks of, all of which must be there.
pub(super) fn contents_of(store: &Store, result: Option<&mut Value>) -> Result<Contents, ContentError> {
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

/// Content that is there.
enum Held {
    File(Content),
    Directory(Arc<Directory>),
}

impl Held {
    fn size(&self) -> u64 {
        match self {
            Self::File(content) => content.size,
            Self::Directory(directory) => directory.size,
        }
    }

    /// Where a person can find it, if it is a file of its own.
    fn path(&self) -> Option<PathBuf> {
        match self {
            Self::File(Content { size: _, source: Source::Watched { path, identity: _ } }) => Some(path.clone()),
            Self::File(_) | Self::Directory(_) => None,
        }
    }

    fn add_to(self, contents: &mut Contents, digest: Digest) {
        match self {
            Self::File(content) => drop(contents.files.insert(digest, content)),
            Self::Directory(directory) => drop(contents.directories.insert(digest, directory)),
        }
    }
}

/// What a path was found to be.
fn known(path: &std::path::Path, found: Option<Found>, names_count: bool) -> Result<(Blob, Held), Error> {
    let absolute = || path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name = match path
        .file_name()
        .map_or_else(|| absolute().file_name().map(ToOwned::to_owned), |name| Some(name.to_owned()))
    {
        Some(name) => name.into_string().ok(),
        None => Some("root".to_owned()),
    };
    if names_count && name.is_none() {
        return Err(Error::Content(ContentError::NotUtf8 { path: path.to_owned() }));
    }
    let (digest, held) = match found {
        Some(Found::File { digest, content }) => (digest, Held::File(content)),
        Some(Found::Directory(directory)) => (directory.digest, Held::Directory(directory)),
        None => return Err(Error::Internal("a path was not looked at".to_owned())),
    };
    Ok((Blob { digest, size: held.size(), name, path: None }, held))
}

/// The digest that is remembered of a file, if it is still that file.
fn recall(store: &Store, path: &Digest, identity: &FileIdentity) -> Option<Digest> {
    let Ok(Lookup::Found(known)) = store.get(&KNOWN_FILES, path) else { return None };
    let same = minicbor::decode::<FileIdentity>(&known.identity).is_ok_and(|remembered| remembered == *identity);
    let remembered_at = std::time::UNIX_EPOCH + std::time::Duration::from_millis(known.remembered_at_ms);
    (same && !identity.is_racy(remembered_at)).then_some(known.digest)
}

/// The content of a stored blob. A file that is not the recorded one is read through first.
fn held(store: &Store, kind: BlobKind, digest: &Digest) -> Result<Held, ContentError> {
    match kind {
        BlobKind::File => stored_file(store, digest).map(Held::File),
        BlobKind::Directory => stored_directory(store, digest).map(|directory| Held::Directory(Arc::new(directory))),
    }
}

fn stored_file(store: &Store, digest: &Digest) -> Result<Content, ContentError> {
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
        // It was read through, and is the content for as long as it is this very file.
        OpenBlob::File { file: _, renewed } => {
            let found = renewed.as_ref().unwrap_or(&record);
            let BlobPlace::File { identity } = &found.place else { return Err(damaged("it is no file".to_owned())) };
            let identity = minicbor::decode(identity).map_err(|error| damaged(error.to_string()))?;
            if let Some(renewed) = &renewed {
                // Not remembered, it is read through again next time.
                let _ = store.commit(Commit::new().put(&BLOBS, digest, renewed));
            }
            Ok(Content { size: record.size, source: Source::Watched { path: blobs.path_of(digest), identity } })
        }
        OpenBlob::Refused(refusal) => Err(damaged(refusal.to_string())),
    }
}

fn stored_directory(store: &Store, digest: &Digest) -> Result<Directory, ContentError> {
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
        // The listing is right, so what it speaks of is not what it was.
        false => {
            Err(ContentError::Damaged { detail: format!("sha256:{digest}: what is in it is not what was written") })
        }
    }
}

/// Publishes a file, unless it is there already.
fn put_file(store: &Store, digest: &Digest, content: Option<&Content>, commit: Commit) -> Result<Commit, Error> {
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

/// The content in a file of its own that has no name: the file that a run wrote it to, or a copy, which is compared.
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
fn put_directory(store: &Store, directory: Option<&Arc<Directory>>, mut commit: Commit) -> Result<Commit, Error> {
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

#[cfg(test)]
mod tests;
