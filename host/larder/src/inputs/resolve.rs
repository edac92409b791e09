//! Files and directories among the inputs: from the names that a caller gives to known content.
//!
//! A path is hashed, unless the store remembers the digest of that very file. A digest must refer to something that
//! this account has stored.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::blocking::blocking;
use crate::cache::{Cache, Held, known_file};
use crate::error::Error;
use crate::outcome::Warning;
use larder_base::BlobKind;
use larder_content::{ContentError, Contents, Found, Learnt, Scanned, scan};
use larder_store::Commit;
use larder_types::value::{Blob, BlobRef, Value};

/// Least number of hashed bytes whose digests are worth a separate commit. Below it, hashing again costs less than the
/// commit.
const WORTH_A_COMMIT: u64 = 16 << 20;

/// The inputs of a call, with the content of all files and directories in them known.
#[derive(Debug, Clone, Default)]
pub struct Resolved {
    /// The inputs, in declared order.
    pub inputs: Vec<Value>,
    /// The content of the files and directories in them.
    pub given: Given,
}

/// The content of the files and directories of a call, and what was learnt about them.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The content, by digest.
    pub contents: Arc<Contents>,
    learnt: Vec<Learnt>,
    hashed_at_ms: u64,
    /// Warnings to the caller about the inputs.
    pub(crate) warnings: Vec<Warning>,
}

impl Given {
    /// Returns the commit that remembers the files that were hashed.
    pub(crate) fn commit(&self) -> Commit {
        self.learnt.iter().fold(Commit::new(), |commit, Learnt { path, identity, digest }| {
            known_file(commit, path, identity, *digest, self.hashed_at_ms)
        })
    }

    /// Returns true if remembering them is worth a separate commit.
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

/// Inputs of an account. Its cache knows the digests of files and the content of digests.
pub(crate) struct Inputs {
    cache: Arc<Cache>,
}

impl Inputs {
    pub(crate) const fn new(cache: Arc<Cache>) -> Self {
        Self { cache }
    }

    /// Finds the content of each file and directory in `inputs`. Names are kept if `names_count` is true.
    pub(crate) async fn resolve(&self, inputs: &[Value], names_count: bool) -> Result<Resolved, Error> {
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
                    BlobRef::Stored { digest, name } => self.cache.stored(kind, digest, name.clone()),
                    BlobRef::Known(Blob { digest, size: _, name, path: _ }) => {
                        self.cache.stored(kind, digest, name.clone())
                    }
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

    /// Returns a warning for each input directory that contains the cache: storing a result changes that input.
    fn around_the_cache(&self, paths: &[(BlobKind, PathBuf)]) -> Vec<Warning> {
        let Some(cache) = self.cache.folder_to_write() else { return Vec::new() };
        let directories = paths.iter().filter(|(kind, _)| *kind == BlobKind::Directory);
        // A cache that does not exist yet will be created: resolve the nearest ancestor that exists.
        let mut absolute = None;
        let around = directories.filter(|(_, path)| {
            let cache = absolute.get_or_insert_with(|| {
                cache.ancestors().find_map(|folder| folder.canonicalize().ok()).unwrap_or_default()
            });
            path.canonicalize().is_ok_and(|path| cache.starts_with(path))
        });
        around.map(|(_, path)| Warning::CacheInInput { path: path.clone(), cache: cache.to_owned() }).collect()
    }

    /// Returns the content at each path, from the store's memory or by hashing.
    async fn scan(&self, paths: Vec<(BlobKind, PathBuf)>) -> Result<Scanned, Error> {
        let stop = StopOnDrop(Arc::default());
        let (cache, stopped) = (self.cache.clone(), stop.0.clone());
        let scanned = blocking(move || scan(&paths, &|path, identity| cache.recall(path, identity), &stopped));
        scanned.await?.map_err(Error::Content)
    }

    /// Remembers the digests of hashed files, if that saves more than it costs.
    pub(crate) async fn remember(&self, given: &Given) {
        if given.is_worth_a_commit() {
            // If this is not remembered, the files are hashed again, which costs time but changes no answer.
            let _ = Box::pin(self.cache.commit(given.commit())).await;
        }
    }

    /// Stores a file or a directory for this account.
    pub(crate) async fn put_blob(&self, kind: BlobKind, path: PathBuf) -> Result<Blob, Error> {
        let not_stored = |reason: String| Error::NotStored { reason };
        if self.cache.store_to_write().is_none() {
            return Err(not_stored("there is no cache to write to".to_owned()));
        }
        let blob = match kind {
            BlobKind::File => Value::File(BlobRef::Path(path)),
            BlobKind::Directory => Value::Directory(BlobRef::Path(path)),
        };
        let Resolved { inputs, given } = self.resolve(&[blob], true).await?;
        let value = inputs.into_iter().next().unwrap_or(Value::Bool(false));
        let commit = self.cache.publish(&value, &given.contents, given.commit()).await.map_err(not_stored)?;
        self.cache.commit(commit).await.map_err(not_stored)?;
        let mut stored = None;
        value.each_blob(&mut |_, blob| stored = blob.known().cloned());
        let mut stored = stored.ok_or_else(|| Error::Internal("nothing was named".to_owned()))?;
        stored.path = self.cache.path_of(kind, &stored.digest);
        Ok(stored)
    }
}

/// Returns the blob at a path and its content.
fn known(path: &Path, found: Option<Found>, names_count: bool) -> Result<(Blob, Held), Error> {
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
