//! Scan of paths of the machine for content and its digests.
//!
//! All inputs of a call are scanned together. First the directories are walked, so that all files are known; then the
//! files whose digests are not remembered are hashed, on all cores. A symbolic link that is named is followed; a link
//! inside a directory is an entry of it, and never followed.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::hash::{self, KEPT};
use super::{Content, ContentError, Directory, MAX_DEPTH, MAX_ENTRIES, Node, Source};
use crate::clock::now_ms;
use crate::identity::FileIdentity;
use crate::kind::FileKind;
use crate::threads::in_parallel;
use larder_base::BlobKind;
use larder_base::Digest;

/// Maximum number of bytes of small files that one scan keeps in memory.
const KEPT_IN_ALL: u64 = 16 << 20;

/// The bit of a mode that lets its owner execute a file.
const OWNER_EXECUTES: u32 = 0o100;

/// Lookup of a remembered digest, by path (the digest of its absolute form) and identity of the file.
pub type Recall<'a> = dyn Fn(&Digest, &FileIdentity) -> Option<Digest> + Sync + 'a;

/// Result of a scan, with the digests to remember.
#[derive(Debug)]
pub struct Scanned {
    /// The content at each path, in the order of the paths.
    pub found: Vec<Found>,
    /// The files that were hashed and are worth remembering.
    pub learnt: Vec<Learnt>,
    /// The start of the scan, in milliseconds since 1970-01-01T00:00:00Z: no file was read before.
    pub began_at_ms: u64,
}

/// The content at a path.
#[derive(Debug, Clone)]
pub enum Found {
    /// A file.
    File {
        /// The SHA-256 of its bytes.
        digest: Digest,
        /// Its bytes.
        content: Content,
    },
    /// A directory.
    Directory(Arc<Directory>),
}

/// A file that was hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Learnt {
    /// The digest of its absolute path.
    pub path: Digest,
    /// Its identity when it was hashed.
    pub identity: FileIdentity,
    /// The SHA-256 of its bytes.
    pub digest: Digest,
}

/// A file whose digest is not yet known.
struct Pending {
    path: PathBuf,
    key: Digest,
    identity: FileIdentity,
    executable: bool,
}

/// The content at a path, with files as positions among the pending ones.
enum Shape {
    File(usize),
    Directory(BTreeMap<Box<str>, Shape>),
    Link(Box<str>),
}

/// Scans each of `paths`, which must be of that kind. `stop` ends the scan early.
///
/// # Errors
///
/// A [`ContentError`] for the first path, or the first entry below it, that is not content.
pub fn scan(paths: &[(BlobKind, PathBuf)], recall: &Recall<'_>, stop: &AtomicBool) -> Result<Scanned, ContentError> {
    scan_within(MAX_ENTRIES, paths, recall, stop)
}

/// Does what [`scan`] does, for directories with at most `max_entries` entries.
pub(super) fn scan_within(
    max_entries: usize,
    paths: &[(BlobKind, PathBuf)],
    recall: &Recall<'_>,
    stop: &AtomicBool,
) -> Result<Scanned, ContentError> {
    let began_at_ms = now_ms();
    let mut walk = Walk { pending: Vec::new(), entries: 0, max_entries, stop };
    let shapes = paths.iter().map(|(kind, path)| walk.named(*kind, path)).collect::<Result<Vec<_>, _>>()?;
    let kept = AtomicU64::new(0);
    let hash = |pending: &Pending| pending.hashed(recall, &kept, stop);
    let pending = &walk.pending;
    let hashed: Vec<Hashed> = match pending.len() {
        0 | 1 => pending.iter().map(hash).collect::<Result<_, _>>(),
        _ => in_parallel(|parallel| match parallel {
            true => pending.par_iter().map(hash).collect::<Result<_, _>>(),
            false => pending.iter().map(hash).collect(),
        }),
    }?;
    let learnt = hashed.iter().filter_map(|hashed| hashed.learnt.clone()).collect();
    let found = shapes.into_iter().map(|shape| match assemble(shape, &hashed) {
        Node::File { digest, executable: _, content } => Found::File { digest, content },
        Node::Directory(directory) => Found::Directory(directory),
        // A link that is named has been followed.
        Node::Link(_) => Found::Directory(Arc::new(Directory::new(BTreeMap::new()))),
    });
    Ok(Scanned { found: found.collect(), learnt, began_at_ms })
}

/// A pending file with its digest.
struct Hashed {
    digest: Digest,
    executable: bool,
    content: Content,
    learnt: Option<Learnt>,
}

impl Pending {
    fn hashed(&self, recall: &Recall<'_>, kept: &AtomicU64, stop: &AtomicBool) -> Result<Hashed, ContentError> {
        let Self { path, key, identity, executable } = self;
        let executable = *executable;
        // Reading a small file takes less time than remembering it, and the bytes read can be kept.
        if identity.size > KEPT
            && let Some(digest) = recall(key, identity)
        {
            let source = Source::Watched { path: path.clone(), identity: *identity };
            return Ok(Hashed { digest, executable, content: Content { size: identity.size, source }, learnt: None });
        }
        let (digest, identity, mut content) = hash::hash(path, stop)?;
        let is_small = matches!(content.source, Source::Bytes(_));
        if is_small && kept.fetch_add(content.size, Ordering::Relaxed) > KEPT_IN_ALL {
            content.source = Source::Watched { path: path.clone(), identity };
        }
        let learnt = (!is_small).then_some(Learnt { path: *key, identity, digest });
        Ok(Hashed { digest, executable, content, learnt })
    }
}

fn assemble(shape: Shape, hashed: &[Hashed]) -> Node {
    match shape {
        Shape::File(index) => {
            let Hashed { digest, executable, content, learnt: _ } = &hashed[index];
            Node::File { digest: *digest, executable: *executable, content: content.clone() }
        }
        Shape::Directory(entries) => {
            let entries = entries.into_iter().map(|(name, shape)| (name, assemble(shape, hashed)));
            Node::Directory(Arc::new(Directory::new(entries.collect())))
        }
        Shape::Link(target) => Node::Link(target),
    }
}

struct Walk<'a> {
    pending: Vec<Pending>,
    entries: usize,
    max_entries: usize,
    stop: &'a AtomicBool,
}

impl Walk<'_> {
    /// Scans a path that a user named.
    fn named(&mut self, kind: BlobKind, path: &Path) -> Result<Shape, ContentError> {
        let unreadable = |error| ContentError::unreadable(path, error);
        let metadata = fs::metadata(path).map_err(unreadable)?;
        match (kind, metadata.is_dir()) {
            (BlobKind::File, true) => return Err(ContentError::IsDirectory { path: path.to_owned() }),
            (BlobKind::Directory, false) => return Err(ContentError::NotDirectory { path: path.to_owned() }),
            (BlobKind::File, false) | (BlobKind::Directory, true) => {}
        }
        // Before the absolute path is looked up: a pipe from a shell has none.
        if !metadata.is_dir() && !metadata.is_file() {
            return Err(ContentError::Special { path: path.to_owned(), kind: FileKind::of(metadata.file_type()) });
        }
        // Without links and dots, so that a file is remembered by one name, however it was reached.
        let absolute = fs::canonicalize(path).map_err(unreadable)?;
        if metadata.is_dir() {
            self.entries = 0;
            return self.directory(&absolute, path, 0).map(Shape::Directory);
        }
        self.file(absolute, &metadata)
    }

    fn file(&mut self, path: PathBuf, metadata: &Metadata) -> Result<Shape, ContentError> {
        if !metadata.is_file() {
            return Err(ContentError::Special { path, kind: FileKind::of(metadata.file_type()) });
        }
        let key = Digest::of(path.as_os_str().as_bytes());
        let executable = metadata.permissions().mode() & OWNER_EXECUTES != 0;
        self.pending.push(Pending { path, key, identity: FileIdentity::of(metadata), executable });
        Ok(Shape::File(self.pending.len() - 1))
    }

    fn directory(
        &mut self,
        path: &Path,
        named: &Path,
        depth: usize,
    ) -> Result<BTreeMap<Box<str>, Shape>, ContentError> {
        if depth > MAX_DEPTH {
            return Err(ContentError::TooDeep { path: path.to_owned(), max: MAX_DEPTH });
        }
        let unreadable = |error| ContentError::unreadable(path, error);
        let mut entries = BTreeMap::new();
        for entry in fs::read_dir(path).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            self.entries += 1;
            if self.entries > self.max_entries {
                return Err(ContentError::TooManyEntries { path: named.to_owned(), max: self.max_entries });
            }
            if self.stop.load(Ordering::Relaxed) {
                return Err(ContentError::Stopped);
            }
            let path = entry.path();
            let Some(name) = entry.file_name().to_str().map(Box::from) else {
                return Err(ContentError::NotUtf8 { path });
            };
            let metadata = entry.metadata().map_err(|error| ContentError::unreadable(&path, error))?;
            let shape = if metadata.is_symlink() {
                Shape::Link(link_target(&path)?)
            } else if metadata.is_dir() {
                Shape::Directory(self.directory(&path, named, depth + 1)?)
            } else {
                self.file(path, &metadata)?
            };
            entries.insert(name, shape);
        }
        Ok(entries)
    }
}

fn link_target(path: &Path) -> Result<Box<str>, ContentError> {
    let target = fs::read_link(path).map_err(|error| ContentError::unreadable(path, error))?;
    let text = AsRef::<OsStr>::as_ref(&target).to_str().map(Box::from);
    text.ok_or_else(|| ContentError::LinkNotUtf8 { path: path.to_owned() })
}
